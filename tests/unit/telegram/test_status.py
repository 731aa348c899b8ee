"""What a status message shows, and when; time is a fake, Telegram a list of calls."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramBadRequest, TelegramNetworkError, TelegramNotFound
from aiogram.methods import EditMessageText, SendChatAction, SendMessage, SendMessageDraft, TelegramMethod
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, Message

from bot.chat.answer import StreamCollector
from bot.clock import FakeClock
from bot.domain.calls import QueuePosition
from bot.providers.models import siliconflow
from bot.telegram.answer_view import ANSWERING, AnswerContent
from bot.telegram.drawing_view import DRAWING, DrawingContent
from bot.telegram.frames import StatusFrame
from bot.telegram.markdown import parse, present
from bot.telegram.message_sender import Destination, MessageSender
from bot.telegram.outbound_pacer import OutboundPacer
from bot.telegram.session import FrameEdit, FrameMessage
from bot.telegram.status import Rhythm, StatusMessage, StatusMessages
from bot.telegram.texts import Texts

STOP = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Stop", callback_data="stop:1")]])
ANY = SendMessage(chat_id=1, text="x")
ROOM, GROUP = Destination(7), Destination(-7, reply_to=9)
MODEL = siliconflow().chat_models()[0]
OTHER = siliconflow().chat_models()[1]


class FakeTelegram:
    """Remembers the calls; each of ``errors`` is raised once, for a call of its method. ``held`` stops all calls."""

    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.errors: dict[type[TelegramMethod[Any]], AiogramError] = {}
        self.deleted: list[int] = []
        self.held = asyncio.Event()
        self.held.set()

    async def __call__(self, method: TelegramMethod[Any]) -> Any:
        await self.held.wait()
        self.calls.append(method)
        if error := self.errors.pop(type(method), None):
            raise error
        return Message.model_construct(message_id=50)

    async def delete_message(self, chat_id: int, message: int) -> None:
        self.deleted.append(message)

    def of(self, kind: type[TelegramMethod[Any]]) -> list[Any]:
        """The calls of exactly this method; frames are methods of their own."""
        return [call for call in self.calls if type(call) is kind]


class Live(StreamCollector):
    """An answer that comes, and the message that shows it."""

    status: StatusMessage

    def waits(self, ahead: int, seconds: float) -> None:
        self.waiting(QueuePosition(ahead, seconds))


class LiveDrawing(DrawingContent):
    """A drawing that goes on, and the message that shows it."""

    status: StatusMessage


class Scene:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.telegram = FakeTelegram()
        self.pacer = OutboundPacer(self.clock)
        self.sent: list[int] = []
        self.messages = StatusMessages(cast("Bot", self.telegram), self.pacer, self.clock)
        self.opened: list[StatusMessage] = []

    def open(self, destination: Destination, message: int | None = None) -> Live:
        live = Live(MODEL, self.clock)
        content = AnswerContent(live, Texts("en"), self.clock)
        live.status = self.messages.open(
            content, ANSWERING, destination, stop_button=STOP, sent=self.sent.append, message=message, draft_id=11
        )
        live.on_change = live.status.changed
        self.opened.append(live.status)
        return live

    def draw(self, destination: Destination, total: int = 1) -> LiveDrawing:
        live = LiveDrawing(Texts("en"), self.clock, total)
        live.status = self.messages.open(live, DRAWING, destination, stop_button=STOP, sent=self.sent.append)
        self.opened.append(live.status)
        return live

    @property
    def message_sender(self) -> MessageSender:
        return MessageSender(cast("Bot", self.telegram), self.clock)


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    scene = Scene()
    yield scene
    for status in scene.opened:
        await status.close()


@pytest.mark.parametrize("destination", [ROOM, GROUP])
async def test_an_answer_that_is_there_at_once_needs_no_frame(scene: Scene, destination: Destination) -> None:
    live = scene.open(destination)
    live.text("Here.")
    await scene.clock.advance(0.01)
    await live.status.close()
    await scene.clock.advance(60)
    assert not scene.telegram.calls


async def test_drafts_come_a_second_apart_with_the_newest_words(scene: Scene) -> None:
    live = scene.open(ROOM)
    for number in range(30):
        live.text(f"{number} ")
        await scene.clock.advance(0.1)
    drafts = scene.telegram.of(SendMessageDraft)
    assert [draft.text.split()[-1] for draft in drafts] == ["0", "10", "20"]
    assert {(draft.chat_id, draft.draft_id, draft.can_stop) for draft in drafts} == {(7, 11, True)}


async def test_edits_in_a_group_come_three_seconds_apart(scene: Scene) -> None:
    live = scene.open(GROUP)
    for number in range(100):
        live.text(f"{number} ")
        await scene.clock.advance(0.1)
    [first] = scene.telegram.of(FrameMessage)
    assert first.reply_parameters.message_id == 9
    assert scene.sent == [50]
    assert live.status.message == 50
    edits = scene.telegram.of(FrameEdit)
    assert [edit.text.split()[-1] for edit in edits] == ["30", "60", "90"]
    assert all(edit.reply_markup == STOP for edit in edits)


async def test_a_silent_draft_is_renewed_before_it_vanishes(scene: Scene) -> None:
    scene.open(ROOM).text("Once")
    times = []
    for second in range(120):
        before = len(scene.telegram.calls)
        await scene.clock.advance(1)
        times += [second] * (len(scene.telegram.calls) - before)
    assert max(later - earlier for earlier, later in itertools.pairwise(times)) < 20
    texts = [call.text for call in scene.telegram.calls]
    assert all(first != second for first, second in itertools.pairwise(texts)), "each differs from the last"


async def test_before_the_first_word_a_group_sees_typing(scene: Scene) -> None:
    live = scene.open(GROUP)
    await scene.clock.advance(1)
    [action] = scene.telegram.of(SendChatAction)
    assert action.action == "typing"
    live.text("Here.")
    await scene.clock.advance(4)
    assert scene.telegram.of(FrameMessage)


async def test_the_newest_thoughts_are_quoted_until_the_answer_begins(scene: Scene) -> None:
    live = scene.open(ROOM)
    live.thinking("😀 x" * 400 + " the end")
    await scene.clock.advance(1)
    draft = scene.telegram.calls[-1]
    assert draft.text.startswith("💭 Thinking")
    assert draft.text.endswith("the end")
    [quote] = draft.entities
    assert quote.extract_from(draft.text).endswith("the end")
    assert quote.extract_from(draft.text) == draft.text.split("\n", 1)[1]
    live.text("Here.")
    await scene.clock.advance(2)
    assert scene.telegram.calls[-1].text == "Here."


async def test_the_expected_wait_counts_down_and_ends(scene: Scene) -> None:
    live = scene.open(ROOM)
    live.waits(2, 30.0)
    await scene.clock.advance(1)
    assert scene.telegram.calls[-1].text == "⏳ 2 ahead of you, about 30 s"
    await scene.clock.advance(20)
    assert 8 <= int(scene.telegram.calls[-1].text.split()[-2]) <= 12
    await scene.clock.advance(30)
    assert "Thinking" in scene.telegram.calls[-1].text


async def test_a_model_that_begins_anew_leaves_no_thought_of_the_first(scene: Scene) -> None:
    live = scene.open(ROOM)
    live.thinking("first model")
    live.fell_back(MODEL, OTHER, TimeoutError())
    live.thinking("second model")
    await scene.clock.advance(1)
    assert scene.telegram.calls[-1].text.endswith("\nsecond model")


async def test_nothing_is_shown_after_the_end(scene: Scene) -> None:
    live = scene.open(ROOM)
    live.text("One")
    await scene.clock.advance(1)
    scene.telegram.held.clear()
    live.text(" two")
    await scene.clock.advance(2)
    closing = asyncio.create_task(live.status.close())
    await scene.clock.advance(1)
    assert not closing.done(), "a frame is on its way"
    scene.telegram.held.set()
    await closing
    count = len(scene.telegram.calls)
    live.text(" three")
    await scene.clock.advance(60)
    assert len(scene.telegram.calls) == count


async def test_the_last_draft_is_made_the_beginning_of_the_message(scene: Scene) -> None:
    live = scene.open(ROOM)
    live.text("|One|two|")
    await scene.clock.advance(1)
    await live.status.close()
    [part] = present(parse("|One|two|\n|-|-|\n|a|b|"), rich="off")
    await live.status.lead_over(part)
    assert scene.telegram.calls[-1].text == part.text
    await live.status.lead_over(part)
    assert len(scene.telegram.calls) == 2, "it is that already"


async def test_where_nothing_was_shown_nothing_has_to_be_prepared(scene: Scene) -> None:
    live = scene.open(ROOM)
    await live.status.close()
    await live.status.lead_over(present(parse("Here."))[0])
    assert not scene.telegram.calls


async def test_a_server_without_drafts_is_asked_once_and_gets_edits(scene: Scene) -> None:
    scene.telegram.errors[SendMessageDraft] = TelegramNotFound(ANY, "Not Found")
    for _ in range(2):
        scene.open(ROOM).text("Here")
        await scene.clock.advance(2)
    assert len(scene.telegram.of(SendMessageDraft)) == 1
    assert len(scene.telegram.of(FrameMessage)) == 2


async def test_a_chat_that_takes_no_drafts_gets_edits_and_others_drafts(scene: Scene) -> None:
    scene.telegram.errors[SendMessageDraft] = TelegramBadRequest(ANY, "Bad Request: TEXTDRAFT_PEER_INVALID")
    scene.open(ROOM).text("Here")
    scene.open(Destination(8)).text("There")
    await scene.clock.advance(2)
    assert len(scene.telegram.of(FrameMessage)) == 1
    assert scene.telegram.of(SendMessageDraft)[-1].chat_id == 8


@pytest.mark.parametrize(
    ("error", "messages"), [(TelegramNetworkError(ANY, "cut off"), 1), (TelegramBadRequest(ANY, "Bad Request"), 2)]
)
async def test_a_first_frame_that_may_be_there_is_not_sent_again(
    scene: Scene, error: AiogramError, messages: int
) -> None:
    scene.telegram.errors[FrameMessage] = error
    live = scene.open(GROUP)
    for number in range(100):
        live.text(f"{number} ")
        await scene.clock.advance(0.1)
    assert len(scene.telegram.of(FrameMessage)) == messages
    assert bool(scene.telegram.of(FrameEdit)) is (messages == 2)


async def test_an_answer_in_the_place_of_an_earlier_one_is_edited_even_in_private(scene: Scene) -> None:
    scene.open(ROOM, message=40).text("Other words")
    await scene.clock.advance(2)
    [edit] = scene.telegram.calls
    assert isinstance(edit, FrameEdit)
    assert edit.message_id == 40


async def test_a_long_text_shows_its_end_within_what_a_message_holds(scene: Scene) -> None:
    live = scene.open(ROOM)
    live.text("word " * 5_000 + "end")
    await scene.clock.advance(1)
    assert scene.telegram.calls[-1].text.endswith("end")
    assert len(scene.telegram.calls[-1].text) <= 4096


async def test_a_status_message_that_breaks_is_logged_and_does_not_keep_the_answer(
    scene: Scene, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("bot.telegram.markdown.StreamPreview.frame", broken)
    live = scene.open(ROOM)
    live.text("One")
    await scene.clock.advance(1)
    await live.status.close()
    assert "status message broke" in caplog.text


async def test_a_frame_that_could_not_be_shown_is_shown_a_moment_later(scene: Scene) -> None:
    live = scene.open(GROUP)
    live.text("One")
    scene.telegram.errors[FrameEdit] = TelegramNetworkError(ANY, "cut off")
    await scene.clock.advance(1)
    live.text(" two")
    await scene.clock.advance(3)
    await scene.clock.advance(6)
    edits = scene.telegram.of(FrameEdit)
    assert [edit.text for edit in edits[:2]] == ["One two", "One two"]


async def test_an_error_takes_the_place_of_what_was_shown(scene: Scene) -> None:
    live = scene.open(GROUP)
    live.text("Half of")
    await scene.clock.advance(1)
    assert await live.status.say(scene.message_sender, "It broke.") == 50
    [edit] = scene.telegram.of(EditMessageText)
    assert (edit.message_id, edit.text, edit.reply_markup) == (50, "It broke.", None)


async def test_where_nothing_was_shown_or_it_is_gone_an_error_is_a_message(scene: Scene) -> None:
    live = scene.open(ROOM)
    assert await live.status.say(scene.message_sender, "It broke.") == 50
    gone = scene.open(ROOM, message=40)
    scene.telegram.errors[EditMessageText] = TelegramBadRequest(ANY, "Bad Request: message to edit not found")
    assert await gone.status.say(scene.message_sender, "It broke, too.") == 50
    assert [call.text for call in scene.telegram.of(SendMessage)] == ["It broke.", "It broke, too."]


async def test_an_error_that_may_have_arrived_is_not_said_again(scene: Scene) -> None:
    live = scene.open(ROOM)
    scene.telegram.errors[SendMessage] = TelegramNetworkError(ANY, "cut off")
    assert await live.status.say(scene.message_sender, "It broke.") is None
    assert len(scene.telegram.of(SendMessage)) == 1


async def test_a_drawing_says_how_long_it_takes_and_shows_that_a_photo_comes(scene: Scene) -> None:
    scene.draw(ROOM)
    await scene.clock.advance(1)
    [first] = scene.telegram.of(FrameMessage)
    assert "1 s" in first.text
    assert scene.sent == [50]
    for _ in range(9):
        await scene.clock.advance(1)
    edits = scene.telegram.of(FrameEdit)
    assert len(edits) == 3
    assert len({edit.text for edit in edits}) == 3
    assert [action.action for action in scene.telegram.of(SendChatAction)] == ["upload_photo"] * 4


async def test_a_drawing_that_is_there_at_once_shows_no_line(scene: Scene) -> None:
    drawing = scene.draw(ROOM)
    await scene.clock.advance(0.5)
    await drawing.status.remove()
    await scene.clock.advance(60)
    assert [type(call) for call in scene.telegram.calls] == [SendChatAction]


async def test_several_pictures_are_counted_and_wait_for_each_other(scene: Scene) -> None:
    drawing = scene.draw(GROUP, total=3)
    drawing.drawn()
    drawing.waiting(5, 30.0)
    await scene.clock.advance(1)
    [first] = scene.telegram.of(FrameMessage)
    assert first.text.endswith("· 1/3")
    assert "5" not in first.text


async def test_the_line_of_a_drawing_vanishes_once_the_pictures_are_there(scene: Scene) -> None:
    drawing = scene.draw(ROOM)
    await scene.clock.advance(1)
    await drawing.status.remove()
    assert scene.telegram.deleted == [50]


async def test_a_line_in_which_nothing_has_changed_is_left_alone(scene: Scene) -> None:
    """The content of a summary: words that move only with its calls."""

    class Still:
        def frame(self, *, stalled: bool) -> StatusFrame | None:
            return None if stalled else StatusFrame("waiting", "2 of 7")

    rhythm = Rhythm(first=3.0)
    status = scene.messages.open(Still(), rhythm, GROUP, stop_button=STOP, sent=scene.sent.append, message=40)
    scene.opened.append(status)
    for _ in range(30):
        await scene.clock.advance(1)
    assert len(scene.telegram.of(FrameEdit)) == 1
