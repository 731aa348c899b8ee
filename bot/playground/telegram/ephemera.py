"""Ephemeral messages: each is seen by one member of a group alone, and after a while by nobody."""

from dataclasses import replace
from typing import Any

from bot.playground.telegram.feed import Feed
from bot.playground.telegram.messages import Message


class Ephemera:
    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._seen: dict[tuple[int, int], dict[int, Message]] = {}  # by chat and member, then by number

    def of(self, chat: int, member: int) -> list[Message]:
        """What the member sees, in the order in which it came."""
        return list(self._seen.get((chat, member), {}).values())

    def find(self, chat: int, member: int, number: int) -> Message | None:
        return self._seen.get((chat, member), {}).get(number)

    def add(self, message: Message) -> Message:
        """With its number, the smallest that is free: numbers of messages that are gone are used again."""
        taken = self._shelf(message)
        number = next(number for number in range(1, len(taken) + 2) if number not in taken)
        return self._put(replace(message, ephemeral=number))

    def change(self, message: Message, **changes: Any) -> Message:
        return self._put(replace(message, **changes))

    def remove(self, message: Message) -> None:
        del self._shelf(message)[message.ephemeral or 0]
        self._feed.publish("ephemeral_gone", message.chat, message)

    def vanish(self, member: int) -> None:
        """All that the member saw, in whatever group."""
        for chat, whose in list(self._seen):
            for message in self.of(chat, whose) if whose == member else ():
                self.remove(message)

    def _put(self, message: Message) -> Message:
        self._shelf(message)[message.ephemeral or 0] = message
        self._feed.publish("ephemeral", message.chat, message)
        return message

    def _shelf(self, message: Message) -> dict[int, Message]:
        return self._seen.setdefault((message.chat, message.only_for or 0), {})
