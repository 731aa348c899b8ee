"""How full the limits are, told as it changes."""

from collections.abc import Callable
from typing import Final

from bot.clock import Clock
from bot.playground.process.reports import Limits
from bot.ratelimit.scheduler import LimiterSnapshot

_BUSY: Final = 0.25  # seconds between two looks while calls run or wait
_IDLE: Final = 1.0


async def tell_limits(snapshot: Callable[[], LimiterSnapshot], tell: Callable[[Limits], None], clock: Clock) -> None:
    """For ever. What has not changed is not told again."""
    told: LimiterSnapshot | None = None
    while True:
        seen = snapshot()
        if seen != told:
            told = seen
            tell(Limits(seen))
        busy = bool(seen.waiting) or any(bucket.running or bucket.paused_for for bucket in seen.buckets)
        await clock.sleep(_BUSY if busy else _IDLE)
