"""Text in the cells of a terminal: what of it is safe to show, and how many columns it takes."""

import re
import unicodedata

import regex

# C0 and C1 without the line feed, separators that some terminals take for line ends, whatever turns the direction of
# the rest of a line, and halves of surrogate pairs, which no stream can encode.
_UNSAFE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_GRAPHEME = regex.compile(r"\X")
_AS_EMOJI = "\ufe0f"
_WIDE = frozenset("WF")
_NO_WIDTH = frozenset({"Mn", "Me", "Cf"})


def safe(text: str) -> str:
    """The text with its line ends; other control characters as escapes that can be read."""
    text = text.replace("\r\n", "\n").replace("\t", "    ")
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def width(text: str) -> int:
    """In columns. What is seen as one character takes two at most, even of an emoji that is made of many."""
    return len(text) if text.isascii() else sum(map(_columns, _GRAPHEME.findall(text)))


def height(text: str, columns: int) -> int:
    """In rows of so many columns: what does not fit into the rest of one begins the next."""
    rows, used = 1, 0
    for grapheme in _GRAPHEME.findall(text):
        wide = _columns(grapheme)
        rows, used = (rows, used + wide) if used + wide <= columns else (rows + 1, wide)
    return rows


def _columns(grapheme: str) -> int:
    if grapheme[0] == " " and len(grapheme) > 1:  # a skin tone in a cell of its own joins no emoji
        return 1 + _columns(grapheme[1:])
    if _AS_EMOJI in grapheme:
        return 2
    return min(2, sum(map(_column, grapheme)))


def _column(character: str) -> int:
    if unicodedata.category(character) in _NO_WIDTH:
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1
