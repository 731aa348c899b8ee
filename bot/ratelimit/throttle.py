"""What a refusal (429) teaches about one target: pause, believe in less, and later try for more again.

Our own log had room for each call. If a window of seconds was full by it, a refusal proves first that calls arrive
closer together than they were sent: the arrival jitter grows. If three steps do not help, or the window was not full,
the limit is lower than believed. In a longer window the jitter makes a call or two, which a lower limit covers.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.domain.model import Metric
from bot.ratelimit.permit_request import DAY, HOUR, MINUTE, RULES
from bot.ratelimit.windows import Window, Windows

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
