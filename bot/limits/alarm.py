"""Wakes somebody once, at a time that may still be moved forward."""

import asyncio
import math
from collections.abc import Callable
from typing import Final

from bot.clock import Clock

_SHORTEST: Final = 0.001
"""Seconds. Clocks are coarse and rounded; a sleep of nothing could end before its time and begin again for ever."""


class Alarm:
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
        await self._clock.sleep(max(at - self._clock.monotonic(), _SHORTEST))
        self._at = math.inf
        self._task = None
        self._ring()
