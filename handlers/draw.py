"""/draw, and words in reply to a picture of the bot."""

from collections.abc import Callable
from functools import partial
from typing import Any

from aiogram import Bot, Router
from aiogram.filters import CommandObject, Filter
from aiogram.types import Message, Update

from bot.store.pictures import PictureRow, Shows
from bot.telegram.courier import Spot
from handlers import draw_presses
from handlers.ask import WORDS, own_name
from handlers.asking import clean, content, request
from handlers.draw_easel import Easel, Place
from handlers.draw_wish import Order, Refused, changed, ordered, picture_of, reworded, source_of
from handlers.filters import Albums
from handlers.notice import notice
from handlers.person import Person, scope, topic


class AboutPicture(Filter):
    """Plain words in reply to a picture of ours, or to the question for new words."""

    async def __call__(self, message: Message, bot: Bot, easel: Easel) -> bool | dict[str, Any]:
        replied, text = message.reply_to_message, content(message)
        if replied is None or replied.from_user is None or replied.from_user.id != bot.id:
            return False
        if text.startswith("/") or not request(text, await own_name(bot)):
            return False
        found = await easel.rows.at(message.chat.id, replied.message_id)
        return {"picture": found[0], "shows": found[1]} if found else False


async def draw(
    message: Message, command: CommandObject, person: Person, easel: Easel, event_update: Update, albums: Albums
) -> None:
    albums.mark(message)  # the command stands at one of an album's pictures, the others say nothing
    words, replied = clean(command.args or ""), message.reply_to_message
    source = picture_of(message)
    if source is None and replied is not None:
        ours = await easel.rows.at(message.chat.id, replied.message_id)
        source = source_of(ours[0]) if ours else picture_of(replied)
        words = words if words or source else content(replied)
    wish = partial(ordered, words, source, easel.painters, person.texts)
    await _carry_out(message, wish, person, easel, event_update)


async def change(
    message: Message,
    person: Person,
    easel: Easel,
    event_update: Update,
    bot: Bot,
    picture: PictureRow,
    shows: Shows,
) -> None:
    words = request(content(message), await own_name(bot)) or ""
    if shows == "album":
        await notice(message, person.texts("draw.which"))
    else:
        make = reworded if shows == "words" else changed
        wish = partial(make, words, picture, easel.painters, person.texts)
        await _carry_out(message, wish, person, easel, event_update)


async def _carry_out(message: Message, wish: Callable[[], Order], person: Person, easel: Easel, update: Update) -> None:
    try:
        order = wish()
    except Refused as refusal:
        await notice(message, str(refusal))
        return
    reply_to = None if message.chat.type == "private" else message.message_id
    turn = f"{message.bot.id if message.bot else 0}:{update.update_id}"
    place = Place(turn, Spot(message.chat.id, topic(message), reply_to), scope(message, person))
    await easel.draw(order, place, person)


def router() -> Router:
    router = Router(name="draw")
    router.message.register(change, WORDS, AboutPicture())
    router.include_router(draw_presses.router())
    return router
