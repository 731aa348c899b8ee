"""What a refusal (429) teaches about one target: pause, believe in less, and later try for more again."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.limits.windows import DAY, LENGTH, MINUTE, Window, Windows
from bot.providers.catalogue import Metric

_LOWERED: Final = 0.9
_LEAST_BELIEVED: Final = 0.7
_LOWERED_AT_MOST_EVERY: Final = 30.0
_QUIET: Final = 5 * MINUTE
_TRIED_AGAIN_AFTER: Final = 30 * MINUTE
_WIDENED: Final = 1.25
_WIDEST_SPREAD: Final = 1.0
_LONGEST_STREAK: Final = 16


@dataclass(slots=True)
class _Recovery:
    """A lowered limit on its way up: the next step, and the level that was refused and until when it is not tried."""

    next_at: float
    ceiling: float
    ceiling_until: float


class Throttle:
    """Additive increase, multiplicative decrease of the believed limits. ``jitter`` draws from 0 to 1."""

    def __init__(self, windows: Windows, jitter: Callable[[], float]) -> None:
        self.paused_until = 0.0
        self._windows = windows
        self._jitter = jitter
        self._streak = 0
        self._lowered_at = -_LOWERED_AT_MOST_EVERY
        self._recoveries: dict[Metric, _Recovery] = {}

    def refused(self, now: float, metric: Metric | None, retry_after: float | None) -> None:
        """``retry_after``: seconds the provider asks for; None: full-jitter back-off, up to a minute or W/60."""
        if retry_after is None:
            longest = max(MINUTE, LENGTH[metric] / 60 if metric else 0.0)
            pause = self._jitter() * min(longest, 2.0**self._streak)
        else:
            pause = min(max(0.0, retry_after), DAY)
        self.paused_until = max(self.paused_until, now + pause)
        self._streak = min(self._streak + 1, _LONGEST_STREAK)
        for recovery in self._recoveries.values():
            recovery.next_at = now + _QUIET
        self._windows.expire(now)
        window = self._windows.named(metric)
        if window is not None and now - self._lowered_at >= _LOWERED_AT_MOST_EVERY:
            self._lowered_at = now
            self._lower(window, now)

    def answered(self) -> None:
        self._streak = 0

    def recover(self, now: float) -> None:
        """After five quiet minutes: one more per window (a hundredth where limits are large), until as configured."""
        if not self._recoveries:
            return
        for metric, recovery in list(self._recoveries.items()):
            window = self._windows.named(metric)
            if window is None or window.limit >= window.configured:
                del self._recoveries[metric]
            elif now >= recovery.next_at:
                recovery.next_at = now + min(window.length, MINUTE)
                self._raise(window, recovery, now)

    def _raise(self, window: Window, recovery: _Recovery, now: float) -> None:
        limit = min(window.configured, window.limit + max(1.0, window.configured / 100))
        if limit < recovery.ceiling or now >= recovery.ceiling_until:
            window.limit = limit

    def _lower(self, window: Window, now: float) -> None:
        if window.length < MINUTE and window.used + 1 > window.limit:
            # The window was full, so the calls may have arrived closer together than they were sent. In a longer
            # window that is a call or two, and covered by the lower limit.
            self._windows.spread = min(self._windows.spread * _WIDENED, _WIDEST_SPREAD)
        # What had gone out by now is about where the true limit is; far less of it means that others use the account.
        level = max(min(window.used, window.limit), window.limit * _LEAST_BELIEVED)
        window.limit = max(1.0, level * _LOWERED)
        self._recoveries[window.metric] = _Recovery(now + _QUIET, level, now + _TRIED_AGAIN_AFTER)
