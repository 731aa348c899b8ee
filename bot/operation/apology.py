"""What becomes of a question whose update was set aside, because handling it failed again and again."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import Bot

from bot.inbox.decoding import decode_message
from bot.telegram.texts import Texts, language_of


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
