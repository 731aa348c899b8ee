"""Tells those who wait their place again: about once a second, less often where very many wait."""

import asyncio
import math
from collections import deque
from collections.abc import Callable
from typing import Final

from bot.clock import Clock
from bot.limits.demand import Overfull, Place
from bot.limits.fairness import Entry
from bot.limits.pool import Granted, Pool, Waiter

_EVERY: Final = 1.0
_AT_ONCE: Final = 50
"""Looks a second in all: more edits than Telegram takes are of no use to anyone."""


class Watch:
    """On the place of one who waits for ``turn``. ``longest``: seconds; who would wait longer is sent away.

    ``tell`` is called from whoever looks: it must neither block nor raise.
    """

    __slots__ = ("_entry", "_longest", "_pool", "_tell", "_told", "_turn")

    def __init__(
        self,
        pool: Pool,
        entry: Entry[Waiter],
        turn: asyncio.Future[Granted],
        tell: Callable[[Place], None] | None,
        longest: float,
    ) -> None:
        self._pool = pool
        self._entry = entry
        self._turn = turn
        self._tell = tell
        self._told: tuple[int, int] | None = None
        self._longest = longest

    def look(self, now: float) -> bool:
        """Whether somebody waits still."""
        if self._turn.done():
            return False
        place = self._pool.place(now, self._entry)
        if place.seconds > self._longest:
            self._turn.set_exception(Overfull(place.seconds))
            return False
        news = place.ahead, math.ceil(place.seconds)
        if news != self._told and self._tell is not None:
            self._tell(place)
            self._told = news
        return True


class Bulletin:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._watches: deque[Watch] = deque()
        self._task: asyncio.Task[None] | None = None

    def add(self, watch: Watch) -> None:
        """Its first look is now."""
        if watch.look(self._clock.monotonic()):
            self._watches.append(watch)
            if self._task is None or self._task.done():
                self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while self._watches:
            await self._clock.sleep(_EVERY)
            self._publish(self._clock.monotonic())

    def _publish(self, now: float) -> None:
        looks = 0
        for _ in range(len(self._watches)):
            watch = self._watches.popleft()
            if watch.look(now):
                self._watches.append(watch)
                looks += 1
                if looks == _AT_ONCE:
                    return
