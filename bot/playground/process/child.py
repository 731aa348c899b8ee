"""The playground's bot, a process of its own: it can be killed, and what it had not finished goes on in the next.

``python -m bot.playground.process.child`` takes its settings from stdin, pickled, so that no key stands on a command
line; it ends when stdin ends, since then the playground is gone. To stdout it writes reports, to stderr its log.
"""

import asyncio
import logging
import pickle
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from bot import logs
from bot.app import opened
from bot.inbox.polling import RefusedToken
from bot.lifecycle import Application, serve
from bot.playground.process.bars import tell_limits
from bot.playground.process.reports import Ready, Report, encoded
from bot.playground.process.upstream import Overheard
from bot.settings import Settings
from bot.store import NewerDatabase

log = logging.getLogger(__name__)

_LEAVING: Final = 1.0  # seconds in which a running answer may end by itself


def main() -> int:
    settings: Settings = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by the process that started this one
    logs.configure(settings.log_level, settings.log_format, settings.secrets)
    try:
        asyncio.run(_serve(settings))
    except (RefusedToken, NewerDatabase, OSError) as error:
        log.error("%s", error)
        return 1
    return 0


async def _serve(settings: Settings) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    lifeline = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lifeline), sys.stdin)
    out, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, sys.stdout)

    def tell(report: Report) -> None:
        out.write(encoded(report))

    redact = logs.Redactor(settings.secrets)
    leaving = asyncio.create_task(_until_end(lifeline, ended))
    try:
        beside = partial(watched, redact=redact, tell=tell)
        await serve(opened(settings, grace=_LEAVING), ended, beside=beside)
    finally:
        leaving.cancel()
        out.close()


async def _until_end(lifeline: asyncio.StreamReader, ended: asyncio.Event) -> None:
    await lifeline.read()
    ended.set()


@asynccontextmanager
async def watched(
    application: Application, redact: Callable[[str], str], tell: Callable[[Report], None]
) -> AsyncIterator[None]:
    """Tell of the application's calls to providers and of its limits, as long as the context is open."""
    http = application.http
    http._transport = Overheard(http._transport, tell, application.clock, redact)  # noqa: SLF001 - httpx has no public way
    tell(Ready())
    bars = asyncio.create_task(tell_limits(application.limits.snapshot, tell, application.clock))
    try:
        yield
    finally:
        bars.cancel()
        await asyncio.gather(bars, return_exceptions=True)


if __name__ == "__main__":
    sys.exit(main())
