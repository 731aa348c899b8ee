"""The status message of a summary: what it says, when it moves, and what stands where the summary is to come."""

from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramBadRequest, TelegramNetworkError
from aiogram.methods import DeleteEphemeralMessage, SendMessage, TelegramMethod
from aiogram.types import Message

from bot.clock import FakeClock
from bot.domain.calls import QueuePosition
from bot.domain.money import NO_MONEY, TokenUsage
from bot.groups.summary import SummaryProgress
from bot.telegram.message_sender import Destination, MessageSender, Undeliverable
from bot.telegram.outbound_pacer import OutboundPacer
from bot.telegram.session import FrameEdit, FrameEphemeralEdit
from bot.telegram.status import StatusMessages, stop_button
from bot.telegram.summary_status import SummaryContent, SummaryStatusMessage, SummaryStatusMessages
from bot.telegram.texts import Texts

TEXTS = Texts("en")
STOP = stop_button(5, TEXTS)
ANY = SendMessage(chat_id=1, text="x")
GROUP = Destination(-7, reply_to=9)
ALONE = Destination(-7, receiver=5)


class FakeTelegram:
    """Remembers calls and deletions. ``error`` is raised by each call; ``ephemeral``: the number that is told."""

    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.deleted: list[int] = []
        self.error: Exception | None = None
        self.ephemeral: int | None = 3

    async def __call__(self, method: TelegramMethod[Any]) -> Any:
        if self.error is not None:
            raise self.error
        self.calls.append(method)
        return Message.model_construct(message_id=50, ephemeral_message_id=self.ephemeral)

    async def delete_message(self, chat_id: int, message: int) -> None:
        self.deleted.append(message)


class Line(SummaryContent):
    """A summary that is made, and the message that shows it; its words are those of every frame."""

    opened: SummaryStatusMessage

    def __init__(self, clock: FakeClock) -> None:
        super().__init__("Reading", TEXTS, clock)
        self.telegram = FakeTelegram()
        pacer = OutboundPacer(clock)
        telegram = cast("Bot", self.telegram)
        sender = MessageSender(telegram, clock)
        self.messages = SummaryStatusMessages(telegram, sender, StatusMessages(telegram, pacer, clock))

    async def open(self, destination: Destination) -> None:
        self.opened = await self.messages.open(self, destination, STOP)

    @property
    def said(self) -> list[str]:
        return [call.text for call in self.telegram.calls if type(call) in {FrameEdit, FrameEphemeralEdit}]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def unopened(clock: FakeClock) -> Line:
    return Line(clock)


@pytest.fixture(params=[GROUP, ALONE], ids=["chat", "alone"])
async def line(unopened: Line, request: pytest.FixtureRequest) -> AsyncIterator[Line]:
    await unopened.open(request.param)
    yield unopened
    unopened.telegram.error = None
    await unopened.opened.close()


def done(count: int) -> SummaryProgress:
    return SummaryProgress(count, 7, TokenUsage(0, 0), NO_MONEY)


async def test_as_long_as_nothing_happens_it_stays_as_it_was(line: Line, clock: FakeClock) -> None:
    await clock.advance(30.0)
    [first] = line.telegram.calls
    assert (type(first), first.text, first.reply_markup) == (SendMessage, "Reading", STOP)


async def test_a_wait_is_counted_down(line: Line, clock: FakeClock) -> None:
    line.waiting(QueuePosition(3, 8.0))
    await clock.advance(6.5)
    line.waiting(QueuePosition(0, 1.5))
    await clock.advance(6.0)
    assert line.said == [
        "⏳ 3 ahead of you, about 5 s",
        "⏳ 3 ahead of you, about 2 s",
        "Reading",
    ]
    assert all(call.reply_markup == STOP for call in line.telegram.calls)


async def test_then_it_says_what_is_done(line: Line, clock: FakeClock) -> None:
    line.progress(done(2))
    await clock.advance(6.0)
    line.waiting(QueuePosition(0, 9.0))
    await clock.advance(3.0)
    assert line.said == ["📖 Summing up: 2 of 7 parts", "⏳ You are next, in about 6 s · 2/7"]


async def test_of_several_waits_the_shortest_counts(line: Line, clock: FakeClock) -> None:
    line.waiting(QueuePosition(1, 9.0))
    line.waiting(QueuePosition(2, 19.0))
    await clock.advance(3.0)
    line.waiting(QueuePosition(0, 6.5))  # the same wait, a little longer than expected, with nobody ahead any more
    await clock.advance(3.0)
    assert line.said == ["⏳ 1 ahead of you, about 6 s", "⏳ You are next, in about 4 s"]


async def test_a_change_that_was_dropped_is_made_up_for(line: Line, clock: FakeClock) -> None:
    line.telegram.error = TelegramNetworkError(ANY, "cut off")
    line.progress(done(2))
    await clock.advance(3.0)
    line.telegram.error = None
    await clock.advance(3.0)
    assert line.said == ["📖 Summing up: 2 of 7 parts"]


async def test_after_its_end_it_says_nothing(line: Line, clock: FakeClock) -> None:
    line.progress(done(2))
    await line.opened.close()
    await line.opened.close()
    await clock.advance(30.0)
    assert line.said == []


async def test_where_it_breaks_the_summary_goes_on(
    line: Line, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    line.telegram.error = ValueError("broken")
    line.progress(done(2))
    await clock.advance(3.0)
    await line.opened.close()
    assert "status message broke" in caplog.text


async def test_the_message_of_a_chat_becomes_the_summary(unopened: Line) -> None:
    await unopened.open(GROUP)
    assert (unopened.opened.message, unopened.opened.ephemeral_id) == (50, None)
    await unopened.messages.make_way(unopened.opened)
    assert len(unopened.telegram.calls) == 1, "it stays"


async def test_that_of_one_member_is_taken_away_before_the_summary_comes(unopened: Line, clock: FakeClock) -> None:
    await unopened.open(ALONE)
    unopened.progress(done(2))
    await clock.advance(3.0)
    [first, edit] = unopened.telegram.calls
    assert first.ephemeral_message_parameters.receiver_user_id == 5
    assert (edit.receiver_user_id, edit.ephemeral_message_id) == (5, 3)
    await unopened.messages.make_way(unopened.opened)
    gone = unopened.telegram.calls[-1]
    assert isinstance(gone, DeleteEphemeralMessage)
    assert (gone.chat_id, gone.receiver_user_id, gone.ephemeral_message_id) == (-7, 5, 3)
    assert unopened.opened.message is None


async def test_one_that_may_not_have_arrived_is_not_sent_again(unopened: Line, clock: FakeClock) -> None:
    unopened.telegram.error = TelegramNetworkError(ANY, "cut off")
    await unopened.open(GROUP)
    unopened.telegram.error = None
    unopened.progress(done(2))
    await clock.advance(30.0)
    assert unopened.telegram.calls == []


@pytest.mark.parametrize("error", [TelegramBadRequest(ANY, "CHAT_ADMIN_REQUIRED"), TelegramNetworkError(ANY, "cut")])
async def test_where_nothing_may_be_shown_to_one_member_alone_that_is_known_at_once(
    unopened: Line, error: AiogramError
) -> None:
    unopened.telegram.error = error
    with pytest.raises(Undeliverable):
        await unopened.open(ALONE)


async def test_what_a_server_has_shown_to_all_is_taken_back(unopened: Line) -> None:
    unopened.telegram.ephemeral = None
    with pytest.raises(Undeliverable):
        await unopened.open(ALONE)
    assert unopened.telegram.deleted == [50]
