"""The bot's menu of commands, overheard: Telegram's clients get it from the same calls."""

from typing import Any

from bot.playground.telegram import Call
from bot.playground.telegram.parameters import Parameters

Json = dict[str, Any]


class Menus:
    """``by_language`` maps a language code, ``""`` for all others, to what ``setMyCommands`` last set for all chats."""

    def __init__(self) -> None:
        self.by_language: dict[str, list[Json]] = {}

    def hear(self, call: Call) -> bool:
        """Whether the call changed the menu."""
        given = Parameters(call.parameters)
        if call.method.lower() != "setmycommands" or not call.delivered or given.table("scope"):
            return False
        self.by_language[given.text("language_code")] = given.rows("commands")
        return True
