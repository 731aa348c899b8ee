"""One run of a delivery: part after part to its message, each that is there already edited or left alone."""

import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from aiogram import Bot
from aiogram.types import InlineKeyboardMarkup

from bot.domain.delivery import Deliveries, DeliveryKey, DeliveryRecord
from bot.telegram.markdown import OutgoingMessage
from bot.telegram.message_sender import Destination, MessageGone, MessageSender, OutcomeUnknown, RichRefused, delete

log = logging.getLogger(__name__)

BeforeFirst = Callable[[OutgoingMessage], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class OutgoingDocument:
    """The messages of a document in their order; the keyboard stands below the last one."""

    messages: tuple[OutgoingMessage, ...]
    keyboard: InlineKeyboardMarkup | None = None


@dataclass(slots=True)
class DeliveryRun:
    """Brings one document to its messages, from what is known of them."""

    message_sender: MessageSender
    rows: Deliveries
    telegram: Bot
    key: DeliveryKey
    destination: Destination
    resumed: bool
    before_first: BeforeFirst | None
    keyboard: InlineKeyboardMarkup | None = None  # below the part whose turn it is
    repeated: int = 0  # parts sent again because a crash left it unknown whether they had arrived
    unknown: int = 0  # parts whose sending ended without an answer, and which were therefore not sent again

    async def bring(self, document: OutgoingDocument, known: dict[int, DeliveryRecord]) -> None:
        waiting = deque(document.messages)
        seq = 0
        while waiting:
            part = waiting.popleft()
            self.keyboard = None if waiting else document.keyboard
            row = known.get(seq)
            try:
                if row is not None and row.message_id is not None:
                    await self._edit(part, row, row.message_id)
                elif row is None or row.state == "attempting":
                    await self._send(part, seq, row, resumed=self.resumed)
            except RichRefused:
                waiting.extendleft(reversed(part.fallback()))
                continue
            seq += 1
        for row in known.values():
            if row.seq >= seq and row.message_id is not None:  # a shorter document takes the place of a longer one
                await delete(self.telegram, self.destination.chat_id, row.message_id)
                self.rows.gone(self.key, row.seq)

    async def _edit(self, part: OutgoingMessage, row: DeliveryRecord, message: int) -> None:
        if self.resumed and row.state == "sent" and part.blocks is None:
            return  # a rich part is edited again: whether it was sent as one message or as several is not recorded
        try:
            await self.message_sender.edit(self.destination.chat_id, message, part, self.keyboard)
        except MessageGone:
            self.before_first = None
            await self._send(part, row.seq, None, resumed=False)
        else:
            self.rows.sent(self.key, row.seq, self.destination.chat_id, message)

    async def _send(self, part: OutgoingMessage, seq: int, row: DeliveryRecord | None, *, resumed: bool) -> None:
        chat_id = self.destination.chat_id
        if row is None:
            await self.rows.attempt(self.key, seq, chat_id)
        elif resumed:
            self.repeated += 1
            log.warning("Part %d of %s is sent again: a crash hid whether it had arrived", seq, self._name)
        if seq == 0 and self.before_first is not None:
            await self.before_first(part)
        place = self.destination if seq == 0 else replace(self.destination, reply_to=None)
        try:
            message_id = await self.message_sender.send(place, part, self.keyboard)
        except OutcomeUnknown as error:
            self.unknown += 1
            log.error("Whether part %d of %s arrived cannot be known (%s)", seq, self._name, error)
            self.rows.unknown(self.key, seq, chat_id)
        else:
            told = message_id if self.destination.receiver is None else None  # an ephemeral one is never edited
            self.rows.sent(self.key, seq, chat_id, told)

    @property
    def _name(self) -> str:
        return f"{self.key.kind} {self.key.name}"
