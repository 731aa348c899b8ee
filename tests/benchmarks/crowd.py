"""People who ask and look at the clock; the bot that answers them is a process of its own."""

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.playground.siliconflow import Script
from bot.playground.telegram import Event, Person
from tests.process.local_environment import LocalEnvironment

PIECES = tuple(f"piece {number} of the answer, " for number in range(20))
ANSWER = "".join(PIECES).strip()
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Asked:
    """Times of the clock in seconds: said, first text of the answer seen, whole answer seen."""

    said: float
    first: float | None = None
    final: float = 0.0
    done: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Crowd:
    """``count`` people in private chats; each has one question open at a time, unless all ask at once."""

    def __init__(self, around: LocalEnvironment, count: int) -> None:
        world = around.telegram.world
        self.around = around
        self.people = [world.person(f"Person {number}") for number in range(count)]
        self._open: dict[int, list[Asked]] = {person.id: [] for person in self.people}
        around.answer(lambda _: Script(PIECES))

    @contextmanager
    def watching(self) -> Iterator[None]:
        with self.around.telegram.feed.listening(self._see):
            yield

    def ask(self, person: Person, words: str) -> Asked:
        world = self.around.telegram.world
        asked = Asked(time.perf_counter())
        self._open[person.id].append(asked)
        world.say(person, world.private(person), words)
        return asked

    async def one_after_another(self, count: int) -> list[Asked]:
        answered = []
        for number in range(count):
            asked = self.ask(self.people[number % len(self.people)], f"Question {number}")
            await asked.done
            answered.append(asked)
        return answered

    async def all_at_once(self, each: int) -> float:
        """Answers per second."""
        begun = time.perf_counter()
        asked = [self.ask(person, f"Question {number}") for number in range(each) for person in self.people]
        await asyncio.gather(*(question.done for question in asked))
        return len(asked) / (time.perf_counter() - begun)

    def _see(self, event: Event) -> None:
        """Answers of one chat come in the order of its questions."""
        if event.kind not in {"message", "edited", "draft"} or not self._open.get(event.chat or 0):
            return
        text = event.value.text.strip()
        if not text or not ANSWER.startswith(text):
            return
        waiting = self._open[event.value.chat]
        now = time.perf_counter()
        waiting[0].first = waiting[0].first or now
        if event.kind != "draft" and text == ANSWER:
            asked = waiting.pop(0)
            asked.final = now
            asked.done.set_result(None)


def cpu_seconds(pid: int) -> float:
    """User and system time of the process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def peak_megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024
