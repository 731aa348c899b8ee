"""What was asked to be summarised, by whom and where, and a group's messages as summaries read them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Annotated, Literal

from pydantic import AliasChoices, Field

from bot.domain.group import ArchivedMessage, GroupRef

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
