"""Those who wait for the same targets: two lanes, people before schedules, and who of them may go now."""

import asyncio
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from bot.clock import Clock
from bot.domain.calls import Priority, QueuePosition
from bot.ratelimit.bucket import Bucket
from bot.ratelimit.fairness import Entry, FairQueue
from bot.ratelimit.permit_request import NO_COST, Cost, PermitRequest, Target
from bot.ratelimit.windows import WindowReservation

SCHEDULED_SHARE: Final = 0.8
"""What schedules may use of a window, evenly. The rest is free for people, who else wait until the window slides."""

_SHORTEST_SLEEP: Final = 0.001
"""Seconds. Clocks are coarse and rounded; a sleep of nothing could end before its time and begin again for ever."""


class Admission(NamedTuple):
    """Where a call may go, with its room taken."""

    target: Target
    bucket: Bucket
    reservation: WindowReservation


@dataclass(slots=True, eq=False)
class Waiter:
    """One request on its way."""

    request: PermitRequest
    cost: Cost
    turn: asyncio.Future[Admission] | None = None  # awaited where there was no room at once
    admission: Admission | None = None

    def go(self, admission: Admission) -> None:
        self.admission = admission
        if self.turn is not None and not self.turn.done():
            self.turn.set_result(admission)


class PriorityLane:
    """The waiters of one priority."""

    def __init__(self, share: float) -> None:
        self.share = share  # the part of the windows that they may use
        self.queue: FairQueue[Waiter] = FairQueue()
        self.wanted = NO_COST  # by all together

    def push(self, waiter: Waiter, share: float, *, first: bool) -> Entry[Waiter]:
        """``share``: the dominant share that the waiter's flow pays."""
        self.wanted = self.wanted.plus(waiter.cost)
        request = waiter.request
        return self.queue.push(request.flow, request.weight, share, waiter, first=first)

    def take(self) -> None:
        """The head leaves."""
        entry = self.queue.take()
        if entry is not None:
            self.wanted = self.wanted.plus(entry.item.cost, -1)

    def drop(self, entry: Entry[Waiter]) -> None:
        self.queue.drop(entry)
        self.wanted = self.wanted.plus(entry.item.cost, -1)

    def ahead(self, entry: Entry[Waiter]) -> Cost:
        """About what goes before this entry."""
        return NO_COST.plus(self.wanted, self.queue.ahead(entry))


class Alarm:
    """Calls back once, at a time that may still be moved forward."""

    def __init__(self, clock: Clock, ring: Callable[[], None]) -> None:
        self._clock = clock
        self._ring = ring
        self._at = math.inf
        self._task: asyncio.Task[None] | None = None

    def set(self, at: float) -> None:
        """Ring at ``at`` (monotonic seconds) or, if it was set to an earlier time, then. Infinite: not at all."""
        if at < self._at:
            self.cancel()
            self._at = at
            self._task = asyncio.create_task(self._sleep(at))

    def cancel(self) -> None:
        self._at = math.inf
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _sleep(self, at: float) -> None:
        await self._clock.sleep(max(at - self._clock.monotonic(), _SHORTEST_SLEEP))
        self._at = math.inf
        self._task = None
        self._ring()


class WaitQueue:
    """Strictly the head goes first: a small call that overtook a large one would let it starve."""

    def __init__(self, key: tuple[tuple[str, str], ...], buckets: tuple[Bucket, ...], alarm: Alarm) -> None:
        self.key = key
        self.buckets = buckets
        self.alarm = alarm
        self._people = PriorityLane(1.0)
        self._scheduled = PriorityLane(SCHEDULED_SHARE)
        self._blocked: Entry[Waiter] | None = None
        self._blocked_until = 0.0

    def push(self, waiter: Waiter, *, first: bool) -> Entry[Waiter]:
        share = self.buckets[0].windows.share(waiter.cost)
        return self._lane(waiter.request).push(waiter, share, first=first)

    def drop(self, entry: Entry[Waiter]) -> None:
        self._lane(entry.item.request).drop(entry)

    def correct(self, entry: Entry[Waiter], by: float) -> None:
        """What the entry's flow has paid was too little by so much."""
        self._lane(entry.item.request).queue.correct(entry.flow, by)

    def shares(self, buckets: tuple[Bucket, ...]) -> bool:
        return not set(buckets).isdisjoint(self.buckets)

    def waiting(self) -> Counter[tuple[str, Priority]]:
        """How many wait, by flow and priority."""
        lanes: tuple[tuple[PriorityLane, Priority], ...] = (
            (self._people, "interactive"),
            (self._scheduled, "scheduled"),
        )
        return Counter({(flow, priority): n for lane, priority in lanes for flow, n in lane.queue.lengths()})

    def blocked(self, now: float) -> bool:
        """Whether the head was found to have no room yet, so that one more behind it changes nothing."""
        return now < self._blocked_until < math.inf and self._next()[1] is self._blocked

    @property
    def stuck(self) -> bool:
        """Whether the head waits for a call that has not gone out yet, so that no time is known."""
        return self._blocked_until == math.inf

    def admit(self, now: float) -> float | None:
        """Let the head go, if a bucket has room. Returns 0.0 if it went, else when to try again; None: nobody waits."""
        lane, head = self._next()
        if head is None:
            return None
        at, number = self._best(now, head.item.cost, lane.share)
        if at:
            self._blocked, self._blocked_until = head, at
        else:
            lane.take()
            bucket, waiter = self.buckets[number], head.item
            bucket.last_served = 1 + max(each.last_served for each in self.buckets)
            reservation = bucket.enter(now, waiter.cost, lane.share)
            waiter.go(Admission(waiter.request.targets[number], bucket, reservation))
        return at

    def position(self, now: float, entry: Entry[Waiter]) -> QueuePosition:
        lane = self._lane(entry.item.request)
        ahead = lane.ahead(entry)
        if lane is self._scheduled:
            ahead = ahead.plus(self._people.wanted)
        with_own = entry.item.cost.plus(ahead, 1 / len(self.buckets))
        seconds = min([bucket.wait(now, with_own, lane.share) for bucket in self.buckets])
        return QueuePosition(max(round(ahead.requests), 0), seconds)

    def _lane(self, request: PermitRequest) -> PriorityLane:
        return self._people if request.priority == "interactive" else self._scheduled

    def _next(self) -> tuple[PriorityLane, Entry[Waiter] | None]:
        head = self._people.queue.head()
        return (self._scheduled, self._scheduled.queue.head()) if head is None else (self._people, head)

    def _best(self, now: float, cost: Cost, share: float) -> tuple[float, int]:
        """Of the buckets with room the emptiest, of equals the one that rested longest; or else the first to open."""
        if len(self.buckets) == 1:
            return self.buckets[0].room_at(now, cost, share), 0
        looks = [
            (bucket.room_at(now, cost, share), bucket.windows.fullness(), bucket.last_served, number)
            for number, bucket in enumerate(self.buckets)
        ]
        at, *_, number = min(looks)
        return at, number
