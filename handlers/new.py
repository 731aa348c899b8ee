"""/new: leave the conversation behind."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import Message

from bot.conversations.service import Conversations
from handlers.notice import notice
from handlers.person import Person, scope


async def start_afresh(message: Message, person: Person, conversations: Conversations) -> None:
    left = await conversations.start_afresh(scope(message, person))
    await notice(message, person.texts("new.done" if left else "new.already"))


def router() -> Router:
    router = Router(name="new")
    router.message.register(start_afresh, Command("new"))
    return router
