"""The bot's introduction to Telegram: the menus of commands, when it starts."""

import contextlib
import logging
from collections.abc import Collection

from aiogram import Bot
from aiogram.exceptions import AiogramError

from handlers.menu import Menu

log = logging.getLogger(__name__)


async def introduce(telegram: Bot, menu: Menu, owners: Collection[int]) -> None:
    """Tell Telegram the commands; a server that does not take them is no reason not to answer."""
    try:
        await telegram.me()
        await menu.publish(telegram)
    except AiogramError as error:
        log.warning("The command menu could not be set: %s", type(error).__name__)
    for owner in owners:
        with contextlib.suppress(AiogramError):  # an owner who never wrote has no chat yet
            await menu.publish_to(telegram, owner)
