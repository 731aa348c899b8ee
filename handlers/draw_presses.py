"""The buttons around pictures: whoever may use the bot in a chat presses them there, on their own account."""

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from aiogram import F, Router
from aiogram.exceptions import AiogramError
from aiogram.types import (
    CallbackQuery,
    ForceReply,
    InlineKeyboardMarkup,
    Message,
    MessageEntity,
    ReplyParameters,
    Update,
)

from bot.images.fitting import refit
from bot.images.options import MAX_PICTURES
from bot.images.recipe import Recipe
from bot.images.sources import own
from bot.store.conversations import Scope
from bot.store.pictures import PictureRow
from bot.telegram.courier import Spot
from bot.telegram.markdown.formatted_text import units
from bot.telegram.session import message_id
from handlers import draw_buttons as buttons
from handlers.asking import content
from handlers.draw_buttons import DrawPress
from handlers.draw_caption import say
from handlers.draw_easel import Easel, Place
from handlers.draw_gallery import Wall
from handlers.draw_offer import wanted
from handlers.draw_wish import Order, Refused, ordered
from handlers.person import Person, topic

_SHOWN_PROMPT: Final = 600  # characters of the words that are to be replaced


async def stop(query: CallbackQuery, callback_data: DrawPress, person: Person, easel: Easel) -> None:
    """Only the person who asked may end a drawing."""
    stopped = easel.stop(callback_data.number, person.id)
    if stopped is False:
        await _answer(query, person.texts("draw.not_yours"), alert=True)
    else:
        await _answer(query, person.texts("stop.done" if stopped else "stop.nothing"))


async def send(query: CallbackQuery, callback_data: DrawPress, person: Person, easel: Easel) -> None:
    message = query.message
    pictures = await easel.rows.of(callback_data.number)
    if not isinstance(message, Message) or not pictures or pictures[0].chat_id != message.chat.id:
        await _outdated(query, person)
    elif await easel.send_lost(callback_data.number, Wall(_spot(message), person)):
        await _answer(query)
        with contextlib.suppress(AiogramError):
            await message.delete()
    else:
        await _outdated(query, person)


async def draw_offered(query: CallbackQuery, person: Person, easel: Easel, event_update: Update) -> None:
    """The words stand in the question, to which the message with the button is a reply."""
    message = query.message
    question = message.reply_to_message if isinstance(message, Message) else None
    words = wanted(content(question)) if question is not None else None
    if not isinstance(message, Message) or words is None:
        await _outdated(query, person)
        return
    try:
        order = ordered(words, None, easel.painters, person.texts)
    except Refused as refusal:
        await _answer(query, str(refusal)[:200], alert=True)
        return
    await _answer(query, person.texts("draw.begun"))
    with contextlib.suppress(AiogramError):
        await message.delete()
    await easel.draw(order, _place(message, person, event_update), person)


async def press(
    query: CallbackQuery, callback_data: DrawPress, person: Person, easel: Easel, event_update: Update
) -> None:
    message = query.message
    row = await easel.rows.get(callback_data.number)
    if not isinstance(message, Message) or row is None or row.chat_id != message.chat.id:
        await _outdated(query, person)
        return
    asked = callback_data.model_copy(update={"count": min(max(callback_data.count, 1), MAX_PICTURES)})
    if (menu := _menu(asked, row, easel, person)) is not None:
        await message.edit_reply_markup(reply_markup=menu)
        await _answer(query)
    elif asked.what == "original":
        await _hand_out(query, message, asked, row, person, easel)
    elif asked.what == "words":
        await _ask_words(query, message, row, person, easel)
    elif (order := _remade(asked, row, easel, person)) is not None:
        await _draw(query, message, asked, order, row, person, easel, event_update)
    else:
        await _outdated(query, person)


def _menu(asked: DrawPress, row: PictureRow, easel: Easel, person: Person) -> InlineKeyboardMarkup | None:
    """The keyboard that the press leads to, if it leads to one."""
    recipe, texts = Recipe(**row.made.recipe), person.texts
    if asked.what == "menu":
        return easel.gallery.keyboard(row, asked.count, person)
    if asked.what == "size" and not asked.which:
        model = easel.painters.of(recipe.model)
        return buttons.sizes(row.id, asked.count, recipe, model.drawing, texts) if model and model.drawing else None
    if asked.what == "model" and not asked.which:
        offered = easel.painters.offered(from_picture=recipe.source is not None)
        return buttons.models(row.id, asked.count, recipe, offered, texts)
    return None


def _remade(asked: DrawPress, row: PictureRow, easel: Easel, person: Person) -> Order | None:
    """What is to be drawn for a press; None where it offers what there is not."""
    recipe, notes = Recipe(**row.made.recipe), tuple[str, ...]()
    if asked.what == "again":
        new = recipe.again(row.id)
    elif asked.what == "vary":
        new = recipe.varied(row.id, own(row.id))
    elif asked.what == "size" and asked.which in _sizes(recipe, easel):
        new = recipe.resized(row.id, asked.which)
    elif asked.what == "model":
        offered = easel.painters.offered(from_picture=recipe.source is not None)
        model = next((model for model in offered if buttons.tag(model) == asked.which), None)
        if model is None:
            return None
        fitted = refit(recipe, model)
        new, notes = replace(fitted.recipe, parent=row.id), tuple(say(fitted.notes, person.texts))
    else:
        return None
    return Order(recipe.prompt, new.series(asked.count), notes)


def _sizes(recipe: Recipe, easel: Easel) -> Sequence[str]:
    model = easel.painters.of(recipe.model)
    return model.drawing.sizes if model and model.drawing else ()


async def _draw(
    query: CallbackQuery,
    message: Message,
    asked: DrawPress,
    order: Order,
    row: PictureRow,
    person: Person,
    easel: Easel,
    update: Update,
) -> None:
    """One press at a time of the same person on the same button: a finger that slipped costs nothing."""
    key = (person.id, row.id, asked.what, asked.which)
    if key in easel.pressed:
        await _answer(query, person.texts("draw.already"))
        return
    easel.pressed.add(key)
    try:
        await _answer(query, person.texts("draw.begun"))
        if asked.which:
            with contextlib.suppress(AiogramError):
                menu = easel.gallery.keyboard(row, asked.count, person)
                await message.edit_reply_markup(reply_markup=menu)
        await easel.draw(order, _place(message, person, update), person)
    finally:
        easel.pressed.discard(key)


async def _hand_out(
    query: CallbackQuery, message: Message, asked: DrawPress, row: PictureRow, person: Person, easel: Easel
) -> None:
    pictures = [row] if asked.count == 1 else await easel.rows.of(row.drawing_id)
    if await easel.gallery.hand_out(pictures, Wall(_spot(message), person)):
        await _answer(query)
    else:
        await _answer(query, person.texts("draw.not_kept"), alert=True)


async def _ask_words(query: CallbackQuery, message: Message, row: PictureRow, person: Person, easel: Easel) -> None:
    """In a group the one who pressed is named, so that the reply opens for that person alone."""
    prompt = Recipe(**row.made.recipe).prompt
    shown = prompt if len(prompt) <= _SHOWN_PROMPT else prompt[:_SHOWN_PROMPT] + "…"
    text, entities = person.texts("draw.new_words", prompt=shown), None
    if message.chat.type != "private":
        name = query.from_user.first_name
        entities = [MessageEntity(type="text_mention", offset=0, length=units(name), user=query.from_user)]
        text = f"{name}\n{text}"
    asking = await message.answer(
        text,
        entities=entities,
        parse_mode=None,
        reply_parameters=ReplyParameters(message_id=message.message_id, allow_sending_without_reply=True),
        reply_markup=ForceReply(selective=True, input_field_placeholder=person.texts("draw.placeholder")),
    )
    number = message_id(asking)
    if number is not None:
        easel.rows.show(message.chat.id, number, row.id, "words")
    await _answer(query)


def _place(message: Message, person: Person, update: Update) -> Place:
    turn = f"{message.bot.id if message.bot else 0}:{update.update_id}"
    return Place(turn, _spot(message), Scope(message.chat.id, topic(message) or 0, person.id))


def _spot(message: Message) -> Spot:
    return Spot(message.chat.id, topic(message), None if message.chat.type == "private" else message.message_id)


async def _outdated(query: CallbackQuery, person: Person) -> None:
    await _answer(query, person.texts("buttons.outdated"), alert=True)


async def _answer(query: CallbackQuery, text: str | None = None, *, alert: bool = False) -> None:
    """A press that waited too long, or is taken up again after a restart, cannot be answered any more."""
    with contextlib.suppress(AiogramError):
        await query.answer(text, show_alert=alert)


def router() -> Router:
    router = Router(name="draw presses")
    router.callback_query.register(stop, DrawPress.filter(F.what == "stop"))
    router.callback_query.register(send, DrawPress.filter(F.what == "send"))
    router.callback_query.register(draw_offered, DrawPress.filter(F.what == "offer"))
    router.callback_query.register(press, DrawPress.filter())
    return router
