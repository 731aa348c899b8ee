"""What was asked to be summarised."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.summaries.messages import GroupMessage

Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Window:
    """Which messages: those to which all of these apply. Nothing set: all that are kept.

    ``since`` inclusive and ``until`` exclusive, both aware; ``first``: from the message of this id on; ``last``: so
    many of those that are left, the newest.
    """

    since: datetime | None = None
    until: datetime | None = None
    first: int | None = None
    last: int | None = None

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
class People:
    """Whose messages alone count: by user name (lower case, without @) or by id. Nobody named: everybody's."""

    names: frozenset[str] = frozenset()
    ids: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.names or self.ids)

    def wrote(self, message: GroupMessage) -> bool:
        return not self or message.author_id in self.ids or message.username.lower() in self.names


@dataclass(frozen=True, slots=True)
class Request:
    """``topic``: where it was asked, None for General and outside of forums; ``every_topic``: each by itself instead.

    ``actions``: only decisions, promises and open questions. ``question``: to be answered instead of a summary; empty
    for none. ``language`` None: the group's own.
    ``privately``: for the asker alone.
    """

    window: Window
    people: People = People()
    topic: int | None = None
    every_topic: bool = False
    actions: bool = False
    brief: bool = False
    question: str = ""
    language: Language | None = None
    privately: bool = False

    @property
    def catches_up(self) -> bool:
        """Whether who is given this has been told all that was said until now."""
        return not self.question and not self.people and self.window.until is None
