"""The view of one answer: what of it is said where, and what is nobody's error."""

from dataclasses import replace
from typing import Any, cast

import pytest
from aiogram import Bot
from aiogram.types import InlineKeyboardMarkup

from bot.chat.answer import Answer, EmptyAnswer, Ended, NothingAsked, Problem, StreamCollector
from bot.clock import FakeClock
from bot.domain.calls import WaitTooLong
from bot.domain.conversation import ConversationKey, Exchange
from bot.domain.delivery import DeliveryKey, DeliveryRecord
from bot.domain.errors import BrokenStream, ServerFault
from bot.domain.message import TextPart
from bot.domain.preferences import Preferences
from bot.providers.models import siliconflow
from bot.telegram.answer_view import AnswerViews, TelegramAnswerView
from bot.telegram.markdown import OutgoingMessage
from bot.telegram.message_sender import DeliveryError, Destination, MessageSender, OutcomeUnknown, Undeliverable
from bot.telegram.outbound_pacer import OutboundPacer
from bot.telegram.resumable_delivery import ResumableDelivery
from bot.telegram.status import StatusMessages
from bot.telegram.texts import Texts

MODEL, OTHER = siliconflow().chat_models()[:2]
TURN = Exchange(ConversationKey(-7, 0, 5), 1, 2)
NO_BUTTON = InlineKeyboardMarkup(inline_keyboard=[])


class Chat:
    """The messages of a chat; ``fails`` is raised by each call."""

    def __init__(self) -> None:
        self.messages: dict[int, str] = {}
        self.fails: DeliveryError | None = None

    async def send(
        self, destination: Destination, part: OutgoingMessage, keyboard: InlineKeyboardMarkup | None = None
    ) -> int:
        await self.edit(destination.chat_id, number := 100 + len(self.messages), part)
        return number

    async def edit(
        self, chat_id: int, message: int, part: OutgoingMessage, keyboard: InlineKeyboardMarkup | None = None
    ) -> None:
        if self.fails is not None:
            raise self.fails
        self.messages[message] = part.text


class Rows:
    """What is known of the messages of the one answer."""

    def __init__(self) -> None:
        self.rows: list[DeliveryRecord] = []

    async def of(self, key: DeliveryKey) -> list[DeliveryRecord]:
        return self.rows

    async def attempt(self, *_: object) -> None: ...

    def sent(self, *_: object) -> None: ...

    def unknown(self, *_: object) -> None: ...


class Scene:
    def __init__(self) -> None:
        self.chat, self.rows, clock = Chat(), Rows(), FakeClock()
        message_sender, telegram = (
            cast("MessageSender", self.chat),
            cast("Bot", None),
        )  # no frame is shown in the first moment
        delivery = ResumableDelivery(message_sender, cast("Any", self.rows), telegram, clock)
        self.clock = clock
        self.views = AnswerViews(StatusMessages(telegram, OutboundPacer(clock), clock), delivery, message_sender, clock)

    def view(self, preferences: Preferences | None = None) -> TelegramAnswerView:
        return self.views.of(Destination(-7, reply_to=9), Texts("en"), preferences or Preferences(), NO_BUTTON)

    @property
    def said(self) -> list[str]:
        return list(self.chat.messages.values())


@pytest.fixture
def scene() -> Scene:
    return Scene()


async def opened(scene: Scene, preferences: Preferences | None = None) -> TelegramAnswerView:
    view = scene.view(preferences)
    await view.open(TURN, StreamCollector(MODEL, scene.clock))
    return view


async def test_an_answer_is_shown_with_what_has_to_be_said_about_it(scene: Scene) -> None:
    view = await opened(scene)
    cut = Answer("Half", "hm", MODEL, finish="length", stopped=True, error=BrokenStream(partial=True), replaced=OTHER)
    await view.deliver(TURN, cut)
    [shown] = scene.said
    assert shown.startswith("Half\n")
    assert len(shown.split("\n\n")) == 5
    assert "hm" not in shown.split()


async def test_thinking_is_shown_to_who_wants_it(scene: Scene) -> None:
    view = await opened(scene, Preferences(thinking="shown"))
    await view.deliver(TURN, Answer("Words", "hm", MODEL))
    assert scene.said == ["hm\n\nWords"]


async def test_an_answer_that_shows_nothing_is_an_empty_one(scene: Scene) -> None:
    view = await opened(scene)
    await view.deliver(TURN, Answer("#\n\n\u200b", "", MODEL))
    assert "gave no answer" in scene.said[0]


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (Ended(edited=False), "Stopped"),
        (NothingAsked(), "no question"),
        (EmptyAnswer(cut=True), "thinking"),
        (WaitTooLong(660.0), "11 min"),
        (ServerFault(), "has a fault"),
    ],
)
async def test_every_problem_has_its_sentence(scene: Scene, problem: Problem, words: str) -> None:
    for view in (scene.view(), await opened(scene)):
        await view.say(problem, MODEL)
    assert scene.said[0] == scene.said[1]
    assert words.lower() in scene.said[0].lower()


async def test_a_problem_stands_in_the_message_that_showed_the_answer(scene: Scene) -> None:
    scene.rows.rows = [DeliveryRecord(0, 50, "shown")]
    view = scene.view()
    await view.open(Exchange(TURN.conversation, 1, 2, has_past=True), StreamCollector(MODEL, scene.clock))
    await view.say(ServerFault(), MODEL)
    assert list(scene.chat.messages) == [50]


async def test_a_chat_that_cannot_be_written_to_is_nobodys_error(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    scene.chat.fails = Undeliverable("blocked")
    view = await opened(scene)
    await view.deliver(TURN, Answer("Words", "", MODEL))
    await view.deliver_stored(replace(TURN, state="done", parts=(TextPart("Words"),)))
    await view.say(ServerFault(), MODEL)
    await scene.view().say(ServerFault(), MODEL)
    assert caplog.text.count("cannot be written to: blocked") == 4


async def test_a_refusal_that_may_not_have_arrived_is_said_again_by_the_next_run(scene: Scene) -> None:
    scene.chat.fails = OutcomeUnknown("reset")
    with pytest.raises(OutcomeUnknown):
        await scene.view().say(NothingAsked(), MODEL)
    await (await opened(scene)).say(ServerFault(), MODEL)  # the question has failed: no run comes after it
