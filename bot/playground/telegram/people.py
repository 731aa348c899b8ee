"""Who and where: people, chats, topics."""

from dataclasses import dataclass, field
from typing import Any

from bot.playground.telegram.messages import Message

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Person:
    """A user, bots included."""

    id: int
    first_name: str
    username: str | None = None
    language: str | None = None
    is_bot: bool = False

    def raw(self) -> Json:
        raw: Json = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        if self.username:
            raw["username"] = self.username
        if self.language:
            raw["language_code"] = self.language
        return raw


@dataclass(slots=True)
class Topic:
    id: int
    name: str
    icon_color: int = 7322096
    is_implicit: bool = False


@dataclass(slots=True, eq=False)
class Chat:
    """``kind`` is Telegram's: private, group, supergroup or channel. ``members`` maps a user to the status Telegram
    gives (creator, administrator, member, left, kicked); in a private chat ``kicked`` means that the bot is blocked.
    """

    id: int
    kind: str
    title: str = ""
    username: str | None = None
    is_forum: bool = False
    members: dict[int, str] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    history: dict[int, list[Message]] = field(default_factory=dict)
    topics: dict[int, Topic] = field(default_factory=dict)
    pinned: list[int] = field(default_factory=list)
    in_topics: bool = True
    """Of a private chat: whether its person writes in topics, once the bot's threaded mode is on."""
    last_bot: int | None = None
    last_id: int = 1
    """Of a supergroup: message 1 is the one that made it, and the number of the General topic."""
    migrated_to: int | None = None
    discussion: int | None = None
    """Of a channel: the group into which its posts come."""

    @property
    def is_private(self) -> bool:
        return self.kind == "private"

    def is_admin(self, user: int) -> bool:
        return self.members.get(user) in {"creator", "administrator"}

    def has(self, user: int) -> bool:
        return self.members.get(user) in {"creator", "administrator", "member"}

    def find(self, message: int | None) -> Message | None:
        """The message, unless it never was or is deleted."""
        found = self.messages.get(message or 0)
        return None if found is None or found.deleted else found

    def raw(self) -> Json:
        raw: Json = {"id": self.id, "type": self.kind, ("first_name" if self.is_private else "title"): self.title}
        if self.username:
            raw["username"] = self.username
        if self.is_forum:
            raw["is_forum"] = True
        return raw
