"""Conditions on an event: what kind of message it is, whether it is a command, and whose."""

from collections import deque
from typing import Any, Final

from aiogram import Bot, F
from aiogram.filters import CommandObject, Filter
from aiogram.types import Message, TelegramObject
from aiogram.utils.magic_filter import MagicFilter

from bot.billing.quota_plan import Members
from bot.domain.message import slash_command
from handlers.group_archive import GROUPS
from handlers.person import Person

_ALBUMS: Final = 100  # of the newest ones is remembered that they were answered


class LoopFilter(Filter):
    """An aiogram magic filter that is asked on the loop. aiogram takes a bare one for a function that may block, and
    asks it in a thread: three of them cost a question 0.9 ms of 6 (measured 2026-11)."""

    def __init__(self, rule: MagicFilter) -> None:
        self._rule = rule

    async def __call__(self, event: TelegramObject) -> Any:
        return self._rule.resolve(event)


IN_PRIVATE: Final = LoopFilter(F.chat.type == "private")
IN_GROUP: Final = LoopFilter(F.chat.type.in_(GROUPS))


class IsCommand(Filter):
    """A message that begins with a command for this bot. It is read here, once for all commands, and handed to them as
    ``command``; plain words are passed at one look."""

    async def __call__(self, message: Message, bot: Bot) -> bool | dict[str, Any]:
        written = slash_command(message.text or message.caption or "")
        if written is None or (written.mention and not written.is_for((await bot.me()).username or "")):
            return False
        command = CommandObject(command=written.name, mention=written.mention or None, args=written.arguments or None)
        return {"command": command}


class Named(Filter):
    """Of the messages that :class:`IsCommand` has read, those with the command of this name."""

    def __init__(self, name: str) -> None:
        self.name: Final = name

    async def __call__(self, _: Message, command: CommandObject) -> bool:
        return command.command == self.name


class IsOwner(Filter):
    """A message of an owner of the bot."""

    async def __call__(self, _: Message, person: Person, members: Members) -> bool:
        return person.id in members.owners


class Albums:
    """The albums that were answered: each comes as a message for every picture, and one answer is enough."""

    def __init__(self) -> None:
        self._answered: deque[str] = deque(maxlen=_ALBUMS)

    def mark(self, message: Message) -> bool:
        """Take the message's album for answered; False where it was so before."""
        album = message.media_group_id
        if album is None:
            return True
        if album in self._answered:
            return False
        self._answered.append(album)
        return True
