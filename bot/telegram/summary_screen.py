"""Where a summary appears: in a chat, or in its group for one member alone. A line comes first, then the summary."""

import contextlib
import logging
from collections.abc import Sequence
from typing import Any, Protocol

from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiogram.methods import DeleteEphemeralMessage, SendMessage, TelegramMethod
from aiogram.types import EphemeralMessageParameters, InlineKeyboardMarkup

from bot.telegram.markdown import OutgoingMessage
from bot.telegram.markdown.formatted_text import FormattedText
from bot.telegram.message_sender import NO_PREVIEW, Destination, MessageSender, OutcomeUnknown, Undeliverable
from bot.telegram.outbound_pacer import OutboundPacer
from bot.telegram.pages import show
from bot.telegram.session import FrameEdit, FrameEphemeralEdit

log = logging.getLogger(__name__)


class Screen(Protocol):
    """``interval``: seconds between two changes of the line."""

    interval: float

    async def begin(self, sentence: str, keyboard: InlineKeyboardMarkup) -> None:
        """Show the line. Raises :class:`bot.telegram.message_sender.Undeliverable`, before anything was spent."""
        ...

    async def change(self, sentence: str, keyboard: InlineKeyboardMarkup) -> bool:
        """Whether the line says this now: a change is dropped rather than late."""
        ...

    async def end(self, parts: Sequence[OutgoingMessage], keyboard: InlineKeyboardMarkup | None) -> None:
        """Show the parts instead of the line. Raises :class:`bot.telegram.message_sender.Undeliverable`."""
        ...


class ChatScreen:
    def __init__(
        self, telegram: Bot, message_sender: MessageSender, pacer: OutboundPacer, destination: Destination
    ) -> None:
        self.interval = 1.2 if destination.private else 3.0
        self._telegram = telegram
        self._message_sender = message_sender
        self._pacer = pacer
        self._destination = destination
        self._line: int | None = None

    async def begin(self, sentence: str, keyboard: InlineKeyboardMarkup) -> None:
        with contextlib.suppress(OutcomeUnknown):
            self._line = await self._message_sender.send(
                self._destination, OutgoingMessage(FormattedText(sentence)), keyboard
            )

    async def change(self, sentence: str, keyboard: InlineKeyboardMarkup) -> bool:
        chat = self._destination.chat_id
        if self._line is None or not self._pacer.frame(chat):
            return False
        frame = FrameEdit(chat_id=chat, message_id=self._line, text=sentence, parse_mode=None, reply_markup=keyboard)
        return await _carried_out(self._telegram, frame)

    async def end(self, parts: Sequence[OutgoingMessage], keyboard: InlineKeyboardMarkup | None) -> None:
        await show(self._message_sender, self._destination, parts, keyboard, message=self._line)


class EphemeralScreen:
    """For groups in which the bot is an administrator. The summary is not edited into the line: Telegram refuses
    edits of ephemeral messages beyond 1,024 characters. What cannot be shown here goes to the private chat."""

    interval = 3.0

    def __init__(
        self,
        telegram: Bot,
        message_sender: MessageSender,
        pacer: OutboundPacer,
        destination: Destination,
        receiver: int,
    ) -> None:
        self._telegram = telegram
        self._message_sender = message_sender
        self._pacer = pacer
        self._destination = destination
        self._receiver = receiver
        self._line: int | None = None

    async def begin(self, sentence: str, keyboard: InlineKeyboardMarkup) -> None:
        line = SendMessage(
            chat_id=self._destination.chat_id,
            message_thread_id=self._destination.topic_id,
            text=sentence,
            parse_mode=None,
            link_preview_options=NO_PREVIEW,
            reply_markup=keyboard,
            ephemeral_message_parameters=EphemeralMessageParameters(receiver_user_id=self._receiver),
        )
        try:
            sent = await self._telegram(line)
        except AiogramError as error:
            raise Undeliverable(str(error)) from error
        self._line = sent.ephemeral_message_id
        if self._line is None:  # a server that knows no ephemeral messages has shown it to all
            log.warning("This Bot API server knows no ephemeral messages; private summaries go to private chats")
            with contextlib.suppress(AiogramError):
                await self._telegram.delete_message(self._destination.chat_id, sent.message_id)
            raise Undeliverable("no ephemeral messages")

    async def change(self, sentence: str, keyboard: InlineKeyboardMarkup) -> bool:
        if self._line is None or not self._pacer.frame(self._destination.chat_id):
            return False
        frame = FrameEphemeralEdit(
            chat_id=self._destination.chat_id,
            receiver_user_id=self._receiver,
            ephemeral_message_id=self._line,
            text=sentence,
            parse_mode=None,
            reply_markup=keyboard,
        )
        return await _carried_out(self._telegram, frame)

    async def end(self, parts: Sequence[OutgoingMessage], keyboard: InlineKeyboardMarkup | None) -> None:
        here = Destination(self._destination.chat_id, self._destination.topic_id, receiver=self._receiver)
        await self._remove()
        try:
            await show(self._message_sender, here, parts, keyboard)
        except Undeliverable:
            await show(self._message_sender, Destination(self._receiver), parts, keyboard)

    async def _remove(self) -> None:
        """Before the summary comes: Telegram may give the number of a line that has vanished to what is sent next."""
        if self._line is not None:
            gone = DeleteEphemeralMessage(
                chat_id=self._destination.chat_id, receiver_user_id=self._receiver, ephemeral_message_id=self._line
            )
            await _carried_out(self._telegram, gone)


async def _carried_out(telegram: Bot, method: TelegramMethod[Any]) -> bool:
    try:
        await telegram(method)
    except AiogramError:
        return False
    return True
