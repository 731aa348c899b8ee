"""Who may use the bot: everybody, or the people and chats that the operator has named."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import BaseMiddleware
from aiogram.types import CallbackQuery, Message, TelegramObject

from bot.limits.membership import Members
from handlers.notice import notice
from handlers.person import Person


class Admission(BaseMiddleware):
    """Stops the updates of others; in a private chat they are told how to be let in."""

    def __init__(self, members: Members) -> None:
        self._members = members

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        person: Person = data["person"]
        message = event if isinstance(event, Message) else getattr(event, "message", None)
        if message is not None and self._members.admits(person.id, message.chat.id):
            return await handler(event, data)
        refusal = person.texts("access.private", id=person.id)
        if isinstance(event, CallbackQuery):
            await event.answer(refusal, show_alert=True)
        elif isinstance(event, Message) and event.chat.type == "private" and event.edit_date is None:
            await notice(event, refusal)
        return None
