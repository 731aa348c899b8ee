"""A digest: a summary of a group at set times, each of its runs, and the open items that one hands on to the next."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Final, Literal, Protocol, TypeAlias

from bot.domain.notes import ActionItem, GroupNotes, SummaryPoint, from_json, to_json

ROUNDS: Final = 7
"""So many digests tell of an open item again; the last of them says that it is the last."""

DigestState = Literal["running", "sending", "done", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Digest:
    """When a group gets a digest, and where."""

    chat_id: int
    topic_id: int  # 0: not into a topic
    username: str  # of a public group, or empty
    clock: str  # HH:MM
    days: str  # digits, 0 is Monday
    zone: str  # of the group's clock, a name of the time zone database
    pinned: bool
    by: int  # who asked for it
    language: str
    next_due: float  # Unix seconds


@dataclass(frozen=True, slots=True)
class DigestRun:
    """One digest that was due."""

    digest: Digest
    due: float  # Unix seconds
    state: DigestState  # as it stands now: to be run, failed (its process ended while it was being sent), or skipped


DigestTimes: TypeAlias = Callable[[Digest, float], tuple[float, DigestState, float]]
"""For a digest and the time now: what is due, whether to run or skip it, and when the next one will be due."""


@dataclass(frozen=True, slots=True)
class OpenItem:
    """An action or a question that a digest left open."""

    topic: int | None
    notes: GroupNotes  # one action or one question, nothing else
    rounds: int = 0  # how many digests have told of it again

    @property
    def item(self) -> ActionItem | SummaryPoint:
        return self.notes.actions[0] if self.notes.actions else self.notes.questions[0]

    @property
    def is_last(self) -> bool:
        """Whether no digest will tell of it any more."""
        return self.rounds >= ROUNDS

    @property
    def topic_id(self) -> int:
        """As it is stored: 0 where it is not of a topic."""
        return self.topic or 0

    @property
    def text(self) -> str:
        """As it is stored."""
        return to_json(self.notes)

    @property
    def messages(self) -> tuple[int, ...]:
        """Ids of those that it rests on."""
        return self.item.messages

    @property
    def people(self) -> tuple[int, ...]:
        """Ids of those whom it names."""
        return self.notes.people

    @classmethod
    def restored(cls, topic_id: int, text: str, rounds: int) -> "OpenItem | None":
        """None for what was stored in another form."""
        notes = from_json(text)
        if notes is None or not (notes.actions or notes.questions):
            return None
        return cls(topic_id or None, notes, rounds)


class Digests(Protocol):
    """The digests of groups, who else wants a copy, and every run with how it ended.

    A run is unique by its group and the time at which it was due. Who works on it holds it for a while and renews
    that; when they are gone another takes over what was not yet being sent.
    """

    def save(self, digest: Digest) -> Awaitable[None]:
        """In the place of the one that the group had; its zone is the group's from now on."""
        ...

    def remove(self, chat_id: int) -> Awaitable[bool]:
        """Whether there was one. Who wanted a copy is forgotten too, and what was left open; the group's zone stays."""
        ...

    def get(self, chat_id: int) -> Awaitable[Digest | None]: ...

    def claim(self, now: float, until: float, times: DigestTimes) -> Awaitable[list[DigestRun]]:
        """Runs that are for the caller alone until the time ``until``: what is due, and what others have dropped."""
        ...

    def renew(self, runs: Collection[tuple[int, float]], until: float) -> Awaitable[None]:
        """By chat and due time."""
        ...

    def mark(self, run: DigestRun, state: DigestState) -> Awaitable[None]: ...

    def finish(self, run: DigestRun, left: Collection[OpenItem]) -> Awaitable[None]:
        """The run is done, and this is what it left open, in the place of what the one before had left."""
        ...

    def open_items(self, chat_id: int) -> Awaitable[tuple[list[OpenItem], dict[int, str]]]:
        """What the last digest left open, the oldest first; and the names of those in it, as far as they are known."""
        ...

    def last_done(self, chat_id: int) -> Awaitable[float | None]:
        """When the newest digest that arrived was due."""
        ...

    def subscribe(self, chat_id: int, user_id: int, *, wanted: bool) -> Awaitable[None]: ...

    def subscribers(self, chat_id: int) -> Awaitable[list[int]]: ...
