"""What an answer is: how it is wanted, where it is shown, and what became of it."""

from dataclasses import dataclass, field
from typing import Protocol

from bot.domain.chat import Finish, Sink
from bot.domain.errors import UpstreamError
from bot.domain.model import Model
from bot.store.parts import Part


class View(Sink, Protocol):
    """Where the answer is shown while it comes. Called on the event loop; must not block."""

    def waiting(self, ahead: int, seconds: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Style:
    """How a person wants to be answered. ``keep_thinking``: the reasoning is shown with the answer."""

    model: Model
    prompt: str
    temperature: float
    thinking: bool
    keep_thinking: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """``stopped``: its person ended it. ``error``: the connection broke in the middle. ``replaced``: the model that

    should have answered, where another did; ``busy``: for too much was asked of it. ``parts``: the messages that show
    the answer.
    """

    text: str
    thinking: str
    model: Model
    parts: list[Part] = field(default_factory=list)
    finish: Finish = "stop"
    stopped: bool = False
    error: UpstreamError | None = None
    replaced: Model | None = None
    busy: bool = False


class EmptyAnswer(Exception):
    """The model gave no text. ``cut``: its thinking used up the whole answer; ``withheld``: for its content."""

    def __init__(self, *, cut: bool, withheld: bool = False) -> None:
        super().__init__("the model gave no text")
        self.cut = cut
        self.withheld = withheld


class Ended(Exception):
    """The answer was ended before anything of it could be kept; ``edited``: because its question was edited."""

    def __init__(self, *, edited: bool) -> None:
        super().__init__("ended")
        self.edited = edited
