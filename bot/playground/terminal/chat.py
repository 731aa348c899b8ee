"""The playground in a terminal: a chat with the bot, line by line, from a keyboard or from a pipe."""

import asyncio
import logging
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from bot.config_mapping import registry
from bot.playground.local_environment import surroundings
from bot.playground.siliconflow import HUMAN
from bot.playground.terminal.console import BRISK, Console
from bot.playground.terminal.keyboard import typed_lines
from bot.playground.terminal.phrases import Phrases
from bot.playground.terminal.session import TerminalSession, Wrong
from bot.playground.terminal.work import Work, at_work
from bot.settings import Settings

log = logging.getLogger(__name__)


def run(settings: Settings, phrases: Phrases, pictures: Path | None) -> int:
    """Until the input ends, ``:quit``, SIGTERM or Ctrl-C; the exit code. Raises SettingsError."""
    try:
        asyncio.run(_until_signal(settings, phrases, pictures))
    except BrokenPipeError:
        raise
    except OSError as error:
        log.error("The playground cannot run: %s", error)
        return 1
    return 0


async def _until_signal(settings: Settings, phrases: Phrases, pictures: Path | None) -> None:
    waits = not sys.stdin.isatty()
    talking = asyncio.create_task(
        chat(settings, phrases, typed_lines(sys.stdin.fileno()), waits=waits, pictures=pictures)
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, talking.cancel)
    await asyncio.wait({talking})
    if not talking.cancelled():
        talking.result()


async def chat(
    settings: Settings, phrases: Phrases, lines: AsyncIterator[str], *, waits: bool, pictures: Path | None = None
) -> None:
    """``waits``: a line has its turn when what the one before it asked is answered, as befits a pipe."""
    async with surroundings(settings, BRISK if waits else HUMAN) as around:
        registry(around.settings)  # a bot.toml that does not fit is refused before anything is said
        console = Console(around.telegram.world, sys.stdout, phrases, pictures)
        if pictures is not None:
            console.album.make()
        async with at_work(around) as work:
            with console.window.open():
                welcome = "welcome_costs" if around.costs else "welcome_free" if around.free else "welcome"
                console.window.note(welcome, name=console.person.first_name)
                await _talk(console, lines, work if waits else None)


async def _talk(console: Console, lines: AsyncIterator[str], work: Work | None) -> None:
    seat = TerminalSession(console.world, console.window, console.person)
    async for line in lines:
        if work is None:
            console.screen.typed(line)
        try:
            if not seat.take(line):
                return
        except Wrong as wrong:
            console.window.note(wrong.key, **wrong.values)
        if work is not None:
            await work.done()
