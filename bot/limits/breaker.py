"""Spares a target that is down: after five failures in a row only one call in half a minute tries it."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

from bot.clock import Clock

FAILURES: Final = 5
SECONDS_OPEN: Final = 30.0


@dataclass(slots=True)
class _State:
    failures: int = 0
    probe_at: float = 0.0


class Breakers:
    """One breaker for each target, closed at first. What entered ends by one of the three other verbs."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._states: dict[Hashable, _State] = {}

    def allows(self, target: Hashable) -> bool:
        state = self._states.get(target)
        return state is None or state.failures < FAILURES or self._clock.monotonic() >= state.probe_at

    def enter(self, target: Hashable) -> bool:
        """Whether a call may go out now. Where the breaker was open, it is the probe: others wait for its end."""
        if not self.allows(target):
            return False
        state = self._states.get(target)
        if state is not None and state.failures >= FAILURES:
            state.probe_at = self._clock.monotonic() + SECONDS_OPEN
        return True

    def answered(self, target: Hashable) -> None:
        """The target works, whatever it answered."""
        self._states.pop(target, None)

    def failed(self, target: Hashable) -> None:
        state = self._states.setdefault(target, _State())
        state.failures += 1
        state.probe_at = self._clock.monotonic() + SECONDS_OPEN
