"""The one point at which calls to a provider are admitted.

Every call gets its permit here, in a fair order, when all windows of a target have room; the permit is on disk before
the call goes out. Nothing looks through those who wait: a step costs the same with ten of them and with ten thousand.
"""

import asyncio
import itertools
import random
import secrets
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from bot.clock import Clock
from bot.domain.calls import Priority, QueuePosition
from bot.domain.ledger import PermitLog
from bot.ratelimit.bucket import Bucket, BucketSnapshot
from bot.ratelimit.fairness import Entry
from bot.ratelimit.notifier import QueueNotifier, QueueWatcher
from bot.ratelimit.permit import Permit
from bot.ratelimit.permit_request import DAY, MINUTE, Cost, PermitRequest, Target
from bot.ratelimit.wait_queue import Admission, Alarm, Waiter, WaitQueue
from bot.ratelimit.windows import ARRIVAL_JITTER

MAX_WAIT: Final = 600.0  # seconds

SLOWEST_RECORD: Final = 1.0
"""Seconds that a row may take to become durable. Its call goes out only then, but later than the row says."""

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class WaitingCalls:
    """How many calls of one flow (``user:ID`` or ``chat:ID``) wait at one moment."""

    flow: str
    count: int
    priority: Priority


@dataclass(frozen=True, slots=True)
class LimiterSnapshot:
    """What the limits look like at one moment, for whoever wants to show it."""

    buckets: tuple[BucketSnapshot, ...]  # all that were asked for since the start
    waiting: tuple[WaitingCalls, ...]  # one for each flow and priority


class Scheduler:
    """Admits calls. ``arrival_jitter``: seconds; ``backoff_jitter`` draws from 0 to 1."""

    def __init__(
        self,
        clock: Clock,
        log: PermitLog,
        *,
        max_wait: float = MAX_WAIT,
        arrival_jitter: float = ARRIVAL_JITTER,
        backoff_jitter: Callable[[], float] = random.random,
    ) -> None:
        self._clock = clock
        self._log = log
        self.max_wait = max_wait  # seconds; who would wait longer is turned away at once
        self._arrival_jitter = arrival_jitter
        self._backoff_jitter = backoff_jitter
        self._buckets: dict[Key, Bucket] = {}
        self._queues: dict[tuple[Key, ...], WaitQueue] = {}
        self._past: dict[Key, list[tuple[float, Cost]]] = {}
        self._notifier = QueueNotifier(clock)
        self._run = secrets.token_hex(8)  # permits of all runs are in one table
        self._numbers = itertools.count()

    async def restore(self) -> None:
        """Count what earlier runs of the process were permitted. Once, before the first admission."""
        now, wall = self._clock.monotonic(), self._clock.now()
        rows = await self._log.recent(wall - DAY - 2 * MINUTE)
        for row in sorted(rows, key=lambda row: row.at):
            at = now - max(wall - row.at - SLOWEST_RECORD, 0.0)  # the wall clock may have been set back since, too
            self._past.setdefault((row.account, row.model), []).append((at, Cost(1, row.tokens, row.pictures)))

    async def admit(
        self,
        request: PermitRequest,
        on_wait: Callable[[QueuePosition], None] | None = None,
        *,
        within: float | None = None,
        first: bool = False,
    ) -> Permit:
        """Wait for leave to make the call.

        ``on_wait`` is told the position at once when there is a wait, and as it changes, at most about once a second;
        it must neither block nor raise.
        ``within``: seconds to wait at most, by default the scheduler's bound. ``first``: before all others of its flow,
        for one who was admitted and got nothing. Raises :class:`bot.domain.calls.WaitTooLong`.
        """
        queue = self._queue(request.targets)
        waiter = Waiter(request, request.estimate.cost)
        entry = queue.push(waiter, first=first)
        if not queue.blocked(self._clock.monotonic()):
            self._serve(queue.buckets)
        try:
            admission = waiter.admission or await self._wait(
                queue, entry, on_wait, self.max_wait if within is None else within
            )
            return await self._issue(queue, entry, admission)
        except BaseException:
            self._withdraw(queue, entry)
            raise

    def snapshot(self) -> LimiterSnapshot:
        """How things stand now. A look at every bucket and every flow that waits: for eyes, not for each call."""
        now = self._clock.monotonic()
        waiting: Counter[tuple[str, Priority]] = Counter()
        for queue in self._queues.values():
            waiting.update(queue.waiting())
        return LimiterSnapshot(
            buckets=tuple(bucket.snapshot(now) for bucket in self._buckets.values()),
            waiting=tuple(WaitingCalls(flow, count, priority) for (flow, priority), count in waiting.items()),
        )

    async def _wait(
        self,
        queue: WaitQueue,
        entry: Entry[Waiter],
        on_wait: Callable[[QueuePosition], None] | None,
        longest: float,
    ) -> Admission:
        turn: asyncio.Future[Admission] = asyncio.get_running_loop().create_future()
        entry.item.turn = turn
        self._notifier.add(QueueWatcher(queue, entry, turn, on_wait, longest))
        return await turn

    async def _issue(self, queue: WaitQueue, entry: Entry[Waiter], admission: Admission) -> Permit:
        ended = partial(self._ended, queue, entry, admission.bucket)
        number = f"{self._run}-{next(self._numbers):x}"
        permit = Permit(number, admission.target, admission, entry.cost, ended, self._clock, self._log)
        await permit.record()
        if any(waiting.stuck for waiting in self._queues.values()):
            self._serve((admission.bucket,))  # they learn only now when this call will leave the windows
        return permit

    def _withdraw(self, queue: WaitQueue, entry: Entry[Waiter]) -> None:
        if admission := entry.item.admission:
            admission.reservation.void()
            admission.bucket.leave(None)
            self._ended(queue, entry, admission.bucket, -entry.cost)
        else:
            queue.drop(entry)
            self._serve(queue.buckets)

    def _ended(self, queue: WaitQueue, entry: Entry[Waiter], bucket: Bucket, paid_too_little: float) -> None:
        queue.correct(entry, paid_too_little)
        self._serve((bucket,))

    def _serve(self, buckets: tuple[Bucket, ...]) -> None:
        """Admit whatever has room now, in turn among the queues that share these buckets; set alarms for the rest."""
        now = self._clock.monotonic()
        queues = self._queues
        ready = deque([queue for queue in queues.values() if queue.shares(buckets)])
        while ready:
            queue = ready.popleft()
            at = queue.admit(now)
            if at is None:
                queue.alarm.cancel()
                del queues[queue.key]
            elif at:
                queue.alarm.set(at)
            else:
                queues[queue.key] = queues.pop(queue.key)  # the last to be served is the last to be asked next time
                ready.append(queue)

    def _queue(self, targets: tuple[Target, ...]) -> WaitQueue:
        key = tuple([target.key for target in targets])
        buckets = tuple([self._bucket(target) for target in targets])
        queue = self._queues.get(key)
        if queue is None:
            alarm = Alarm(self._clock, partial(self._serve, buckets))
            queue = self._queues[key] = WaitQueue(key, buckets, alarm)
        return queue

    def _bucket(self, target: Target) -> Bucket:
        bucket = self._buckets.get(target.key)
        if bucket is None:
            bucket = self._buckets[target.key] = Bucket(target, self._arrival_jitter, self._backoff_jitter)
            bucket.load(self._past.pop(target.key, ()))
        else:
            bucket.configure(target)
        return bucket
