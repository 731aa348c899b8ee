"""The bot's lists of commands, by scope and language, and which of them a person is shown in a chat.

Scopes and their order of precedence: core.telegram.org/bots/api#determining-list-of-commands
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from bot.playground.telegram.people import Chat, Person

Json = dict[str, Any]


class Scope(NamedTuple):
    """Telegram's BotCommandScope."""

    type: str = "default"
    chat: int = 0  # of the scopes of one chat
    user: int = 0  # of chat_member


class Menus:
    """What ``setMyCommands`` has set."""

    def __init__(self) -> None:
        self._lists: dict[tuple[Scope, str], list[Json]] = {}

    def set(self, scope: Scope, language: str, commands: list[Json]) -> None:
        """``language``: a code of two letters; empty: for all languages that have no list of their own. An empty list
        is as none."""
        self._lists[scope, language] = commands

    def get(self, scope: Scope, language: str) -> list[Json]:
        """Exactly what was set, and for no other scope or language."""
        return self._lists.get((scope, language), [])

    def delete(self, scope: Scope, language: str) -> None:
        self._lists.pop((scope, language), None)

    def shown(self, chat: Chat, person: Person) -> list[Json]:
        """What the person's client offers there: of the narrowest scope, and in it of the person's language."""
        languages = ((person.language or "")[:2], "")
        lists = (self.get(scope, language) for scope in _scopes(chat, person) for language in languages)
        return next(filter(None, lists), [])

    def all(self) -> Iterator[Json]:
        """Every command of every list."""
        for commands in self._lists.values():
            yield from commands


def _scopes(chat: Chat, person: Person) -> Iterator[Scope]:
    """Those that hold for the person there, the narrowest first."""
    is_admin = chat.is_admin(person.id)
    if not chat.is_private:
        yield Scope("chat_member", chat.id, person.id)
        if is_admin:
            yield Scope("chat_administrators", chat.id)
    yield Scope("chat", chat.id)
    if chat.is_private:
        yield Scope("all_private_chats")
    else:
        if is_admin:
            yield Scope("all_chat_administrators")
        yield Scope("all_group_chats")
    yield Scope()
