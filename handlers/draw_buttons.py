"""The buttons around a drawing. They carry numbers alone, so that they work as long as the database does."""

import hashlib
from collections.abc import Sequence
from typing import Annotated

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from pydantic import Field

from bot.images.recipe import Recipe
from bot.providers.catalogue import Drawing, Model
from bot.telegram.figures import short_name
from bot.telegram.texts import Texts


class DrawPress(CallbackData, prefix="d"):
    """``number``: of a picture; of a drawing for ``stop`` and ``send``. ``count``: how many there were of it."""

    what: str
    number: Annotated[int, Field(ge=0, lt=2**63)]
    count: int = 1
    which: str = ""


def below(picture_id: int, count: int, recipe: Recipe, model: Model | None, texts: Texts) -> InlineKeyboardMarkup:
    """What can be done with a picture, or an album of ``count``; ``model``: that of the recipe, if it is there."""
    drawing = model.drawing if model else None
    offered = {
        "again": True,
        "vary": count == 1 and drawing is not None and drawing.pictures > 0,
        "size": drawing is not None and len(_sizes(drawing, recipe)) > 0,
        "model": True,
        "words": True,
        "original": True,
    }
    buttons = [
        _button(texts(f"draw.{what}"), what, picture_id, count) for what, is_there in offered.items() if is_there
    ]
    return _rows(buttons, 2)


def sizes(picture_id: int, count: int, recipe: Recipe, drawing: Drawing, texts: Texts) -> InlineKeyboardMarkup:
    """All others than the one it has."""
    buttons = [_button(size.replace("x", " × "), "size", picture_id, count, size) for size in _sizes(drawing, recipe)]
    return _rows(buttons, 2, _button(texts("draw.back"), "menu", picture_id, count))


def models(picture_id: int, count: int, recipe: Recipe, offered: Sequence[Model], texts: Texts) -> InlineKeyboardMarkup:
    """All others than the one it has."""
    buttons = [
        _button(f"{short_name(model)} · {price(model, texts)}", "model", picture_id, count, tag(model))
        for model in offered
        if model.id != recipe.model
    ]
    return _rows(buttons, 1, _button(texts("draw.back"), "menu", picture_id, count))


def cancel(drawing_id: int, texts: Texts) -> InlineKeyboardMarkup:
    return _rows([_button(texts("draw.cancel"), "stop", drawing_id)], 1)


def send(drawing_id: int, texts: Texts) -> InlineKeyboardMarkup:
    return _rows([_button(texts("draw.send"), "send", drawing_id)], 1)


def offer(texts: Texts) -> InlineKeyboardMarkup:
    return _rows([_button(texts("draw.offer_button"), "offer", 0)], 1)


def price(model: Model, texts: Texts) -> str:
    return texts("model.free") if model.price.free else f"¥{model.price.picture:g}"


def tag(model: Model) -> str:
    """An id of any length in few bytes; the same after a restart."""
    return hashlib.blake2s(model.id.encode(), digest_size=6).hexdigest()


def _sizes(drawing: Drawing, recipe: Recipe) -> list[str]:
    return [size for size in drawing.sizes if size != recipe.size]


def _button(text: str, what: str, number: int, count: int = 1, which: str = "") -> InlineKeyboardButton:
    press = DrawPress(what=what, number=number, count=count, which=which)
    return InlineKeyboardButton(text=text, callback_data=press.pack())


def _rows(buttons: Sequence[InlineKeyboardButton], width: int, *last: InlineKeyboardButton) -> InlineKeyboardMarkup:
    rows = [list(buttons[at : at + width]) for at in range(0, len(buttons), width)]
    return InlineKeyboardMarkup(inline_keyboard=[*rows, list(last)] if last else rows)
