"""Formatted text: pieces that look alike, from Telegram's entities or its RichText, and how a terminal shows them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from bot.playground.terminal.printing.cells import safe, width

Json = dict[str, Any]

# What a look is in a terminal (a parameter of SGR), and what stands around it where there are no escape sequences.
_LOOKS: Final[dict[str, tuple[str, str, str]]] = {
    "heading": ("1;4", "== ", " =="),
    "bold": ("1", "*", "*"),
    "italic": ("3", "_", "_"),
    "underline": ("4", "", ""),
    "strikethrough": ("9", "~", "~"),
    "spoiler": ("7", "||", "||"),
    "marked": ("7", "", ""),
    "code": ("36", "`", "`"),
    "formula": ("35", "", ""),
    "faint": ("2", "", ""),
    "link": ("4", "", ""),
    "author": ("1;34", "", ""),
    "good": ("32", "", ""),
    "bad": ("31", "", ""),
}
_SAME = frozenset({"bold", "italic", "underline", "strikethrough", "spoiler", "marked", "code"})
_BEFORE_LINES: Final = {"pre": "│ ", "blockquote": "▎ ", "expandable_blockquote": "▎ "}


@dataclass(frozen=True, slots=True)
class Span:
    """Made by :func:`span` or :func:`label`, which let nothing unsafe in."""

    text: str
    looks: frozenset[str] = frozenset()


Line = tuple[Span, ...]


def span(text: str, *looks: str) -> Span:
    return Span(safe(text), frozenset(looks))


def label(text: str, *looks: str) -> Span:
    """What has one line, whatever is in it."""
    return span(text.replace("\n", " "), *looks)


@dataclass(frozen=True, slots=True)
class Ink:
    """``coloured``: looks are escape sequences, else marks that are part of the text."""

    coloured: bool

    def drawn(self, spans: Iterable[Span]) -> Line:
        """With the marks, which take columns of their own."""
        return tuple(spans) if self.coloured else tuple(_marked(spans))

    def paint(self, line: Line) -> str:
        return "".join(map(self._painted, line))

    def _painted(self, piece: Span) -> str:
        codes = ";".join(_LOOKS[look][0] for look in sorted(piece.looks & _LOOKS.keys()))
        return f"\x1b[{codes}m{piece.text}\x1b[0m" if codes and self.coloured and piece.text else piece.text


def _marked(spans: Iterable[Span]) -> Iterator[Span]:
    shown: frozenset[str] = frozenset()
    for piece in (*spans, Span("")):
        closing = sorted(_LOOKS.keys() & (shown - piece.looks), reverse=True)
        opening = sorted(_LOOKS.keys() & (piece.looks - shown))
        marks = [_LOOKS[look][2] for look in closing] + [_LOOKS[look][1] for look in opening]
        yield from (Span(mark) for mark in marks if mark)
        yield piece
        shown = piece.looks


def of_entities(text: str, entities: Sequence[Json]) -> Iterator[Span]:
    """Offsets count UTF-16 units; what reaches out of the text is cut off."""
    units = text.encode("utf-16-le", "surrogatepass")
    end = len(units) // 2
    reach = [(each, min(each["offset"], end), min(each["offset"] + each["length"], end)) for each in entities]
    edges = sorted({0, end, *(edge for _, *edges in reach for edge in edges)})
    for begin, stop in pairwise(edges):
        over = [each for each, first, last in reach if first <= begin and stop <= last]
        piece = units[2 * begin : 2 * stop].decode("utf-16-le", "surrogatepass")
        yield span(piece, *(_look(each["type"]) for each in over))
        for each, first, last in reach:
            if each["type"] == "text_link" and last == stop and first < last:
                yield span(f" ({each['url']})", "faint")


def _look(kind: str) -> str:
    return "link" if kind in {"text_link", "url"} else kind


def of_rich(value: Any, *looks: str) -> Iterator[Span]:
    """RichText: a string, a list, or a format around another."""
    if isinstance(value, str):
        yield span(value, *looks)
    elif isinstance(value, list):
        for part in value:
            yield from of_rich(part, *looks)
    elif isinstance(value, dict):
        yield from _of_format(value, looks)


def _of_format(value: Json, looks: tuple[str, ...]) -> Iterator[Span]:
    match value.get("type"):
        case "url":
            yield from of_rich(value.get("text"), *looks, "link")
            if value.get("text") != value.get("url"):
                yield span(f" ({value.get('url')})", "faint")
        case "mathematical_expression":
            yield span(str(value.get("expression")), *looks, "formula")
        case "custom_emoji":
            yield span(str(value.get("alternative_text")), *looks)
        case "button":
            yield span(f"[{value.get('button', {}).get('text')}]", *looks)
        case str(kind) if kind in _SAME:
            yield from of_rich(value.get("text"), *looks, kind)
        case _:
            yield from of_rich(value.get("text"), *looks)


def lines(spans: Iterable[Span]) -> list[Line]:
    """Cut at the line ends; quotations and blocks of code have a bar in front of each line."""
    found: list[list[Span]] = [[]]
    for piece in spans:
        first, *rest = piece.text.split("\n")
        found[-1].append(Span(first, piece.looks))
        found += [[Span(text, piece.looks)] for text in rest]
    return [_barred([piece for piece in line if piece.text]) for line in found]


def _barred(line: list[Span]) -> Line:
    looks = set().union(*(piece.looks for piece in line)) if line else set()
    return (*(Span(bar, frozenset({"faint"})) for look, bar in _BEFORE_LINES.items() if look in looks), *line)


def line_width(line: Line) -> int:
    return width("".join(piece.text for piece in line))
