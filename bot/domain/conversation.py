"""A conversation: a tree of questions, answers and summaries for each person, chat and topic; and what keeps it."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from bot.domain.delivery import DeliveryRecord
from bot.domain.message import MessagePart, message_text
from bot.domain.quota import Budget

AnswerState = Literal["open", "done", "cut", "failed"]  # cut: stopped by its person, or broken off
NodeKind = Literal["question", "answer", "summary"]


@dataclass(frozen=True, slots=True)
class ConversationKey:
    """Whose conversation, and where."""

    chat_id: int
    topic_id: int  # 0 outside of topics
    user_id: int


@dataclass(frozen=True, slots=True)
class Node:
    """One entry of the tree."""

    id: int
    parent_id: int | None
    kind: NodeKind
    parts: tuple[MessagePart, ...]
    tokens: int  # our estimate of its parts as a message

    @property
    def text(self) -> str:
        return message_text(self.parts)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and the answer it is to get."""

    conversation: ConversationKey
    question_id: int
    answer_id: int
    state: AnswerState = "open"  # other than open: it was answered in an earlier run
    parts: tuple[MessagePart, ...] = ()  # of the answer, where there is one
    thinking: str = ""
    model: str | None = None  # the id of the one that answered
    has_past: bool = False  # messages may be there that show the answer, or an earlier one
    # The way to the question where it was just begun; empty: it has to be looked up.
    path: tuple[Node, ...] = field(default=(), compare=False, repr=False)

    @property
    def text(self) -> str:
        return message_text(self.parts)


@dataclass(frozen=True, slots=True)
class NewQuestion:
    """A question to be stored with an open answer. Both ids of nodes name nodes of the same conversation."""

    idempotency_key: str  # names the update it came with
    conversation: ConversationKey
    parts: tuple[MessagePart, ...]
    tokens: int  # our estimate of its parts as a message
    message_id: int
    parent_id: int | None = None  # None: it goes on from the newest answer
    replaces: int | None = None  # the question that was edited; the new answer takes the old one's messages


@dataclass(frozen=True, slots=True)
class Located:
    """What a message shows: a question or an answer, and whose."""

    node: Node
    conversation: ConversationKey


@dataclass(frozen=True, slots=True)
class AnswerOutcome:
    """How an answer ended."""

    state: Literal["done", "cut"]
    parts: tuple[MessagePart, ...]
    thinking: str
    model: str
    tokens: int  # our estimate of its parts as a message; those below are the provider's count
    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    output_tokens: int | None = None


class ConversationRepository(Protocol):
    """What keeps conversations."""

    def begin(self, question: NewQuestion, at: float, budget: Budget) -> Awaitable[Exchange | None]:
        """Store the question with an open answer, or give the exchange as it stands where it was begun before.

        None: it says the same as the question that it would replace, which has its answer; nothing was stored.
        Raises QuotaReached, and LookupError where ``parent_id`` or ``replaces`` is not of this conversation.
        """
        ...

    def repeat(
        self, idempotency_key: str, conversation: ConversationKey, at: float, budget: Budget
    ) -> Awaitable[Exchange | None]:
        """Open another answer to the newest question; None where there is none. Raises QuotaReached."""
        ...

    def path(self, node_id: int) -> Awaitable[list[Node]]:
        """From the newest summary on the way (or the first question) to the node; the newest last.

        Answers that never came are left out.
        """
        ...

    def finish(self, exchange: Exchange, outcome: AnswerOutcome) -> Awaitable[Sequence[DeliveryRecord]]:
        """Store the answer before it is shown; the messages that are there to show it.

        It survives the end of the process at once, a power failure from the mark on that the update is done.
        Where there is no message, its first part is marked as attempted in the same transaction. The next question
        goes on from the answer, unless a fresh start was made in between.
        """
        ...

    def fail(self, exchange: Exchange) -> Awaitable[None]:
        """The answer will not come; the question no longer counts. Of no effect where it has ended already."""
        ...

    def abandon(self, idempotency_key: str) -> Awaitable[None]:
        """As :meth:`fail`, for the question of an update that is set aside; of no effect where it began none."""
        ...

    def start_afresh(self, conversation: ConversationKey) -> Awaitable[bool]:
        """The next question begins a new tree; False where nothing was asked since the last fresh start."""
        ...

    def locate(self, chat_id: int, message_id: int) -> Awaitable[Located | None]:
        """The newest question or answer that the message shows."""
        ...

    def summarise(self, conversation: ConversationKey, upto: int, text: str, tokens: int, at: float) -> Awaitable[None]:
        """Let ``text`` stand for everything up to and with the answer ``upto``."""
        ...
