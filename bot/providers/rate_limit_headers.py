"""How long a provider wants to be left alone: by headers, by fields of its refusal, or by its sentence."""

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Final

LONGEST_WAIT: Final = 86_400.0  # a provider's word on how long to wait is believed up to a day

_COUNTS: Final = ("", "-requests", "-tokens")
_SPAN: Final = re.compile(r"(?:(\d{1,4})h)?(?:(\d{1,4})m(?!s))?(?:(\d{1,13}(?:\.\d+)?)(ms|s)?)?")
_DATES: Final = 1e9
"""Above it a number is a time in Unix seconds, and from a hundred times of it on in milliseconds."""

_FIELDS: Final = ("retry_after", "retryAfter", "retryDelay", "retry_delay", "retry_after_seconds", "wait_seconds")
_DEPTH: Final = 4
_ASKING: Final = r"(?:try again|retry|wait|retry-after)[^\d\n]{0,24}?"
_COMPACT: Final = re.compile(
    rf"{_ASKING}(?<![\w.])((?:\d{{1,4}}h)?(?:\d{{1,4}}m(?!s))?(?:\d{{1,6}}(?:\.\d{{1,6}})?m?s)?)(?!\w)"
)
_SPELLED: Final = re.compile(
    rf"(?:{_ASKING}|\bin )(\d{{1,6}}(?:\.\d{{1,6}})?) ?(milliseconds?|seconds?|secs?|minutes?|mins?|hours?)",
    re.IGNORECASE,
)
_CHINESE: Final = re.compile(r"(\d{1,6}(?:\.\d{1,6})?) ?(毫秒|秒|分|小时)[钟]?[^\n]{0,6}(?:后|再|重试)")
_UNITS: Final = {
    "mil": 0.001,
    "sec": 1.0,
    "min": 60.0,
    "hou": 3600.0,
    "毫秒": 0.001,
    "秒": 1.0,
    "分": 60.0,
    "小时": 3600.0,
}


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


def header_wait(value: str | None, now: float) -> float | None:
    """Seconds of a ``Retry-After``: a number, a span like ``1m5s``, or a date; None of anything else."""
    if not value or not (value := value.strip()):
        return None
    if re.fullmatch(r"\d{1,15}(\.\d{1,9})?", value):
        seconds = float(value)
        return _bounded(seconds if seconds < _DATES else _seconds(value, now))
    if (seconds := _seconds(value, now)) > 0:
        return _bounded(seconds)
    try:
        return _bounded(parsedate_to_datetime(value).timestamp() - now)
    except (ValueError, TypeError, OverflowError):
        return None


def text_wait(text: str) -> float | None:
    """Seconds of "try again in 1m5.2s", "retry after 20 seconds" or "请在 30 秒后重试"; None where it says nothing."""
    if (found := _COMPACT.search(text)) and found[1]:
        return _bounded(_seconds(found[1], 0.0))
    if spelled := _SPELLED.search(text) or _CHINESE.search(text):
        return _bounded(float(spelled[1]) * _UNITS[spelled[2][:3].lower()])
    return None


def field_wait(content: Any, now: float, depth: int = 0) -> float | None:
    """Seconds that a field of the refusal tells, such as Google's ``retryDelay``; None where none does."""
    if depth > _DEPTH:
        return None
    if isinstance(content, list):
        return next((wait for each in content[:8] if (wait := field_wait(each, now, depth + 1)) is not None), None)
    if not isinstance(content, Mapping):
        return None
    for name, value in content.items():
        known = name in _FIELDS or str(name).lower() in ("retry-after", "x-ratelimit-reset")
        if known and isinstance(value, str | int | float) and not isinstance(value, bool):
            return header_wait(str(value), now)
    return next((wait for each in content.values() if (wait := field_wait(each, now, depth + 1)) is not None), None)


def _bounded(seconds: float) -> float:
    return min(max(seconds, 0.0), LONGEST_WAIT)


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
