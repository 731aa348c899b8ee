"""What an answer says, piece by piece, and the queue of answers that a test has prepared."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bot.playground.siliconflow.call import Call
from bot.playground.siliconflow.tokens import Usage, count

Piece = str | asyncio.Event
Finish = Literal["stop", "eos", "length", "content_filter", "refusal"]  # the last two as other providers end


@dataclass(frozen=True, slots=True)
class Script:
    """Each string is one chunk of the stream; an event among them is waited for, and everything before it is sent by
    then. ``hold`` is waited for before anything at all is sent."""

    pieces: Sequence[Piece]
    thinking: Sequence[Piece] = ()
    hold: asyncio.Event | None = None
    finish: Finish = "stop"

    @property
    def text(self) -> str:
        return "".join(piece for piece in self.pieces if isinstance(piece, str))

    @property
    def thought(self) -> str:
        return "".join(piece for piece in self.thinking if isinstance(piece, str))

    def usage(self, before: Usage) -> Usage:
        """``before`` and all that is said; each piece is counted by itself, as a stream counts it."""
        return replace(before, thinking=_tokens(self.thinking), text=_tokens(self.pieces))


def _tokens(pieces: Sequence[Piece]) -> int:
    return sum(count(piece) for piece in pieces if isinstance(piece, str))


Prepared = str | Script | Callable[[Call], str | Script]


class Answers:
    """What tests want to be said: each of these once, in this order, whoever asks; then the stand-in's own answers."""

    def __init__(self) -> None:
        self._prepared: deque[Prepared] = deque()

    def push(self, *answers: Prepared) -> None:
        self._prepared.extend(answers)

    def take(self, call: Call) -> Script | None:
        if not self._prepared:
            return None
        answer = self._prepared.popleft()
        said = answer(call) if callable(answer) else answer
        return Script([said]) if isinstance(said, str) else said

    def __len__(self) -> int:
        return len(self._prepared)
