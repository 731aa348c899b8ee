"""The buttons around drawings. They carry numbers alone, so that they work as long as the database does."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from pydantic import Field

from bot.domain.drawing import GeneratedPicture
from bot.domain.model import Model, short_id
from bot.drawing.image_models import ImageModels, tag
from bot.telegram.texts import Texts


class DrawPress(CallbackData, prefix="d"):
    """What a button carries."""

    what: str  # the action: "again", "vary", "size", "model", "words", "original", "menu", "stop", "send", "offer"
    number: Annotated[int, Field(ge=0, lt=2**63)]  # of a picture; of a drawing for "stop" and "send"
    count: int = 1  # pictures of the album that the button stands below
    which: str = ""  # the size, or the tag of the model


@dataclass(frozen=True, slots=True)
class PictureKeyboards:
    """The buttons below a picture, or below an album of ``count`` where the picture is its first."""

    models: ImageModels

    def actions(self, picture: GeneratedPicture, count: int, texts: Texts) -> InlineKeyboardMarkup:
        """What can be done with it."""
        offered = {
            "again": True,
            "vary": count == 1 and self.models.varies(picture.recipe),
            "size": bool(self._other_sizes(picture)),
            "model": True,
            "words": True,
            "original": True,
        }
        buttons = [
            _button(texts(f"draw.{what}"), what, picture.id, count) for what, is_there in offered.items() if is_there
        ]
        return _rows(buttons, 2)

    def sizes(self, picture: GeneratedPicture, count: int, texts: Texts) -> InlineKeyboardMarkup | None:
        """All others than the one it has; None where its model draws no other."""
        buttons = [
            _button(size.replace("x", " × "), "size", picture.id, count, size) for size in self._other_sizes(picture)
        ]
        return _rows(buttons, 2, _back(picture, count, texts)) if buttons else None

    def other_models(self, picture: GeneratedPicture, count: int, texts: Texts) -> InlineKeyboardMarkup:
        """All others than the one it has."""
        buttons = [
            _button(f"{short_id(model.id)} · {price(model, texts)}", "model", picture.id, count, tag(model))
            for model in self.models.models_for(picture.recipe)
            if model.id != picture.recipe.model
        ]
        return _rows(buttons, 1, _back(picture, count, texts))

    def _other_sizes(self, picture: GeneratedPicture) -> list[str]:
        return [size for size in self.models.sizes_for(picture.recipe) if size != picture.recipe.size]


def cancel(drawing_id: int, texts: Texts) -> InlineKeyboardMarkup:
    return _rows([_button(texts("draw.cancel"), "stop", drawing_id)], 1)


def resend(drawing_id: int, texts: Texts) -> InlineKeyboardMarkup:
    return _rows([_button(texts("draw.send"), "send", drawing_id)], 1)


def offer(texts: Texts) -> InlineKeyboardMarkup:
    """Below an answer in words: the question can be drawn, too."""
    return _rows([_button(texts("draw.offer_button"), "offer", 0)], 1)


def price(model: Model, texts: Texts) -> str:
    """Of one picture."""
    return texts("model.free") if model.price.free else f"¥{model.price.picture:g}"


def _back(picture: GeneratedPicture, count: int, texts: Texts) -> InlineKeyboardButton:
    return _button(texts("draw.back"), "menu", picture.id, count)


def _button(text: str, what: str, number: int, count: int = 1, which: str = "") -> InlineKeyboardButton:
    press = DrawPress(what=what, number=number, count=count, which=which)
    return InlineKeyboardButton(text=text, callback_data=press.pack())


def _rows(buttons: Sequence[InlineKeyboardButton], width: int, *last: InlineKeyboardButton) -> InlineKeyboardMarkup:
    rows = [list(buttons[at : at + width]) for at in range(0, len(buttons), width)]
    return InlineKeyboardMarkup(inline_keyboard=[*rows, list(last)] if last else rows)
