"""/new: leave the conversation behind."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import Message

from bot.conversations.answer_question import AnswerQuestion
from handlers.notice import notice
from handlers.person import Person, scope


async def start_afresh(message: Message, person: Person, answer_question: AnswerQuestion) -> None:
    left = await answer_question.start_afresh(scope(message, person))
    await notice(message, person.texts("new.done" if left else "new.already"))


def router() -> Router:
    router = Router(name="new")
    router.message.register(start_afresh, Command("new"))
    return router
