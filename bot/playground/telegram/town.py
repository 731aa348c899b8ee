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


class Town:
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

    def join(self, person: Person, chat: Chat, status: str = "member") -> None:
        """``person`` adds the bot, or changes its rights."""
        self._set_bot(person, chat, status)

    def leave(self, person: Person, chat: Chat) -> None:
        """``person`` removes the bot."""
        self._set_bot(person, chat, "kicked")

    def block(self, person: Person) -> None:
        self._set_bot(person, self.private(person), "kicked")

    def unblock(self, person: Person) -> None:
        self._set_bot(person, self.private(person), "member")

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
