"""Calls to providers as they are recorded: admitted, reserved at what they may cost, settled at what they did."""

import itertools
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, Protocol

from bot.domain.money import NO_MONEY, Money
from bot.domain.quota import Budget

Purpose = Literal["question", "picture", "summary", "upkeep"]


@dataclass(frozen=True, slots=True)
class NewCall:
    """A call that is about to be made."""

    at: float
    user_id: int  # 0: nobody's, as a scheduled run
    chat_id: int
    purpose: Purpose
    model: str
    pictures: int = 0  # the most it can be
    cost: Money = NO_MONEY  # the most it can be


@dataclass(frozen=True, slots=True)
class Settled:
    """How a call ended."""

    outcome: str  # ``answered``, ``stopped`` or the name of an error
    account: str
    prompt_tokens: int = 0
    cached_tokens: int = 0  # part of the prompt
    output_tokens: int = 0
    pictures: int = 0
    cost: Money = NO_MONEY
    first_ms: int | None = None  # until the first piece of the answer; None: none came
    total_ms: int | None = None


class Ledger(Protocol):
    """Where calls are written down and counted against quotas, both in one transaction."""

    def open(self, call: NewCall, budget: Budget) -> Awaitable[int]:
        """Reserve what the call can cost at most; its number. Raises :class:`bot.domain.quota.QuotaReached`."""
        ...

    def settle(self, number: int, settled: Settled) -> Awaitable[Money]:
        """Count what it cost instead; what everybody has cost in the month of the call. Once for each number."""
        ...

    def note(self, call: NewCall, budget: Budget, settled: Settled) -> None:
        """Write a call that had nothing to reserve and cost nothing, when it is over. Not waited for."""
        ...

    def drop(self, number: int) -> Awaitable[None]:
        """The call was never made."""
        ...

    def failed(self, number: int, at: float, settled: Settled) -> Awaitable[None]:
        """An attempt at the call, which went out at ``at``, failed; the reservation stays for the next one."""
        ...


class UsageTotals(NamedTuple):
    """Sums over settled calls."""

    questions: int = 0
    pictures: int = 0
    prompt: int = 0  # tokens
    cached: int = 0  # of ``prompt``
    output: int = 0  # tokens
    cost: Money = NO_MONEY

    @property
    def tokens(self) -> int:
        return self.prompt + self.output


@dataclass(frozen=True, slots=True)
class UsageBreakdown:
    """What one person has used, or all."""

    today: UsageTotals
    month: UsageTotals
    models: list[tuple[str, UsageTotals]]  # this month's by model, the dearest first
    days: dict[str, UsageTotals]  # by date of UTC, where anything was used


@dataclass(frozen=True, slots=True)
class UsageExtremes:
    """What stands out this month, of all."""

    errors: list[tuple[str, int]]  # how many calls ended by which error, the most frequent first
    people: list[tuple[int, UsageTotals]]  # who used most, by user id


class LedgerReports(Protocol):
    """Sums over the ledger: numbers and ids, never words."""

    def of(self, user_id: int | None, now: float, days: int) -> Awaitable[UsageBreakdown]:
        """Of a person, or of all (None), at ``now``; the last ``days`` days one by one."""
        ...

    def extremes(self, now: float) -> Awaitable[UsageExtremes]: ...


class MemoryLedger:
    """A ledger without quotas that lives as long as the process."""

    def __init__(self) -> None:
        self.calls: dict[int, tuple[NewCall, Budget]] = {}  # those that have not ended
        self.ended: list[tuple[NewCall, Settled]] = []  # calls and attempts, in the order of their ends
        self._numbers = itertools.count(1)

    async def open(self, call: NewCall, budget: Budget) -> int:
        number = next(self._numbers)
        self.calls[number] = call, budget
        return number

    async def settle(self, number: int, settled: Settled) -> Money:
        self.ended.append((self.calls.pop(number)[0], settled))
        return sum((settled.cost for _, settled in self.ended), NO_MONEY)

    def note(self, call: NewCall, budget: Budget, settled: Settled) -> None:  # noqa: ARG002 - the port's
        self.ended.append((call, settled))

    async def drop(self, number: int) -> None:
        del self.calls[number]

    async def failed(self, number: int, at: float, settled: Settled) -> None:
        self.ended.append((replace(self.calls[number][0], at=at, cost=NO_MONEY), settled))


@dataclass(frozen=True, slots=True)
class PermitRow:
    """One admitted call."""

    id: str
    at: float  # Unix seconds
    account: str
    model: str
    tokens: int  # as reserved at first, later as used
    pictures: int


class PermitLog(Protocol):
    """Where permits are written down."""

    def record(self, row: PermitRow) -> Awaitable[None]:
        """Returns when the row is durable; the call goes out only then."""
        ...

    def settle(self, permit_id: str, tokens: int) -> None:
        """Not waited for."""
        ...

    def recent(self, since: float) -> Awaitable[list[PermitRow]]:
        """All rows of ``since`` (Unix seconds) and later."""
        ...


class MemoryPermits:
    """A log that lives as long as the process, or as long as a test keeps it."""

    def __init__(self) -> None:
        self.rows: dict[str, PermitRow] = {}

    async def record(self, row: PermitRow) -> None:
        self.rows[row.id] = row

    def settle(self, permit_id: str, tokens: int) -> None:
        self.rows[permit_id] = replace(self.rows[permit_id], tokens=tokens)

    async def recent(self, since: float) -> list[PermitRow]:
        return [row for row in self.rows.values() if row.at >= since]
