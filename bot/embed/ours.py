"""What of a host's updates is meant for this bot."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from aiogram.filters import Command
from aiogram.filters.callback_data import CallbackQueryFilter

from bot.inbox.defuse import RAW_FIELD
from bot.telegram.richtext import flatten
from handlers import OWNER_COMMANDS, ROUTERS
from handlers.stop import STOP


def _filters(kind: str) -> Iterator[Any]:
    """Those of all handlers of a kind of updates, so that a new command or button is mounted by itself."""
    for router in (part for make in ROUTERS for part in make().chain_tail):
        for handler in router.observers[kind].handlers:
            yield from (used.callback for used in handler.filters or ())


KNOWN: Final = frozenset(
    str(name) for used in _filters("message") if isinstance(used, Command) for name in used.commands
)
MOUNTED: Final = KNOWN - {"start", "help"}
"""The commands that are mounted unless others are named; /start and /help stay the host's."""

KINDS: Final = frozenset(kind for make in ROUTERS for kind in make().resolve_used_update_types())
SHARED: Final = KINDS - {"message", "edited_message", "callback_query"}
"""Kinds of updates that are ours, and perhaps the host's as well."""

_PRESSES: Final = {
    used.callback_data.__prefix__: used.callback_data
    for used in _filters("callback_query")
    if isinstance(used, CallbackQueryFilter)
}
_COMMAND = re.compile(r"/(\w+)(?:@(\w*))?")


@dataclass(frozen=True, slots=True)
class Ours:
    """Tells by an update's JSON, whose shape is unknown, what is meant for this bot alone.

    ``name`` is the bot's username; while it is empty every name passes. Owners' commands are taken from owners only.
    """

    bot_id: int
    name: str
    commands: frozenset[str]
    owners: frozenset[int]

    def __call__(self, raw: dict[str, Any]) -> bool:
        """Whether it is one of the commands, or the press of a button of this bot's."""
        press, message = raw.get("callback_query"), message_of(raw)
        if isinstance(press, dict):
            return _is_press(press.get("data"))
        command = _COMMAND.fullmatch(_first_word(message))
        return command is not None and self._is_command(command[1], command[2] or "", message)

    def replied(self, raw: dict[str, Any]) -> tuple[int, int] | None:
        """Chat and number of the bot's message that somebody replies to with words that are no command."""
        message = message_of(raw)
        if "caption" in message or not (first := _first_word(message)) or _COMMAND.fullmatch(first):
            return None
        match message:
            case {
                "chat": {"id": int(chat)},
                "reply_to_message": {"message_id": int(number), "from": {"id": self.bot_id}},
            }:
                return chat, number
        return None

    def _is_command(self, command: str, mention: str, message: dict[str, Any]) -> bool:
        if command not in self.commands or (mention and self.name and mention.lower() != self.name.lower()):
            return False
        if not (message.get("text") or message.get("caption")):
            return command == "ask"  # of rich messages no other command is read
        if command not in OWNER_COMMANDS:
            return True
        match message:
            case {"chat": {"type": "private"}, "from": {"id": int(sender)}}:
                return sender in self.owners
        return False


def message_of(raw: dict[str, Any]) -> dict[str, Any]:
    """Empty where the update is about none."""
    message = raw.get("message") or raw.get("edited_message")
    return message if isinstance(message, dict) else {}


def _first_word(message: dict[str, Any]) -> str:
    said = message.get("text") or message.get("caption") or flatten(message.get(RAW_FIELD, message.get("rich_message")))
    words = said.split(maxsplit=1) if isinstance(said, str) else []
    return words[0] if words else ""


def _is_press(data: Any) -> bool:
    """A host's buttons may begin alike, so all that such data holds has to fit."""
    if not isinstance(data, str):
        return False
    prefix, _, rest = data.partition(":")
    if prefix == STOP:
        return rest.removeprefix("-").isdecimal()
    try:
        return prefix in _PRESSES and bool(_PRESSES[prefix].unpack(data))
    except (TypeError, ValueError):
        return False
