"""What the bot says unasked: its menus, alerts to its owners, and a word on a question that was given up."""

import contextlib
import logging
from collections.abc import Awaitable, Callable, Collection, Coroutine
from typing import Any

from aiogram import Bot
from aiogram.exceptions import AiogramError

from bot.billing.alerts import Alert
from bot.inbox.decoding import decode_message
from bot.telegram.texts import LANGUAGES, Texts, language_of
from handlers.menu import Menu

log = logging.getLogger(__name__)


class OwnerAlerts:
    """Tells each owner, without keeping anybody waiting."""

    def __init__(
        self,
        telegram: Bot,
        owners: Collection[int],
        chosen_language: Callable[[int], Awaitable[str | None]],
        start: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._telegram = telegram
        self._owners = owners
        self._chosen_language = chosen_language  # of a person; None: none was chosen
        self._start = start  # in the background

    def tell(self, alert: Alert) -> None:
        for owner in self._owners:
            self._start(self._tell(owner, alert))

    async def _tell(self, owner: int, alert: Alert) -> None:
        """In the language that they have set, or else in all; one who never wrote to the bot cannot be told."""
        chosen = await self._chosen_language(owner)
        languages = [each for each in LANGUAGES if each == chosen] or LANGUAGES
        words = "\n\n".join(Texts(language)(alert.key, **alert.values) for language in languages)
        try:
            await self._telegram.send_message(owner, words)
        except AiogramError as error:
            log.warning("Owner %d could not be told of %s: %s", owner, alert.key, type(error).__name__)


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


class Apology:
    """Takes the question back, and says so in a private chat, with the update's id as the number of the incident."""

    def __init__(self, telegram: Bot, abandon: Callable[[int], Awaitable[None]]) -> None:
        self._telegram = telegram
        self._abandon = abandon  # makes that what the update with this id asked does not count

    async def offer(self, raw: dict[str, Any]) -> None:
        """``raw``: the update. Raises AiogramError."""
        incident = raw["update_id"]
        await self._abandon(incident)
        message = decode_message(raw.get("message"))
        if message is not None and message.chat.type == "private" and message.from_user is not None:
            texts = Texts(language_of(message.from_user.language_code))
            await self._telegram.send_message(message.chat.id, texts("error.internal", incident=incident))
