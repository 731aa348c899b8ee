"""What was asked to be summarised, by whom and where; the summary that was made of it, what it costs, and its page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Annotated, Final, Literal

from pydantic import AliasChoices, BeforeValidator, Field

from bot.domain.digest import OpenItem
from bot.domain.group import ArchivedMessage, GroupRef
from bot.domain.money import NO_MONEY, Money, TokenUsage
from bot.domain.notes import ActionItem, SummaryPoint, SummaryTopic

Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class GroupMessage:
    """An archived message as summaries read it: by the group's own clock."""

    id: int
    author_id: int
    author: str
    at: datetime  # aware, in the zone by which the group reads its clock
    text: str  # the caption, where it is not text
    topic: int | None = None  # the forum topic's id; None in General and outside of forums
    reply_to: int | None = None
    username: str = ""  # without @
    kind: str = "text"  # photo, voice and so on

    @classmethod
    def of(cls, archived: ArchivedMessage, zone: tzinfo) -> "GroupMessage":
        return cls(
            id=archived.message_id,
            author_id=archived.author_id,
            author=archived.author,
            at=datetime.fromtimestamp(archived.at, zone),
            text=archived.text,
            topic=archived.topic_id or None,
            reply_to=archived.reply_to,
            username=archived.username,
            kind=archived.kind,
        )


@dataclass(frozen=True, slots=True)
class SummaryWindow:
    """Which messages: those to which all of these apply. Nothing set: all that are kept."""

    since: datetime | None = None  # inclusive, aware
    until: datetime | None = None  # exclusive, aware
    first: int | None = None  # from the message of this id on
    last: int | None = None  # so many of those that are left, the newest

    def of(self, messages: Sequence[GroupMessage]) -> list[GroupMessage]:
        """Those of ``messages`` (in the order of their ids) that are inside."""
        inside = [message for message in messages if self._holds(message)]
        return inside if self.last is None else inside[-self.last :]

    def _holds(self, message: GroupMessage) -> bool:
        return (
            (self.since is None or message.at >= self.since)
            and (self.until is None or message.at < self.until)
            and (self.first is None or message.id >= self.first)
        )


@dataclass(frozen=True, slots=True)
class Authors:
    """Whose messages alone count. Nobody named: everybody's."""

    names: frozenset[str] = frozenset()  # user names, lower case, without @
    ids: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.names or self.ids)

    def wrote(self, message: GroupMessage) -> bool:
        return not self or message.author_id in self.ids or message.username.lower() in self.names


@dataclass(frozen=True, slots=True)
class SummaryQuery:
    """What is to be summarised, and how."""

    window: SummaryWindow
    people: Authors = Authors()
    topic: int | None = None  # where it was asked; None: General, or outside of forums
    every_topic: bool = False  # each by itself, instead of that one
    actions: bool = False  # only decisions, promises and open questions
    brief: bool = False
    question: str = ""  # to be answered instead of a summary; empty for none
    language: Language | None = None  # None: the group's own
    privately: bool = False  # for the asker alone

    @property
    def catches_up(self) -> bool:
        """Whether who is given this has been told all that was said until now."""
        return not self.question and not self.people and self.window.until is None


@dataclass(frozen=True, slots=True)
class SummaryRequest:
    """A query with the place where somebody made it."""

    group: GroupRef
    query: Annotated[SummaryQuery, Field(validation_alias=AliasChoices("query", "request"))]
    topic: int | None
    asked: int  # the message that asks


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
