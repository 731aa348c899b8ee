"""How numbers, money, times and the names of models are written, and a small picture of what was used day by day."""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from bot.domain.money import Money
from bot.telegram.texts import Texts

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

_CENT = Money.from_yuan(0.01)
_HOUR, _DAY = 3600, 86_400

_SIZE: Final = (900, 480)
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 880, 24, 440
_GAP: Final = 36  # between the two panels
_FONT: Final = 17
_PAPER, _INK, _GRID = "#ffffff", "#5f6368", "#e3e6ea"
BLUE, ORANGE, GREEN = "#3b82f6", "#f59e0b", "#22a06b"
"""Questions, pictures, money: the colours of the squares in the legend."""


def count(number: int) -> str:
    """Up to four digits as they are; beyond that rounded: 12.3k, 4.56M."""
    if number < 10_000:
        return str(number)
    size, letter = (1_000_000, "M") if number >= 999_500 else (1_000, "k")
    return f"{number / size:.3g}{letter}"


def yuan(money: Money) -> str:
    """Two decimals, more for what would be nothing with two."""
    if money and money < _CENT:
        return f"¥{money}"
    return f"¥{money.yuan:.2f}".replace(".00", "")


def amount(value: int | Money) -> str:
    """Of whatever a quota bounds."""
    return yuan(value) if isinstance(value, Money) else count(value)


def share(part: int, whole: int) -> str:
    return f"{100 * part // whole} %" if whole else "0 %"


def span(seconds: float, texts: Texts) -> str:
    """Rounded up: days from two on, else hours, below one minutes."""
    for key, size, least in (("days", _DAY, 2 * _DAY), ("hours", _HOUR, _HOUR)):
        if seconds > least:
            return texts(f"quota.{key}", number=math.ceil(seconds / size))
    return texts("quota.minutes", number=max(1, math.ceil(seconds / 60)))


def moment(at: float) -> str:
    """A time (Unix seconds) in UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%m-%d %H:%M UTC")


@dataclass(frozen=True, slots=True)
class Day:
    """What was used on one day."""

    label: str  # a short date
    questions: int
    pictures: int
    cost: Money


def chart(days: Sequence[Day]) -> bytes:
    """A PNG: questions and pictures day by day, and below what they cost, where they cost anything."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("RGB", _SIZE, _PAPER)
    draw = ImageDraw.Draw(image)
    draw.font = ImageFont.load_default(_FONT)
    costs = any(day.cost for day in days)
    split = (_TOP + _BOTTOM) * 3 // 5 if costs else _BOTTOM
    calls = [((day.questions, BLUE), (day.pictures, ORANGE)) for day in days]
    _panel(draw, _TOP, split, calls, whole=True)
    if costs:
        _panel(draw, split + _GAP, _BOTTOM, [((day.cost.yuan, GREEN),) for day in days], whole=False)
    _dates(draw, days)
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


Stack = Sequence[tuple[float, str]]


def _panel(draw: "ImageDraw", top: int, bottom: int, stacks: Sequence[Stack], *, whole: bool) -> None:
    """Bars of stacked values, and lines at the top, the middle and the bottom of the scale."""
    scale = _ceiling(max(sum(value for value, _ in stack) for stack in stacks), whole=whole)
    for part in (0.0, 0.5, 1.0):
        y = bottom - (bottom - top) * part
        draw.line((_LEFT, y, _RIGHT, y), fill=_GRID, width=2)
        draw.text((_LEFT - 10, y), f"{scale * part:g}", fill=_INK, anchor="rm")
    step = (_RIGHT - _LEFT) / len(stacks)
    for number, stack in enumerate(stacks):
        left, base = _LEFT + number * step, float(bottom)
        for value, colour in stack:
            height = (bottom - top) * value / scale
            if height:
                draw.rectangle((left + step * 0.15, base - max(height, 1), left + step * 0.85, base), fill=colour)
            base -= height


def _ceiling(highest: float, *, whole: bool) -> float:
    """A round number at or above ``highest``; ``whole``: with a whole half."""
    power = 1e-6
    while True:
        for digit in (1, 2, 4, 5, 6, 8):
            scale = digit * power
            if scale >= highest and (not whole or (scale >= 2 and scale % 2 == 0)):
                return scale
        power *= 10


def _dates(draw: "ImageDraw", days: Sequence[Day]) -> None:
    """Every fifth, counted from the newest."""
    step = (_RIGHT - _LEFT) / len(days)
    for number in range(len(days) - 1, -1, -5):
        draw.text((_LEFT + (number + 0.5) * step, _BOTTOM + 22), days[number].label, fill=_INK, anchor="mm")
