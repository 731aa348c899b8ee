"""/stop, the stop button below a message, and Telegram's own stop button at a draft."""

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import (
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
    MessageGenerationStopped,
)

from bot.conversations.running import Running
from bot.store.conversations import Scope
from bot.telegram.texts import Texts
from handlers.notice import notice
from handlers.person import Person, scope
from handlers.when import When

STOP = "stop"


def stop_button(user_id: int, texts: Texts) -> InlineKeyboardMarkup:
    """Below a message that is not complete yet; the user alone may press it."""
    button = InlineKeyboardButton(text=texts("live.stop"), callback_data=f"{STOP}:{user_id}")
    return InlineKeyboardMarkup(inline_keyboard=[[button]])


async def stop(message: Message, person: Person, running: Running) -> None:
    if not running.stop(scope(message, person)):
        await notice(message, person.texts("stop.nothing"))


async def press(query: CallbackQuery, person: Person, running: Running) -> None:
    if query.data != f"{STOP}:{person.id}":
        await query.answer(person.texts("stop.not_yours"), show_alert=True)
        return
    stopped = isinstance(query.message, Message) and running.stop(scope(query.message, person))
    await query.answer(person.texts("stop.done" if stopped else "stop.nothing"))


async def stop_draft(stopped: MessageGenerationStopped, running: Running) -> None:
    """Drafts show answers alone, and exist in private chats only, where the chat's id is the person's."""
    running.stop(Scope(stopped.chat.id, stopped.message_thread_id or 0, stopped.chat.id), only_answers=True)


def router() -> Router:
    router = Router(name="stop")
    router.message.register(stop, Command("stop"))
    router.callback_query.register(press, When(F.data.startswith(f"{STOP}:")))
    router.stopped_message_generation.register(stop_draft)
    return router
