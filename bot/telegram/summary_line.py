"""The line that says how far a summary is: how many are ahead of it and how long that takes, then what is done."""

import asyncio
import logging
import math

from aiogram.types import InlineKeyboardMarkup

from bot.clock import Clock
from bot.domain.calls import QueuePosition
from bot.groups.summary import NOTHING_DONE, SummaryProgress
from bot.telegram.summary_screen import Screen
from bot.telegram.texts import Texts

log = logging.getLogger(__name__)

_ABOUT_THE_SAME = 1.0  # seconds by which two expectations of the same wait differ


class SummaryLine:
    """Moves from the start to :meth:`close`. ``begun``: what the screen shows already; ``spent``: the newest state."""

    def __init__(self, screen: Screen, begun: str, stop: InlineKeyboardMarkup, texts: Texts, clock: Clock) -> None:
        self._screen = screen
        self._begun = begun
        self._stop = stop
        self._texts = texts
        self._clock = clock
        self.spent = NOTHING_DONE
        self._ahead, self._until = 0, 0.0
        self._changing = asyncio.Lock()
        self._task = asyncio.create_task(self._move())

    def waiting(self, place: QueuePosition) -> None:
        """One of the calls waits for the provider's limits. Several wait side by side: the first to go on counts."""
        now = self._clock.monotonic()
        if self._until <= now or now + place.seconds <= self._until + _ABOUT_THE_SAME:
            self._ahead, self._until = place.ahead, now + place.seconds

    def progress(self, progress: SummaryProgress) -> None:
        self.spent = progress

    async def close(self) -> None:
        """Say nothing more; what is on its way has arrived when this returns."""
        async with self._changing:
            self._task.cancel()
        [ended] = await asyncio.gather(self._task, return_exceptions=True)
        if isinstance(ended, Exception):
            log.error("The line of a summary broke; the summary is shown all the same", exc_info=ended)

    async def _move(self) -> None:
        shown = self._begun
        while True:
            await self._clock.sleep(self._screen.interval)
            async with self._changing:
                if (text := self._text()) != shown and await self._screen.change(text, self._stop):
                    shown = text

    def _text(self) -> str:
        done, calls = self.spent.done, self.spent.calls
        if (wait := self._until - self._clock.monotonic()) > 0:
            key = "live.waiting" if self._ahead else "live.next"
            line = self._texts(key, ahead=self._ahead, seconds=math.ceil(wait))
            return f"{line} · {done}/{calls}" if done else line
        return self._texts("summarize.progress", done=done, calls=calls) if done else self._begun
