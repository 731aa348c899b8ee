"""The live state of one target: its windows, what refusals taught, and how many calls run."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from bot.domain.model import Metric
from bot.ratelimit.permit_request import Cost, Target
from bot.ratelimit.throttle import Throttle
from bot.ratelimit.windows import WindowReservation, Windows

_MEMORY: Final = 0.9
"""How much of the mean duration of a call stays when another one ends."""

_USUAL: Final = 10.0
"""Seconds that a call is taken to last while none has ended."""


@dataclass(frozen=True, slots=True)
class WindowSnapshot:
    """One limit at one moment."""

    metric: Metric
    seconds: float  # its length
    used: float  # what counts against it, reservations included
    limit: float  # what is believed at present


@dataclass(frozen=True, slots=True)
class BucketSnapshot:
    """One account and model at one moment."""

    account: str
    model: str
    windows: tuple[WindowSnapshot, ...]
    running: int  # calls
    paused_for: float  # seconds that are left of the pause after a refusal


class Bucket:
    """Lets a call out when everything that bounds the target has room. Times are monotonic seconds."""

    def __init__(self, target: Target, arrival_jitter: float, backoff_jitter: Callable[[], float]) -> None:
        self._target = target
        self.windows = Windows(target.limits, arrival_jitter)
        self._throttle = Throttle(self.windows, backoff_jitter)
        self._running = 0
        self._duration = 0.0
        self._paced_until = 0.0
        self.last_served = 0  # higher than that of each bucket beside it that was used longer ago

    def configure(self, target: Target) -> None:
        """Take the limits of ``target``, which may have changed since the last call."""
        if target is not self._target and target != self._target:
            self._target = target
            self.windows.configure(target.limits)

    def load(self, past: Iterable[tuple[float, Cost]]) -> None:
        """Count calls of an earlier run of the process, by (time, cost), oldest first."""
        for at, cost in past:
            self.windows.hold(cost).enter(at)

    def room_at(self, now: float, cost: Cost, share: float) -> float:
        """0.0: there is room now. Otherwise a time before which there is none; infinite: after an event.

        Who may use only a ``share`` goes out at an even pace: a minute's worth at once would leave people who come
        within that minute nothing but the reserve.
        """
        self._throttle.recover(now)
        parallel = self._target.parallel
        if parallel and self._running >= max(math.floor(parallel * share), 1):
            return math.inf
        at, paused = self.windows.room_at(now, cost, share), self._throttle.paused_until
        if share < 1:
            paused = max(paused, self._paced_until)
        return at if paused <= now else max(at, paused)

    def wait(self, now: float, ahead: Cost, share: float) -> float:
        """Expected seconds until all of ``ahead`` will have gone out."""
        wait = max(self.windows.wait(now, ahead, share), self._throttle.paused_until - now)
        parallel = self._target.parallel * share
        if not parallel:
            return wait
        return max(wait, (self._duration or _USUAL) * (self._running + ahead.requests - parallel) / parallel)

    def snapshot(self, now: float) -> BucketSnapshot:
        self.windows.expire(now)
        windows = tuple(WindowSnapshot(w.metric, w.length, w.used, w.limit) for w in self.windows)
        paused_for = max(self._throttle.paused_until - now, 0.0)
        return BucketSnapshot(*self._target.key, windows, self._running, paused_for)

    def enter(self, now: float, cost: Cost, share: float) -> WindowReservation:
        """A call takes its room; it goes out when its permit is recorded."""
        self._running += 1
        if share < 1:
            self._paced_until = now + self.windows.pace(cost)
        return self.windows.hold(cost)

    def leave(self, seconds: float | None) -> None:
        """A call ended after ``seconds``; None: it never went out."""
        self._running -= 1
        if seconds is not None:
            self._duration = _MEMORY * self._duration + (1 - _MEMORY) * seconds if self._duration else seconds

    def answered(self) -> None:
        """The target works; the next refusal is the first again."""
        self._throttle.answered()

    def spent(self, now: float, seconds: float) -> None:
        """The provider says that nothing is left for so long."""
        self._throttle.spent(now, seconds)

    def refused(self, now: float, metric: Metric | None, retry_after: float | None) -> None:
        """The provider answered 429; ``metric`` and ``retry_after`` (seconds) as far as it named them."""
        self._throttle.refused(now, metric, retry_after)
