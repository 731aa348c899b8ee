"""What a chat call and a drawing cost: at most, and when they are over.

What a provider bills for a call that broke off or was stopped is not told. The prompt counts then, and what had come
of the answer; nothing where the provider refused the call.
"""

import asyncio
import math
from datetime import UTC, datetime
from typing import Final

from bot.domain.model import Model
from bot.limits.quotas import Payer
from bot.limits.till import Bill, Till
from bot.limits.windows import HOUR
from bot.providers.chat import ChatRequest, Completion, Sink
from bot.providers.errors import TimedOut, UpstreamError
from bot.providers.price import Usage
from bot.providers.tokens import estimate

_MICRO: Final = 1_000_000
"""Micro-yuan in a yuan."""

_NOTHING: Final = Usage(0, 0)


class ChatBill(Bill):
    """Also the sink of its call. ``prompt``: tokens as estimated; ``most``: the tokens that the answer can have."""

    def __init__(self, till: Till, payer: Payer, request: ChatRequest, prompt: int, most: int, sink: Sink) -> None:
        now, usage = till.clock.now(), Usage(prompt, most)
        dearest = max(_cost(request.model, usage, at) for at in (now, now + HOUR))  # its turn comes by then
        super().__init__(till, payer, request.model, dearest)
        self._prompt = prompt
        self._sink = sink
        self._pieces: list[str] = []
        self._completion: Completion | None = None

    def text(self, piece: str) -> None:
        self._heard()
        self._pieces.append(piece)
        self._sink.text(piece)

    def thinking(self, piece: str) -> None:
        self._heard()
        self._pieces.append(piece)
        self._sink.thinking(piece)

    def answered(self, completion: Completion) -> None:
        self._completion = completion

    def _spent(self, error: BaseException | None) -> tuple[Usage, int, int]:
        usage = self._usage(error)
        return usage, 0, _cost(self.model, usage, self._sent_at)

    def _usage(self, error: BaseException | None) -> Usage:
        if self._completion is not None and self._completion.usage is not None:
            return self._completion.usage
        if isinstance(error, UpstreamError) and not self._pieces and not isinstance(error, TimedOut):
            return _NOTHING
        return Usage(self._prompt, estimate("".join(self._pieces)))


class PictureBill(Bill):
    """Of one picture. One that was stopped counts, since it is being drawn; one that failed does not."""

    def __init__(self, till: Till, payer: Payer, model: Model) -> None:
        self._price = math.ceil(model.price.picture * _MICRO)
        super().__init__(till, payer, model, self._price, pictures=1)

    def _spent(self, error: BaseException | None) -> tuple[Usage, int, int]:
        drawn = error is None or isinstance(error, asyncio.CancelledError)
        billed = drawn or isinstance(error, TimedOut)
        return _NOTHING, int(drawn), self._price if billed else 0


def _cost(model: Model, usage: Usage, at: float) -> int:
    """Micro-yuan of a call that began at ``at`` (Unix seconds)."""
    return math.ceil(model.price.cost(usage, datetime.fromtimestamp(at, UTC)) * _MICRO)
