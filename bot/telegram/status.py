"""The status message: what a person sees of work that goes on, from its first moment to what comes in its place.

What it shows is its content's (a growing answer, how far a drawing or a summary is); when, its rhythm's; how it gets to
the screen, its transports'. Work that is done at once needs no message, so nothing is shown in the first moment.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from aiogram import Bot
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.clock import Clock
from bot.telegram.frames import (
    DraftTransport,
    EditTransport,
    EphemeralEditTransport,
    StatusFrame,
    Transport,
    show_action,
)
from bot.telegram.markdown import OutgoingMessage
from bot.telegram.markdown.formatted_text import FormattedText
from bot.telegram.message_sender import Destination, MessageGone, MessageSender, OutcomeUnknown, delete
from bot.telegram.outbound_pacer import OutboundPacer
from bot.telegram.texts import Texts

log = logging.getLogger(__name__)

STOP = "stop"


def stop_button(user_id: int, texts: Texts) -> InlineKeyboardMarkup:
    """Below a message that is not complete yet; the user alone may press it."""
    button = InlineKeyboardButton(text=texts("live.stop"), callback_data=f"{STOP}:{user_id}")
    return InlineKeyboardMarkup(inline_keyboard=[[button]])


class StatusContent(Protocol):
    """What a status message shows."""

    def frame(self, *, stalled: bool) -> StatusFrame | None:
        """How things stand now. ``stalled``: the same is on the screen; None: then there is nothing to show."""
        ...


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a status message shows something; all in seconds."""

    first: float  # what is over by then is never shown
    patience: float = 0.0  # without any change, after which it is shown that something happens; 0: at ``first``
    renewal: float = 0.0  # after which words that stand still are shown again, lest a draft vanishes; 0: not waited for
    interval: float | None = None  # between two frames; None: as the transport says
    group_interval: float | None = None  # the same in groups
    action: Literal["upload_photo"] | None = None  # Telegram's own sign, shown all the while


class StatusMessage:
    """Shows its content from now on until it is closed, replaced by :meth:`say` or removed.

    ``transports``: how, in the order in which they are tried; the last one works everywhere. ``shown``: what is on the
    screen already.
    """

    def __init__(
        self,
        content: StatusContent,
        rhythm: Rhythm,
        transports: Sequence[Transport],
        destination: Destination,
        *,
        telegram: Bot,
        pacer: OutboundPacer,
        clock: Clock,
        shown: StatusFrame | None = None,
    ) -> None:
        self._content = content
        self._rhythm = rhythm
        self._transports = list(transports)
        self._destination = destination
        self._telegram = telegram
        self._pacer = pacer
        self._clock = clock
        self._shown = shown
        self._changed = asyncio.Event()
        self._closed = False
        self._showing = False
        self._task = asyncio.create_task(self._run())

    @property
    def message(self) -> int | None:
        """The message that shows it; None where there is none, or only a draft."""
        return self._transports[-1].message

    def changed(self) -> None:
        """The content has something new."""
        self._changed.set()

    async def close(self) -> None:
        """Show nothing more; a frame that is on its way has arrived when this returns."""
        self._closed = True
        if not self._showing and (self._task.cancelled() or self._task.cancel()):
            return
        [ended] = await asyncio.gather(self._task, return_exceptions=True)
        if isinstance(ended, Exception):
            log.error("A status message broke; its work goes on all the same", exc_info=ended)

    async def lead_over(self, part: OutgoingMessage) -> None:
        """Prepare the change to the lasting message, which begins with the part; after :meth:`close`."""
        await self._transports[0].lead_over(part)

    async def say(
        self, message_sender: MessageSender, sentence: str, keyboard: InlineKeyboardMarkup | None = None
    ) -> int | None:
        """Close, and say this in its place; the message that does, if that is known.

        Raises :class:`bot.telegram.message_sender.Undeliverable`. What may have arrived is not said again.
        """
        await self.close()
        part = OutgoingMessage(FormattedText(sentence))
        with contextlib.suppress(OutcomeUnknown):
            if self.message is not None:
                with contextlib.suppress(MessageGone):
                    await message_sender.edit(self._destination.chat_id, self.message, part, keyboard)
                    return self.message
            return await message_sender.send(self._destination, part, keyboard)
        return None

    async def remove(self) -> None:
        """Close, and take the message away: nothing need be said any more."""
        await self.close()
        if self.message is not None:
            await delete(self._telegram, self._destination.chat_id, self.message)

    async def _run(self) -> None:
        await self._act()
        await self._first_moment()
        shown = self._shown
        while not self._closed:
            frame = self._content.frame(stalled=False)
            if frame is not None and frame == shown:
                frame = self._content.frame(stalled=True)
            if frame is not None and await self._put(frame):
                shown = frame
            still = frame is not None and frame is shown and frame.kind == "text"
            if self._closed:
                return
            await self._clock.sleep(self._interval)
            await self._act()
            await self._change_within(self._rhythm.renewal if still else min(self._rhythm.renewal, self._interval))

    async def _first_moment(self) -> None:
        await self._clock.sleep(self._rhythm.first)
        if self._rhythm.patience and not self._changed.is_set():
            await self._change_within(self._rhythm.patience - self._rhythm.first)
            await self._clock.sleep(self._rhythm.first)
        self._changed.clear()

    @property
    def _interval(self) -> float:
        own = self._rhythm.interval if self._destination.private else self._rhythm.group_interval
        return self._transports[0].interval if own is None else own

    async def _put(self, frame: StatusFrame) -> bool:
        """Whether the frame is on the screen."""
        self._showing = True
        try:
            while (outcome := await self._transports[0].show(frame)) == "unsupported":
                self._transports.pop(0)
        finally:
            self._showing = False
        return outcome == "shown"

    async def _act(self) -> None:
        if self._rhythm.action is not None:
            await show_action(self._telegram, self._pacer, self._destination, self._rhythm.action)

    async def _change_within(self, seconds: float) -> None:
        if not seconds:
            return
        timer = asyncio.ensure_future(self._clock.sleep(seconds))
        timer.add_done_callback(self._wake)
        try:
            await self._changed.wait()
        finally:
            timer.remove_done_callback(self._wake)
            timer.cancel()
            self._changed.clear()

    def _wake(self, _: object) -> None:
        self._changed.set()


class StatusMessages:
    """Opens status messages, choosing how each is shown."""

    def __init__(self, telegram: Bot, pacer: OutboundPacer, clock: Clock) -> None:
        self._telegram = telegram
        self._pacer = pacer
        self._clock = clock
        self._drafts = True  # the server has not said yet that it knows none

    def open(
        self,
        content: StatusContent,
        rhythm: Rhythm,
        destination: Destination,
        *,
        stop_button: InlineKeyboardMarkup,
        sent: Callable[[int], object] = lambda _: None,
        message: int | None = None,
        shown: StatusFrame | None = None,
        draft_id: int | None = None,
        ephemeral_id: int | None = None,
    ) -> StatusMessage:
        """``sent`` is told the message once there is one. ``message``: one that is there already; ``shown``: what that
        shows; ``ephemeral_id``: the number of one that is there for the receiver alone.

        ``draft_id``: it may be a draft, of this number; drafts take no button, and show Telegram's own.
        """
        telegram, pacer = self._telegram, self._pacer
        transports: list[Transport] = []
        if draft_id is not None and destination.private and message is None and self._drafts:
            transports.append(DraftTransport(telegram, pacer, destination, draft_id, self._no_drafts))
        if ephemeral_id is not None:
            transports.append(EphemeralEditTransport(telegram, pacer, destination, stop_button, ephemeral_id))
        else:
            transports.append(EditTransport(telegram, pacer, destination, stop_button, sent, message))
        return StatusMessage(
            content, rhythm, transports, destination, telegram=telegram, pacer=pacer, clock=self._clock, shown=shown
        )

    def _no_drafts(self) -> None:
        if self._drafts:
            log.warning("This Bot API server knows no drafts; answers are shown by edits")
        self._drafts = False
