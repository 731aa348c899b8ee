"""What people can do in Telegram: the commands, the buttons, and the words that are no command."""

from collections.abc import Callable

from aiogram import Router

from handlers import ask, basics, commands, draw, model_choice, privacy, settings, summarize, unhandled
from handlers.commands import COMMANDS as COMMANDS

# In the order in which they are asked: commands; then buttons, each of which is told by its data alone. `ask` after all
# of them, since it takes plain words, and after `draw`, since words in reply to a picture are meant for that;
# `unhandled` last, since it takes what is left, and errors from wherever they come.
ROUTERS: tuple[Callable[[], Router], ...] = (
    commands.router,
    basics.router,
    summarize.router,
    privacy.router,
    model_choice.router,
    settings.router,
    draw.router,
    ask.router,
    unhandled.router,
)
