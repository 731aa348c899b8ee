"""The buttons around pictures: whoever may use the bot in a chat presses them there, on their own account."""

import contextlib
from collections.abc import Awaitable
from functools import partial
from typing import Any, Final, cast

from aiogram import F, Router
from aiogram.exceptions import AiogramError
from aiogram.filters import Filter
from aiogram.types import CallbackQuery, Message, ReplyParameters, Update

from bot.domain.drawing import GeneratedPicture
from bot.drawing.draw_pictures import DrawContext, DrawPictures
from bot.drawing.draw_request import Change, DrawRefused, picture_asked_for
from bot.drawing.request_parsing import MAX_PICTURES
from bot.drawing.request_pictures import AlreadyDrawn, PictureRef, RequestPictures
from bot.telegram.drawing_keyboards import DrawPress, offer
from bot.telegram.drawing_messages import refusal
from bot.telegram.drawing_view import ChatDrawingView, DrawingViews, ask_words
from bot.telegram.message_sender import Destination
from handlers.messages import content, idempotency_key
from handlers.person import Person, scope, topic

_ALERT: Final = 200  # characters that Telegram shows of an alert


class OnMessage(Filter):
    """The message that the button stands at, where Telegram still tells it."""

    async def __call__(self, query: CallbackQuery) -> bool | dict[str, Any]:
        return {"message": query.message} if isinstance(query.message, Message) else False


async def offer_to_draw(message: Message, question: str, person: Person) -> None:
    """Below an answer in words to a question for a picture; a reply to it, so that it is at hand for the press."""
    if picture_asked_for(question) is not None:
        about = ReplyParameters(message_id=message.message_id, allow_sending_without_reply=True)
        await message.answer(person.texts("draw.offer"), reply_parameters=about, reply_markup=offer(person.texts))


async def draw_offered(
    query: CallbackQuery,
    message: Message,
    person: Person,
    request_pictures: RequestPictures,
    drawing_views: DrawingViews,
    event_update: Update,
) -> None:
    async def accepted() -> None:
        await _answer(query, person.texts("draw.begun"))
        await _delete(message)

    question = content(message.reply_to_message) if message.reply_to_message is not None else None
    asked = context(message, person, drawing_views, event_update)
    await _carry_out(request_pictures.offered(question, asked, accepted), query, person)


async def stop(query: CallbackQuery, callback_data: DrawPress, person: Person, draw_pictures: DrawPictures) -> None:
    """Only the person who asked may end a drawing."""
    try:
        stopped = draw_pictures.stop(callback_data.number, person.id)
    except DrawRefused as refused:
        await _say(refused, query, person)
    else:
        await _answer(query, person.texts("stop.done" if stopped else "stop.nothing"))


async def resend(
    query: CallbackQuery,
    callback_data: DrawPress,
    message: Message,
    person: Person,
    draw_pictures: DrawPictures,
    drawing_views: DrawingViews,
) -> None:
    view = _view(message, person, drawing_views)
    if await _carry_out(draw_pictures.send_lost(callback_data.number, message.chat.id, view), query, person):
        await _answer(query)
        await _delete(message)


async def open_menu(
    query: CallbackQuery,
    callback_data: DrawPress,
    message: Message,
    person: Person,
    request_pictures: RequestPictures,
    drawing_views: DrawingViews,
) -> None:
    keyboards, ref = drawing_views.keyboards, _ref(callback_data, message)
    menus = {"menu": keyboards.actions, "size": keyboards.sizes, "model": keyboards.other_models}
    try:
        picture = await request_pictures.find(ref)
    except DrawRefused as refused:
        await _say(refused, query, person)
        return
    menu = menus[callback_data.what](picture, ref.count, person.texts)
    if menu is None:
        await outdated(query, person)
        return
    await message.edit_reply_markup(reply_markup=menu)
    await _answer(query)


async def redraw(
    query: CallbackQuery,
    callback_data: DrawPress,
    message: Message,
    person: Person,
    request_pictures: RequestPictures,
    drawing_views: DrawingViews,
    event_update: Update,
) -> None:
    change, which, ref = cast("Change", callback_data.what), callback_data.which, _ref(callback_data, message)

    async def accepted(picture: GeneratedPicture) -> None:
        await _answer(query, person.texts("draw.begun"))
        if which:  # the button stood in a menu, which has served
            keyboard = drawing_views.keyboards.actions(picture, ref.count, person.texts)
            with contextlib.suppress(AiogramError):
                await message.edit_reply_markup(reply_markup=keyboard)

    asked = context(message, person, drawing_views, event_update)
    await _carry_out(request_pictures.redraw(ref, change, which, asked, accepted), query, person)


async def send_originals(
    query: CallbackQuery,
    callback_data: DrawPress,
    message: Message,
    person: Person,
    request_pictures: RequestPictures,
    drawing_views: DrawingViews,
) -> None:
    sending = request_pictures.send_originals(_ref(callback_data, message), _view(message, person, drawing_views))
    if await _carry_out(sending, query, person):
        await _answer(query)


async def ask_for_words(
    query: CallbackQuery,
    callback_data: DrawPress,
    message: Message,
    person: Person,
    request_pictures: RequestPictures,
) -> None:
    named = None if message.chat.type == "private" else query.from_user
    ask = partial(ask_words, message, named, person.texts)
    if await _carry_out(request_pictures.ask_words(_ref(callback_data, message), ask), query, person):
        await _answer(query)


def context(message: Message, person: Person, views: DrawingViews, update: Update) -> DrawContext:
    """Of a request that came with ``update``; ``message``: which is answered, in groups."""
    key = idempotency_key(message.bot.id if message.bot else 0, update.update_id)
    return DrawContext(key, scope(message, person), person.model, _view(message, person, views))


async def outdated(query: CallbackQuery, person: Person) -> None:
    await _answer(query, person.texts("buttons.outdated"), alert=True)


async def _carry_out(work: Awaitable[None], query: CallbackQuery, person: Person) -> bool:
    """False: it was refused, and that is said."""
    try:
        await work
    except DrawRefused as refused:
        await _say(refused, query, person)
        return False
    return True


async def _say(refused: DrawRefused, query: CallbackQuery, person: Person) -> None:
    alert = not isinstance(refused, AlreadyDrawn)  # a second press deserves no more than a hint
    await _answer(query, refusal(refused, person.texts)[:_ALERT], alert=alert)


async def _answer(query: CallbackQuery, text: str | None = None, *, alert: bool = False) -> None:
    """A press that waited too long, or is taken up again after a restart, cannot be answered any more."""
    with contextlib.suppress(AiogramError):
        await query.answer(text, show_alert=alert)


async def _delete(message: Message) -> None:
    with contextlib.suppress(AiogramError):
        await message.delete()


def _ref(press: DrawPress, message: Message) -> PictureRef:
    return PictureRef(press.number, message.chat.id, min(max(press.count, 1), MAX_PICTURES))


def _view(message: Message, person: Person, views: DrawingViews) -> ChatDrawingView:
    reply_to = None if message.chat.type == "private" else message.message_id
    return views.at(Destination(message.chat.id, topic(message), reply_to), person.texts)


def router() -> Router:
    router = Router(name="drawing presses")
    presses, on_message = router.callback_query, OnMessage()
    presses.register(stop, DrawPress.filter(F.what == "stop"))
    presses.register(resend, DrawPress.filter(F.what == "send"), on_message)
    presses.register(draw_offered, DrawPress.filter(F.what == "offer"), on_message)
    presses.register(open_menu, DrawPress.filter(F.what.in_({"menu", "size", "model"}) & (F.which == "")), on_message)
    presses.register(redraw, DrawPress.filter(F.what.in_({"again", "vary", "size", "model"})), on_message)
    presses.register(send_originals, DrawPress.filter(F.what == "original"), on_message)
    presses.register(ask_for_words, DrawPress.filter(F.what == "words"), on_message)
    presses.register(outdated, DrawPress.filter())
    return router
