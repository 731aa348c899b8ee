"""A summary as it was made, what it costs, and the page on which those of a request stand together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from pydantic import AliasChoices, BeforeValidator, Field

from bot.domain.digest import OpenItem
from bot.domain.group import GroupRef
from bot.domain.money import NO_MONEY, Money
from bot.domain.notes import ActionItem, SummaryPoint, SummaryTopic
from bot.domain.price import TokenUsage
from bot.summaries.request import GroupMessage, Language


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody who wrote some of the messages."""

    id: int
    name: str
    wrote: int  # messages


@dataclass(frozen=True, slots=True)
class ClosedItem:
    """An open item that was closed."""

    item: Annotated[OpenItem, Field(validation_alias=AliasChoices("item", "loop"))]
    by: tuple[int, ...]  # ids of the messages that closed it


@dataclass(frozen=True, slots=True)
class Summary:
    """What was said in one topic of a chat. Texts are plain: no links, mentions or commands, members by their names.

    Every id of a message is one of those that were asked for, or one on which an open item of the task rests.
    """

    topic: int | None
    topics: tuple[SummaryTopic, ...]
    decisions: tuple[SummaryPoint, ...]
    actions: tuple[ActionItem, ...]
    questions: tuple[SummaryPoint, ...]
    participants: tuple[Participant, ...]
    count: int  # messages that were asked for
    first: datetime  # when the first of them was written
    last: datetime
    model: str
    plain: str = ""  # the model's words where it gave nothing to be checked: then there are no points
    unread: int = 0  # messages that no notes could be made of
    closed: tuple[ClosedItem, ...] = ()  # what became of the task's open items, told by members' names
    carried_over: Annotated[
        tuple[OpenItem, ...], Field(validation_alias=AliasChoices("carried_over", "carried"))
    ] = ()  # the others of them
    left: tuple[OpenItem, ...] = ()  # what is open now and to be told of again, by aliases
    answers: bool = False  # a question, instead of telling all

    @property
    def tells(self) -> bool:
        """Whether there is anything of note in it, or an answer."""
        return bool(self.topics or self.decisions or self.actions or self.questions or self.closed or self.plain)


@dataclass(frozen=True, slots=True)
class SummaryEstimate:
    """What a request will take, about; no calls where its notes are kept."""

    messages: int
    calls: int
    tokens: int
    cost: Money


@dataclass(frozen=True, slots=True)
class SummaryProgress:
    """How far a request is after each of its calls."""

    done: int  # calls
    calls: int  # that there will probably be
    usage: TokenUsage  # so far
    cost: Money  # so far


def _stored(value: object) -> object:
    """Earlier versions stored the cost of a summary that waits for a button as a number of micro-yuan."""
    return Money(value) if isinstance(value, int) else value


NOTHING_DONE: Final = SummaryProgress(0, 0, TokenUsage(0, 0), NO_MONEY)


@dataclass(frozen=True, slots=True)
class SummaryCost:
    """What a page took; nothing at all where its notes were kept."""

    usage: TokenUsage
    money: Annotated[Money, Field(validation_alias=AliasChoices("money", "micro_yuan")), BeforeValidator(_stored)]


@dataclass(frozen=True, slots=True)
class SummaryPage:
    """The summaries of one request, from which they can be shown once more: to all, or after a restart."""

    group: GroupRef
    topic: int | None  # where it was asked for
    summaries: tuple[Summary, ...]
    cost: SummaryCost
    language: Language  # of what is around the summaries
    names: dict[int, str] | None  # of forum topics, each of which gets a heading; None where it is clear which it is


def participants(messages: Sequence[GroupMessage], names: Mapping[int, str]) -> tuple[Participant, ...]:
    """Who wrote most, first."""
    wrote: dict[int, int] = {}
    for message in messages:
        wrote[message.author_id] = wrote.get(message.author_id, 0) + 1
    ranked = sorted(wrote.items(), key=lambda entry: -entry[1])
    return tuple(Participant(author, names[author], count) for author, count in ranked)
