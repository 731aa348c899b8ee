"""What the status message of a drawing shows: how long it takes, or how long it waits, and how many are drawn."""

import math
from collections.abc import Callable
from typing import Final

from aiogram import Bot
from aiogram.types import InlineKeyboardMarkup

from bot.clock import Clock
from bot.telegram.courier import Spot
from bot.telegram.frames import StatusFrame
from bot.telegram.gate import Gate
from bot.telegram.status import Rhythm, StatusMessages
from bot.telegram.texts import Texts

# The sign vanishes after 5 s; a group allows 20 edits a minute.
DRAWING: Final = Rhythm(first=0.8, interval=3.0, group_interval=4.5, action="upload_photo")


class DrawingContent:
    """How far a drawing of ``total`` pictures is."""

    def __init__(self, texts: Texts, clock: Clock, total: int) -> None:
        self._texts = texts
        self._clock = clock
        self._total = total
        self._drawn = 0
        self._place: tuple[int, float] | None = None  # how many are ahead, and when it ends
        self._begun = clock.monotonic()

    def waiting(self, ahead: int, seconds: float) -> None:
        """A call waits for the provider's limits."""
        self._place = (ahead, self._clock.monotonic() + seconds)

    def drawn(self) -> None:
        self._drawn += 1

    def frame(self, *, stalled: bool) -> StatusFrame | None:
        return None if stalled else StatusFrame("waiting", self._text())

    def _text(self) -> str:
        now = self._clock.monotonic()
        if self._place is not None and (wait := self._place[1] - now) > 0:
            alone = self._total == 1  # of several pictures each waits for the one before
            key = "draw.waiting" if self._place[0] and alone else "draw.next"
            line = self._texts(key, ahead=self._place[0], seconds=math.ceil(wait))
        else:
            line = self._texts("draw.drawing", seconds=round(now - self._begun))
        return f"{line} · {self._drawn}/{self._total}" if self._total > 1 else line


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
        content = DrawingContent(texts, clock, total)
        status = StatusMessages(telegram, gate, clock).open(
            content, DRAWING, spot, stop_button=button, sent=sent, message=message
        )
        self.waiting = content.waiting
        self.drawn = content.drawn
        self.say = status.say
        self.vanish = status.remove
        self.close = status.close
