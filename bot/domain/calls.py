"""A call to a model within limits and budget, as capabilities make it: its context, and the ports."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from bot.domain.chat import ChatRequest, Completion, Sink
from bot.domain.images import Drawn, PictureRequest
from bot.domain.ledger import Purpose
from bot.domain.model import Model
from bot.domain.quota import Budget

Priority = Literal["interactive", "scheduled"]
"""Somebody waits for it, or nobody does: what is scheduled goes behind all people and leaves them a reserve."""

OnFallback = Callable[[Model, Model, Exception], None]
"""Told (from, to, why) before another model is asked."""


@dataclass(frozen=True, slots=True)
class Payer:
    """For whom a call is made, and who pays for it."""

    user_id: int  # 0: for the whole chat
    chat_id: int
    budget: Budget
    weight: float = 1.0  # how much of a busy provider is theirs, relative to others
    purpose: Purpose = "question"

    @property
    def flow(self) -> str:
        """Whose share of the limits the call counts against."""
        return f"user:{self.user_id}" if self.user_id else f"chat:{self.chat_id}"


NOBODY: Final = Payer(0, 0, Budget("nobody"), purpose="upkeep")
"""Pays for what no person and no chat has asked for."""


@dataclass(frozen=True, slots=True)
class QueuePosition:
    """Where a call waits for the provider's limits."""

    ahead: int  # calls that probably go first
    seconds: float  # the expected wait


class WaitTooLong(Exception):
    """The wait would be longer than anyone should be kept."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the expected wait is {seconds:.0f} s")
        self.seconds = seconds  # what it would be


@dataclass(frozen=True, slots=True)
class CallContext:
    """Who calls, and who is told what while the call comes about. What is told must neither block nor raise."""

    payer: Payer
    priority: Priority = "interactive"
    on_wait: Callable[[QueuePosition], None] | None = None  # at once when there is a wait, and as it changes
    on_fallback: OnFallback | None = None


class ChatCompletions(Protocol):
    """A chat call within limits and budget; a wrapper may ask another model where the wanted one cannot answer."""

    async def complete(self, request: ChatRequest, sink: Sink, context: CallContext) -> Completion:
        """Ask and stream into ``sink``. Raises UpstreamError, QuotaReached or WaitTooLong."""
        ...


@dataclass(frozen=True, slots=True)
class Generation:
    """A picture that was drawn, and the request that drew it, which names the model."""

    request: PictureRequest
    drawn: Drawn


class ImageGenerations(Protocol):
    """A drawing call within limits and budget; a wrapper may ask another model where the wanted one cannot draw."""

    async def generate(
        self, model: Model, request: Callable[[Model], PictureRequest], context: CallContext
    ) -> Generation:
        """``request`` asks a model for the picture. Raises UpstreamError, QuotaReached or WaitTooLong."""
        ...


class NullSink:
    """A sink for an answer that is of use only when it is whole."""

    def text(self, piece: str) -> None: ...

    def thinking(self, piece: str) -> None: ...

    def restart(self) -> None: ...
