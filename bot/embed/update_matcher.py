"""What of a host's updates is meant for this bot."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from aiogram.filters.callback_data import CallbackQueryFilter

from bot.domain.message import SlashCommand, slash_command
from bot.inbox.decoding import RAW_FIELD
from bot.telegram.message_text import flatten
from bot.telegram.status import STOP
from handlers import ROUTERS
from handlers.commands import COMMANDS


def _filters() -> Iterator[Any]:
    """Those of all handlers of buttons, so that a new button is mounted by itself."""
    for router in (part for make in ROUTERS for part in make().chain_tail):
        for handler in router.callback_query.handlers:
            yield from (used.callback for used in handler.filters or ())


KNOWN: Final = frozenset(command.name for command in COMMANDS)
MOUNTED: Final = frozenset(command.name for command in COMMANDS if command.is_mounted)
"""The commands that are mounted unless others are named."""
_OWNERS: Final = frozenset(command.name for command in COMMANDS if command.is_for_owners)

KINDS: Final = frozenset(kind for make in ROUTERS for kind in make().resolve_used_update_types())
SHARED: Final = KINDS - {"message", "edited_message", "callback_query"}
"""Kinds of updates that are ours, and perhaps the host's as well."""

_PRESSES: Final = {
    used.callback_data.__prefix__: used.callback_data for used in _filters() if isinstance(used, CallbackQueryFilter)
}


@dataclass(frozen=True, slots=True)
class UpdateMatcher:
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
        written = slash_command(_words(message))
        return written is not None and self._is_command(written, message)

    def replied(self, raw: dict[str, Any]) -> tuple[int, int] | None:
        """Chat and number of the bot's message that somebody replies to with words that are no command."""
        message = message_of(raw)
        if "caption" in message or not (words := _words(message)) or slash_command(words) is not None:
            return None
        match message:
            case {
                "chat": {"id": int(chat)},
                "reply_to_message": {"message_id": int(number), "from": {"id": self.bot_id}},
            }:
                return chat, number
        return None

    def _is_command(self, written: SlashCommand, message: dict[str, Any]) -> bool:
        if written.name not in self.commands or not written.is_for(self.name):
            return False
        if not (message.get("text") or message.get("caption")):
            return written.name == "ask"  # of rich messages no other command is read
        if written.name not in _OWNERS:
            return True
        match message:
            case {"chat": {"type": "private"}, "from": {"id": int(sender)}}:
                return sender in self.owners
        return False


def message_of(raw: dict[str, Any]) -> dict[str, Any]:
    """Empty where the update is about none."""
    message = raw.get("message") or raw.get("edited_message")
    return message if isinstance(message, dict) else {}


def _words(message: dict[str, Any]) -> str:
    """Of a text, a caption or a rich message; empty where there are none."""
    said = message.get("text") or message.get("caption") or flatten(message.get(RAW_FIELD, message.get("rich_message")))
    return said.strip() if isinstance(said, str) else ""


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
