"""Those who wait for the same targets: two lines, people before schedules, and who of them may go now."""

import asyncio
import math
from dataclasses import dataclass
from typing import NamedTuple

from bot.limits.alarm import Alarm
from bot.limits.demand import Demand, Place, Target
from bot.limits.fairness import Entry, FairQueue
from bot.limits.gate import Gate
from bot.limits.windows import Amount, Charge

SCHEDULED_SHARE = 0.8
"""What schedules may use of a window. The rest is free for the next person, who else waits until the window slides."""

_NOTHING = Amount(0)


class Granted(NamedTuple):
    target: Target
    gate: Gate
    charge: Charge


@dataclass(slots=True, eq=False)
class Waiter:
    """One demand on its way. Woken when it was granted and when its place may have changed."""

    demand: Demand
    amount: Amount
    wake: asyncio.Future[None] | None = None
    granted: Granted | None = None

    def stir(self) -> None:
        if self.wake is not None and not self.wake.done():
            self.wake.set_result(None)


class Line:
    """The waiters of one priority, and what they want in sum."""

    def __init__(self, share: float) -> None:
        self.share = share
        self.queue: FairQueue[Waiter] = FairQueue()
        self.wanted = _NOTHING

    def push(self, waiter: Waiter, cost: float, *, first: bool) -> Entry[Waiter]:
        self.wanted = self.wanted.plus(waiter.amount)
        demand = waiter.demand
        return self.queue.push(demand.flow, demand.weight, cost, waiter, first=first)

    def take(self) -> Entry[Waiter] | None:
        entry = self.queue.take()
        if entry is not None:
            self.wanted = self.wanted.plus(entry.item.amount, -1)
        return entry

    def drop(self, entry: Entry[Waiter]) -> None:
        self.queue.drop(entry)
        self.wanted = self.wanted.plus(entry.item.amount, -1)


class Pool:
    """Strictly the head goes first: a small call that overtook a large one would let it starve."""

    def __init__(self, gates: tuple[Gate, ...], alarm: Alarm) -> None:
        self.gates = gates
        self.alarm = alarm
        self._people = Line(1.0)
        self._scheduled = Line(SCHEDULED_SHARE)
        self._blocked: Entry[Waiter] | None = None
        self._blocked_until = 0.0

    def line(self, demand: Demand) -> Line:
        return self._people if demand.interactive else self._scheduled

    def push(self, waiter: Waiter, *, first: bool) -> Entry[Waiter]:
        cost = self.gates[0].windows.share(waiter.amount)
        return self.line(waiter.demand).push(waiter, cost, first=first)

    def drop(self, entry: Entry[Waiter]) -> None:
        self.line(entry.item.demand).drop(entry)

    def correct(self, entry: Entry[Waiter], by: float) -> None:
        self.line(entry.item.demand).queue.correct(entry.flow, by)

    def shares(self, gates: tuple[Gate, ...]) -> bool:
        return any(gate in gates for gate in self.gates)

    def blocked(self, now: float) -> bool:
        """Whether the head was found to have no room yet, so that one more behind it changes nothing."""
        return now < self._blocked_until < math.inf and self._next()[1] is self._blocked

    @property
    def stuck(self) -> bool:
        """Whether the head waits for a call that has not gone out yet, so that no time is known."""
        return self._blocked_until == math.inf

    def grant(self, now: float) -> float | None:
        """Let the head go, if a gate has room. Returns 0.0 if it went, else when to try again; None: nobody waits."""
        line, head = self._next()
        if head is None:
            return None
        at, number = self._best(now, head.item.amount, line.share)
        if at:
            self._blocked, self._blocked_until = head, at
        else:
            line.take()
            gate, waiter = self.gates[number], head.item
            waiter.granted = Granted(waiter.demand.targets[number], gate, gate.enter(waiter.amount))
            waiter.stir()
        return at

    def _next(self) -> tuple[Line, Entry[Waiter] | None]:
        head = self._people.queue.head()
        return (self._scheduled, self._scheduled.queue.head()) if head is None else (self._people, head)

    def _best(self, now: float, amount: Amount, share: float) -> tuple[float, int]:
        """Of the gates with room the emptiest, or else the one that opens first."""
        if len(self.gates) == 1:
            return self.gates[0].room_at(now, amount, share), 0
        looks = [(gate.room_at(now, amount, share), gate.windows.fullness(), n) for n, gate in enumerate(self.gates)]
        at, _, number = min(looks)
        return at, number

    def place(self, now: float, entry: Entry[Waiter]) -> Place:
        line = self.line(entry.item.demand)
        part = line.queue.ahead(entry)
        people = self._people.wanted if line is self._scheduled else _NOTHING
        ahead = people.plus(line.wanted, part)
        amount = entry.item.amount.plus(ahead, 1 / len(self.gates))
        seconds = min([gate.wait(now, amount, line.share) for gate in self.gates])
        return Place(max(round(ahead.requests), 0), seconds)
