"""How long to wait by the rate limit headers of an answer, in the names of OpenAI, Groq and OpenRouter."""

import re
from collections.abc import Mapping
from typing import Final

_COUNTS: Final = ("", "-requests", "-tokens")
_SPAN: Final = re.compile(r"(?:(\d{1,4})h)?(?:(\d{1,4})m(?!s))?(?:(\d{1,13}(?:\.\d+)?)(ms|s)?)?")
_DATES: Final = 1e9
"""Above it a number is a time in Unix seconds, and from a hundred times of it on in milliseconds."""


def retry_after(headers: Mapping[str, str], now: float) -> float:
    """Seconds until there is more of that of which nothing is left; 0.0 where the headers do not say so.

    ``now``: Unix seconds, since some say when instead of how long.
    """
    return max(
        (
            _seconds(headers.get(f"x-ratelimit-reset{count}", ""), now)
            for count in _COUNTS
            if headers.get(f"x-ratelimit-remaining{count}", "").strip() == "0"
        ),
        default=0.0,
    )


def _seconds(reset: str, now: float) -> float:
    """Of ``2m59.5s``, ``20ms``, ``30`` or a time; 0.0 where it is none of them."""
    found = _SPAN.fullmatch(reset.strip())
    if found is None:
        return 0.0
    hours, minutes, amount, unit = found.groups()
    number = float(amount or 0) / (1000 if unit == "ms" else 1)
    if number >= _DATES:
        return max((number / 1000 if number >= 100 * _DATES else number) - now, 0.0)
    return 3600 * int(hours or 0) + 60 * int(minutes or 0) + number
