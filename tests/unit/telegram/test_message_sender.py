"""One part to one message: which form is tried, and what each refusal means."""

from typing import Any, cast

import pytest
from aiogram import Bot
from aiogram.exceptions import (
    AiogramError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramServerError,
)
from aiogram.methods import EditMessageText, SendMessage, SendRichMessage, TelegramMethod
from aiogram.types import MessageEntity

from bot.clock import FakeClock
from bot.telegram.markdown import OutgoingMessage, parse, present
from bot.telegram.message_sender import (
    NO_PREVIEW,
    Destination,
    MessageGone,
    MessageSender,
    OutcomeUnknown,
    RichRefused,
    Undeliverable,
)

ANY = SendMessage(chat_id=1, text="x")
SPOT = Destination(7, topic_id=3, reply_to=9)
[BOLD] = present(parse("**bold** words"))
[TABLE] = present(parse("| a | b |\n|---|---|\n| 1 | 2 |"))


def bad(text: str) -> TelegramBadRequest:
    return TelegramBadRequest(ANY, f"Bad Request: {text}")


class FakeTelegram:
    """Raises these in turn (None: succeeds), then succeeds; remembers the calls."""

    def __init__(self, *outcomes: AiogramError | None) -> None:
        self.outcomes = list(outcomes)
        self.calls: list[Any] = []

    async def __call__(self, method: TelegramMethod[Any]) -> Any:
        self.calls.append(method)
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if outcome is not None:
            raise outcome
        return type("Sent", (), {"message_id": 100 + len(self.calls)})()


def message_sender(telegram: FakeTelegram, clock: FakeClock | None = None) -> MessageSender:
    return MessageSender(cast("Bot", telegram), clock or FakeClock())


async def test_a_text_goes_out_with_its_entities_in_its_place() -> None:
    telegram = FakeTelegram()
    assert await message_sender(telegram).send(SPOT, BOLD) == 101
    [call] = telegram.calls
    assert isinstance(call, SendMessage)
    assert (call.chat_id, call.message_thread_id, call.text) == (7, 3, "bold words")
    assert call.entities == [MessageEntity(type="bold", offset=0, length=4)]
    assert call.parse_mode is None
    assert call.reply_parameters is not None
    assert call.reply_parameters.allow_sending_without_reply
    assert call.link_preview_options == NO_PREVIEW


async def test_a_rich_part_goes_out_as_blocks_in_which_nothing_is_detected() -> None:
    telegram = FakeTelegram()
    await message_sender(telegram).send(SPOT, TABLE)
    [call] = telegram.calls
    assert isinstance(call, SendRichMessage)
    assert call.rich_message.skip_entity_detection
    assert call.rich_message.blocks


async def test_refused_entities_are_left_out() -> None:
    telegram = FakeTelegram(bad("can't parse entities: nonsense"))
    assert await message_sender(telegram).send(SPOT, BOLD) == 102
    assert telegram.calls[1].entities is None
    assert telegram.calls[1].text == "bold words"


async def test_a_text_that_is_refused_in_every_form_is_logged_as_our_error(caplog: pytest.LogCaptureFixture) -> None:
    telegram = FakeTelegram(bad("message is too long"), bad("message is too long"))
    with pytest.raises(Undeliverable):
        await message_sender(telegram).send(SPOT, BOLD)
    assert "every form" in caplog.text


@pytest.mark.parametrize("text", ["RICH_MESSAGE_URL_INVALID", "can't parse InputRichBlock: nonsense", "anything"])
async def test_a_refused_rich_form_says_so_and_is_tried_again_next_time(text: str) -> None:
    telegram = FakeTelegram(bad(text))
    messenger = message_sender(telegram)
    with pytest.raises(RichRefused):
        await messenger.send(SPOT, TABLE)
    assert await messenger.send(SPOT, TABLE)


async def test_a_server_without_rich_messages_is_asked_once_an_hour() -> None:
    clock, telegram = FakeClock(), FakeTelegram(TelegramNotFound(ANY, "Not Found"))
    messenger = message_sender(telegram, clock)
    for _ in range(3):
        with pytest.raises(RichRefused):
            await messenger.send(SPOT, TABLE)
    assert len(telegram.calls) == 1
    await clock.advance(3600)
    assert await messenger.send(SPOT, TABLE)


@pytest.mark.parametrize(
    "error",
    [
        TelegramForbiddenError(ANY, "Forbidden: bot was blocked by the user"),
        bad("chat not found"),
        bad("not enough rights to send text messages to the chat"),
        bad("TOPIC_CLOSED"),
    ],
)
@pytest.mark.parametrize("part", [BOLD, TABLE])
async def test_a_chat_that_cannot_be_written_to_is_known_at_the_first_call(
    error: AiogramError, part: OutgoingMessage
) -> None:
    telegram = FakeTelegram(error)
    with pytest.raises(Undeliverable):
        await message_sender(telegram).send(Destination(7), part)
    assert len(telegram.calls) == 1


@pytest.mark.parametrize("error", [TelegramNetworkError(ANY, "reset"), TelegramServerError(ANY, "Bad Gateway")])
async def test_a_send_whose_end_is_not_known_is_not_repeated(error: AiogramError) -> None:
    telegram = FakeTelegram(error)
    with pytest.raises(OutcomeUnknown):
        await message_sender(telegram).send(SPOT, BOLD)
    assert len(telegram.calls) == 1


async def test_an_edit_whose_end_is_not_known_is_repeated_once() -> None:
    telegram = FakeTelegram(TelegramNetworkError(ANY, "reset"))
    await message_sender(telegram).edit(7, 5, BOLD)
    assert [type(call) for call in telegram.calls] == [EditMessageText, EditMessageText]
    telegram = FakeTelegram(*[TelegramNetworkError(ANY, "reset")] * 2)
    with pytest.raises(OutcomeUnknown):
        await message_sender(telegram).edit(7, 5, BOLD)


@pytest.mark.parametrize(
    "error",
    [
        bad("message to edit not found"),
        bad("message can't be edited"),
        bad("MESSAGE_ID_INVALID"),
        TelegramMigrateToChat(ANY, "upgraded", -100),
        TelegramNotFound(ANY, "Not Found: method not found"),
    ],
)
@pytest.mark.parametrize("part", [BOLD, TABLE])
async def test_a_message_that_cannot_be_edited_any_more_is_gone(error: AiogramError, part: OutgoingMessage) -> None:
    with pytest.raises(MessageGone):
        await message_sender(FakeTelegram(error)).edit(7, 5, part)


async def test_an_answer_follows_a_group_to_its_new_chat() -> None:
    telegram = FakeTelegram(TelegramMigrateToChat(ANY, "upgraded", -100))
    await message_sender(telegram).send(SPOT, BOLD)
    assert telegram.calls[1].chat_id == -100
    assert telegram.calls[1].reply_parameters is None, "message numbers begin anew there"


async def test_an_answer_to_a_deleted_topic_goes_to_the_chat() -> None:
    telegram = FakeTelegram(bad("message thread not found"))
    await message_sender(telegram).send(SPOT, BOLD)
    assert [call.message_thread_id for call in telegram.calls] == [3, None]
