"""What comes back from a Bot API server, and how often a call is made."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest
from aiogram import Bot
from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.methods import AnswerCallbackQuery, EditMessageText, GetMe, SendMessage, SendMessageDraft, TelegramMethod
from aiohttp import ClientConnectorError, ServerDisconnectedError
from aiohttp.client_reqrep import ConnectionKey

from bot.clock import FakeClock
from bot.telegram.outbound_pacer import OutboundPacer
from bot.telegram.session import FrameMessage, Pacing, Session, is_refused, message_id

SEND = SendMessage(chat_id=7, text="x")
EDIT = EditMessageText(chat_id=7, message_id=1, text="x")


def unreachable() -> TelegramNetworkError:
    error = TelegramNetworkError(method=SEND, message="refused")
    key = ConnectionKey("localhost", 1, False, False, None, None, None)
    error.__cause__ = ClientConnectorError(key, OSError())
    return error


def cut_off() -> TelegramNetworkError:
    error = TelegramNetworkError(method=SEND, message="cut off")
    error.__cause__ = ServerDisconnectedError()
    return error


def answered(method: TelegramMethod[Any], content: str, status: int = 200) -> Any:
    return Session(None).check_response(Bot("42:x"), method, status, content).result


@pytest.mark.parametrize(("result", "known"), [('{"message_id": 5}', 5), ("true", None), ("null", None), ("[]", None)])
def test_a_result_that_says_less_is_no_error(result: str, known: int | None) -> None:
    assert message_id(answered(SEND, f'{{"ok": true, "result": {result}}}')) == known
    assert message_id(answered(EDIT, f'{{"ok": true, "result": {result}}}')) in (known, None)


def test_a_bot_of_which_little_is_told_has_no_name() -> None:
    me = answered(GetMe(), '{"ok": true, "result": {"id": 42}}')
    assert (me.id, me.username) == (42, None)


def test_an_edit_that_changes_nothing_is_done() -> None:
    body = '{"ok": false, "error_code": 400, "description": "Bad Request: message is not modified: the same"}'
    assert answered(EDIT, body, 400) is True


@pytest.mark.parametrize("content", ["<html>", '{"ok":true,"result":{"mess', '{"result": 1}', "[]"])
def test_what_is_no_answer_is_an_error(content: str) -> None:
    with pytest.raises(ClientDecodeError):
        answered(SEND, content)


def test_a_refusal_stays_a_refusal() -> None:
    with pytest.raises(TelegramBadRequest):
        answered(SEND, '{"ok": false, "error_code": 400, "description": "Bad Request: chat not found"}', 400)


@pytest.mark.parametrize(
    ("error", "refused"),
    [
        (TelegramBadRequest(SEND, "no"), True),
        (TelegramForbiddenError(SEND, "no"), True),
        (TelegramRetryAfter(SEND, "no", 5), True),
        (unreachable(), True),
        (cut_off(), False),
        (TelegramServerError(SEND, "no"), False),
        (ClientDecodeError("no", ValueError(), "<html>"), False),
    ],
)
def test_only_what_certainly_had_no_effect_is_refused(error: AiogramError, refused: bool) -> None:
    assert is_refused(error) is refused


class Server:
    """Answers with these errors, then with success."""

    def __init__(self, *errors: AiogramError) -> None:
        self.errors = list(errors)
        self.calls = 0

    async def __call__(self, bot: Bot, method: TelegramMethod[Any]) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"


def paced(server: Server, clock: FakeClock) -> Callable[[TelegramMethod[Any]], "asyncio.Task[Any]"]:
    pacing = Pacing(OutboundPacer(clock))
    call = cast("Callable[..., Any]", pacing)
    return lambda method: asyncio.create_task(call(server, Bot("42:x"), method))


async def test_what_must_arrive_is_repeated_after_a_flood_wait_and_not_before() -> None:
    clock, server = FakeClock(), Server(TelegramRetryAfter(SEND, "flood", 30))
    task = paced(server, clock)(SEND)
    await clock.advance(29)
    assert server.calls == 1
    await clock.advance(1)
    assert await task == "done"


async def test_a_flood_wait_holds_back_all_that_goes_to_the_same_chat() -> None:
    clock, server = FakeClock(), Server(TelegramRetryAfter(SEND, "flood", 30))
    send = paced(server, clock)
    calls = [send(SEND), send(EDIT)]
    await clock.advance(29)
    calls.append(send(SEND))
    await clock.advance(0.5)
    assert server.calls == 1, "nothing was sent after the refusal"
    await clock.advance(5)
    assert all(call.done() for call in calls)


@pytest.mark.parametrize(
    "frame", [FrameMessage(chat_id=7, text="x"), SendMessageDraft(chat_id=7, draft_id=1, text="x")]
)
async def test_a_frame_is_made_at_most_once(frame: TelegramMethod[Any]) -> None:
    for error in (TelegramRetryAfter(frame, "flood", 30), unreachable(), cut_off()):
        clock, server = FakeClock(), Server(error)
        with pytest.raises(AiogramError):
            await paced(server, clock)(frame)
        assert server.calls == 1


async def test_what_must_arrive_waits_until_telegram_can_be_connected_to() -> None:
    clock, server = FakeClock(), Server(*[unreachable() for _ in range(8)])
    task = paced(server, clock)(SEND)
    await clock.advance(60)
    assert not task.done()
    assert server.calls < 8, "the pauses grow"
    await clock.advance(120)
    assert await task == "done"


async def test_a_call_whose_end_is_not_known_is_not_repeated_here() -> None:
    server = Server(cut_off())
    with pytest.raises(TelegramNetworkError):
        await paced(server, FakeClock())(SEND)
    assert server.calls == 1


async def test_what_shows_nothing_in_a_chat_is_not_held_back() -> None:
    clock, server = FakeClock(), Server(TelegramRetryAfter(SEND, "flood", 30))
    send = paced(server, clock)
    first = send(SEND)
    await clock.advance(1)
    assert await send(AnswerCallbackQuery(callback_query_id="1")) == "done"
    first.cancel()
