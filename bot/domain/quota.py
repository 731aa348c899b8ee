"""What may be used and what was, by subject and period, and by whom; whether one more call has room.

Days and months begin at 00:00 UTC. Times are Unix seconds."""

from collections.abc import Awaitable
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, NamedTuple, Protocol

from bot.domain.money import NO_MONEY, Money

What = Literal["questions", "pictures", "cost"]
Whose = Literal["user", "chat", "all"]
Period = Literal["day", "month"]

EVERYBODY: Final = "all"
"""The subject under which the use of all is counted."""


@dataclass(frozen=True, slots=True)
class Quota:
    """What a subject may use; nothing said by zero: any amount."""

    questions_per_day: int = 0
    pictures_per_day: int = 0
    cost_per_day: Money = NO_MONEY
    cost_per_month: Money = NO_MONEY


UNLIMITED: Final = Quota()
_BOUNDS: Final = tuple(field.name for field in fields(Quota))


@dataclass(frozen=True, slots=True)
class QuotaOverride:
    """A quota as far as somebody has set it; None: not set, so that what holds in general holds."""

    questions_per_day: int | None = None
    pictures_per_day: int | None = None
    cost_per_day: Money | None = None
    cost_per_month: Money | None = None

    def over(self, quota: Quota) -> Quota:
        """The quota with what is set here in the place of its own."""
        chosen = {name: value for name in _BOUNDS if (value := getattr(self, name)) is not None}
        return replace(quota, **chosen) if chosen else quota


NO_OVERRIDE: Final = QuotaOverride()


@dataclass(frozen=True, slots=True)
class Budget:
    """What a call is paid from."""

    subject: str  # who pays: ``user:ID`` or ``chat:ID``
    quota: Quota = UNLIMITED
    total: Money = NO_MONEY  # what everybody together may cost in a month; nothing: any amount

    @property
    def whose(self) -> Whose:
        return "chat" if self.subject.startswith("chat:") else "user"


class Usage(NamedTuple):
    """What was used, or is about to be."""

    questions: int = 0
    pictures: int = 0
    cost: Money = NO_MONEY

    def minus(self, other: "Usage") -> "Usage":
        return Usage(self.questions - other.questions, self.pictures - other.pictures, self.cost - other.cost)


NO_USAGE: Final = Usage()


class Used(NamedTuple):
    """What a subject has used today and this month, and what everybody has this month."""

    today: Usage
    month: Usage
    everybody: Usage


class QuotaReached(Exception):
    """There is no room for it; nothing was stored."""

    def __init__(
        self, what: What, whose: Whose, period: Period, used: int | Money, limit: int | Money, at: float
    ) -> None:
        super().__init__(f"{used} of {limit} {what} used, by {whose} in this {period}")
        self.what: Final = what
        self.whose: Final = whose
        self.period: Final = period
        self.used: Final = used
        self.limit: Final = limit
        self.renews: Final = period_end(period, at)
        self.wait: Final = self.renews - at  # seconds


class QuotaUsage(Protocol):
    """What was counted, as it is stored."""

    def used(self, subject: str, at: float) -> Awaitable[Used]:
        """On the day and in the month of ``at``, reservations included."""
        ...


def exceeded(budget: Budget, added: Usage, after: Used, at: float) -> QuotaReached | None:
    """The first bound of ``budget`` that ``after``, which includes ``added``, passes at ``at``.

    Only what grows is held against its bound: what is free can be had when the money is gone.
    """
    quota, whose = budget.quota, budget.whose
    counts: tuple[tuple[What, int, int, int], ...] = (
        ("questions", added.questions, after.today.questions, quota.questions_per_day),
        ("pictures", added.pictures, after.today.pictures, quota.pictures_per_day),
    )
    for what, more, count, bound in counts:
        if more > 0 and 0 < bound < count:
            return QuotaReached(what, whose, "day", count - more, bound, at)
    costs: tuple[tuple[Whose, Period, Money, Money], ...] = (
        (whose, "day", after.today.cost, quota.cost_per_day),
        (whose, "month", after.month.cost, quota.cost_per_month),
        ("all", "month", after.everybody.cost, budget.total),
    )
    for holder, period, cost, limit in costs:
        if added.cost > NO_MONEY and NO_MONEY < limit < cost:
            return QuotaReached("cost", holder, period, cost - added.cost, limit, at)
    return None


def period_start(period: Period, at: float) -> float:
    """When the day or the month of ``at`` began."""
    return _start(period, at).timestamp()


def period_end(period: Period, at: float) -> float:
    """When the day or the month of ``at`` ends, and the next one begins."""
    start = _start(period, at)
    if period == "day":
        return (start + timedelta(days=1)).timestamp()
    return (start + timedelta(days=32)).replace(day=1).timestamp()


def period_names(at: float) -> tuple[str, str]:
    """The day and the month of ``at``: ``2027-01-15``, ``2027-01``."""
    day = datetime.fromtimestamp(at, UTC).date().isoformat()
    return day, day[:7]


def _start(period: Period, at: float) -> datetime:
    day = datetime.fromtimestamp(at, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day if period == "day" else day.replace(day=1)


@dataclass(frozen=True, slots=True)
class Member:
    """A user or a chat of which an owner has said something."""

    id: int
    allowed: bool
    role: str = ""  # empty: what everybody has
    quota: QuotaOverride = NO_OVERRIDE


class MemberRows(Protocol):
    """Members as they are stored."""

    def save(self, member: Member) -> Awaitable[None]:
        """In the place of what was said of the same id before."""
        ...
