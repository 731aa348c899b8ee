"""The live state of one target: its windows, what refusals taught, and how many calls run."""

import math
from collections.abc import Callable, Iterable, Sequence

from bot.domain.model import Metric
from bot.limits.demand import Target
from bot.limits.survey import GateState, WindowState
from bot.limits.throttle import Throttle
from bot.limits.windows import Amount, Charge, Windows

_MEMORY = 0.9
"""How much of the mean duration of a call stays when another one ends."""

_USUAL = 10.0
"""Seconds that a call is taken to last while none has ended."""


class Gate:
    """Opens for a call when everything that bounds the target has room. Times are monotonic seconds.

    ``turn``: higher than that of each gate beside it that was passed longer ago.
    """

    def __init__(self, target: Target, spread: float, jitter: Callable[[], float]) -> None:
        self._target = target
        self.windows = Windows(target.limits, spread)
        self._throttle = Throttle(self.windows, jitter)
        self._running = 0
        self._duration = 0.0
        self._paced_until = 0.0
        self.turn = 0

    def configure(self, target: Target) -> None:
        """Take the limits of ``target``, which may have changed since the last call."""
        if target is not self._target and target != self._target:
            self._target = target
            self.windows.configure(target.limits)

    def load(self, past: Iterable[tuple[float, Amount]]) -> None:
        """Count calls of an earlier run of the process, by (time, amount), oldest first."""
        for at, amount in past:
            self.windows.hold(amount).enter(at)

    def room_at(self, now: float, amount: Amount, share: float) -> float:
        """0.0: there is room now. Otherwise a time before which there is none; infinite: after an event.

        Who may use only a ``share`` goes out at an even pace: a minute's worth at once would leave people who come
        within that minute nothing but the reserve.
        """
        self._throttle.recover(now)
        parallel = self._target.parallel
        if parallel and self._running >= max(math.floor(parallel * share), 1):
            return math.inf
        at, paused = self.windows.room_at(now, amount, share), self._throttle.paused_until
        if share < 1:
            paused = max(paused, self._paced_until)
        return at if paused <= now else max(at, paused)

    def wait(self, now: float, ahead: Sequence[float], share: float) -> float:
        """Expected seconds until all of ``ahead``, requests first, will have gone out."""
        wait = max(self.windows.wait(now, ahead, share), self._throttle.paused_until - now)
        parallel = self._target.parallel * share
        if not parallel:
            return wait
        return max(wait, (self._duration or _USUAL) * (self._running + ahead[0] - parallel) / parallel)

    def state(self, now: float) -> GateState:
        self.windows.expire(now)
        windows = tuple(WindowState(w.metric, w.length, w.used, w.limit) for w in self.windows)
        paused_for = max(self._throttle.paused_until - now, 0.0)
        return GateState(*self._target.key, windows, self._running, paused_for)

    def enter(self, now: float, amount: Amount, share: float) -> Charge:
        self._running += 1
        if share < 1:
            self._paced_until = now + self.windows.pace(amount)
        return self.windows.hold(amount)

    def leave(self, seconds: float | None) -> None:
        """A call ended after ``seconds``; None: it never went out."""
        self._running -= 1
        if seconds is not None:
            self._duration = _MEMORY * self._duration + (1 - _MEMORY) * seconds if self._duration else seconds

    def answered(self) -> None:
        self._throttle.answered()

    def spent(self, now: float, seconds: float) -> None:
        self._throttle.spent(now, seconds)

    def refused(self, now: float, metric: Metric | None, retry_after: float | None) -> None:
        self._throttle.refused(now, metric, retry_after)
