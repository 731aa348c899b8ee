"""What one person and the bot alone see in a group: kept nowhere, and answered where nobody else reads it."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import BaseMiddleware
from aiogram.types import Message, TelegramObject

from bot.telegram.message_sender import reply_alone
from handlers.person import Person


def is_ephemeral(message: Message) -> bool:
    """Telegram numbers such messages for themselves, and their ordinary number is 0; a reply to one is one."""
    replied = message.reply_to_message
    own = message.ephemeral_message_id is not None or message.message_id == 0
    return own or (isinstance(replied, Message) and is_ephemeral(replied))


class EphemeralMiddleware(BaseMiddleware):
    """Stops them before anything is made of them: a question's answer, a drawing, the archive are for all to see, and
    what stands behind the number 0 is another message each time. Their writer alone is told so; of an edit nothing."""

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        if not isinstance(event, Message) or not is_ephemeral(event):
            return await handler(event, data)
        person: Person = data["person"]
        if event.edit_date is None:
            await reply_alone(event, person.texts("ephemeral.refused"))
        return None
