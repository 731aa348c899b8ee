"""/start and /help."""

from aiogram import Router
from aiogram.filters import Command, CommandStart
from aiogram.types import Message

from handlers.notice import notice
from handlers.person import Person


async def start(message: Message, person: Person) -> None:
    await notice(message, person.texts("start.hello" if message.chat.type == "private" else "start.group"))


async def show_help(message: Message, person: Person) -> None:
    await notice(message, person.texts("help.private" if message.chat.type == "private" else "help.group"))


def router() -> Router:
    router = Router(name="start")
    router.message.register(start, CommandStart())
    router.message.register(show_help, Command("help"))
    return router
