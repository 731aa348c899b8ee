"""What is known of a group: its messages as they are kept, its settings, and what waits for a button in it."""

from collections.abc import Awaitable, Collection
from dataclasses import dataclass
from typing import Final, Protocol

EVERYWHERE: Final = 0
"""Stands for all groups where a group is named."""


@dataclass(frozen=True, slots=True)
class GroupRef:
    """A group by what its links are made of."""

    id: int
    username: str | None  # of a public group


@dataclass(frozen=True, slots=True)
class ArchivedMessage:
    """A group's message as it is kept."""

    chat_id: int
    message_id: int  # below 1: from before the group became a supergroup; there is no link to it
    topic_id: int  # 0: General, or outside of forums
    author_id: int
    author: str
    username: str  # without @, may be empty
    at: float  # Unix seconds
    kind: str  # text, photo, voice and so on
    text: str  # the caption, where it is not text
    reply_to: int | None = None


@dataclass(frozen=True, slots=True)
class ArchiveSpan:
    """Which messages to load: those to which all of these apply.

    A day before the first of them is loaded as well, so that their context is whole.
    """

    topic_id: int | None = None  # None: of every topic
    since: float | None = None  # Unix seconds
    first: int | None = None  # from the message of this id on
    last: int | None = None  # so many, the newest of the topic


@dataclass(frozen=True, slots=True)
class Seen:
    """Up to when somebody knows what was said."""

    at: float  # Unix seconds
    message_id: int | None = None  # what they wrote then; None: they were given a summary


@dataclass(frozen=True, slots=True)
class PendingAction:
    """What the press of a button carries out."""

    name: str  # what the button carries
    user_id: int  # who asked
    chat_id: int  # the group that it is about
    at: float  # when it was offered, Unix seconds
    body: str  # JSON


class GroupArchive(Protocol):
    """What was said in groups."""

    def keep(self, message: ArchivedMessage) -> Awaitable[None]:
        """Store it, or what it has become. Nothing is stored of those who are left out."""
        ...

    def load(self, chat_id: int, span: ArchiveSpan, most: int) -> Awaitable[list[ArchivedMessage]]:
        """In the order of their ids; the newest ``most`` of them."""
        ...

    def around(self, chat_id: int, topic_id: int | None, words: str) -> Awaitable[list[ArchivedMessage]]:
        """Messages that share words with these, and what was said around them; the newest where none does."""
        ...

    def search(self, chat_id: int, words: str, most: int) -> Awaitable[list[ArchivedMessage]]:
        """Those that hold all of the words, the newest first."""
        ...

    def last_wrote(self, chat_id: int, topic_id: int | None, author_id: int, before: int) -> Awaitable[Seen | None]:
        """When the author last wrote in the topic, before the message of this id, or was given a summary of it; None
        for ``topic_id``: in any topic, or of all of them."""
        ...

    def asked(self, chat_id: int, topic_id: int | None, user_id: int, at: float) -> Awaitable[None]:
        """The user was given a summary of all up to ``at`` of this topic; None: of each topic."""
        ...

    def name_topic(self, chat_id: int, topic_id: int, name: str) -> Awaitable[None]: ...

    def topics(self, chat_id: int) -> Awaitable[dict[int, str]]:
        """The names of topics by their ids, as far as they are known."""
        ...


class GroupSettings(Protocol):
    """What holds for a group as a whole."""

    def zone(self, chat_id: int) -> Awaitable[str | None]:
        """A name of the time zone database; None where the group has chosen none."""
        ...

    def set_zone(self, chat_id: int, zone: str) -> Awaitable[None]: ...

    def allows_private(self, chat_id: int) -> Awaitable[bool]:
        """Whether a member may have a summary of it alone."""
        ...

    def allow_private(self, chat_id: int, *, allowed: bool) -> Awaitable[None]: ...


class Erasure(Protocol):
    """What is erased, of people and of groups; ``chat_id`` may be :data:`EVERYWHERE`."""

    def forget(self, user_id: int, chat_id: int = EVERYWHERE) -> Awaitable[None]:
        """Erase what the user wrote, the answers to it, and what rests on it."""
        ...

    def leave_out(self, user_id: int, chat_id: int) -> Awaitable[None]:
        """Keep nothing of what the user will write."""
        ...

    def take_in(self, user_id: int, chat_id: int) -> Awaitable[None]:
        """Take back :meth:`leave_out`."""
        ...

    def forget_group(self, chat_id: int) -> Awaitable[None]: ...


class PendingActionStore(Protocol):
    """Actions by the names that buttons carry."""

    def add(self, row: PendingAction, messages: Collection[int]) -> Awaitable[None]:
        """``messages``: ids of all that it rests on; nothing is kept where one of them is not there any more."""
        ...

    def get(self, name: str, now: float) -> Awaitable[PendingAction | None]: ...

    def remove(self, name: str) -> Awaitable[None]: ...
