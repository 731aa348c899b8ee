"""What a stretch of messages comes down to."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from pydantic import TypeAdapter, ValidationError


@dataclass(frozen=True, slots=True)
class Point:
    """``messages``: ids of those it rests on, never empty, in order."""

    text: str
    messages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Topic:
    title: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Action:
    """``who`` and ``due`` may be empty."""

    who: str
    what: str
    due: str
    messages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Closing:
    """The loop of this number in the prompt (from 1 on) is closed by these messages, never none."""

    loop: int
    messages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Notes:
    """Texts name members by alias: U1 is the author whose id stands first in ``people``."""

    topics: tuple[Topic, ...] = ()
    decisions: tuple[Point, ...] = ()
    actions: tuple[Action, ...] = ()
    questions: tuple[Point, ...] = ()
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

    def within(self, ids: Collection[int]) -> "Notes":
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

    def rewritten(self, change: Callable[[str], str]) -> "Notes":
        """With ``change`` made to every text."""

        def points(old: tuple[Point, ...]) -> tuple[Point, ...]:
            return tuple(replace(point, text=change(point.text)) for point in old)

        return replace(
            self,
            topics=tuple(Topic(change(topic.title), points(topic.points)) for topic in self.topics),
            decisions=points(self.decisions),
            actions=tuple(
                Action(change(each.who), change(each.what), change(each.due), each.messages) for each in self.actions
            ),
            questions=points(self.questions),
        )


def to_json(notes: Notes) -> str:
    return _ADAPTER.dump_json(notes).decode()


def from_json(text: str) -> Notes | None:
    """None for what :func:`to_json` did not write, or wrote in an earlier form."""
    try:
        return _ADAPTER.validate_json(text)
    except ValidationError:
        return None


def _within(points: tuple[Point, ...], ids: Collection[int]) -> tuple[Point, ...]:
    return tuple(
        replace(point, messages=left)
        for point in points
        if (left := tuple(message for message in point.messages if message in ids))
    )


_ADAPTER = TypeAdapter(Notes)
