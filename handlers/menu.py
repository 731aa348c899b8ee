"""The commands that Telegram offers beside the text field; the texts are ``command.NAME``."""

from aiogram import Bot
from aiogram.types import BotCommand, BotCommandScopeChat

from bot.telegram.texts import LANGUAGES, Texts

COMMANDS: tuple[str, ...] = (
    "ask",
    "draw",
    "summarize",
    "search",
    "digest",
    "new",
    "model",
    "stop",
    "retry",
    "settings",
    "usage",
    "privacy",
    "forget",
    "help",
)
OWNER_COMMANDS: tuple[str, ...] = ("stats", "allow", "deny")


async def show_menu(telegram: Bot, owner: int | None = None) -> None:
    """To everybody; or, with more in it, to one owner, whose chat must exist. Raises AiogramError."""
    scope = None if owner is None else BotCommandScopeChat(chat_id=owner)
    names = COMMANDS if owner is None else (*COMMANDS, *OWNER_COMMANDS)
    for language in LANGUAGES:
        texts = Texts(language)
        commands = [BotCommand(command=name, description=texts(f"command.{name}")) for name in names]
        await telegram.set_my_commands(commands, scope=scope, language_code="zh" if language == "zh" else None)
