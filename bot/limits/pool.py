"""Those who wait for the same targets: two lines, people before schedules, and who of them may go now."""

import asyncio
import math
from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from bot.limits.alarm import Alarm
from bot.limits.demand import Demand, Place, Target
from bot.limits.fairness import Entry, FairQueue
from bot.limits.gate import Gate
from bot.limits.windows import Amount, Charge

SCHEDULED_SHARE = 0.8
"""What schedules may use of a window, evenly. The rest is free for people, who else wait until the window slides."""


class Granted(NamedTuple):
    target: Target
    gate: Gate
    charge: Charge


@dataclass(slots=True, eq=False)
class Waiter:
    """One demand on its way. ``turn`` is awaited where there was no room at once; it ends when there is."""

    demand: Demand
    amount: Amount
    turn: asyncio.Future[Granted] | None = None
    granted: Granted | None = None

    def go(self, granted: Granted) -> None:
        self.granted = granted
        if self.turn is not None and not self.turn.done():
            self.turn.set_result(granted)


class Line:
    """The waiters of one priority. ``wanted``: requests, tokens and pictures of all."""

    def __init__(self, share: float) -> None:
        self.share = share
        self.queue: FairQueue[Waiter] = FairQueue()
        self.wanted: tuple[float, float, float] = (0, 0, 0)

    def push(self, waiter: Waiter, cost: float, *, first: bool) -> Entry[Waiter]:
        self._want(waiter.amount, 1)
        demand = waiter.demand
        return self.queue.push(demand.flow, demand.weight, cost, waiter, first=first)

    def take(self) -> Entry[Waiter] | None:
        entry = self.queue.take()
        if entry is not None:
            self._want(entry.item.amount, -1)
        return entry

    def drop(self, entry: Entry[Waiter]) -> None:
        self.queue.drop(entry)
        self._want(entry.item.amount, -1)

    def ahead(self, entry: Entry[Waiter]) -> tuple[float, float, float]:
        """About what goes before this entry."""
        part = self.queue.ahead(entry)
        requests, tokens, pictures = self.wanted
        return part * requests, part * tokens, part * pictures

    def _want(self, amount: Amount, times: int) -> None:
        requests, tokens, pictures = self.wanted
        self.wanted = (
            requests + times * amount.requests,
            tokens + times * amount.tokens,
            pictures + times * amount.pictures,
        )


class Pool:
    """Strictly the head goes first: a small call that overtook a large one would let it starve."""

    def __init__(self, key: tuple[tuple[str, str], ...], gates: tuple[Gate, ...], alarm: Alarm) -> None:
        self.key = key
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
        return not set(gates).isdisjoint(self.gates)

    def waiting(self) -> Counter[tuple[str, bool]]:
        """How many wait, by flow and whether they are people."""
        lines = ((self._people, True), (self._scheduled, False))
        return Counter({(flow, people): n for line, people in lines for flow, n in line.queue.lengths()})

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
            gate.turn = 1 + max(each.turn for each in self.gates)
            waiter.go(Granted(waiter.demand.targets[number], gate, gate.enter(now, waiter.amount, line.share)))
        return at

    def _next(self) -> tuple[Line, Entry[Waiter] | None]:
        head = self._people.queue.head()
        return (self._scheduled, self._scheduled.queue.head()) if head is None else (self._people, head)

    def _best(self, now: float, amount: Amount, share: float) -> tuple[float, int]:
        """Of the gates with room the emptiest, of equals the one that rested longest; or else the first to open."""
        if len(self.gates) == 1:
            return self.gates[0].room_at(now, amount, share), 0
        looks = [
            (gate.room_at(now, amount, share), gate.windows.fullness(), gate.turn, n)
            for n, gate in enumerate(self.gates)
        ]
        at, *_, number = min(looks)
        return at, number

    def place(self, now: float, entry: Entry[Waiter]) -> Place:
        line = self.line(entry.item.demand)
        requests, tokens, pictures = line.ahead(entry)
        if line is self._scheduled:
            people = self._people.wanted
            requests, tokens, pictures = requests + people[0], tokens + people[1], pictures + people[2]
        own, part = entry.item.amount, 1 / len(self.gates)
        amount = own.requests + requests * part, own.tokens + tokens * part, own.pictures + pictures * part
        seconds = min([gate.wait(now, amount, line.share) for gate in self.gates])
        return Place(max(round(requests), 0), seconds)
