"""What people can do in Telegram: one router per command, in the order in which they are asked."""

from collections.abc import Callable

from aiogram import Router

from handlers import (
    ask,
    digest,
    draw,
    model,
    new,
    other,
    owners,
    privacy,
    refusals,
    search,
    settings,
    start,
    stop,
    summarize,
    usage,
)
from handlers.menu import COMMANDS as COMMANDS
from handlers.menu import OWNER_COMMANDS as OWNER_COMMANDS

# /stop first: it must not wait for anything. `owners` before `start`, whose /start also shows owners their menu.
# `ask` after all commands, since it takes plain words, and after `draw`, since words in reply to a picture are meant
# for that; `other` after that, since it takes what is left. `refusals` takes errors, from wherever they come.
ROUTERS: tuple[Callable[[], Router], ...] = (
    stop.router,
    owners.router,
    start.router,
    new.router,
    summarize.router,
    search.router,
    digest.router,
    privacy.router,
    model.router,
    settings.router,
    usage.router,
    draw.router,
    ask.router,
    other.router,
    refusals.router,
)
