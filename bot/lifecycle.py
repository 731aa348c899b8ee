"""One bot from its start to its end: its parts, what begins and ends them, and the signals of the process."""

import asyncio
import contextlib
import gc
import logging
import signal
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from aiogram import Bot
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.chat.answer_question import AnswerQuestion
from bot.clock import Clock
from bot.inbox.intake import Intake
from bot.providers.http import HttpClient
from bot.providers.models import LiveCatalogue
from bot.ratelimit.scheduler import Scheduler
from bot.store import Store
from handlers.group_archive import ArchiveMiddleware, SupergroupMiddleware
from handlers.person import PersonMiddleware

log = logging.getLogger(__name__)

GRACE: Final = 25.0  # seconds that running answers get to finish when the process is asked to end
_GC_THRESHOLDS: Final = (50_000, 20, 50)

Step = Callable[[], Awaitable[object]]


class Receiver(Protocol):
    """Where updates come from."""

    async def run(self) -> None:
        """Receive for ever. Raises :class:`bot.inbox.polling.RefusedToken`."""
        ...


class BackgroundTasks:
    """Work that nobody waits for."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Cancel what still runs, and wait for its end."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class Application:
    """One bot, put together and not started."""

    clock: Clock
    telegram: Bot
    http: HttpClient  # that calls the providers
    limits: Scheduler
    answer_question: AnswerQuestion
    people: PersonMiddleware
    archive: ArchiveMiddleware | None  # None: nothing that groups say is kept
    supergroups: SupergroupMiddleware
    picture_at: Callable[
        [int, int], Awaitable[object | None]
    ]  # what a message of this chat and id draws; None: nothing
    intake: Intake
    receiver: Receiver
    jobs: AsyncIOScheduler
    background: BackgroundTasks
    restoring: Sequence[Step]  # what has to be known again before the first update is handled, in this order
    refreshing: Sequence[Callable[[], Coroutine[Any, Any, None]]]  # begun at the start, in the background
    introducing: Callable[[], Coroutine[Any, Any, None]]  # likewise, where the bot fetches its own updates
    stopping: Sequence[Step]  # ends what begins work by itself
    closing: Sequence[Step]  # ends the rest once no update is handled any more, in this order


async def start(application: Application) -> None:
    """Go on where an earlier run ended; from then on whatever the intake accepts is answered."""
    for restore in application.restoring:
        await restore()
    # Before anything new arrives, or a later question might be answered first.
    resumed = await application.intake.resume()
    for refresh in application.refreshing:
        application.background.start(refresh())
    application.jobs.start()
    log.info("Started%s", f"; {resumed} updates of an earlier run go on" if resumed else "")


async def run(application: Application, ended: asyncio.Event) -> None:
    """Start, and fetch what there is to answer until ``ended`` is set. Raises RefusedToken."""
    await start(application)
    receiving = asyncio.create_task(application.receiver.run())
    application.background.start(application.introducing())
    _settle_memory()
    waiting = asyncio.create_task(ended.wait())
    await asyncio.wait({receiving, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if receiving.done():
        receiving.result()
    receiving.cancel()
    await asyncio.gather(receiving, return_exceptions=True)


async def close(application: Application, grace: float = GRACE) -> None:
    """Let running answers finish for ``grace`` seconds, and leave the rest to the next start."""
    log.info("Ending; answers that are being given have %.0f s to finish", grace)
    with contextlib.suppress(Exception):
        application.jobs.shutdown(wait=False)
    for stop in application.stopping:
        await stop()
    await application.intake.close(grace)
    for end in application.closing:
        await end()


async def serve(
    opening: AbstractAsyncContextManager[Application],
    ended: asyncio.Event,
    *,
    beside: Callable[[Application], AbstractAsyncContextManager[Any]] = nullcontext,
) -> None:
    """Run one bot until ``ended`` is set. ``beside``: open as long as it runs, for those who watch it.

    Raises RefusedToken, and what opening raises.
    """
    async with opening as application, beside(application):
        await run(application, ended)


async def serve_until_signal(opening: AbstractAsyncContextManager[Application]) -> None:
    """Run one bot until SIGTERM or Ctrl-C. Raises as :func:`serve` does."""
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await serve(opening, ended)


def _settle_memory() -> None:
    """aiogram's models are a large heap that never changes: collecting it again and again is most of the pauses."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)


def schedule(
    clock: Clock, catalogue: LiveCatalogue, store: Store, archive_days: int, look: Callable[[], Awaitable[None]]
) -> AsyncIOScheduler:
    """The jobs, not started yet. A late run is made up for once; two runs of one job never overlap.

    ``archive_days``: for how long messages of groups are kept; ``look``: begins the digests that are due.
    """

    async def tidy() -> None:
        await store.retention.prune(clock.now(), archive_days)

    scheduler = AsyncIOScheduler(
        timezone="UTC", job_defaults={"coalesce": True, "misfire_grace_time": 3600, "max_instances": 1}
    )
    scheduler.add_job(_safely(catalogue.refresh), "interval", hours=6, id="refresh the catalogue")
    scheduler.add_job(_safely(tidy), "interval", hours=1, id="tidy the store")
    at_once = datetime.now(UTC)
    scheduler.add_job(_safely(look), "interval", seconds=20, id="look for digests", next_run_time=at_once)
    return scheduler


def _safely(run: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    async def guarded() -> None:
        try:
            await run()
        except asyncio.CancelledError:
            log.info("A scheduled run was cut off by the end of the process")  # raised on, it would be told as an error
        except Exception:
            log.exception("A scheduled run failed")

    return guarded
