"""The buttons around summaries."""

from typing import Literal, TypeAlias

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.telegram.texts import Texts
from handlers.stop import STOP

What: TypeAlias = Literal["go", "mine", "post"]


class SummaryPress(CallbackData, prefix="sum"):
    """``owner``: who asked; ``name``: of what waits for it. ``mine``: go on, for the one who asked alone."""

    what: What
    owner: int
    name: str


def estimated(owner: int, name: str, texts: Texts, *, mine: bool) -> InlineKeyboardMarkup:
    """``mine``: whether it may be had in private."""
    offered: tuple[What, ...] = ("go", "mine") if mine else ("go",)
    return _below(*(_button(what, owner, name, texts) for what in offered))


def post(owner: int, name: str, texts: Texts) -> InlineKeyboardMarkup:
    return _below(_button("post", owner, name, texts))


def stop(owner: int, texts: Texts) -> InlineKeyboardMarkup:
    """That of answers: it ends what its person has running where it stands."""
    return _below(InlineKeyboardButton(text=texts("live.stop"), callback_data=f"{STOP}:{owner}"))


def _button(what: What, owner: int, name: str, texts: Texts) -> InlineKeyboardButton:
    data = SummaryPress(what=what, owner=owner, name=name).pack()
    return InlineKeyboardButton(text=texts(f"summarize.{what}"), callback_data=data)


def _below(*buttons: InlineKeyboardButton) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(inline_keyboard=[list(buttons)])
