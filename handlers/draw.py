"""/draw, and words in reply to a picture of the bot."""

from collections.abc import Awaitable
from typing import Any

from aiogram import Bot, Router
from aiogram.filters import CommandObject, Filter
from aiogram.types import Message, Update

from bot.domain.drawing import telegram_source
from bot.drawing.draw_request import DrawRefused, SourcePicture
from bot.drawing.request_pictures import RepliedMessage, RequestPictures, ShownPicture
from bot.drawing.sizes import RequestedSize
from bot.telegram.drawing_messages import refusal
from bot.telegram.drawing_view import DrawingViews
from bot.telegram.message_sender import reply
from bot.telegram.message_text import clean
from handlers import draw_buttons
from handlers.ask import WORDS, own_name
from handlers.filters import Albums
from handlers.messages import content, request
from handlers.person import Person


class AboutPicture(Filter):
    """Plain words in reply to a picture of ours, or to the question for new words."""

    async def __call__(self, message: Message, bot: Bot, request_pictures: RequestPictures) -> bool | dict[str, Any]:
        replied, text = message.reply_to_message, content(message)
        if replied is None or replied.from_user is None or replied.from_user.id != bot.id:
            return False
        if text.startswith("/") or not request(text, await own_name(bot)):
            return False
        shown = await request_pictures.shown(message.chat.id, replied.message_id)
        return {"shown": shown} if shown else False


async def draw(
    message: Message,
    command: CommandObject,
    person: Person,
    request_pictures: RequestPictures,
    drawing_views: DrawingViews,
    event_update: Update,
    albums: Albums,
) -> None:
    albums.mark(message)  # the command stands at one of an album's pictures, the others say nothing
    context = draw_buttons.context(message, person, drawing_views, event_update)
    replied = _replied(message.reply_to_message)
    words = clean(command.args or "")
    await _say_if_refused(request_pictures.command(words, _picture(message), replied, context), message, person)


async def change(
    message: Message,
    person: Person,
    request_pictures: RequestPictures,
    drawing_views: DrawingViews,
    event_update: Update,
    bot: Bot,
    shown: ShownPicture,
) -> None:
    words = request(content(message), await own_name(bot)) or ""
    context = draw_buttons.context(message, person, drawing_views, event_update)
    await _say_if_refused(request_pictures.change(words, shown, context), message, person)


async def _say_if_refused(drawing: Awaitable[None], message: Message, person: Person) -> None:
    try:
        await drawing
    except DrawRefused as refused:
        await reply(message, refusal(refused, person.texts))


def _replied(message: Message | None) -> RepliedMessage | None:
    return RepliedMessage(message.message_id, content(message), _picture(message)) if message else None


def _picture(message: Message) -> SourcePicture | None:
    """The picture that a message holds, as Telegram keeps it."""
    if message.photo:
        largest = message.photo[-1]
        return SourcePicture(telegram_source(largest.file_id), RequestedSize(largest.width, largest.height))
    document = message.document
    if document is not None and (document.mime_type or "").startswith("image/"):
        return SourcePicture(telegram_source(document.file_id))
    return None


def router() -> Router:
    router = Router(name="drawing")
    router.message.register(change, WORDS, AboutPicture())
    router.include_router(draw_buttons.router())
    return router
