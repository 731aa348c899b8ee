"""Running text with entities: what sendMessage takes, and how it is cut to the size of a message."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import regex
from aiogram.types import MessageEntity

QUOTES = frozenset({"blockquote", "expandable_blockquote"})
_INDENTED = {"pre", *QUOTES}  # may begin with the indentation of code
_OPAQUE = {"code", "pre"}  # contain nothing, and nothing of a character's style contains them


@dataclass(frozen=True, slots=True)
class TextSpan:
    """An entity, with its places in code points of its text."""

    kind: str
    start: int
    end: int
    url: str | None = None
    language: str | None = None
    head: int = 0  # how much of its beginning, a table's head, is repeated where it is cut


@dataclass(frozen=True, slots=True)
class FormattedText:
    """Text with its entities."""

    text: str
    spans: tuple[TextSpan, ...] = ()  # sorted by start, outer ones first, properly nested
    breaks: tuple[int, ...] = ()  # the best places to cut

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
    for index in range(bisect_left(opaque, start, key=lambda hole: hole.start), len(opaque)):
        hole = opaque[index]
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

_SENTENCE = regex.compile(r"(?<![.!?…])[.!?…]++[\"')\]]*+(?=\s)|(?<![。！？；…])[。！？；…]++[”’」』）]*+")
_SPACE = regex.compile(r"\s+")
_GRAPHEME = regex.compile(r"\X")
_LONGEST_GRAPHEME = 64  # code points; a family of emoji has at most 15
_LONGEST_TITLE = 120
_TITLE_BEGINS = regex.compile(r"\s*(?:[^\w\s]{1,3}\s+|\d{1,3}[.)]\s+)?")


def cut(formatted: FormattedText, limit: int = TEXT_LIMIT, most_entities: int = ENTITY_LIMIT) -> list[FormattedText]:
    """Pieces that Telegram takes, each at most ``limit`` UTF-16 units long; none for a text without visible words.

    The pieces, joined by the white space that stood between them, are the text again: at a cut, white space is dropped
    on both sides (the indentation of a line of code is kept), and nothing else is. A cut table repeats its head.
    """
    pieces: list[FormattedText] = []
    spans: Sequence[TextSpan] = formatted.spans
    start = _skip(formatted, 0)
    while start < len(formatted.text):
        spans = [span for span in spans if span.end > start]
        head = _repeated_head(formatted.text, spans, start, limit)
        window = _window(formatted.text, spans, start, limit - units(head), most_entities)
        end = window if window == len(formatted.text) else _best(formatted, start, window)
        pieces.append(_piece(formatted.text, spans, start, end, head))
        start = _skip(formatted, end)
    return pieces


def tail(formatted: FormattedText, start: int) -> FormattedText:
    """The text from ``start`` on, with as many of its entities as Telegram shows."""
    spans = [span for span in formatted.spans if span.end > start]
    piece = _piece(formatted.text, spans, start, len(formatted.text), "")
    return replace(piece, spans=piece.spans[:ENTITY_LIMIT])


def _repeated_head(text: str, spans: Sequence[TextSpan], start: int, limit: int) -> str:
    for span in spans:
        if span.start > start:
            break
        if span.head and span.start + span.head <= start:
            head = text[span.start : span.start + span.head]
            return head if units(head) * 4 <= limit else ""
    return ""


def _window(text: str, spans: Sequence[TextSpan], start: int, limit: int, most_entities: int) -> int:
    """The furthest end of a piece that begins at ``start``."""
    end = min(start + limit, len(text))
    while (excess := units(text[start:end]) - limit) > 0:
        end -= (excess + 1) // 2
    if len(spans) > most_entities and spans[most_entities].start < end:
        return max(spans[most_entities].start, start + 1)
    return end


def _best(formatted: FormattedText, start: int, window: int) -> int:
    """Between blocks, unless that leaves most of the piece empty; else paragraphs, lines, sentences and so on."""
    middle = start + (window - start) // 2
    before = bisect_right(formatted.breaks, window)
    block = formatted.breaks[before - 1] if before else 0
    if block > start + (window - start) * 0.3:
        return _before_title(formatted, start, block)
    for separator in ("\n\n", "\n"):
        if (place := formatted.text.rfind(separator, middle, window + 1)) > 0:
            return _before_title(formatted, start, place)
    for pattern in (_SENTENCE, _SPACE):
        if ends := [found.end() for found in pattern.finditer(formatted.text, middle, window)]:
            return ends[-1]
    return _last_grapheme(formatted.text, start, window)


def _before_title(formatted: FormattedText, start: int, place: int) -> int:
    """A place to cut that does not part a bold line from what stands below it."""
    for _ in range(3):
        end = place
        while end > start and formatted.text[end - 1].isspace():
            end -= 1
        line = max(formatted.text.rfind("\n", start, end) + 1, start)
        if line <= start or not _is_title(formatted, line, end):
            return place
        place = line
    return place


def _is_title(formatted: FormattedText, line: int, end: int) -> bool:
    begins = _TITLE_BEGINS.match(formatted.text, line, end)
    first = begins.end() if begins else line
    index = bisect_right(formatted.spans, first, key=lambda span: span.start)
    near = formatted.spans[max(0, index - 5) : index]
    covered = any(span.kind == "bold" and span.start >= line and span.end >= end - 1 for span in near)
    return end - line <= _LONGEST_TITLE and covered


def _last_grapheme(text: str, start: int, window: int) -> int:
    """The last place up to ``window`` between two characters as people count them."""
    begin = max(start, window - _LONGEST_GRAPHEME)
    while begin > start and "\U0001f1e6" <= text[begin - 1] <= "\U0001f1ff" and window - begin < 4 * TEXT_LIMIT:
        begin -= 1  # the pairs of a row of flags cannot be told from its middle
    if window - begin > _LONGEST_GRAPHEME:
        return window - (window - begin) % 2 if (window - begin) > 1 else window
    end = begin
    for found in _GRAPHEME.finditer(text[begin : window + _LONGEST_GRAPHEME]):
        if begin + found.end() > window:
            break
        end = begin + found.end()
    return end if end > start else window


def _skip(formatted: FormattedText, place: int) -> int:
    """Where the next piece begins: after the white space at ``place``, but code keeps its indentation."""
    found = _SPACE.match(formatted.text, place)
    if not found:
        return place
    index = bisect_left(formatted.spans, found.end(), key=lambda span: span.start)
    for span in formatted.spans[max(0, index - 8) : index]:
        if span.kind == "pre" and span.end > found.end():
            return max(place, span.start, formatted.text.rfind("\n", place, found.end()) + 1)
    return found.end()


def _piece(text: str, spans: Sequence[TextSpan], start: int, end: int, head: str) -> FormattedText:
    own = text[start:end].rstrip()
    inside = spans[: bisect_left(spans, end, key=lambda span: span.start)]
    clipped = [_clipped(span, start, len(own), len(head)) for span in inside]
    return FormattedText(head + own, tidy(head + own, clipped))


def _clipped(span: TextSpan, start: int, size: int, head: int) -> TextSpan:
    begin = span.start - start
    return replace(span, start=begin + head if begin > 0 else 0, end=min(span.end - start, size) + head, head=0)
