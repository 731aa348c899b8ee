"""A document into its messages: each part once, going on where an earlier run ended, be it after a crash.

An answer is kept as its node; whatever else is delivered is kept until all of it is there, under a key that says what
it is, so that the same brought again, or what a crash left, goes on instead of beginning anew.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final
from weakref import WeakValueDictionary

from aiogram import Bot
from pydantic import TypeAdapter, ValidationError

from bot.clock import Clock
from bot.domain.delivery import Deliveries, DeliveryKey, DeliveryRecord, StoredDocument
from bot.telegram.delivery_run import BeforeFirst, DeliveryRun, OutgoingDocument
from bot.telegram.markdown import OutgoingMessage
from bot.telegram.message_sender import DeliveryError, Destination, MessageSender, Undeliverable

log = logging.getLogger(__name__)

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
        once_kept: Callable[[], Awaitable[object]] | None = None,
    ) -> int | None:
        """Bring the document to its messages; the first of them, if that is known.

        ``message``: one that is there already, for the first part. ``user_id``: whose the document is;
        ``source_chat_id``: the group that it quotes; ``once_kept`` runs when no crash can lose it any more, before it
        is shown. Where the key was used before, the document of then is brought to its end, and this one is not looked
        at. What a group does not take for one member alone goes to that member's private chat.

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
            if once_kept is not None:
                await once_kept()
            if stored is new:
                return await self._to_the_end(new, document, resumed=False)
            return await self._go_on(stored) if stored is not None else await self.first_message(key)

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

    async def knows(self, key: DeliveryKey) -> bool:
        """Whether a document is on its way under this key, or has arrived."""
        return await self.rows.knows(key)

    async def go_on(self, key: DeliveryKey) -> bool:
        """Bring the document of this key to its end; False where there is none. Raises as :meth:`deliver` does."""
        async with self._locks.setdefault(key, asyncio.Lock()):
            if (stored := await self.rows.find(key)) is not None:
                await self._go_on(stored)
            return await self.rows.knows(key)

    async def first_message(self, key: DeliveryKey) -> int | None:
        """The message of the document's first part, if that is known."""
        return next((row.message_id for row in await self.rows.of(key) if row.seq == 0), None)

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
                except Exception:
                    log.exception("A %s could not be delivered; the next start tries again", key.kind)

    async def _go_on(self, stored: StoredDocument) -> int | None:
        try:
            document = _AS_JSON.validate_json(stored.body or "")
        except ValidationError:  # of another version of the program
            log.error("A %s that was being delivered cannot be read any more", stored.key.kind)
            await self.rows.drop(stored.key)
            return None
        return await self._to_the_end(stored, document, resumed=True)

    async def _to_the_end(self, stored: StoredDocument, document: OutgoingDocument, *, resumed: bool) -> int | None:
        key = stored.key
        destination = Destination(stored.chat_id, stored.topic_id, stored.reply_to, stored.receiver)
        try:
            await self._run(key, document, destination, await self.rows.of(key), resumed=resumed)
        except Undeliverable:
            await self.rows.drop(key)
            if stored.receiver is None:
                raise
            private = replace(stored, chat_id=stored.receiver, topic_id=None, reply_to=None, receiver=None)
            await self.rows.begin(private, self._clock.now(), None)
            return await self._to_the_end(private, document, resumed=False)
        self.rows.finish(key)
        return await self.first_message(key)

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
        run = DeliveryRun(self.message_sender, self.rows, self.telegram, key, destination, resumed, before_first)
        try:
            await run.bring(document, {row.seq: row for row in records})
        finally:
            self.repeated += run.repeated
            self.unknown += run.unknown
