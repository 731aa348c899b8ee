"""From the start of the process to its first question for updates, beside the import of aiogram alone."""

import asyncio
import sys
import time
from pathlib import Path
from statistics import median

import pytest

from bot.playground.telegram import Event
from tests.process.local_environment import LocalEnvironment

ROUNDS = 5
GOAL = 1.5  # seconds on top of the import
SLACK = 2.0  # so many times the goal on a busy machine

pytestmark = pytest.mark.benchmark


async def test_startup_beside_the_import_of_aiogram(tmp_path: Path) -> None:
    around = LocalEnvironment(tmp_path)
    await around.open()
    imports, starts = [], []
    try:
        for _ in range(ROUNDS):
            imports.append(await import_of_aiogram())
            starts.append(await first_poll(around))
    finally:
        await around.close()
    floor, own = median(imports), median(starts)
    print(f"\nimport of aiogram {floor:.2f} s, first getUpdates {own:.2f} s: {own - floor:.2f} s more, goal {GOAL} s")
    assert own - floor <= GOAL * SLACK


async def import_of_aiogram() -> float:
    begun = time.perf_counter()
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "import aiogram")
    assert await process.wait() == 0
    return time.perf_counter() - begun


async def first_poll(around: LocalEnvironment) -> float:
    polled = asyncio.Event()

    def listen(event: Event) -> None:
        if event.kind == "poll":
            polled.set()

    with around.telegram.feed.listening(listen):
        begun = time.perf_counter()
        run = await around.spawn(LOG_LEVEL="warning")
        await run.during(polled.wait())
        seconds = time.perf_counter() - begun
    assert await run.stop() == 0
    return seconds
