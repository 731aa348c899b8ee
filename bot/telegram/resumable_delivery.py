"""A document into its messages: each part once, going on where an earlier run ended, be it after a crash.

An answer is kept as its node; whatever else is delivered is kept until all of it is there, under a key that says what
it is, so that the same brought again, or what a crash left, goes on instead of beginning anew.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final
from weakref import WeakValueDictionary

from aiogram import Bot
from aiogram.types import InlineKeyboardMarkup
from pydantic import TypeAdapter, ValidationError

from bot.clock import Clock
from bot.domain.delivery import Deliveries, DeliveryKey, DeliveryRecord, StoredDocument
from bot.telegram.markdown import OutgoingMessage
from bot.telegram.message_sender import (
    DeliveryError,
    Destination,
    MessageGone,
    MessageSender,
    OutcomeUnknown,
    RichRefused,
    Undeliverable,
    delete,
)

log = logging.getLogger(__name__)

BeforeFirst = Callable[[OutgoingMessage], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class OutgoingDocument:
    """The messages of a document in their order; the keyboard stands below the last one."""

    messages: tuple[OutgoingMessage, ...]
    keyboard: InlineKeyboardMarkup | None = None


_AS_JSON: Final = TypeAdapter(OutgoingDocument)


class ResumableDelivery:
    """Brings documents to their messages."""

    def __init__(self, message_sender: MessageSender, rows: Deliveries, telegram: Bot, clock: Clock) -> None:
        self.message_sender = message_sender
        self.telegram = telegram
        self.rows = rows
        self._clock = clock
        self._locks: WeakValueDictionary[DeliveryKey, asyncio.Lock] = WeakValueDictionary()
        self.repeated = 0  # parts sent again because a crash left it unknown whether they had arrived
        self.unknown = 0  # parts whose sending ended without an answer, and which were therefore not sent again

    async def deliver(
        self,
        document: OutgoingDocument,
        destination: Destination,
        key: DeliveryKey,
        *,
        message: int | None = None,
        user_id: int | None = None,
        source_chat_id: int | None = None,
    ) -> int | None:
        """Bring the document to its messages; the first of them, if that is known.

        ``message``: one that is there already, for the first part. ``user_id``: whose the document is;
        ``source_chat_id``: the group that it quotes. Where the key was used before, the document of then is brought to
        its end, and this one is not looked at.

        Raises :class:`bot.telegram.message_sender.Undeliverable` where the chat cannot be written to: then the key is
        free again; and :class:`bot.telegram.message_sender.DeliveryError` where an edit's end is not known: bring it
        once more.
        """
        new = StoredDocument(
            key=key,
            chat_id=destination.chat_id,
            body=_AS_JSON.dump_json(document, exclude_none=True).decode(),
            topic_id=destination.topic_id,
            reply_to=destination.reply_to,
            receiver=destination.receiver,
            user_id=user_id,
            source_chat_id=source_chat_id,
        )
        async with self._locks.setdefault(key, asyncio.Lock()):
            stored = await self.rows.begin(new, self._clock.now(), message)
            if stored is new:
                return await self._to_the_end(key, document, destination, resumed=False)
            return await self._go_on(stored) if stored is not None else await self._first(key)

    async def deliver_answer(
        self,
        answer_id: int,
        destination: Destination,
        parts: Sequence[OutgoingMessage],
        records: Sequence[DeliveryRecord] | None = None,
        *,
        resumed: bool = False,
        before_first: BeforeFirst | None = None,
    ) -> None:
        """Bring a stored answer to its messages. ``records``: what is known of these; None: it is looked up.

        ``resumed``: it was tried before. ``before_first`` runs before a first part is sent as a new message. Raises as
        :meth:`deliver` does.
        """
        key = DeliveryKey.of_answer(answer_id)
        known = await self.rows.of(key) if records is None else records
        document = OutgoingDocument(tuple(parts))
        await self._run(key, document, destination, known, resumed=resumed, before_first=before_first)

    async def records(self, answer_id: int) -> list[DeliveryRecord]:
        """What is known of the messages that show the answer."""
        return await self.rows.of(DeliveryKey.of_answer(answer_id))

    def shown(self, answer_id: int, chat_id: int, message: int) -> None:
        """The message is there and will show the answer's first part."""
        self.rows.shown(DeliveryKey.of_answer(answer_id), 0, chat_id, message)

    async def resume(self) -> None:
        """Go on with what an earlier process has left; answers are gone on with by their updates."""
        for key in await self.rows.unfinished():
            async with self._locks.setdefault(key, asyncio.Lock()):
                stored = await self.rows.find(key)
                try:
                    if stored is not None:
                        await self._go_on(stored)
                except DeliveryError as error:
                    log.warning("A %s could not be delivered: %s", key.kind, type(error).__name__)

    async def _go_on(self, stored: StoredDocument) -> int | None:
        try:
            document = _AS_JSON.validate_json(stored.body or "")
        except ValidationError:  # of another version of the program
            log.error("A %s that was being delivered cannot be read any more", stored.key.kind)
            await self.rows.drop(stored.key)
            return None
        destination = Destination(stored.chat_id, stored.topic_id, stored.reply_to, stored.receiver)
        return await self._to_the_end(stored.key, document, destination, resumed=True)

    async def _to_the_end(
        self, key: DeliveryKey, document: OutgoingDocument, destination: Destination, *, resumed: bool
    ) -> int | None:
        try:
            await self._run(key, document, destination, await self.rows.of(key), resumed=resumed)
        except Undeliverable:
            await self.rows.drop(key)
            raise
        self.rows.finish(key)
        return await self._first(key)

    async def _first(self, key: DeliveryKey) -> int | None:
        return next((row.message_id for row in await self.rows.of(key) if row.seq == 0), None)

    async def _run(
        self,
        key: DeliveryKey,
        document: OutgoingDocument,
        destination: Destination,
        records: Sequence[DeliveryRecord],
        *,
        resumed: bool,
        before_first: BeforeFirst | None = None,
    ) -> None:
        run = _DeliveryRun(self, key, destination, resumed, before_first)
        await run.bring(document, {row.seq: row for row in records})


@dataclass(slots=True)
class _DeliveryRun:
    """One run of a delivery."""

    delivery: ResumableDelivery
    key: DeliveryKey
    destination: Destination
    resumed: bool
    before_first: BeforeFirst | None
    keyboard: InlineKeyboardMarkup | None = None  # below the part whose turn it is

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
                await delete(self.delivery.telegram, self.destination.chat_id, row.message_id)
                self.delivery.rows.gone(self.key, row.seq)

    async def _edit(self, part: OutgoingMessage, row: DeliveryRecord, message: int) -> None:
        if self.resumed and row.state == "sent" and part.blocks is None:
            return  # a rich part is edited again: whether it was sent as one message or as several is not recorded
        try:
            await self.delivery.message_sender.edit(self.destination.chat_id, message, part, self.keyboard)
        except MessageGone:
            self.before_first = None
            await self._send(part, row.seq, None, resumed=False)
        else:
            self.delivery.rows.sent(self.key, row.seq, self.destination.chat_id, message)

    async def _send(self, part: OutgoingMessage, seq: int, row: DeliveryRecord | None, *, resumed: bool) -> None:
        chat_id = self.destination.chat_id
        if row is None:
            await self.delivery.rows.attempt(self.key, seq, chat_id)
        elif resumed:
            self.delivery.repeated += 1
            log.warning("OutgoingMessage %d of %s is sent again: a crash hid whether it had arrived", seq, self._name)
        if seq == 0 and self.before_first is not None:
            await self.before_first(part)
        place = self.destination if seq == 0 else replace(self.destination, reply_to=None)
        try:
            message_id = await self.delivery.message_sender.send(place, part, self.keyboard)
        except OutcomeUnknown as error:
            self.delivery.unknown += 1
            log.error("Whether part %d of %s arrived cannot be known (%s)", seq, self._name, error)
            self.delivery.rows.unknown(self.key, seq, chat_id)
        else:
            self.delivery.rows.sent(self.key, seq, chat_id, message_id)

    @property
    def _name(self) -> str:
        return f"{self.key.kind} {self.key.name}"
