"""Who is there: people, chats, and whether the bot is in them."""

import itertools
from typing import Any

from bot.playground.telegram.feed import Feed
from bot.playground.telegram.ledger import FIRST_SUPERGROUP, Ledger, member
from bot.playground.telegram.people import Chat, Person
from bot.playground.telegram.updates import Updates

Json = dict[str, Any]

FIRST_PERSON = 500_000_001
FIRST_GROUP = -4_000_000_001


class Directory:
    def __init__(self, ledger: Ledger, updates: Updates) -> None:
        self.ledger = ledger
        self.updates = updates
        self._person_ids = itertools.count(FIRST_PERSON)
        self._group_ids = itertools.count(FIRST_GROUP, -1)
        self._supergroup_ids = itertools.count(FIRST_SUPERGROUP, -1)

    @property
    def bot(self) -> Person:
        return self.ledger.bot

    @property
    def feed(self) -> Feed:
        return self.ledger.feed

    def person(
        self, first_name: str, *, username: str | None = None, language: str = "en", is_bot: bool = False
    ) -> Person:
        person = Person(next(self._person_ids), first_name, username, None if is_bot else language, is_bot)
        self.ledger.people[person.id] = person
        return person

    def private(self, person: Person) -> Chat:
        """The person's chat with the bot, which starts with the person's first message."""
        found = self.ledger.chats.get(person.id)
        return found or self.ledger.add_chat(Chat(person.id, "private", person.first_name, person.username))

    def group(
        self,
        title: str,
        *people: Person,
        kind: str = "supergroup",
        forum: bool = False,
        username: str | None = None,
        bot: str | None = "member",
    ) -> Chat:
        """The first person owns it; ``bot`` is the bot's status from the start, untold by updates (None: outside)."""
        ids = self._group_ids if kind == "group" else self._supergroup_ids
        members = {person.id: "creator" if index == 0 else "member" for index, person in enumerate(people)}
        if bot is not None:
            members[self.bot.id] = bot
        return self.ledger.add_chat(Chat(next(ids), kind, title, username, forum, members))

    def channel(self, title: str, *people: Person, discussion: Chat | None = None, bot: bool = True) -> Chat:
        """The first person owns it; ``bot``: whether the bot is among its administrators, untold by updates."""
        members = {person.id: "creator" if index == 0 else "member" for index, person in enumerate(people)}
        if bot:
            members[self.bot.id] = "administrator"
        number = next(self._supergroup_ids)
        return self.ledger.add_chat(
            Chat(number, "channel", title, members=members, discussion=discussion.id if discussion else None)
        )

    def create_group(self, title: str, *people: Person) -> Chat:
        """The first person makes a basic group, the bot in it from the start, which is told."""
        chat = self.group(title, *people, kind="group", bot=None)
        self._set_bot(people[0], chat, "member")
        self._announce(chat, people[0], {"group_chat_created": True})
        return chat

    def join(self, person: Person, chat: Chat, status: str = "member") -> None:
        """``person`` adds the bot, or changes its rights."""
        was_there = chat.has(self.bot.id)
        self._set_bot(person, chat, status)
        if not was_there:
            self._announce(chat, person, {"new_chat_members": [self.bot.raw()]})

    def leave(self, person: Person, chat: Chat) -> None:
        """``person`` removes the bot, the last thing that it hears of there."""
        self._set_bot(person, chat, "kicked")
        self._announce(chat, person, {"left_chat_member": self.bot.raw()})

    def block(self, person: Person) -> None:
        self._set_bot(person, self.private(person), "kicked")

    def unblock(self, person: Person) -> None:
        self._set_bot(person, self.private(person), "member")

    def _announce(self, chat: Chat, person: Person, service: Json) -> None:
        """To all there, the bot too, whether it is there any more or not."""
        message = self.ledger.post(chat, person, service=service)
        self.updates.put("message", self.ledger.raw(message), f"chat:{chat.id}")

    def _set_bot(self, person: Person, chat: Chat, status: str) -> None:
        old = chat.members.get(self.bot.id, "left")
        chat.members[self.bot.id] = status
        self.report_membership(person, chat, old)

    def report_membership(self, person: Person, chat: Chat, old: str) -> None:
        """my_chat_member: the bot's status changed from ``old`` to what it is now."""
        new = chat.members[self.bot.id]
        value: Json = {"chat": chat.raw(), "from": person.raw(), "date": self.ledger.now()}
        value |= {"old_chat_member": member(self.bot, old), "new_chat_member": member(self.bot, new)}
        self.updates.put("my_chat_member", value, f"chat:{chat.id}")
        self.feed.publish("member", chat.id, new)
