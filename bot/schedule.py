"""What is due at a time: refreshing the catalogue, deleting what nobody needs any more."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.clock import Clock
from bot.providers.models import LiveCatalogue
from bot.store import Store

log = logging.getLogger(__name__)


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
