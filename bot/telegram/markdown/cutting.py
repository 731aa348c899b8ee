"""A flow in pieces that Telegram takes: each at most so many UTF-16 units and so many entities.

The pieces, joined by the white space that stood between them, are the flow's text again: at a cut, white space is
dropped on both sides (the indentation of a line of code is kept), and nothing else is.
"""

from bisect import bisect_left, bisect_right
from dataclasses import replace

import regex

from bot.telegram.markdown.flow import Flow, Span, tidy, units

TEXT_LIMIT = 4096
ENTITY_LIMIT = 100  # Telegram shows no more of them

_SENTENCE = regex.compile(r"[.!?…]+[\"')\]]*(?=\s)|[。！？；…]+[”’」』）]*")
_SPACE = regex.compile(r"\s+")
_GRAPHEME = regex.compile(r"\X")


def cut(flow: Flow, limit: int = TEXT_LIMIT, most_entities: int = ENTITY_LIMIT) -> list[Flow]:
    """None for a flow without visible text."""
    pieces: list[Flow] = []
    start = _skip(flow, 0)
    while start < len(flow.text):
        window = _window(flow, start, limit, most_entities)
        end = window if window == len(flow.text) else _best(flow, start, window)
        pieces.append(_piece(flow, start, end))
        start = _skip(flow, end)
    return pieces


def _window(flow: Flow, start: int, limit: int, most_entities: int) -> int:
    """The furthest end of a piece that begins at ``start``."""
    end = min(start + limit, len(flow.text))
    while (excess := units(flow.text[start:end]) - limit) > 0:
        end -= (excess + 1) // 2
    counted = [span.start for span in flow.spans if span.end > start and span.start < end]
    return max(counted[most_entities], start + 1) if len(counted) > most_entities else end


def _best(flow: Flow, start: int, window: int) -> int:
    """Between blocks, unless that leaves most of the piece empty; else paragraphs, lines, sentences and so on."""
    middle = start + (window - start) // 2
    before = bisect_right(flow.breaks, window)
    block = flow.breaks[before - 1] if before else 0
    if block > start + (window - start) * 0.3:
        return block
    for separator in ("\n\n", "\n"):
        if (place := flow.text.rfind(separator, middle, window + 1)) > 0:
            return place
    for pattern in (_SENTENCE, _SPACE):
        if ends := [found.end() for found in pattern.finditer(flow.text, middle, window)]:
            return ends[-1]
    return _last_grapheme(flow.text, start, window)


def _last_grapheme(text: str, start: int, window: int) -> int:
    """Counted from ``start``, since the pairs of a row of flags cannot be told from its middle."""
    end = start
    for found in _GRAPHEME.finditer(text, start):
        if found.end() > window:
            break
        end = found.end()
    return end if end > start else window


def _skip(flow: Flow, place: int) -> int:
    """Where the next piece begins: after the white space at ``place``, but code keeps its indentation."""
    found = _SPACE.match(flow.text, place)
    if not found:
        return place
    for span in flow.spans[: bisect_left(flow.spans, found.end(), key=lambda span: span.start)]:
        if span.kind == "pre" and span.end > found.end():
            return max(place, span.start, flow.text.rfind("\n", place, found.end()) + 1)
    return found.end()


def _piece(flow: Flow, start: int, end: int) -> Flow:
    text = flow.text[start:end].rstrip()
    inside = [span for span in flow.spans if span.end > start and span.start < end]
    return Flow(text, tidy(text, [_clipped(span, start, len(text)) for span in inside]))


def _clipped(span: Span, start: int, size: int) -> Span:
    return replace(span, start=max(span.start - start, 0), end=min(span.end - start, size))
