"""What is too long to be looked at, cut short and said to be."""

from collections.abc import Callable
from typing import Any, Final

TEXT: Final = 6_000  # characters of one text
ALTOGETHER: Final = 60_000  # characters of one value with all that is in it
_DEEPEST: Final = 12


def short(text: str, limit: int = TEXT) -> str:
    """At most about ``limit`` characters, and none that cannot be sent on (half of a surrogate pair)."""
    left_out = len(text) - limit
    whole = text if left_out <= 0 else f"{text[:limit]} … (+{left_out})"
    return whole.encode("utf-8", "replace").decode()


def excerpt(value: Any, clean: Callable[[str], str] = str) -> Any:
    """JSON of the same shape, with long texts cut and, where it is large altogether, the rest left out.

    Every text goes through ``clean`` first.
    """
    return _Cutter(clean).cut(value, 0)


class _Cutter:
    def __init__(self, clean: Callable[[str], str]) -> None:
        self._clean = clean
        self._left = ALTOGETHER

    def cut(self, value: Any, depth: int) -> Any:
        if self._left <= 0 or depth > _DEEPEST:
            return "…"
        self._left -= 1
        match value:
            case dict():
                return {self._text(str(key)): self.cut(value[key], depth + 1) for key in list(value)[: self._left]}
            case list() | tuple():
                return [self.cut(each, depth + 1) for each in value[: self._left]]
            case None | bool() | int() | float():
                return value
            case _:
                return self._text(str(value))

    def _text(self, text: str) -> str:
        cut = short(self._clean(text), min(TEXT, max(self._left, 0)))
        self._left -= len(cut)
        return cut
