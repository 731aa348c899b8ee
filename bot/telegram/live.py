"""A message that is alive: a service pushes an answer's pieces into it, and it decides what is shown, and when.

In private chats it shows drafts with Telegram's own stop button, in groups (and where the server knows no drafts) one
message that is edited. An answer that is there at once needs no frame, so nothing is shown in the first moment.
"""

import asyncio
import logging
import math
from collections.abc import Callable

from aiogram import Bot
from aiogram.types import InlineKeyboardMarkup, MessageEntity

from bot.clock import Clock
from bot.telegram.courier import Spot
from bot.telegram.frames import Drafts, Edits, Frame, Transport
from bot.telegram.gate import Gate
from bot.telegram.markdown import Part, parse, present, preview
from bot.telegram.texts import Texts

log = logging.getLogger(__name__)

_AT_ONCE = 0.04  # seconds: an answer that is complete by then is shown without a frame
_PATIENCE = 0.5  # seconds without any piece after which it is shown that something happens
_KEEP_ALIVE = 12.0  # seconds; a draft vanishes after 30
_RENDERED = 3500  # characters up to which a growing text is shown formatted
_THOUGHT = 600  # characters of the newest thinking that are shown


class LiveMessage:
    """Takes an answer's pieces (it is a :class:`bot.domain.chat.Sink`) until :meth:`close`."""

    def __init__(self, clock: Clock, texts: Texts, drafts: Drafts | None, edits: Edits) -> None:
        self._clock = clock
        self._texts = texts
        self._drafts = drafts
        self._edits = edits
        self._text: list[str] = []
        self._thinking: list[str] = []
        self._place: tuple[int, float] | None = None  # how many are ahead, and when it ends
        self._begun = clock.monotonic()
        self._changed = asyncio.Event()
        self._closed = False
        self._showing = False
        self._task = asyncio.create_task(self._show())

    def text(self, piece: str) -> None:
        self._text.append(piece)
        self._changed.set()

    def thinking(self, piece: str) -> None:
        self._thinking.append(piece)
        self._changed.set()

    def waiting(self, ahead: int, seconds: float) -> None:
        """The call waits for the provider's limits: how many are ahead, and about how long it will take."""
        self._place = (ahead, self._clock.monotonic() + seconds)
        self._changed.set()

    def restart(self) -> None:
        """Another model begins anew, or what was taken for the answer was thinking."""
        self._text.clear()
        self._thinking.clear()
        self._changed.set()

    @property
    def message(self) -> int | None:
        """The message that shows the answer so far; None where there is none, or only a draft."""
        return self._edits.message

    async def close(self) -> None:
        """Show nothing more; a frame that is on its way has arrived when this returns."""
        self._closed = True
        if not self._showing and (self._task.cancelled() or self._task.cancel()):
            return
        [ended] = await asyncio.gather(self._task, return_exceptions=True)
        if isinstance(ended, Exception):
            log.error("A live message broke; its answer is shown all the same", exc_info=ended)

    async def lead_over(self, part: Part) -> None:
        """Prepare the change from the live form to the lasting message; after :meth:`close`."""
        if self._drafts is not None:
            await self._drafts.lead_over(part)

    async def _show(self) -> None:
        await self._clock.sleep(_AT_ONCE)
        if not self._changed.is_set():
            await self._change_within(_PATIENCE - _AT_ONCE)
            await self._clock.sleep(_AT_ONCE)
        self._changed.clear()
        last: Frame | None = None
        while not self._closed:
            frame = self._frame(stalled=False)
            if frame == last:
                frame = self._frame(stalled=True)
            await self._put(frame)
            last = frame
            if self._closed:
                return
            await self._clock.sleep(self._transport.interval)
            await self._change_within(_KEEP_ALIVE if frame.kind == "text" else self._transport.interval)

    @property
    def _transport(self) -> Transport:
        return self._drafts or self._edits

    async def _put(self, frame: Frame) -> None:
        self._showing = True
        try:
            if not await self._transport.show(frame):
                self._drafts = None
                await self._edits.show(frame)
        finally:
            self._showing = False

    async def _change_within(self, seconds: float) -> None:
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

    def _frame(self, *, stalled: bool) -> Frame:
        seconds = round(self._clock.monotonic() - self._begun)
        if self._text:
            return _growing("".join(self._text) + (" …" if stalled else ""))
        if self._thinking:
            title = self._texts("live.thinking", seconds=seconds)
            return _thinking(title, "".join(self._thinking)[-_THOUGHT:].strip())
        if self._place is not None and (wait := self._place[1] - self._clock.monotonic()) > 0:
            ahead = self._place[0]
            key = "live.waiting" if ahead else "live.next"
            return Frame("waiting", self._texts(key, ahead=ahead, seconds=math.ceil(wait)))
        return Frame("idle", "" if seconds < _KEEP_ALIVE else self._texts("live.thinking", seconds=seconds))


def _growing(text: str) -> Frame:
    if len(text) > _RENDERED:
        return Frame("text", preview(text))
    parts = present(parse(text), rich="off")
    return Frame("text", parts[-1].text, parts[-1].entities) if parts else Frame("idle")


def _thinking(title: str, thought: str) -> Frame:
    if not thought:
        return Frame("thinking", title)
    offset = len(title.encode("utf-16-le")) // 2 + 1
    length = len(thought.encode("utf-16-le")) // 2
    return Frame("thinking", f"{title}\n{thought}", (MessageEntity(type="blockquote", offset=offset, length=length),))


class LiveMessages:
    """Opens live messages, choosing how each is shown."""

    def __init__(self, telegram: Bot, gate: Gate, clock: Clock) -> None:
        self._telegram = telegram
        self._gate = gate
        self._clock = clock
        self._drafts = True

    def open(
        self,
        spot: Spot,
        texts: Texts,
        answer_id: int,
        *,
        stop_button: InlineKeyboardMarkup,
        sent: Callable[[int], None],
        message: int | None = None,
    ) -> LiveMessage:
        """``message``: the one that is to show the answer (it takes the place of an earlier one); None: a new one."""
        drafts = None
        if spot.private and message is None and self._drafts:
            drafts = Drafts(self._telegram, self._gate, spot, answer_id, self._no_drafts)
        edits = Edits(self._telegram, self._gate, spot, stop_button, sent, message)
        return LiveMessage(self._clock, texts, drafts, edits)

    def _no_drafts(self) -> None:
        if self._drafts:
            log.warning("This Bot API server knows no drafts; answers are shown by edits")
        self._drafts = False
