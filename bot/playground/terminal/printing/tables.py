"""A table whose columns stand below each other, Chinese and emoji included."""

from collections.abc import Callable, Iterable
from typing import Any

from bot.playground.terminal.printing.spans import Line, Span, line_width, span

Json = dict[str, Any]
_GAP = Span(" │ ", frozenset({"faint"}))


def table(rows: list[list[Json]], shown: Callable[[Json], Line]) -> list[Line]:
    """``shown``: a cell's text on one line. A row of headers has a rule below it."""
    spread = [[cell for each in row for cell in _spread(each)] for row in rows]
    count = max(map(len, spread))
    full = [[*row, *[{}] * (count - len(row))] for row in spread]
    texts = [[shown(cell) for cell in row] for row in full]
    widths = [max(map(line_width, column)) for column in zip(*texts, strict=True)]
    found: list[Line] = []
    for row, line in zip(full, texts, strict=True):
        found.append(_joined(map(_set, row, line, widths)))
        if row is not full[-1] and all(cell.get("is_header") for cell in row if cell):
            found.append((span("─┼─".join("─" * columns for columns in widths), "faint"),))
    return found


def _spread(cell: Json) -> list[Json]:
    """A cell over several columns leaves those behind its first one empty."""
    return [cell, *[{}] * (cell.get("colspan", 1) - 1)]


def _set(cell: Json, text: Line, columns: int) -> Line:
    free = columns - line_width(text)
    before = {"right": free, "center": free // 2}.get(cell.get("align", "left"), 0)
    return (Span(" " * before), *text, Span(" " * (free - before)))


def _joined(cells: Iterable[Line]) -> Line:
    first, *rest = cells
    return (*first, *(piece for cell in rest for piece in (_GAP, *cell)))
