"""The bot beside a bare one that keeps nothing, in one run, in turns: what order, memory and safety cost.

Both ask a local SiliconFlow that answers at once, and speak to a local Telegram without limits, so that nothing but
their own work is seen.
"""

import asyncio
import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

import pytest

from tests.benchmarks import bare_bot
from tests.benchmarks.crowd import Asked, Crowd, cpu_seconds, peak_megabytes
from tests.process.local_environment import BOT, BotProcess, LocalEnvironment

ROUNDS = 3
ONE_BY_ONE = 200
PEOPLE = 100
EACH = 5
LONGEST = 120.0  # seconds of one measurement; a question that was lost would be waited for in vain
BARE = (bare_bot.__file__,)

pytestmark = pytest.mark.benchmark


@dataclass(frozen=True)
class Figures:
    """Times in milliseconds, ``cpu`` per answer (of the whole run, one by one, at once), memory in MB."""

    first_p50: float
    first_p99: float
    final_p50: float
    final_p99: float
    per_second: float
    cpu: float
    cpu_one_by_one: float
    cpu_at_once: float
    memory: float


@dataclass(frozen=True)
class Line:
    """``goal`` bounds ours / bare: from above, for answers per second from below."""

    name: str
    of: Callable[[Figures], float]
    goal: float | None = None
    more_is_better: bool = False


LINES = (
    Line("first text p50, ms", lambda figures: figures.first_p50, 1.5),
    Line("first text p99, ms", lambda figures: figures.first_p99, 1.0),
    Line("final text p50, ms", lambda figures: figures.final_p50, 1.5),
    Line("final text p99, ms", lambda figures: figures.final_p99, 1.0),
    Line("answers per second, 500 at once", lambda figures: figures.per_second, 1.0, more_is_better=True),
    Line("CPU per answer, ms", lambda figures: figures.cpu, 1.0),
    Line("  of those one by one", lambda figures: figures.cpu_one_by_one),
    Line("  of those at once", lambda figures: figures.cpu_at_once),
    Line("peak memory, MB", lambda figures: figures.memory),
)


async def test_against_bare_bot(tmp_path: Path) -> None:
    figures: dict[str, list[Figures]] = {"bare": [], "ours": []}
    for number in range(ROUNDS):
        for name, program in (("bare", BARE), ("ours", BOT)):
            folder = tmp_path / f"{name}{number}"
            folder.mkdir()
            figures[name].append(await measured(folder, program))
    report(figures["bare"], figures["ours"])


async def measured(folder: Path, program: Sequence[str]) -> Figures:
    around = LocalEnvironment(folder)
    await around.open()
    try:
        run = await around.start(program, LOG_LEVEL="warning")
        crowd = Crowd(around, PEOPLE)
        async with asyncio.timeout(LONGEST):
            return await figures_of(run, crowd)
    finally:
        await around.close()


async def figures_of(run: BotProcess, crowd: Crowd) -> Figures:
    with crowd.watching(), no_collection():
        await crowd.all_at_once(1)  # what is done only once is not measured
        begun = cpu_seconds(run.pid)
        answered = await crowd.one_after_another(ONE_BY_ONE)
        between = cpu_seconds(run.pid)
        per_second = await crowd.all_at_once(EACH)
        ended = cpu_seconds(run.pid)
    first, final = times(answered)
    return Figures(
        *(median(first), p99(first), median(final), p99(final), per_second),
        cpu=(ended - begun) * 1000 / (ONE_BY_ONE + PEOPLE * EACH),
        cpu_one_by_one=(between - begun) * 1000 / ONE_BY_ONE,
        cpu_at_once=(ended - between) * 1000 / (PEOPLE * EACH),
        memory=peak_megabytes(run.pid),
    )


def times(answered: Sequence[Asked]) -> tuple[list[float], list[float]]:
    """To the first and to the whole text, in milliseconds."""
    first = [((asked.first or asked.final) - asked.said) * 1000 for asked in answered]
    return first, [(asked.final - asked.said) * 1000 for asked in answered]


def p99(values: Sequence[float]) -> float:
    return quantiles(values, n=100)[98]


@contextmanager
def no_collection() -> Iterator[None]:
    """The pauses of this process are not the bots'."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def report(bare: Sequence[Figures], ours: Sequence[Figures]) -> None:
    print(f"\n{f'medians of {ROUNDS} rounds':<34}{'bare':>9}{'ours':>9}{'ratio':>8}  goal")
    for line in LINES:
        floor, own = median(map(line.of, bare)), median(map(line.of, ours))
        print(f"{line.name:<34}{floor:>9.2f}{own:>9.2f}{own / floor:>8.2f}  {verdict(line, own / floor)}")


def verdict(line: Line, ratio: float) -> str:
    if line.goal is None:
        return ""
    reached = ratio >= line.goal if line.more_is_better else ratio <= line.goal
    sign = ">=" if line.more_is_better else "<="
    return f"{sign} {line.goal}: {'reached' if reached else 'MISSED'}"
