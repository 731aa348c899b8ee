"""A finished answer into its messages: each part once, going on where an earlier run ended."""

import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from aiogram import Bot
from aiogram.exceptions import AiogramError

from bot.store.parts import Part as Row
from bot.store.parts import PartRepository
from bot.telegram.courier import Courier, MessageGone, OutcomeUnknown, RichRefused, Spot
from bot.telegram.markdown import OutgoingMessage

log = logging.getLogger(__name__)


class Delivery:
    """``repeated``: answers sent again because a crash left it unknown whether they had arrived; ``unknown``: those
    whose sending ended without an answer, and which were therefore not sent again."""

    def __init__(self, courier: Courier, rows: PartRepository, telegram: Bot) -> None:
        self._courier = courier
        self._rows = rows
        self._telegram = telegram
        self.repeated = 0
        self.unknown = 0

    async def deliver(
        self,
        answer_id: int,
        spot: Spot,
        parts: Sequence[OutgoingMessage],
        rows: Sequence[Row],
        *,
        resumed: bool = False,
        before_first: Callable[[OutgoingMessage], Awaitable[None]] | None = None,
    ) -> None:
        """Bring every part to its message; ``rows`` tells what an earlier run, or the live message, has done of it.

        ``before_first`` runs before a first part is sent as a new message. Raises
        :class:`bot.telegram.courier.DeliveryError` where the chat cannot be written to or an edit's end is not known.
        """
        known = {row.seq: row for row in rows}
        waiting = deque(parts)
        seq = 0
        while waiting:
            part = waiting.popleft()
            row = known.get(seq)
            try:
                if row is not None and row.message_id is not None:
                    await self._edit(answer_id, spot, part, row, resumed=resumed)
                elif row is None or row.state == "attempting":
                    await self._send(answer_id, spot, part, seq, row, resumed=resumed, before_first=before_first)
            except RichRefused:
                waiting.extendleft(reversed(part.fallback()))
                continue
            seq += 1
        for row in rows:
            if row.seq >= seq and row.message_id is not None:
                await self._remove(answer_id, spot, row, row.message_id)

    async def _edit(self, answer_id: int, spot: Spot, part: OutgoingMessage, row: Row, *, resumed: bool) -> None:
        if row.message_id is None or (resumed and row.state == "sent" and part.blocks is None):
            return  # a rich part is edited again: whether it was sent as one message or as several is not recorded
        try:
            await self._courier.edit(spot.chat_id, row.message_id, part)
        except MessageGone:
            await self._send(answer_id, spot, part, row.seq, None, resumed=False, before_first=None)
        else:
            self._rows.sent(answer_id, row.seq, spot.chat_id, row.message_id)

    async def _send(
        self,
        answer_id: int,
        spot: Spot,
        part: OutgoingMessage,
        seq: int,
        row: Row | None,
        *,
        resumed: bool,
        before_first: Callable[[OutgoingMessage], Awaitable[None]] | None,
    ) -> None:
        if row is None:
            await self._rows.attempt(answer_id, seq, spot.chat_id)
        elif resumed:
            self.repeated += 1
            log.warning("Part %d of answer %d is sent again: a crash hid whether it had arrived", seq, answer_id)
        if seq == 0 and before_first is not None:
            await before_first(part)
        try:
            message_id = await self._courier.send(spot if seq == 0 else replace(spot, reply_to=None), part)
        except OutcomeUnknown as error:
            self.unknown += 1
            log.error("Whether part %d of answer %d arrived cannot be known (%s)", seq, answer_id, error)
            self._rows.unknown(answer_id, seq, spot.chat_id)
        else:
            self._rows.sent(answer_id, seq, spot.chat_id, message_id)

    async def _remove(self, answer_id: int, spot: Spot, row: Row, message_id: int) -> None:
        """A shorter answer has taken the place of a longer one."""
        try:
            await self._telegram.delete_message(spot.chat_id, message_id)
        except AiogramError as error:
            log.warning("A message that is not needed any more could not be deleted: %s", type(error).__name__)
        self._rows.gone(answer_id, row.seq)
