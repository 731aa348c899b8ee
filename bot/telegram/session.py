"""aiogram's HTTP session, made safe for what comes back and paced in what goes out."""

import logging
from typing import TYPE_CHECKING, Any

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.client.telegram import PRODUCTION, TelegramAPIServer
from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.methods import (
    EditEphemeralMessageText,
    EditMessageText,
    Response,
    SendChatAction,
    SendMessage,
    SendMessageDraft,
    SendRichMessageDraft,
    TelegramMethod,
)
from aiogram.methods.base import TelegramType
from aiogram.types import TelegramObject
from aiohttp import ClientConnectorError

from bot.inbox.decoding import loads
from bot.telegram.outbound_pacer import OutboundPacer

log = logging.getLogger(__name__)

_CONNECTIONS = 256
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0  # seconds between two attempts to connect


class FrameMessage(SendMessage):
    """The first frame of a live message: not sent at all rather than late."""

    if TYPE_CHECKING:  # as its parent does, because mypy takes the fields that have a bot-wide default for required

        def __init__(self, **fields: Any) -> None: ...


class FrameEdit(EditMessageText):
    """A later frame of a live message: dropped rather than late."""

    if TYPE_CHECKING:

        def __init__(self, **fields: Any) -> None: ...


class FrameEphemeralEdit(EditEphemeralMessageText):
    """The same of an ephemeral message."""

    if TYPE_CHECKING:

        def __init__(self, **fields: Any) -> None: ...


_DROPPABLE = (FrameMessage, FrameEdit, FrameEphemeralEdit, SendMessageDraft, SendRichMessageDraft, SendChatAction)


class Session(AiohttpSession):
    """Judges answers by what they mean: a call that was carried out is no error, whatever the form of the result."""

    def __init__(self, api_url: str | None) -> None:
        server = PRODUCTION if api_url is None else TelegramAPIServer.from_base(api_url)
        super().__init__(api=server, json_loads=loads, limit=_CONNECTIONS)

    def check_response(
        self, bot: Bot, method: TelegramMethod[TelegramType], status_code: int, content: str
    ) -> Response[TelegramType]:
        try:
            return super().check_response(bot, method, status_code, content)
        except TelegramBadRequest as error:
            if "message is not modified" not in error.message:
                raise
            return _carried_out(result=True)
        except ClientDecodeError as error:
            answer = error.data
            if not isinstance(answer, dict) or answer.get("ok") is not True:
                raise
            return _carried_out(result=_as_told(method.__returning__, answer.get("result")))

    async def close(self) -> None:
        """Without aiogram's pause for connections to end: aiohttp waits for them itself since 3.12."""
        if self._session is not None:
            await self._session.close()


def _carried_out(*, result: Any) -> Response[Any]:
    return Response.model_construct(ok=True, result=result)


def _as_told(kind: Any, result: Any) -> Any:
    """What a server that says less than is documented has told: the object with those fields that it gave."""
    if not isinstance(kind, type) or not issubclass(kind, TelegramObject):
        return result
    return kind.model_construct(**(result if isinstance(result, dict) else {}))


class Pacing(BaseRequestMiddleware):
    """Passes each call that shows something in a chat through the pacer. What must arrive is repeated after a flood
    wait, and for as long as Telegram cannot even be connected to."""

    def __init__(self, pacer: OutboundPacer) -> None:
        self._pacer = pacer

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Any:
        chat_id = getattr(method, "chat_id", None)
        if not isinstance(chat_id, int) or not _shows(method):
            return await make_request(bot, method)
        droppable = isinstance(method, _DROPPABLE)
        pause = _FIRST_PAUSE
        while True:
            if not droppable:
                await self._pacer.delivery(chat_id)
            try:
                return await make_request(bot, method)
            except TelegramRetryAfter as error:
                self._pacer.flooded(chat_id, error.retry_after)
                if droppable:
                    raise
            except TelegramNetworkError as error:
                if droppable or not is_refused(error):
                    raise
                log.warning("Telegram cannot be reached; again in %.0f s", pause)
                await self._pacer.clock.sleep(pause)
                pause = min(_LONGEST_PAUSE, 2 * pause)


def _shows(method: TelegramMethod[Any]) -> bool:
    return method.__api_method__.startswith(("send", "edit", "copy", "forward"))


def message_id(result: Any) -> int | None:
    """The id of the message that a call has sent or changed; None where the server did not say."""
    found = getattr(result, "message_id", None)
    return found if isinstance(found, int) else None


def is_refused(error: AiogramError) -> bool:
    """Whether the call has certainly had no effect; otherwise it may have been carried out."""
    if isinstance(error, TelegramNetworkError):
        return isinstance(error.__cause__, ClientConnectorError)
    return isinstance(error, TelegramAPIError) and not isinstance(error, TelegramServerError)
