"""What a conversation is made of: whose it is, its questions and answers, and how an answer ended."""

from dataclasses import dataclass, field
from typing import Literal

State = Literal["open", "done", "cut", "failed"]


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose conversation: ``topic_id`` is 0 outside of topics."""

    chat_id: int
    topic_id: int
    user_id: int


@dataclass(frozen=True, slots=True)
class Node:
    id: int
    parent_id: int | None
    kind: Literal["question", "answer", "summary"]
    text: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and the answer it is to get.

    ``state`` other than ``open``: it was answered in an earlier run. ``has_past``: messages may be there that show it.
    ``path``: the way to the question, where it was just begun; empty: it has to be looked up.
    """

    scope: Scope
    question_id: int
    answer_id: int
    state: State = "open"
    text: str = ""
    thinking: str = ""
    model: str | None = None
    has_past: bool = False
    path: tuple[Node, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class NewQuestion:
    """``turn`` identifies the update it came with. ``parent_id`` None: it goes on from the tip of the conversation.

    ``replaces``: the question that was edited; the new one takes its place, and its answer the old answer's messages.
    Both name nodes of the same scope.
    """

    turn: str
    scope: Scope
    text: str
    tokens: int
    message_id: int
    parent_id: int | None = None
    replaces: int | None = None


@dataclass(frozen=True, slots=True)
class Located:
    """What a message shows: a question or an answer, and whose."""

    node: Node
    scope: Scope


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an answer ended. Token counts are the provider's; ``tokens`` is our estimate of the text."""

    state: Literal["done", "cut"]
    text: str
    thinking: str
    model: str
    tokens: int
    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    output_tokens: int | None = None
