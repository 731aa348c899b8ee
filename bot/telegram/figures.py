"""How numbers, money, times and the names of models are written."""

import math
from datetime import UTC, datetime

from bot.domain.money import Money
from bot.telegram.texts import Texts

_CENT = Money.from_yuan(0.01)
_HOUR, _DAY = 3600, 86_400


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
