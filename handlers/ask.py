"""/ask, plain text in a private chat, a mention of the bot or a reply to it in a group; their edits; /retry."""

from aiogram import Bot, F, Router
from aiogram.enums import ContentType
from aiogram.filters import CommandObject, Filter
from aiogram.types import Message, Update

from bot.chat.answer_question import AnswerQuestion
from bot.telegram.answer_view import AnswerViews, TelegramAnswerView
from bot.telegram.message_sender import reply
from bot.telegram.message_text import clean
from bot.telegram.status import stop_button
from handlers.draw_buttons import offer_to_draw
from handlers.filters import LoopFilter
from handlers.messages import answer_destination, answer_request, content, read, request
from handlers.person import Person

_STOPS = ".,:;!?，。：；！？"
WORDS = LoopFilter(F.content_type.in_({ContentType.TEXT, ContentType.RICH_MESSAGE}))


class Addressed(Filter):
    """In a private chat whatever is no command; in a group what names the bot, or replies to it."""

    async def __call__(self, message: Message, bot: Bot) -> bool:
        text, name = content(message), await own_name(bot)
        if request(text, name) is None:
            return False
        if message.chat.type == "private":
            return True
        replied = message.reply_to_message
        if replied is not None and replied.from_user is not None and replied.from_user.id == bot.id:
            return True
        if message.text is None and text.startswith("/"):
            return True  # /ask in a rich message, where aiogram looks for no commands
        return bool(name) and f"@{name}".lower() in _mentions(message)


async def own_name(bot: Bot) -> str:
    """The bot's username; empty where the server does not tell it."""
    return (await bot.me()).username or ""


def _mentions(message: Message) -> set[str]:
    if message.text is None:
        return {word.rstrip(_STOPS).lower() for word in content(message).split() if word.startswith("@")}
    return {entity.extract_from(message.text).lower() for entity in message.entities or () if entity.type == "mention"}


async def ask(
    message: Message,
    command: CommandObject,
    person: Person,
    answer_question: AnswerQuestion,
    answer_views: AnswerViews,
    event_update: Update,
) -> None:
    await _answer(message, clean(command.args or ""), person, answer_question, answer_views, event_update)


async def talk(
    message: Message,
    person: Person,
    answer_question: AnswerQuestion,
    answer_views: AnswerViews,
    event_update: Update,
    bot: Bot,
) -> None:
    words = request(content(message), await own_name(bot)) or ""
    await _answer(message, words, person, answer_question, answer_views, event_update)


async def _answer(
    message: Message,
    words: str,
    person: Person,
    answer_question: AnswerQuestion,
    answer_views: AnswerViews,
    update: Update,
) -> None:
    question = await read(message, words, person, answer_question)
    if question is None:
        await reply(message, person.texts("ask.usage"))
    else:
        view = _view(message, person, answer_views)
        await answer_question.ask(answer_request(message, person, update), question, view)
        await offer_to_draw(message, words, person)


async def ask_otherwise(
    message: Message,
    person: Person,
    answer_question: AnswerQuestion,
    answer_views: AnswerViews,
    event_update: Update,
    bot: Bot,
) -> None:
    """An edited question is answered again where its answer stands; anything else that was edited is left alone."""
    words = request(content(message), await own_name(bot))
    question = await read(message, words, person, answer_question) if words is not None else None
    if question is not None:
        view = _view(message, person, answer_views)
        await answer_question.ask_otherwise(answer_request(message, person, event_update), question, view)


async def retry(
    message: Message,
    person: Person,
    answer_question: AnswerQuestion,
    answer_views: AnswerViews,
    event_update: Update,
) -> None:
    view = _view(message, person, answer_views)
    await answer_question.retry(answer_request(message, person, event_update), view)


def _view(message: Message, person: Person, answer_views: AnswerViews) -> TelegramAnswerView:
    button = stop_button(person.id, person.texts)
    return answer_views.of(answer_destination(message), person.texts, person.preferences, button)


def router() -> Router:
    router = Router(name="ask")
    router.message.register(talk, WORDS, Addressed())
    router.edited_message.register(ask_otherwise, WORDS)
    return router
