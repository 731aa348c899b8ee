"""Who is who in a group, as Telegram tells it."""

from typing import Final

from aiogram import Bot
from aiogram.exceptions import AiogramError

_ADMINS: Final = frozenset({"administrator", "creator"})
_HERE: Final = frozenset({"creator", "administrator", "member"})


class TelegramMembership:
    """Asked of Telegram each time, since it changes without a word to the bot."""

    def __init__(self, telegram: Bot) -> None:
        self._telegram = telegram

    async def is_member(self, chat_id: int, user_id: int) -> bool:
        """False for who speaks in the name of a chat, and where Telegram does not tell."""
        if user_id < 0:
            return False
        try:
            return await self._status(chat_id, user_id) in _HERE
        except AiogramError:
            return False

    async def is_admin(self, chat_id: int, user_id: int) -> bool:
        """Raises AiogramError where Telegram does not tell."""
        return await self._status(chat_id, user_id) in _ADMINS

    async def bot_is_admin(self, chat_id: int) -> bool:
        """False where Telegram does not tell."""
        try:
            return await self.is_admin(chat_id, self._telegram.id)
        except AiogramError:
            return False

    async def hears_all(self, chat_id: int) -> bool:
        """Whether Telegram tells the bot all that is said in the group, or only what is meant for it."""
        try:
            everywhere = (await self._telegram.get_me()).can_read_all_group_messages
            return bool(everywhere) or await self.is_admin(chat_id, self._telegram.id)
        except AiogramError:  # a server that does not know: then what it tells is what there is
            return True

    async def _status(self, chat_id: int, user_id: int) -> str:
        return (await self._telegram.get_chat_member(chat_id, user_id)).status
