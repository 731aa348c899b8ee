"""Running text with marked spans: what sendMessage takes, before it is cut to size."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace

from aiogram.types import MessageEntity

QUOTES = frozenset({"blockquote", "expandable_blockquote"})
_INDENTED = {"pre", *QUOTES}  # may begin with the indentation of code
_OPAQUE = {"code", "pre"}  # contain nothing, and nothing of a character's style contains them


@dataclass(frozen=True, slots=True)
class Span:
    """An entity in code points of its text."""

    kind: str
    start: int
    end: int
    url: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """``spans`` are sorted by start, outer ones first, and nest properly; ``breaks`` are the best places to cut."""

    text: str
    spans: tuple[Span, ...] = ()
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


def _offsets(text: str, spans: tuple[Span, ...]) -> dict[int, int]:
    offsets: dict[int, int] = {}
    done = total = 0
    for place in sorted({place for span in spans for place in (span.start, span.end)}):
        total += units(text[done:place])
        offsets[place] = total
        done = place
    return offsets


def tidy(text: str, spans: list[Span]) -> tuple[Span, ...]:
    """As Telegram wants them: around code rather than over it, without white space at their ends, none empty."""
    opaque = sorted((span for span in spans if span.kind in _OPAQUE), key=lambda span: span.start)
    pieces = (piece for span in spans for piece in _around(span, opaque))
    trimmed = [piece for piece in (_trimmed(text, piece) for piece in pieces) if piece.start < piece.end]
    return tuple(sorted(trimmed, key=lambda span: (span.start, -span.end, span.kind not in QUOTES)))


def _around(span: Span, opaque: list[Span]) -> Iterator[Span]:
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


def _trimmed(text: str, span: Span) -> Span:
    start, end = span.start, min(span.end, len(text))
    while start < end and text[end - 1].isspace():
        end -= 1
    if span.kind not in _INDENTED:
        while start < end and text[start].isspace():
            start += 1
    return span if (start, end) == (span.start, span.end) else replace(span, start=start, end=end)
