"""How full the limits are, told as it changes."""

from collections.abc import Callable
from typing import Final

from bot.clock import Clock
from bot.limits.survey import Survey
from bot.playground.process.reports import Limits

_BUSY: Final = 0.25  # seconds between two looks while calls run or wait
_IDLE: Final = 1.0


async def tell_limits(survey: Callable[[], Survey], tell: Callable[[Limits], None], clock: Clock) -> None:
    """For ever. What has not changed is not told again."""
    told: Survey | None = None
    while True:
        seen = survey()
        if seen != told:
            told = seen
            tell(Limits(seen))
        busy = bool(seen.waiting) or any(gate.running or gate.paused_for for gate in seen.gates)
        await clock.sleep(_BUSY if busy else _IDLE)
