"""Commands by where they are offered: Telegram's menus beside the text field, the list in /help, and the nearest name
to one that there is not."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, Literal

from aiogram import Bot
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeChat,
    BotCommandScopeDefault,
    BotCommandScopeUnion,
)

from bot.telegram.texts import LANGUAGES, Texts

MenuPlace = Literal["private", "owner", "group", "administrator"]
"""Whose menu: anybody's or an owner's private chat, a member's or an administrator's group."""

EVERYWHERE: Final = frozenset[MenuPlace]({"private", "owner", "group", "administrator"})
IN_GROUPS: Final = frozenset[MenuPlace]({"group", "administrator"})
FOR_ADMINISTRATORS: Final = frozenset[MenuPlace](
    {"administrator"}
)  # works in groups; what members may do, it says itself
FOR_OWNERS: Final = frozenset[MenuPlace](
    {"owner"}
)  # in their private chat; for everybody else there is no such command
NOWHERE: Final = frozenset[MenuPlace]()  # works everywhere, though no menu shows it

_ALIKE: Final = 0.7  # of difflib's ratio, from which a name is worth offering
# Telegram shows the first list that was set, in this order: chat, administrators, groups, default.
_SCOPES: Final[dict[MenuPlace, BotCommandScopeUnion]] = {
    "private": BotCommandScopeDefault(),
    "group": BotCommandScopeAllGroupChats(),
    "administrator": BotCommandScopeAllChatAdministrators(),
}


@dataclass(frozen=True, slots=True)
class Command:
    """One command. Its texts are ``command.NAME.menu``, what a menu says of it, and ``command.NAME.help``, its line in
    /help; for one that works in groups only also ``command.NAME.groups_only``."""

    name: str
    handler: Callable[..., Awaitable[None]]  # its arguments are filled by name, as of any handler of aiogram's
    offered: frozenset[MenuPlace]  # the menus that show it
    overtakes: bool = False  # it waits for nothing that its conversation has begun
    is_open: bool = False  # for those too who may not use the bot: it is about what is kept of them
    is_mounted: bool = True  # it is taken from the application that this bot is mounted in, unless others are named

    @property
    def is_for_groups(self) -> bool:
        """It works in groups alone, since no other menu shows it."""
        return bool(self.offered) and self.offered <= IN_GROUPS

    @property
    def is_for_owners(self) -> bool:
        """For everybody else there is no such command."""
        return self.offered == FOR_OWNERS


class Menu:
    """All commands, in one order for every place."""

    def __init__(self, commands: Sequence[Command]) -> None:
        self._commands = commands

    def of(self, place: MenuPlace) -> list[Command]:
        """Those that are offered there."""
        return [command for command in self._commands if place in command.offered]

    def help(self, place: MenuPlace, texts: Texts) -> str:
        """A line for each command."""
        return "\n".join(texts(f"command.{command.name}.help") for command in self.of(place))

    def only_in_groups(self) -> list[Command]:
        """What groups have besides."""
        return [command for command in self._commands if command.is_for_groups]

    def nearest(self, name: str, *, is_owner: bool) -> str | None:
        """The command that somebody may have meant; those of owners are told to owners alone."""
        known = [each.name for each in self._commands if each.offered and (is_owner or not each.is_for_owners)]
        return next(iter(get_close_matches(name, known, n=1, cutoff=_ALIKE)), None)

    async def publish(self, telegram: Bot) -> None:
        """Show everybody what their chats have. Raises AiogramError."""
        for place, scope in _SCOPES.items():
            await self._set(telegram, place, scope)

    async def publish_to(self, telegram: Bot, owner: int) -> None:
        """Show an owner theirs; Telegram takes it once the chat is there, from /start on. Raises AiogramError."""
        await self._set(telegram, "owner", BotCommandScopeChat(chat_id=owner))

    async def _set(self, telegram: Bot, place: MenuPlace, scope: BotCommandScopeUnion) -> None:
        for language in LANGUAGES:
            texts = Texts(language)
            said = {command.name: texts(f"command.{command.name}.menu") for command in self.of(place)}
            shown = [BotCommand(command=name, description=description) for name, description in said.items()]
            # Without a code the list is for all languages that have none of their own.
            await telegram.set_my_commands(shown, scope=scope, language_code="zh" if language == "zh" else None)
