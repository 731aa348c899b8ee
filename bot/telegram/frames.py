"""One look of a status message, and the ways in which it reaches the screen: drafts, and edits of a message."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramBadRequest, TelegramNotFound
from aiogram.methods import SendChatAction, SendMessageDraft
from aiogram.types import InlineKeyboardMarkup, MessageEntity

from bot.telegram.markdown import OutgoingMessage
from bot.telegram.message_sender import NO_PREVIEW, Destination
from bot.telegram.outbound_pacer import OutboundPacer
from bot.telegram.session import FrameEdit, FrameEphemeralEdit, FrameMessage, is_refused, message_id

Outcome: TypeAlias = Literal["shown", "dropped", "unsupported"]
"""Of showing a frame: it is on the screen as far as can be known; it was left out; the transport does not work here."""


@dataclass(frozen=True, slots=True)
class StatusFrame:
    kind: Literal[
        "idle",  # something happens; where a message would be needed to say so, Telegram's own sign says it
        "waiting",  # how far it is, or how long it will take
        "thinking",
        "text",  # an answer's words: nothing in it moves by itself
    ]
    text: str = ""
    entities: tuple[MessageEntity, ...] = ()


class Transport(Protocol):
    """How frames reach the screen."""

    interval: float  # seconds between two frames

    @property
    def message(self) -> int | None:
        """The message that shows the frames; None where there is none, or only a draft."""
        ...

    async def show(self, frame: StatusFrame) -> Outcome:
        """Show the frame if that may be done now: one that is late is of no use."""
        ...

    async def lead_over(self, part: OutgoingMessage) -> None:
        """Prepare the change from the frames to the lasting message, which begins with the part."""
        ...


class DraftTransport:
    """``sendMessageDraft``: nothing lasts until the answer is complete. ``unknown``: the server has no such method."""

    interval = 1.0
    message = None

    def __init__(
        self, telegram: Bot, pacer: OutboundPacer, destination: Destination, draft_id: int, unknown: Callable[[], None]
    ) -> None:
        self._telegram = telegram
        self._pacer = pacer
        self._destination = destination
        self._draft_id = draft_id
        self._unknown = unknown
        self._shown: str | None = None

    async def show(self, frame: StatusFrame) -> Outcome:
        if not self._pacer.draft(self._destination.chat_id):
            return "dropped"
        draft = SendMessageDraft(
            chat_id=self._destination.chat_id,
            draft_id=self._draft_id,
            message_thread_id=self._destination.topic_id,
            text=frame.text,
            entities=list(frame.entities) or None,
            parse_mode=None,
            can_stop=True,
            keep_on_stop=True,
        )
        try:
            await self._telegram(draft)
        except TelegramNotFound:
            self._unknown()
            return "unsupported"
        except TelegramBadRequest:
            return "unsupported"
        except AiogramError:
            return "dropped"
        self._shown = frame.text
        return "shown"

    async def lead_over(self, part: OutgoingMessage) -> None:
        """Make the last draft the beginning of what is sent next: clients then swap the two without a flash."""
        if self._shown and not part.text.startswith(self._shown):
            head = part if part.blocks is None else part.fallback()[0]
            await self.show(StatusFrame("text", head.text, head.entities))


def edit_interval(destination: Destination) -> float:
    """Seconds between two edits of a message: a group allows fewer."""
    return 1.2 if destination.private else 3.0


class EditTransport:
    """One message, sent with the first frame and edited by the others; ``sent`` is told its id."""

    def __init__(
        self,
        telegram: Bot,
        pacer: OutboundPacer,
        destination: Destination,
        stop_button: InlineKeyboardMarkup,
        sent: Callable[[int], object],
        message: int | None = None,
    ) -> None:
        self.interval = edit_interval(destination)
        self.message = message
        self._telegram = telegram
        self._pacer = pacer
        self._destination = destination
        self._stop_button = stop_button
        self._sent = sent
        self._may_begin = True

    async def show(self, frame: StatusFrame) -> Outcome:
        if frame.kind == "idle":
            if self.message is None:
                await show_action(self._telegram, self._pacer, self._destination, "typing")
            return "shown"
        if (self.message is None and not self._may_begin) or not self._pacer.frame(self._destination.chat_id):
            return "dropped"
        try:
            await (self._begin(frame) if self.message is None else self._change(frame, self.message))
        except TelegramBadRequest:  # refused, mostly since it shows this already: once more would change nothing
            return "shown"
        except AiogramError:
            return "dropped"
        return "shown"

    async def lead_over(self, part: OutgoingMessage) -> None:
        """The message itself becomes the lasting one."""

    async def _begin(self, frame: StatusFrame) -> None:
        """Send the message. One that may be there although nobody said its number is not sent again."""
        first = FrameMessage(
            chat_id=self._destination.chat_id,
            message_thread_id=self._destination.topic_id,
            reply_parameters=self._destination.reply_parameters,
            text=frame.text,
            entities=list(frame.entities) or None,
            parse_mode=None,
            link_preview_options=NO_PREVIEW,
            reply_markup=self._stop_button,
        )
        try:
            self.message = message_id(await self._telegram(first))
            self._may_begin = False
        except AiogramError as error:
            self._may_begin = is_refused(error)
            raise
        if self.message is not None:
            self._sent(self.message)

    async def _change(self, frame: StatusFrame, message: int) -> None:
        await self._telegram(
            FrameEdit(
                chat_id=self._destination.chat_id,
                message_id=message,
                text=frame.text,
                entities=list(frame.entities) or None,
                parse_mode=None,
                link_preview_options=NO_PREVIEW,
                reply_markup=self._stop_button,
            )
        )


class EphemeralEditTransport:
    """Edits of an ephemeral message, one that the receiver alone sees, by its number."""

    message = None

    def __init__(
        self,
        telegram: Bot,
        pacer: OutboundPacer,
        destination: Destination,
        stop_button: InlineKeyboardMarkup,
        ephemeral_id: int,
    ) -> None:
        self.interval = edit_interval(destination)
        self._telegram = telegram
        self._pacer = pacer
        self._destination = destination
        self._stop_button = stop_button
        self._ephemeral_id = ephemeral_id

    async def show(self, frame: StatusFrame) -> Outcome:
        if not self._pacer.frame(self._destination.chat_id):
            return "dropped"
        edit = FrameEphemeralEdit(
            chat_id=self._destination.chat_id,
            receiver_user_id=self._destination.receiver,
            ephemeral_message_id=self._ephemeral_id,
            text=frame.text,
            entities=list(frame.entities) or None,
            parse_mode=None,
            reply_markup=self._stop_button,
        )
        try:
            await self._telegram(edit)
        except AiogramError:
            return "dropped"
        return "shown"

    async def lead_over(self, part: OutgoingMessage) -> None:
        """Nothing: the message is taken away before the lasting one comes."""


async def show_action(
    telegram: Bot, pacer: OutboundPacer, destination: Destination, action: Literal["typing", "upload_photo"]
) -> None:
    """Telegram's own sign above the chat, for five seconds, if it may be shown now."""
    if pacer.draft(destination.chat_id):
        with contextlib.suppress(AiogramError):
            await telegram(
                SendChatAction(chat_id=destination.chat_id, action=action, message_thread_id=destination.topic_id)
            )
