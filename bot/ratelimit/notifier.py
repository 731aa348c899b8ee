"""Tells those who wait their position again: about once a second, less often where very many wait."""

import asyncio
import math
from collections import deque
from collections.abc import Callable
from typing import Final

from bot.clock import Clock
from bot.domain.calls import QueuePosition, WaitTooLong
from bot.ratelimit.fairness import Entry
from bot.ratelimit.wait_queue import Admission, Waiter, WaitQueue

_EVERY: Final = 1.0  # seconds
_AT_ONCE: Final = 50
"""Looks a second in all: more edits than Telegram takes are of no use to anyone."""


class QueueWatcher:
    """Looks after the position of one who waits for ``turn``, and sends away who would wait longer than ``longest`` s.

    ``tell`` is called from whoever looks: it must neither block nor raise.
    """

    __slots__ = ("_entry", "_longest", "_queue", "_tell", "_told", "_turn")

    def __init__(
        self,
        queue: WaitQueue,
        entry: Entry[Waiter],
        turn: asyncio.Future[Admission],
        tell: Callable[[QueuePosition], None] | None,
        longest: float,
    ) -> None:
        self._queue = queue
        self._entry = entry
        self._turn = turn
        self._tell = tell
        self._told: tuple[int, int] | None = None
        self._longest = longest

    def look(self, now: float) -> bool:
        """Whether somebody waits still."""
        if self._turn.done():
            return False
        position = self._queue.position(now, self._entry)
        if position.seconds > self._longest:
            self._turn.set_exception(WaitTooLong(position.seconds))
            return False
        news = position.ahead, math.ceil(position.seconds)
        if news != self._told and self._tell is not None:
            self._tell(position)
            self._told = news
        return True


class QueueNotifier:
    """All watchers, each of which looks in its turn."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._watchers: deque[QueueWatcher] = deque()
        self._task: asyncio.Task[None] | None = None

    def add(self, watcher: QueueWatcher) -> None:
        """Its first look is now."""
        if watcher.look(self._clock.monotonic()):
            self._watchers.append(watcher)
            if self._task is None or self._task.done():
                self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while self._watchers:
            await self._clock.sleep(_EVERY)
            self._publish(self._clock.monotonic())

    def _publish(self, now: float) -> None:
        looks = 0
        for _ in range(len(self._watchers)):
            watcher = self._watchers.popleft()
            if watcher.look(now):
                self._watchers.append(watcher)
                looks += 1
                if looks == _AT_ONCE:
                    return
