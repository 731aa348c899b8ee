"""The ledger as a port: what a call may cost is reserved in it before, and what it did cost stands in it after."""

import itertools
from dataclasses import replace
from typing import Protocol

from bot.store.ledger import NewCall as NewCall
from bot.store.ledger import Settled as Settled
from bot.store.quotas import Purse


class Ledger(Protocol):
    """As of :class:`bot.store.ledger.LedgerRepository`."""

    async def open(self, call: NewCall, purse: Purse) -> int: ...

    async def settle(self, number: int, settled: Settled) -> int: ...

    def note(self, call: NewCall, purse: Purse, settled: Settled) -> None: ...

    async def drop(self, number: int) -> None: ...

    async def failed(self, number: int, at: float, settled: Settled) -> None: ...


class MemoryLedger:
    """Without quotas. ``ended``: how calls and attempts ended, in that order; ``calls``: those that have not."""

    def __init__(self) -> None:
        self.calls: dict[int, tuple[NewCall, Purse]] = {}
        self.ended: list[tuple[NewCall, Settled]] = []
        self._numbers = itertools.count(1)

    async def open(self, call: NewCall, purse: Purse) -> int:
        number = next(self._numbers)
        self.calls[number] = call, purse
        return number

    async def settle(self, number: int, settled: Settled) -> int:
        self.ended.append((self.calls.pop(number)[0], settled))
        return sum(settled.cost for _, settled in self.ended)

    def note(self, call: NewCall, purse: Purse, settled: Settled) -> None:  # noqa: ARG002 - the port's
        self.ended.append((call, settled))

    async def drop(self, number: int) -> None:
        del self.calls[number]

    async def failed(self, number: int, at: float, settled: Settled) -> None:
        self.ended.append((replace(self.calls[number][0], at=at, cost=0), settled))
