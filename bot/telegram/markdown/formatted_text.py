"""Running text with entities: what sendMessage takes, and how it is cut to the size of a message."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace

import regex
from aiogram.types import MessageEntity

QUOTES = frozenset({"blockquote", "expandable_blockquote"})
_INDENTED = {"pre", *QUOTES}  # may begin with the indentation of code
_OPAQUE = {"code", "pre"}  # contain nothing, and nothing of a character's style contains them


@dataclass(frozen=True, slots=True)
class TextSpan:
    """An entity in code points of its text."""

    kind: str
    start: int
    end: int
    url: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class FormattedText:
    """``spans`` are sorted by start, outer ones first, and nest properly; ``breaks`` are the best places to cut."""

    text: str
    spans: tuple[TextSpan, ...] = ()
    breaks: tuple[int, ...] = ()

    def entities(self) -> tuple[MessageEntity, ...]:
        """With offsets in UTF-16 units, as Telegram counts."""
        offsets = _offsets(self.text, self.spans)
        return tuple(
            MessageEntity(
                type=span.kind,
                offset=offsets[span.start],
                length=offsets[span.end] - offsets[span.start],
                url=span.url,
                language=span.language,
            )
            for span in self.spans
        )


def units(text: str) -> int:
    """The length in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def _offsets(text: str, spans: tuple[TextSpan, ...]) -> dict[int, int]:
    offsets: dict[int, int] = {}
    done = total = 0
    for place in sorted({place for span in spans for place in (span.start, span.end)}):
        total += units(text[done:place])
        offsets[place] = total
        done = place
    return offsets


def tidy(text: str, spans: list[TextSpan]) -> tuple[TextSpan, ...]:
    """As Telegram wants them: around code rather than over it, without white space at their ends, none empty."""
    opaque = sorted((span for span in spans if span.kind in _OPAQUE), key=lambda span: span.start)
    pieces = (piece for span in spans for piece in _around(span, opaque))
    trimmed = [piece for piece in (_trimmed(text, piece) for piece in pieces) if piece.start < piece.end]
    return tuple(sorted(trimmed, key=lambda span: (span.start, -span.end, span.kind not in QUOTES)))


def _around(span: TextSpan, opaque: list[TextSpan]) -> Iterator[TextSpan]:
    if span.kind in _OPAQUE or span.kind in QUOTES or span.kind == "text_link":
        yield span
        return
    start = span.start
    for hole in opaque[bisect_left(opaque, start, key=lambda hole: hole.start) :]:
        if hole.start >= span.end:
            break
        yield replace(span, start=start, end=hole.start)
        start = hole.end
    yield replace(span, start=start)


def _trimmed(text: str, span: TextSpan) -> TextSpan:
    start, end = span.start, min(span.end, len(text))
    while start < end and text[end - 1].isspace():
        end -= 1
    if span.kind not in _INDENTED:
        while start < end and text[start].isspace():
            start += 1
    return span if (start, end) == (span.start, span.end) else replace(span, start=start, end=end)


TEXT_LIMIT = 4096
ENTITY_LIMIT = 100  # Telegram shows no more of them

_SENTENCE = regex.compile(r"[.!?…]+[\"')\]]*(?=\s)|[。！？；…]+[”’」』）]*")
_SPACE = regex.compile(r"\s+")
_GRAPHEME = regex.compile(r"\X")


def cut(formatted: FormattedText, limit: int = TEXT_LIMIT, most_entities: int = ENTITY_LIMIT) -> list[FormattedText]:
    """None for a text without visible text."""
    pieces: list[FormattedText] = []
    start = _skip(formatted, 0)
    while start < len(formatted.text):
        window = _window(formatted, start, limit, most_entities)
        end = window if window == len(formatted.text) else _best(formatted, start, window)
        pieces.append(_piece(formatted, start, end))
        start = _skip(formatted, end)
    return pieces


def _window(formatted: FormattedText, start: int, limit: int, most_entities: int) -> int:
    """The furthest end of a piece that begins at ``start``."""
    end = min(start + limit, len(formatted.text))
    while (excess := units(formatted.text[start:end]) - limit) > 0:
        end -= (excess + 1) // 2
    counted = [span.start for span in formatted.spans if span.end > start and span.start < end]
    return max(counted[most_entities], start + 1) if len(counted) > most_entities else end


def _best(formatted: FormattedText, start: int, window: int) -> int:
    """Between blocks, unless that leaves most of the piece empty; else paragraphs, lines, sentences and so on."""
    middle = start + (window - start) // 2
    before = bisect_right(formatted.breaks, window)
    block = formatted.breaks[before - 1] if before else 0
    if block > start + (window - start) * 0.3:
        return block
    for separator in ("\n\n", "\n"):
        if (place := formatted.text.rfind(separator, middle, window + 1)) > 0:
            return place
    for pattern in (_SENTENCE, _SPACE):
        if ends := [found.end() for found in pattern.finditer(formatted.text, middle, window)]:
            return ends[-1]
    return _last_grapheme(formatted.text, start, window)


def _last_grapheme(text: str, start: int, window: int) -> int:
    """Counted from ``start``, since the pairs of a row of flags cannot be told from its middle."""
    end = start
    for found in _GRAPHEME.finditer(text, start):
        if found.end() > window:
            break
        end = found.end()
    return end if end > start else window


def _skip(formatted: FormattedText, place: int) -> int:
    """Where the next piece begins: after the white space at ``place``, but code keeps its indentation."""
    found = _SPACE.match(formatted.text, place)
    if not found:
        return place
    for span in formatted.spans[: bisect_left(formatted.spans, found.end(), key=lambda span: span.start)]:
        if span.kind == "pre" and span.end > found.end():
            return max(place, span.start, formatted.text.rfind("\n", place, found.end()) + 1)
    return found.end()


def _piece(formatted: FormattedText, start: int, end: int) -> FormattedText:
    text = formatted.text[start:end].rstrip()
    inside = [span for span in formatted.spans if span.end > start and span.start < end]
    return FormattedText(text, tidy(text, [_clipped(span, start, len(text)) for span in inside]))


def _clipped(span: TextSpan, start: int, size: int) -> TextSpan:
    return replace(span, start=max(span.start - start, 0), end=min(span.end - start, size))
