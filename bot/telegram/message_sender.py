"""One part of a document to one message: the best form that Telegram takes, and a clear word on how it ended."""

import logging
from dataclasses import dataclass, replace
from typing import Any

from aiogram import Bot
from aiogram.exceptions import (
    AiogramError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNotFound,
    TelegramUnauthorizedError,
)
from aiogram.methods import EditMessageText, SendMessage, SendRichMessage, TelegramMethod
from aiogram.types import (
    EphemeralMessageParameters,
    InlineKeyboardMarkup,
    InputRichMessage,
    LinkPreviewOptions,
    Message,
    ReplyParameters,
)

from bot.clock import Clock
from bot.telegram.markdown import OutgoingMessage
from bot.telegram.session import message_id

log = logging.getLogger(__name__)

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
_RICH_AGAIN = 3600.0  # seconds after which a server that knew no rich messages is asked again

_GONE = ("message to edit not found", "message can't be edited", "message_id_invalid")
_NO_TOPIC = "thread not found"
_UNWRITABLE = (
    _NO_TOPIC,
    "topic_closed",
    "chat not found",
    "not enough rights",
    "have no rights",
    "chat_write_forbidden",
)


class DeliveryError(Exception):
    """A message could not be sent or edited."""


class RichRefused(DeliveryError):
    """Telegram refuses the rich form; a plainer one may do."""


class MessageGone(DeliveryError):
    """The message that was to be edited is not there any more."""


class Undeliverable(DeliveryError):
    """The chat cannot be written to: the bot was blocked, removed or silenced, or the chat is gone."""


class OutcomeUnknown(DeliveryError):
    """The connection ended before Telegram told whether it did what was asked."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an answer goes: ``topic_id`` None outside of topics, ``reply_to`` the message it answers, if any.
    ``receiver``: the one member of a group who alone is to see it, as an ephemeral message."""

    chat_id: int
    topic_id: int | None = None
    reply_to: int | None = None
    receiver: int | None = None

    @property
    def private(self) -> bool:
        return self.chat_id > 0

    @property
    def reply_parameters(self) -> ReplyParameters | None:
        if self.reply_to is None:
            return None
        return ReplyParameters(message_id=self.reply_to, allow_sending_without_reply=True)

    @property
    def ephemeral_message_parameters(self) -> EphemeralMessageParameters | None:
        return None if self.receiver is None else EphemeralMessageParameters(receiver_user_id=self.receiver)


class MessageSender:
    """Sends and edits single messages; what is refused in one form is tried in the next plainer one."""

    def __init__(self, telegram: Bot, clock: Clock) -> None:
        self._telegram = telegram
        self._clock = clock
        self._no_rich_until = 0.0

    async def send(
        self, destination: Destination, part: OutgoingMessage, keyboard: InlineKeyboardMarkup | None = None
    ) -> int | None:
        """Send a new message; its id, or None where the server did not say. Raises :class:`DeliveryError`."""
        place: dict[str, Any] = {
            "chat_id": destination.chat_id,
            "message_thread_id": destination.topic_id,
            "reply_parameters": destination.reply_parameters,
            "reply_markup": keyboard,
            "ephemeral_message_parameters": destination.ephemeral_message_parameters,
        }
        try:
            if part.blocks is not None:
                rich = SendRichMessage(**place, rich_message=self._rich(part))
                return message_id(await self._certain(rich, rich=True))
            return await self._in_text(SendMessage, place, part)
        except TelegramMigrateToChat as error:
            return await self.send(
                replace(destination, chat_id=error.migrate_to_chat_id, reply_to=None), part, keyboard
            )
        except TelegramBadRequest as error:
            if destination.topic_id is not None and _NO_TOPIC in error.message.lower():
                return await self.send(replace(destination, topic_id=None), part, keyboard)
            if destination.receiver is not None:  # whether that is allowed there shows only now
                raise Undeliverable(error.message) from error
            raise _undeliverable(error) from error

    async def edit(
        self, chat_id: int, message: int, part: OutgoingMessage, keyboard: InlineKeyboardMarkup | None = None
    ) -> None:
        """Make the message show the part; a connection that ends is tried once more, since an edit can be repeated.

        Raises :class:`DeliveryError`.
        """
        place: dict[str, Any] = {"chat_id": chat_id, "message_id": message, "reply_markup": keyboard}
        for last in (False, True):
            try:
                if part.blocks is not None:
                    rich = EditMessageText(**place, rich_message=self._rich(part), parse_mode=None)
                    await self._certain(rich, rich=True)
                else:
                    await self._in_text(EditMessageText, place, part)
            except OutcomeUnknown:
                if last:
                    raise
            except TelegramMigrateToChat as error:
                raise MessageGone(error.message) from error  # the new chat counts its messages from the start
            except TelegramBadRequest as error:
                raise _undeliverable(error) from error
            else:
                return

    def _rich(self, part: OutgoingMessage) -> InputRichMessage:
        if self._clock.monotonic() < self._no_rich_until:
            raise RichRefused("this server knows no rich messages")
        return InputRichMessage(blocks=list(part.blocks or ()), is_rtl=part.is_rtl, skip_entity_detection=True)

    async def _in_text(
        self, method: type[SendMessage] | type[EditMessageText], place: dict[str, Any], part: OutgoingMessage
    ) -> int | None:
        """With entities, and where these are refused without."""
        common = {**place, "parse_mode": None, "link_preview_options": NO_PREVIEW}
        try:
            formatted = method(**common, text=part.text, entities=list(part.entities) or None)
            return message_id(await self._certain(formatted))
        except TelegramBadRequest as error:
            if not part.entities or is_about_the_place(error):
                raise
            log.warning("Telegram refused the formatting of an answer: %s", error.message)
            return message_id(await self._certain(method(**common, text=part.plain)))

    async def _certain(self, method: TelegramMethod[Any], *, rich: bool = False) -> Any:
        try:
            return await self._telegram(method)
        except TelegramBadRequest as error:
            raise _refusal(error, rich=rich) from error
        except TelegramNotFound as error:
            if isinstance(method, EditMessageText):
                raise MessageGone(error.message) from error  # a server that cannot edit gets a new message
            if not rich:
                raise Undeliverable(error.message) from error
            self._no_rich_until = self._clock.monotonic() + _RICH_AGAIN
            raise RichRefused(error.message) from error
        except (TelegramForbiddenError, TelegramUnauthorizedError) as error:
            raise Undeliverable(error.message) from error
        except TelegramMigrateToChat:
            raise
        except AiogramError as error:
            raise OutcomeUnknown(type(error).__name__) from error


async def delete(telegram: Bot, chat_id: int, message: int) -> None:
    """Take a message away that is not needed any more; where that fails it stays."""
    try:
        await telegram.delete_message(chat_id, message)
    except AiogramError as error:
        log.warning("A message that is not needed any more could not be deleted: %s", type(error).__name__)


def is_about_the_place(error: TelegramBadRequest) -> bool:
    """Whether it is not the content that was refused: nobody can write there, or not to that message."""
    text = error.message.lower()
    return any(phrase in text for phrase in (*_GONE, *_UNWRITABLE))


def _undeliverable(error: TelegramBadRequest) -> Undeliverable:
    if not is_about_the_place(error):
        log.error("Telegram refused an answer in every form: %s", error.message)
    return Undeliverable(error.message)


def _refusal(error: TelegramBadRequest, *, rich: bool) -> Exception:
    """What a 400 means, which is certain to have changed nothing."""
    if any(phrase in error.message.lower() for phrase in _GONE):
        return MessageGone(error.message)
    if rich and not is_about_the_place(error):
        log.warning("Telegram refused a rich message: %s", error.message)
        return RichRefused(error.message)
    return error


async def reply(message: Message, sentence: str, keyboard: InlineKeyboardMarkup | None = None) -> None:
    """Say it where the message stands."""
    await message.answer(
        sentence, reply_parameters=reply_parameters(message), reply_markup=keyboard, link_preview_options=NO_PREVIEW
    )


async def reply_alone(message: Message, sentence: str) -> None:
    """Say it so that only the one who wrote the message sees it: beside the message, else in their private chat, where
    that was opened. What cannot be said so is said nowhere."""
    if message.from_user is None or message.bot is None:
        return
    reader = message.from_user.id
    beside = SendMessage(
        chat_id=message.chat.id,
        text=sentence,
        message_thread_id=message.message_thread_id if message.is_topic_message else None,
        ephemeral_message_parameters=EphemeralMessageParameters(receiver_user_id=reader),
        reply_parameters=ReplyParameters(ephemeral_message_id=message.ephemeral_message_id),
        link_preview_options=NO_PREVIEW,
    )
    forms = [beside, beside.model_copy(update={"reply_parameters": None})] if message.ephemeral_message_id else [beside]
    for form in (*forms, SendMessage(chat_id=reader, text=sentence, link_preview_options=NO_PREVIEW)):
        try:
            await message.bot(form)
        except (TelegramBadRequest, TelegramForbiddenError) as error:
            log.info("Something meant for one person alone could not be said to them: %s", error.message)
        else:
            return


def reply_parameters(message: Message) -> ReplyParameters | None:
    """In a group what is said is a reply to the message, so that all see who is meant."""
    if message.chat.type == "private":
        return None
    return ReplyParameters(message_id=message.message_id, allow_sending_without_reply=True)
