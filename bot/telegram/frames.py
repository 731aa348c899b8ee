"""One look of a live message, and the two ways in which it reaches the screen: drafts, and edits of a message."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramBadRequest, TelegramNotFound
from aiogram.methods import SendChatAction, SendMessageDraft
from aiogram.types import InlineKeyboardMarkup, MessageEntity

from bot.telegram.courier import NO_PREVIEW, Spot
from bot.telegram.gate import Gate
from bot.telegram.markdown import OutgoingMessage
from bot.telegram.session import FrameEdit, FrameMessage, is_refused, message_id


@dataclass(frozen=True, slots=True)
class Frame:
    kind: Literal["idle", "waiting", "thinking", "text"]
    text: str = ""
    entities: tuple[MessageEntity, ...] = ()


class Transport(Protocol):
    """How frames reach the screen. ``interval``: seconds between two of them."""

    interval: float

    async def show(self, frame: Frame) -> bool:
        """Show the frame if that may be done now; False: this transport does not work here at all."""
        ...


class Drafts:
    """``sendMessageDraft``: nothing lasts until the answer is complete. ``unknown``: the server has no such method."""

    interval = 1.0

    def __init__(self, telegram: Bot, gate: Gate, spot: Spot, draft_id: int, unknown: Callable[[], None]) -> None:
        self._telegram = telegram
        self._gate = gate
        self._spot = spot
        self._draft_id = draft_id
        self._unknown = unknown
        self._shown: str | None = None

    async def show(self, frame: Frame) -> bool:
        if not self._gate.draft(self._spot.chat_id):
            return True
        draft = SendMessageDraft(
            chat_id=self._spot.chat_id,
            draft_id=self._draft_id,
            message_thread_id=self._spot.topic_id,
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
            return False
        except TelegramBadRequest:
            return False
        except AiogramError:  # a frame that was lost is replaced by the next
            return True
        self._shown = frame.text
        return True

    async def lead_over(self, part: OutgoingMessage) -> None:
        """Make the last draft the beginning of what is sent next: clients then swap the two without a flash."""
        if self._shown and not part.text.startswith(self._shown):
            head = part if part.blocks is None else part.fallback()[0]
            await self.show(Frame("text", head.text, head.entities))


class Edits:
    """One message, sent with the first frame and edited by the others; ``sent`` is told its id."""

    def __init__(
        self,
        telegram: Bot,
        gate: Gate,
        spot: Spot,
        stop_button: InlineKeyboardMarkup,
        sent: Callable[[int], None],
        message: int | None = None,
    ) -> None:
        self.interval = 1.2 if spot.private else 3.0
        self._telegram = telegram
        self._gate = gate
        self._spot = spot
        self._stop_button = stop_button
        self._sent = sent
        self._may_begin = True
        self.message = message

    async def show(self, frame: Frame) -> bool:
        with contextlib.suppress(AiogramError):  # a frame that was lost is replaced by the next
            if frame.kind == "idle":
                await self._type()
            elif (self._may_begin or self.message is not None) and self._gate.frame(self._spot.chat_id):
                await (self._begin(frame) if self.message is None else self._change(frame, self.message))
        return True

    async def _type(self) -> None:
        if self.message is None and self._gate.draft(self._spot.chat_id):
            action = SendChatAction(chat_id=self._spot.chat_id, action="typing", message_thread_id=self._spot.topic_id)
            await self._telegram(action)

    async def _begin(self, frame: Frame) -> None:
        """Send the message. One that may be there although nobody said its number is not sent again."""
        first = FrameMessage(
            chat_id=self._spot.chat_id,
            message_thread_id=self._spot.topic_id,
            reply_parameters=self._spot.reply_parameters,
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

    async def _change(self, frame: Frame, message: int) -> None:
        await self._telegram(
            FrameEdit(
                chat_id=self._spot.chat_id,
                message_id=message,
                text=frame.text,
                entities=list(frame.entities) or None,
                parse_mode=None,
                link_preview_options=NO_PREVIEW,
                reply_markup=self._stop_button,
            )
        )
