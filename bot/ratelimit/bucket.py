"""The live state of one target: its windows, what refusals (429) taught, and how many calls run."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from bot.domain.model import Metric
from bot.ratelimit.permit_request import DAY, HOUR, MINUTE, RULES, Cost, Target
from bot.ratelimit.windows import Window, WindowReservation, Windows

_LOWERED: Final = 0.9
_LEAST_BELIEVED: Final = 0.7
_LOWERED_AT_MOST_EVERY: Final = 30.0
_QUIET: Final = 5 * MINUTE
_TRIED_AGAIN_AFTER: Final = 30 * MINUTE
_WIDENED: Final = 1.25
_WIDEST_JITTER: Final = 1.0
_WIDENED_AT_MOST_EVERY: Final = 5.0
_STEPS: Final = 3
"""How often within an hour the jitter grows alone: ways of 20 to 600 ms are learned without a lower limit."""

_LONGEST_STREAK: Final = 16

_MEMORY: Final = 0.9
"""How much of the mean duration of a call stays when another one ends."""
_USUAL: Final = 10.0
"""Seconds that a call is taken to last while none has ended."""


@dataclass(slots=True)
class _Recovery:
    """A lowered limit on its way up: the next step, and the level that was refused and until when it is not tried."""

    next_at: float
    ceiling: float
    ceiling_until: float


class Throttle:
    """Additive increase, multiplicative decrease of the believed limits. ``backoff_jitter`` draws from 0 to 1."""

    def __init__(self, windows: Windows, backoff_jitter: Callable[[], float]) -> None:
        self.paused_until = 0.0
        self._windows = windows
        self._backoff_jitter = backoff_jitter
        self._streak = 0
        self._learns_at = -math.inf
        self._least_jitter = windows.arrival_jitter
        self._widened_at = -math.inf
        self._steps = 0
        self._narrows_at = math.inf
        self._recoveries: dict[Metric, _Recovery] = {}

    def refused(self, now: float, metric: Metric | None, retry_after: float | None) -> None:
        """``retry_after``: seconds the provider asks for; None: full-jitter back-off, up to a minute or W/60."""
        if retry_after is None:
            longest = max(MINUTE, RULES[metric].seconds / 60 if metric else 0.0)
            pause = self._backoff_jitter() * min(longest, 2.0**self._streak)
        else:
            pause = min(max(0.0, retry_after), DAY)
        self.paused_until = max(self.paused_until, now + pause)
        self._streak = min(self._streak + 1, _LONGEST_STREAK)
        for recovery in self._recoveries.values():
            recovery.next_at = now + _QUIET
        self._windows.expire(now)
        window = self._windows.named(metric)
        if window is not None and now >= self._learns_at:
            self._learn(window, now)

    def spent(self, now: float, seconds: float) -> None:
        """An answer says that nothing is left for ``seconds``. Believed for a minute at most.

        Some name the time in which a whole day's calls come back, when the next one is there long before.
        """
        self.paused_until = max(self.paused_until, now + min(seconds, MINUTE))

    def answered(self) -> None:
        self._streak = 0

    def recover(self, now: float) -> None:
        """After five quiet minutes: one more per window (a hundredth where limits are large), until as configured.

        The jitter goes back by a step after each hour in which it was not proved too small.
        """
        if now >= self._narrows_at:
            self._narrow(now)
        if not self._recoveries:
            return
        for metric, recovery in list(self._recoveries.items()):
            window = self._windows.named(metric)
            if window is None or window.limit >= window.configured:
                del self._recoveries[metric]
            elif now >= recovery.next_at:
                recovery.next_at = now + min(window.length, MINUTE)
                self._raise(window, recovery, now)

    def _learn(self, window: Window, now: float) -> None:
        self._learns_at = now + _LOWERED_AT_MOST_EVERY
        if window.length < MINUTE and window.used + 1 > window.limit:
            self._widen(now)
            helps = self._steps <= _STEPS and self._windows.arrival_jitter < _WIDEST_JITTER
            if helps and window.limit == window.configured:
                self._learns_at = now + _WIDENED_AT_MOST_EVERY
                return
        self._lower(window, now)

    def _widen(self, now: float) -> None:
        self._windows.arrival_jitter = min(self._windows.arrival_jitter * _WIDENED, _WIDEST_JITTER)
        self._steps = self._steps + 1 if now - self._widened_at < HOUR else 1
        self._widened_at = now
        self._narrows_at = now + HOUR

    def _narrow(self, now: float) -> None:
        self._windows.arrival_jitter = max(self._windows.arrival_jitter / _WIDENED, self._least_jitter)
        self._narrows_at = now + HOUR if self._windows.arrival_jitter > self._least_jitter else math.inf

    def _raise(self, window: Window, recovery: _Recovery, now: float) -> None:
        limit = min(window.configured, window.limit + max(1.0, window.configured / 100))
        if limit < recovery.ceiling or now >= recovery.ceiling_until:
            window.limit = limit

    def _lower(self, window: Window, now: float) -> None:
        # What had gone out by now is about where the true limit is; far less of it means that others use the account.
        level = max(min(window.used, window.limit), window.limit * _LEAST_BELIEVED)
        window.limit = max(1.0, level * _LOWERED)
        self._recoveries[window.metric] = _Recovery(now + _QUIET, level, now + _TRIED_AGAIN_AFTER)


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
