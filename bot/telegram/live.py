"""What the status message of an answer shows: its words as they grow; before them thinking, before that the wait."""

import math
from typing import Final

from aiogram.types import MessageEntity

from bot.clock import Clock
from bot.conversations.answer import StreamCollector
from bot.telegram.frames import StatusFrame
from bot.telegram.markdown import parse, present, preview
from bot.telegram.status import Rhythm
from bot.telegram.texts import Texts

_KEEP_ALIVE: Final = 12.0  # seconds; a draft vanishes after 30
_RENDERED: Final = 3500  # characters up to which a growing text is shown formatted
_THOUGHT: Final = 600  # characters of the newest thinking that are shown

ANSWERING: Final = Rhythm(first=0.04, patience=0.5, renewal=_KEEP_ALIVE)


class AnswerContent:
    """Reads what the collector has; the text is kept nowhere else."""

    def __init__(self, collector: StreamCollector, texts: Texts, clock: Clock) -> None:
        self._collector = collector
        self._texts = texts
        self._clock = clock
        self._begun = clock.monotonic()

    def frame(self, *, stalled: bool) -> StatusFrame:
        now = self._clock.monotonic()
        seconds = round(now - self._begun)
        if text := self._collector.text_so_far:
            return _growing(text + (" …" if stalled else ""))
        if thinking := self._collector.thinking_so_far:
            title = self._texts("live.thinking", seconds=seconds)
            return _thinking(title, thinking[-_THOUGHT:].strip())
        if (wait := self._collector.waits_until - now) > 0:
            ahead = self._collector.ahead
            key = "live.waiting" if ahead else "live.next"
            return StatusFrame("waiting", self._texts(key, ahead=ahead, seconds=math.ceil(wait)))
        return StatusFrame("idle", "" if seconds < _KEEP_ALIVE else self._texts("live.thinking", seconds=seconds))


def _growing(text: str) -> StatusFrame:
    if len(text) > _RENDERED:
        return StatusFrame("text", preview(text))
    parts = present(parse(text), rich="off")
    return StatusFrame("text", parts[-1].text, parts[-1].entities) if parts else StatusFrame("idle")


def _thinking(title: str, thought: str) -> StatusFrame:
    if not thought:
        return StatusFrame("thinking", title)
    offset = len(title.encode("utf-16-le")) // 2 + 1
    length = len(thought.encode("utf-16-le")) // 2
    quoted = MessageEntity(type="blockquote", offset=offset, length=length)
    return StatusFrame("thinking", f"{title}\n{thought}", (quoted,))
