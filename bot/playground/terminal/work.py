"""The bot at work between the local servers, and whether it is still busy."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Final

from bot.app import opened
from bot.lifecycle import Application, serve
from bot.playground.local_environment import LocalEnvironment
from bot.playground.telegram import TelegramSimulator

_LEAVING: Final = 1.0  # seconds in which a running answer may end by itself
_PATIENCE: Final = 60.0  # seconds until a bot that fetches nothing is taken for dead


@asynccontextmanager
async def at_work(around: LocalEnvironment) -> AsyncIterator["Work"]:
    """The bot in this process; it has taken in all that was said before. Raises what ends the bot."""
    ended, work = asyncio.Event(), Work(around.telegram.world)
    serving = asyncio.create_task(serve(opened(around.settings, grace=_LEAVING), ended, beside=work.watched))
    try:
        await _first(work.done(), serving)
        yield work
    finally:
        ended.set()
        await serving


async def _first(work: Coroutine[Any, Any, None], serving: "asyncio.Task[None]") -> None:
    """Wait for the work, unless the bot ends before: then what ended it is raised."""
    working = asyncio.create_task(work)
    await asyncio.wait({working, serving}, return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        working.cancel()
        serving.result()
    await working


class Work:
    """Seen from both ends: what Telegram holds for the bot, and what the bot works on."""

    def __init__(self, world: TelegramSimulator) -> None:
        self._world = world
        self._bot: Application | None = None

    @asynccontextmanager
    async def watched(self, application: Application) -> AsyncIterator[None]:
        """For :func:`bot.lifecycle.serve`."""
        self._bot = application
        yield

    async def done(self) -> None:
        """Everything that people did has been answered. Raises TimeoutError where nobody fetches what they did."""
        updates = self._world.updates
        await self._world.until(lambda: updates.is_polled and not len(updates), _PATIENCE)
        if self._bot is not None:
            await self._bot.intake.idle()
