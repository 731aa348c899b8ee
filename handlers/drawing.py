"""/draw, and words in reply to a picture of the bot."""

from collections import deque
from collections.abc import Awaitable
from typing import Any

from aiogram import Bot, F, Router
from aiogram.filters import Command, CommandObject, Filter
from aiogram.types import Message, Update

from bot.domain.drawing import telegram_source
from bot.images.draw_request import DrawRefused, SourcePicture
from bot.images.request_pictures import RepliedMessage, RequestPictures, ShownPicture
from bot.images.sizes import RequestedSize
from bot.telegram.drawing_messages import refusal
from bot.telegram.drawing_view import DrawingViews
from handlers import drawing_presses
from handlers.ask import WORDS, own_name
from handlers.asking import clean, content, request
from handlers.notice import notice
from handlers.person import Person
from handlers.when import When

_ALBUMS = 100  # of the newest ones is remembered that a picture of theirs was drawn from


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


class Albums:
    """An album comes as a message for each picture; the command stands at one of them, the others say nothing."""

    def __init__(self) -> None:
        self._known: deque[str] = deque(maxlen=_ALBUMS)

    async def remember(self, message: Message) -> bool:
        if message.media_group_id is not None:
            self._known.append(message.media_group_id)
        return True

    async def known(self, message: Message) -> bool:
        return message.media_group_id in self._known


async def draw(
    message: Message,
    command: CommandObject,
    person: Person,
    request_pictures: RequestPictures,
    drawing_views: DrawingViews,
    event_update: Update,
) -> None:
    context = drawing_presses.context(message, person, drawing_views, event_update)
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
    context = drawing_presses.context(message, person, drawing_views, event_update)
    await _say_if_refused(request_pictures.change(words, shown, context), message, person)


async def pass_over(_: Message) -> None:
    """The rest of an album."""


async def _say_if_refused(drawing: Awaitable[None], message: Message, person: Person) -> None:
    try:
        await drawing
    except DrawRefused as refused:
        await notice(message, refusal(refused, person.texts))


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
    albums = Albums()
    router.message.register(draw, Command("draw"), albums.remember)
    router.message.register(pass_over, When(F.media_group_id), albums.known)
    router.message.register(change, WORDS, AboutPicture())
    router.include_router(drawing_presses.router())
    return router
