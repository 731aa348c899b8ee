"""The line above a summary: what it says, when it moves, and that it is quiet once closed."""

from collections.abc import AsyncIterator, Sequence

import pytest
from aiogram.types import InlineKeyboardMarkup

from bot.clock import FakeClock
from bot.domain.calls import QueuePosition
from bot.domain.money import NO_MONEY, TokenUsage
from bot.groups.summary import SummaryProgress
from bot.telegram.markdown import OutgoingMessage
from bot.telegram.status import stop_button
from bot.telegram.summary_line import SummaryLine
from bot.telegram.texts import Texts

TEXTS = Texts("en")
STOP = stop_button(5, TEXTS)


class FakeScreen:
    """``closed``: changes are dropped, as where too much was shown already."""

    interval = 3.0

    def __init__(self) -> None:
        self.said: list[str] = []
        self.closed = False
        self.broken = False

    async def begin(self, sentence: str, keyboard: InlineKeyboardMarkup) -> None:
        raise NotImplementedError

    async def change(self, sentence: str, keyboard: InlineKeyboardMarkup) -> bool:
        assert keyboard is STOP
        if self.broken:
            raise ValueError("broken")
        if not self.closed:
            self.said.append(sentence)
        return not self.closed

    async def end(self, parts: Sequence[OutgoingMessage], keyboard: InlineKeyboardMarkup | None) -> None:
        raise NotImplementedError


@pytest.fixture
def screen() -> FakeScreen:
    return FakeScreen()


@pytest.fixture
async def line(screen: FakeScreen, clock: FakeClock) -> AsyncIterator[SummaryLine]:
    line = SummaryLine(screen, "Reading", STOP, TEXTS, clock)
    yield line
    await line.close()


def done(count: int) -> SummaryProgress:
    return SummaryProgress(count, 7, TokenUsage(0, 0), NO_MONEY)


@pytest.mark.usefixtures("line")
async def test_as_long_as_nothing_happens_it_stays_as_it_was(screen: FakeScreen, clock: FakeClock) -> None:
    await clock.advance(30.0)
    assert screen.said == []


async def test_a_wait_is_counted_down(line: SummaryLine, screen: FakeScreen, clock: FakeClock) -> None:
    line.waiting(QueuePosition(3, 8.0))
    await clock.advance(6.5)
    line.waiting(QueuePosition(0, 1.5))
    await clock.advance(6.0)
    assert screen.said == [
        "⏳ 3 ahead of you, about 5 s",
        "⏳ 3 ahead of you, about 2 s",
        "Reading",
    ]


async def test_then_it_says_what_is_done(line: SummaryLine, screen: FakeScreen, clock: FakeClock) -> None:
    line.progress(done(2))
    await clock.advance(6.0)
    line.waiting(QueuePosition(0, 9.0))
    await clock.advance(3.0)
    assert screen.said == ["📖 Summing up: 2 of 7 parts", "⏳ You are next, in about 6 s · 2/7"]
    assert line.spent == done(2)


async def test_of_several_waits_the_shortest_counts(line: SummaryLine, screen: FakeScreen, clock: FakeClock) -> None:
    line.waiting(QueuePosition(1, 9.0))
    line.waiting(QueuePosition(2, 19.0))
    await clock.advance(3.0)
    line.waiting(QueuePosition(0, 6.5))  # the same wait, a little longer than expected, with nobody ahead any more
    await clock.advance(3.0)
    assert screen.said == ["⏳ 1 ahead of you, about 6 s", "⏳ You are next, in about 4 s"]


async def test_a_change_that_was_dropped_is_made_up_for(
    line: SummaryLine, screen: FakeScreen, clock: FakeClock
) -> None:
    screen.closed = True
    line.progress(done(2))
    await clock.advance(3.0)
    screen.closed = False
    await clock.advance(3.0)
    assert screen.said == ["📖 Summing up: 2 of 7 parts"]


async def test_after_its_end_it_says_nothing(line: SummaryLine, screen: FakeScreen, clock: FakeClock) -> None:
    line.progress(done(2))
    await line.close()
    await clock.advance(30.0)
    assert screen.said == []


async def test_where_it_breaks_the_summary_goes_on(
    line: SummaryLine, screen: FakeScreen, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    screen.broken = True
    line.progress(done(2))
    await clock.advance(3.0)
    await line.close()
    assert "The line of a summary broke" in caplog.text
