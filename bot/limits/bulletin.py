"""Lets those who wait look at their place again: about once a second, less often where very many wait."""

import asyncio
from collections import deque
from typing import Final

from bot.clock import Clock
from bot.limits.fairness import Entry
from bot.limits.pool import Waiter

_EVERY: Final = 1.0
_AT_ONCE: Final = 50
"""Looks a second in all: more edits than Telegram takes are of no use to anyone."""


class Bulletin:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._readers: deque[Entry[Waiter]] = deque()
        self._task: asyncio.Task[None] | None = None

    def add(self, entry: Entry[Waiter]) -> None:
        self._readers.append(entry)
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while self._readers:
            await self._clock.sleep(_EVERY)
            self._publish()
        self._task = None

    def _publish(self) -> None:
        looks = 0
        for _ in range(len(self._readers)):
            entry = self._readers.popleft()
            if entry.live:
                self._readers.append(entry)
                entry.item.stir()
                looks += 1
                if looks == _AT_ONCE:
                    return
