"""Who is there and what was written: the state that people and the bot both act on, and its JSON."""

from dataclasses import replace
from typing import Any

from bot.clock import Clock
from bot.playground.telegram.ephemera import Ephemera
from bot.playground.telegram.feed import Feed
from bot.playground.telegram.messages import Message
from bot.playground.telegram.people import Chat, Person, Topic

Json = dict[str, Any]

FIRST_SUPERGROUP = -1_001_000_000_001

_RIGHTS = (
    "can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members", "can_promote_members",
    "can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories", "can_delete_stories",
    "can_send_welcome_messages", "can_pin_messages", "can_manage_topics",
)  # fmt: skip

_SERVICE = Person(777000, "Telegram")
_ANONYMOUS = Person(1087968824, "Group", "GroupAnonymousBot", is_bot=True)
_CHANNEL = Person(136817688, "Channel", "Channel_Bot", is_bot=True)


class Ledger:
    def __init__(self, clock: Clock, feed: Feed, bot: Person) -> None:
        self.clock = clock
        self.feed = feed
        self.bot = bot
        self.ephemera = Ephemera(feed)
        self.people: dict[int, Person] = {bot.id: bot}
        self.chats: dict[int, Chat] = {}
        self._usernames: dict[str, int] = {}
        self._mailbox = 0

    def now(self) -> int:
        return int(self.clock.now())

    def add_chat(self, chat: Chat) -> Chat:
        self.chats[chat.id] = chat
        if chat.username:
            self._usernames[chat.username.lower()] = chat.id
        return chat

    def find_chat(self, name: str) -> Chat | None:
        """By id, or by ``@username`` for groups that have one."""
        if name.startswith("@"):
            return self.chats.get(self._usernames.get(name[1:].lower(), 0))
        try:
            return self.chats.get(int(name))
        except ValueError:
            return None

    def post(self, chat: Chat, sender: Person, **content: Any) -> Message:
        """Write a message; ``content`` are fields of :class:`Message`."""
        given: Json = {"id": content.pop("id", None) or self._next_id(chat), "date": self.now()}
        message = Message(chat=chat.id, sender=sender.id, **given, **content)
        chat.messages[message.id] = message
        if sender.is_bot:
            chat.last_bot = sender.id
        self.feed.publish("message", chat.id, message)
        return message

    def whisper(self, chat: Chat, sender: Person, only_for: int, **content: Any) -> Message:
        """Write an ephemeral message; otherwise as :meth:`post`."""
        message = Message(0, chat.id, sender.id, self.now(), only_for=only_for, **content)
        return self.ephemera.add(message)

    def _next_id(self, chat: Chat) -> int:
        """Supergroups count for themselves; private chats and basic groups share the bot's one mailbox."""
        if chat.kind in {"supergroup", "channel"}:
            chat.last_id += 1
            return chat.last_id
        self._mailbox += 1
        return self._mailbox

    def amend(self, message: Message, **changes: Any) -> Message:
        chat = self.chats[message.chat]
        chat.history.setdefault(message.id, []).append(message)
        changed = chat.messages[message.id] = replace(message, edited=self.now(), **changes)
        self.feed.publish("edited", chat.id, changed)
        return changed

    def remove(self, message: Message) -> None:
        chat = self.chats[message.chat]
        gone = chat.messages[message.id] = replace(message, deleted=True)
        self.feed.publish("deleted", chat.id, gone)

    def create_topic(self, chat: Chat, sender: Person, topic: Topic) -> Message:
        """The service message that opens a topic; its id is the topic's."""
        created: Json = {"name": topic.name, "icon_color": topic.icon_color}
        if topic.is_implicit:
            created["is_name_implicit"] = True
        topic.id = self._next_id(chat)
        chat.topics[topic.id] = topic
        service = {"forum_topic_created": created}
        return self.post(chat, sender, id=topic.id, thread=topic.id, is_topic=True, service=service)

    def origin(self, message: Message) -> Json:
        """The MessageOrigin of a copy that is forwarded; it stays with copies of copies."""
        if message.forward:
            return message.forward
        if message.voice is None:
            return {"type": "user", "sender_user": self.people[message.sender].raw(), "date": message.date}
        voice = self.chats[message.voice].raw()
        if self.chats[message.chat].kind == "channel":
            return {"type": "channel", "chat": voice, "message_id": message.id, "date": message.date}
        return {"type": "chat", "sender_chat": voice, "date": message.date}

    def raw(self, message: Message, *, nested: bool = False) -> Json:
        """The Message object; what it replies to is told once, not in turn."""
        chat, sender = self.chats[message.chat], self.people[message.sender]
        raw: Json = {"message_id": message.id, **self._author(message), "chat": chat.raw(), "date": message.date}
        raw |= message.body() | (message.service or {})
        if message.only_for is not None:
            receiver = self.people[message.only_for] if sender.is_bot else self.bot
            raw |= {"receiver_user": receiver.raw(), "ephemeral_message_id": message.ephemeral}
        optional = {
            "message_thread_id": message.thread,
            "edit_date": message.edited,
            "reply_markup": message.keyboard,
            "media_group_id": message.album,
            "forward_origin": message.forward,
            "quote": message.quote,
            "link_preview_options": message.preview,
            "is_topic_message": message.is_topic or None,
            "is_automatic_forward": message.is_automatic or None,
        }
        raw |= {name: value for name, value in optional.items() if value is not None}
        replied = None if nested else self._replied(chat, message)
        return raw if replied is None else raw | {"reply_to_message": self.raw(replied, nested=True)}

    def _replied(self, chat: Chat, message: Message) -> Message | None:
        if message.reply_to_ephemeral is None or message.only_for is None:
            return chat.find(message.reply_to)
        return self.ephemera.find(chat.id, message.only_for, message.reply_to_ephemeral)

    def _author(self, message: Message) -> Json:
        """``from`` and ``sender_chat``: who speaks in the name of a chat is hidden behind users of Telegram's own."""
        if message.voice is None:
            return {"from": self.people[message.sender].raw()}
        voice: Json = {"sender_chat": self.chats[message.voice].raw()}
        if self.chats[message.chat].kind == "channel":
            return voice
        hidden = _SERVICE if message.is_automatic else _ANONYMOUS if message.voice == message.chat else _CHANNEL
        return {"from": hidden.raw()} | voice


def member(person: Person, status: str) -> Json:
    """A ChatMember; an administrator has all rights, but cannot be edited."""
    raw: Json = {"status": status, "user": person.raw()}
    if status in {"creator", "administrator"}:
        raw["is_anonymous"] = False
    if status == "administrator":
        raw |= dict.fromkeys(_RIGHTS, True) | {"can_be_edited": False}
    if status == "kicked":
        raw["until_date"] = 0
    return raw
