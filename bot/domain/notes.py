"""What a segment of a group's messages comes down to, and the cache of what was found out once."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Protocol

from pydantic import AliasChoices, Field, TypeAdapter, ValidationError


@dataclass(frozen=True, slots=True)
class SummaryPoint:
    """A statement with what it rests on."""

    text: str
    messages: tuple[int, ...]  # ids, never empty, in order


@dataclass(frozen=True, slots=True)
class SummaryTopic:
    """Points that belong together."""

    title: str
    points: tuple[SummaryPoint, ...]


@dataclass(frozen=True, slots=True)
class ActionItem:
    """What somebody promised or took on."""

    who: str  # may be empty
    what: str
    due: str  # may be empty
    messages: tuple[int, ...]  # ids of those that it rests on, never empty


@dataclass(frozen=True, slots=True)
class Closing:
    """An open item, and the messages that close it."""

    item: Annotated[int, Field(validation_alias=AliasChoices("item", "loop"))]  # its number in the prompt, from 1 on
    messages: tuple[int, ...]  # ids, never empty


@dataclass(frozen=True, slots=True)
class GroupNotes:
    """What messages come down to. Texts name members by alias: U1 is the author whose id stands first in ``people``."""

    topics: tuple[SummaryTopic, ...] = ()
    decisions: tuple[SummaryPoint, ...] = ()
    actions: tuple[ActionItem, ...] = ()
    questions: tuple[SummaryPoint, ...] = ()
    people: tuple[int, ...] = ()
    closed: tuple[Closing, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.topics or self.decisions or self.actions or self.questions or self.closed)

    @property
    def messages(self) -> frozenset[int]:
        """All that something rests on."""
        points = [*(point for topic in self.topics for point in topic.points), *self.decisions, *self.questions]
        cited = [*(point.messages for point in points), *(action.messages for action in self.actions)]
        return frozenset(message for messages in cited for message in messages)

    def within(self, ids: Collection[int]) -> "GroupNotes":
        """What rests on these messages, and on these alone."""
        topics = (replace(topic, points=_within(topic.points, ids)) for topic in self.topics)
        return replace(
            self,
            topics=tuple(topic for topic in topics if topic.points),
            decisions=_within(self.decisions, ids),
            actions=tuple(
                replace(each, messages=left)
                for each in self.actions
                if (left := tuple(message for message in each.messages if message in ids))
            ),
            questions=_within(self.questions, ids),
        )

    def rewritten(self, change: Callable[[str], str]) -> "GroupNotes":
        """With ``change`` made to every text."""

        def points(old: tuple[SummaryPoint, ...]) -> tuple[SummaryPoint, ...]:
            return tuple(replace(point, text=change(point.text)) for point in old)

        return replace(
            self,
            topics=tuple(SummaryTopic(change(topic.title), points(topic.points)) for topic in self.topics),
            decisions=points(self.decisions),
            actions=tuple(
                replace(each, who=change(each.who), what=change(each.what), due=change(each.due))
                for each in self.actions
            ),
            questions=points(self.questions),
        )


class NotesCache(Protocol):
    """Notes as texts, by chat and key, so that nothing is summarised twice."""

    def starts(self, chat: int) -> Awaitable[Collection[int]]:
        """With which messages the kept segments begin."""
        ...

    def get(self, chat: int, key: str) -> Awaitable[str | None]: ...

    def put(self, chat: int, key: str, text: str, messages: Sequence[int], *, start: int | None) -> Awaitable[None]:
        """``messages``: ids of all that the text was made of; when one of them is erased or expires, it goes too.

        ``start``: the message with which a closed segment begins; None for what is none.
        """
        ...


def to_json(notes: GroupNotes) -> str:
    return _ADAPTER.dump_json(notes).decode()


def from_json(text: str) -> GroupNotes | None:
    """None for what :func:`to_json` did not write, or wrote in an earlier form."""
    try:
        return _ADAPTER.validate_json(text)
    except ValidationError:
        return None


def _within(points: tuple[SummaryPoint, ...], ids: Collection[int]) -> tuple[SummaryPoint, ...]:
    return tuple(
        replace(point, messages=left)
        for point in points
        if (left := tuple(message for message in point.messages if message in ids))
    )


_ADAPTER = TypeAdapter(GroupNotes)
