"""What the owners are told of their bot's money and keys, as messages in Telegram."""

import logging
from collections.abc import Awaitable, Callable, Collection, Coroutine
from typing import Any

from aiogram import Bot
from aiogram.exceptions import AiogramError

from bot.limits.alerts import Alert
from bot.telegram.texts import LANGUAGES, Texts

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
