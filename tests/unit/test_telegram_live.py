"""What a live message shows, and when; time is a fake, Telegram a list of calls."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramBadRequest, TelegramNetworkError, TelegramNotFound
from aiogram.methods import SendChatAction, SendMessage, SendMessageDraft, TelegramMethod
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, Message

from bot.clock import FakeClock
from bot.telegram.courier import Spot
from bot.telegram.gate import Gate
from bot.telegram.live import LiveMessage, LiveMessages
from bot.telegram.markdown import parse, present
from bot.telegram.session import FrameEdit, FrameMessage
from bot.telegram.texts import Texts

STOP = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Stop", callback_data="stop:1")]])
ANY = SendMessage(chat_id=1, text="x")
ROOM, GROUP = Spot(7), Spot(-7, reply_to=9)


class FakeTelegram:
    """Remembers the calls; each of ``errors`` is raised once, for a call of its method. ``held`` stops all calls."""

    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.errors: dict[type[TelegramMethod[Any]], AiogramError] = {}
        self.held = asyncio.Event()
        self.held.set()

    async def __call__(self, method: TelegramMethod[Any]) -> Any:
        await self.held.wait()
        self.calls.append(method)
        if error := self.errors.pop(type(method), None):
            raise error
        return Message.model_construct(message_id=50)

    def of(self, kind: type[TelegramMethod[Any]]) -> list[Any]:
        return [call for call in self.calls if isinstance(call, kind)]


class Scene:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.telegram = FakeTelegram()
        self.sent: list[int] = []
        self.messages = LiveMessages(cast("Bot", self.telegram), Gate(self.clock), self.clock)
        self.opened: list[LiveMessage] = []

    def open(self, spot: Spot, message: int | None = None) -> LiveMessage:
        live = self.messages.open(spot, Texts("en"), 11, stop_button=STOP, sent=self.sent.append, message=message)
        self.opened.append(live)
        return live


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    scene = Scene()
    yield scene
    for live in scene.opened:
        await live.close()


@pytest.mark.parametrize("spot", [ROOM, GROUP])
async def test_an_answer_that_is_there_at_once_needs_no_frame(scene: Scene, spot: Spot) -> None:
    live = scene.open(spot)
    live.text("Here.")
    await scene.clock.advance(0.01)
    await live.close()
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
    assert live.message == 50
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
    live.waiting(2, 30.0)
    await scene.clock.advance(1)
    assert scene.telegram.calls[-1].text == "⏳ 2 ahead of you, about 30 s"
    await scene.clock.advance(20)
    assert 8 <= int(scene.telegram.calls[-1].text.split()[-2]) <= 12
    await scene.clock.advance(30)
    assert "Thinking" in scene.telegram.calls[-1].text


async def test_a_model_that_begins_anew_leaves_no_thought_of_the_first(scene: Scene) -> None:
    live = scene.open(ROOM)
    live.thinking("first model")
    live.restart()
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
    closing = asyncio.create_task(live.close())
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
    await live.close()
    [part] = present(parse("|One|two|\n|-|-|\n|a|b|"), rich="off")
    await live.lead_over(part)
    assert scene.telegram.calls[-1].text == part.text
    await live.lead_over(part)
    assert len(scene.telegram.calls) == 2, "it is that already"


async def test_where_nothing_was_shown_nothing_has_to_be_prepared(scene: Scene) -> None:
    live = scene.open(ROOM)
    await live.close()
    await live.lead_over(present(parse("Here."))[0])
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
    scene.open(Spot(8)).text("There")
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


async def test_a_live_message_that_breaks_is_logged_and_does_not_keep_the_answer(
    scene: Scene, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("bot.telegram.live.StreamPreview.frame", broken)
    live = scene.open(ROOM)
    live.text("One")
    await scene.clock.advance(1)
    await live.close()
    assert "live message broke" in caplog.text
