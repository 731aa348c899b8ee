"""What people can do in Telegram: one router per command, in the order in which they are asked."""

from collections.abc import Callable

from aiogram import Router
from aiogram.types import Message

from handlers import (
    archive,
    ask,
    digest,
    drawing,
    model,
    new,
    other,
    owners,
    privacy,
    refusals,
    settings,
    start,
    stop,
    summarize,
    usage,
)
from handlers.menu import COMMANDS as COMMANDS
from handlers.menu import OWNER_COMMANDS as OWNER_COMMANDS

# /stop first: it must not wait for anything. `owners` before `start`, whose /start also shows owners their menu.
_COMMAND_ROUTERS: tuple[Callable[[], Router], ...] = (
    stop.router,
    owners.router,
    start.router,
    new.router,
    summarize.router,
    archive.router,
    digest.router,
    privacy.router,
    model.router,
    settings.router,
    usage.router,
)


async def _begins_with_slash(message: Message) -> bool:
    return (message.text or message.caption or "").lstrip().startswith("/")


def commands() -> Router:
    """All routers to which a message can only be a command, so that plain words pass them at one look."""
    router = Router(name="commands")
    router.message.filter(_begins_with_slash)
    router.include_routers(*(each() for each in _COMMAND_ROUTERS))
    return router


# `ask` after all commands, since it takes plain words, and after `drawing`, since words in reply to a picture are meant
# for that; `other` after that, since it takes what is left. `refusals` takes errors, from wherever they come.
ROUTERS: tuple[Callable[[], Router], ...] = (commands, drawing.router, ask.router, other.router, refusals.router)
