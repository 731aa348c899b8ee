"""What every bot has: /start, /help, /new, and /stop with the buttons that do the same."""

import contextlib

from aiogram import Bot, F, Router
from aiogram.exceptions import AiogramError
from aiogram.types import CallbackQuery, Message, MessageGenerationStopped

from bot.billing.quota_plan import Members
from bot.chat.answer_question import AnswerQuestion
from bot.domain.active_tasks import ActiveTasks
from bot.domain.conversation import ConversationKey
from bot.telegram.message_sender import reply
from bot.telegram.status import STOP
from handlers.filters import LoopFilter
from handlers.menu import Menu
from handlers.person import Person, scope


async def start(message: Message, person: Person, members: Members, menu: Menu, bot: Bot) -> None:
    if message.chat.type != "private":
        await reply(message, person.texts("start.group"))
        return
    if person.id in members.owners:
        with contextlib.suppress(AiogramError):  # a server without menus is no reason not to greet
            await menu.publish_to(bot, person.id)
    await reply(message, person.texts("start.hello"))


async def show_help(message: Message, person: Person, members: Members, menu: Menu) -> None:
    """In a group what its administrators have is told to all: members see what they could ask for."""
    if message.chat.type != "private":
        await reply(message, person.texts("help.group", commands=menu.help("administrator", person.texts)))
        return
    lines = menu.help("owner" if person.id in members.owners else "private", person.texts)
    groups = " · ".join(f"/{command.name}" for command in menu.only_in_groups())
    await reply(message, person.texts("help.private", commands=lines, groups=groups))


async def start_afresh(message: Message, person: Person, answer_question: AnswerQuestion) -> None:
    left = await answer_question.start_afresh(scope(message, person))
    await reply(message, person.texts("new.done" if left else "new.already"))


async def stop(message: Message, person: Person, active_tasks: ActiveTasks) -> None:
    if not active_tasks.stop(scope(message, person)):
        await reply(message, person.texts("stop.nothing"))


async def press(query: CallbackQuery, person: Person, active_tasks: ActiveTasks) -> None:
    if query.data != f"{STOP}:{person.id}":
        await query.answer(person.texts("stop.not_yours"), show_alert=True)
        return
    stopped = isinstance(query.message, Message) and active_tasks.stop(scope(query.message, person))
    await query.answer(person.texts("stop.done" if stopped else "stop.nothing"))


async def stop_draft(stopped: MessageGenerationStopped, active_tasks: ActiveTasks) -> None:
    """Drafts show answers alone, and exist in private chats only, where the chat's id is the person's."""
    active_tasks.stop(
        ConversationKey(stopped.chat.id, stopped.message_thread_id or 0, stopped.chat.id), only_answers=True
    )


def router() -> Router:
    """Stopping without the command: the button below a message, and Telegram's own at a draft."""
    router = Router(name="stop")
    router.callback_query.register(press, LoopFilter(F.data.startswith(f"{STOP}:")))
    router.stopped_message_generation.register(stop_draft)
    return router
