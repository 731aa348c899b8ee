"""A line that says how far a drawing is, with a button to end it, and Telegram's own sign that a photo is coming.

What is there at once needs no line, so none is shown in the first moment.
"""

import asyncio
import contextlib
import logging
import math
from collections.abc import Callable
from typing import Final

from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiogram.methods import SendChatAction
from aiogram.types import InlineKeyboardMarkup

from bot.clock import Clock
from bot.telegram.courier import Courier, MessageGone, OutcomeUnknown, Spot
from bot.telegram.frames import Edits, Frame
from bot.telegram.gate import Gate
from bot.telegram.markdown import OutgoingMessage
from bot.telegram.markdown.formatted_text import FormattedText
from bot.telegram.texts import Texts

log = logging.getLogger(__name__)

_AT_ONCE: Final = 0.8  # seconds
_INTERVAL, _GROUP_INTERVAL = 3.0, 4.5  # seconds; the sign vanishes after 5, a group allows 20 edits a minute


class Progress:
    """Begins at once. Ends by one of two verbs: :meth:`say` what became of it, or :meth:`vanish`.

    ``total``: pictures that are drawn; ``sent`` is told the line's message; ``message``: one of an earlier run.
    """

    def __init__(
        self,
        telegram: Bot,
        gate: Gate,
        clock: Clock,
        spot: Spot,
        texts: Texts,
        total: int,
        *,
        button: InlineKeyboardMarkup,
        sent: Callable[[int], None],
        message: int | None = None,
    ) -> None:
        self._telegram = telegram
        self._gate = gate
        self._clock = clock
        self._spot = spot
        self._texts = texts
        self._total = total
        self._drawn = 0
        self._place: tuple[int, float] | None = None  # how many are ahead, and when it ends
        self._edits = Edits(telegram, gate, spot, button, sent, message)
        self._begun = clock.monotonic()
        self._closed = False
        self._showing = False
        self._task = asyncio.create_task(self._run())

    def waiting(self, ahead: int, seconds: float) -> None:
        """A call waits for the provider's limits."""
        self._place = (ahead, self._clock.monotonic() + seconds)

    def drawn(self) -> None:
        self._drawn += 1

    async def say(self, courier: Courier, sentence: str, keyboard: InlineKeyboardMarkup | None = None) -> int | None:
        """In the place of the line; its message. Raises :class:`bot.telegram.courier.DeliveryError`."""
        await self.close()
        part, line = OutgoingMessage(FormattedText(sentence)), self._edits.message
        with contextlib.suppress(OutcomeUnknown):
            if line is not None:
                with contextlib.suppress(MessageGone):
                    await courier.edit(self._spot.chat_id, line, part, keyboard)
                    return line
            return await courier.send(self._spot, part, keyboard)
        return None

    async def vanish(self) -> None:
        """The pictures have come, so that nothing need be said."""
        await self.close()
        if self._edits.message is not None:
            try:
                await self._telegram.delete_message(self._spot.chat_id, self._edits.message)
            except AiogramError as error:
                log.warning("A line that is not needed any more could not be deleted: %s", type(error).__name__)

    async def close(self) -> None:
        """Show nothing more; what is on its way has arrived when this returns."""
        self._closed = True
        if not self._showing:
            self._task.cancel()
        [ended] = await asyncio.gather(self._task, return_exceptions=True)
        if isinstance(ended, Exception):
            log.error("A line of progress broke; the drawing goes on all the same", exc_info=ended)

    async def _run(self) -> None:
        await self._act()
        await self._clock.sleep(_AT_ONCE)
        shown = ""
        while not self._closed:
            if (text := self._text()) != shown:
                await self._show(text)
                shown = text
            if self._closed:
                return
            await self._clock.sleep(_INTERVAL if self._spot.private else _GROUP_INTERVAL)
            await self._act()

    async def _show(self, text: str) -> None:
        self._showing = True
        try:
            await self._edits.show(Frame("waiting", text))
        finally:
            self._showing = False

    async def _act(self) -> None:
        if self._gate.draft(self._spot.chat_id):
            action = SendChatAction(
                chat_id=self._spot.chat_id, action="upload_photo", message_thread_id=self._spot.topic_id
            )
            with contextlib.suppress(AiogramError):
                await self._telegram(action)

    def _text(self) -> str:
        now = self._clock.monotonic()
        if self._place is not None and (wait := self._place[1] - now) > 0:
            alone = self._total == 1  # of several pictures each waits for the one before
            key = "draw.waiting" if self._place[0] and alone else "draw.next"
            line = self._texts(key, ahead=self._place[0], seconds=math.ceil(wait))
        else:
            line = self._texts("draw.drawing", seconds=round(now - self._begun))
        return f"{line} · {self._drawn}/{self._total}" if self._total > 1 else line
