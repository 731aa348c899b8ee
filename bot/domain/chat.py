"""What a chat call is, whoever answers it: request, pieces of the answer, completion, and the port of a client."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from bot.domain.message import ChatMessage
from bot.domain.model import Model
from bot.domain.money import TokenUsage

Finish = Literal["stop", "length", "filtered", "refused"]
"""Why an answer ended: the model was done; it was cut at its greatest length; the provider withheld the rest for its
content; the model declined to answer."""


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One call. ``max_tokens`` bounds the visible answer (SiliconFlow counts no reasoning in it).

    ``json``: the answer is to be a JSON object, held to that by the provider where it can; the messages must say so as
    well, since some providers refuse the call where none of them has the word.
    """

    model: Model
    messages: Sequence[ChatMessage]
    max_tokens: int
    temperature: float
    thinking: bool
    json: bool = False


@dataclass(frozen=True, slots=True)
class Completion:
    """The whole answer. ``text`` holds no reasoning; ``seconds_to_first`` is None where no piece came.

    ``spent_for``: seconds for which the provider says that nothing more may be asked.
    """

    text: str
    thinking: str
    finish: Finish
    usage: TokenUsage | None
    seconds_to_first: float | None
    seconds: float
    spent_for: float = 0.0


class Sink(Protocol):
    """Takes the answer's pieces while they arrive. Called on the event loop; must not block."""

    def text(self, piece: str) -> None: ...

    def thinking(self, piece: str) -> None: ...

    def restart(self) -> None:
        """All pieces until now are void; what of them holds is given once more."""
        ...


class NullSink:
    """A sink for an answer that nobody watches."""

    def text(self, piece: str) -> None: ...

    def thinking(self, piece: str) -> None: ...

    def restart(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Account:
    """One key at one provider: what the provider counts its limits by."""

    name: str
    provider: str
    base_url: str
    key: str = field(repr=False)


class ChatClient(Protocol):
    """The API of one provider, called with one account."""

    async def complete(self, account: Account, request: ChatRequest, sink: Sink) -> Completion:
        """Ask and stream into ``sink``.

        Raises :class:`bot.domain.errors.UpstreamError`; its ``partial`` tells what had been streamed by then.
        """
        ...
