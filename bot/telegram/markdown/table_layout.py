"""Tables where there are none: aligned text while it is narrow, else one list item per row."""

from unicodedata import combining, east_asian_width

from bot.telegram.markdown.latex import readable
from bot.telegram.markdown.tree import (
    Align,
    Block,
    Code,
    CodeBlock,
    FootnoteMark,
    Inline,
    Inlines,
    Item,
    Link,
    List,
    Math,
    Paragraph,
    Styled,
    Table,
    Text,
)

WIDEST = 36  # columns; phones break longer lines of code


def aligned(table: Table) -> tuple[str, list[str]] | None:
    """The head with its line, and the rows, in a fixed-width font; None for what is too wide, or has links."""
    cells = [[_cell(inlines) for inlines in row] for row in (table.header, *table.rows)]
    widths = [max(map(width, column)) for column in zip(*cells, strict=True)]
    linked = any(isinstance(inline, Link) for row in table.rows for cell in row for inline in cell)
    if linked or sum(widths) + 3 * (len(widths) - 1) > WIDEST:
        return None
    header, line, *rows = _aligned(cells, widths, table.aligns)
    return f"{header}\n{line}", rows


def lowered(table: Table) -> Block:
    """The table as code or as a list."""
    found = aligned(table)
    return listed(table) if found is None else CodeBlock("\n".join((found[0], *found[1])))


def width(text: str) -> int:
    """In columns of a fixed-width font, where Chinese takes two."""
    if text.isascii():
        return len(text)
    return sum(
        0 if combining(char) or char in "\u200b\u200d\ufe0f" else 1 + (east_asian_width(char) in "WF") for char in text
    )


def _cell(inlines: Inlines) -> str:
    return " ".join("".join(map(_spoken, inlines)).split())


def _spoken(inline: Inline) -> str:
    match inline:
        case Text(text) | Code(text):
            return text
        case Math(source):
            return readable(source) or source
        case FootnoteMark(number):
            return f"[{number}]"
        case Styled(_, children) | Link(_, children):
            return "".join(map(_spoken, children))


def _aligned(cells: list[list[str]], widths: list[int], aligns: tuple[Align, ...]) -> list[str]:
    header, *rows = (
        " │ ".join(_padded(*cell) for cell in zip(row, widths, aligns, strict=True)).rstrip() for row in cells
    )
    return [header, "─┼─".join("─" * size for size in widths), *rows]


def _padded(text: str, size: int, align: Align) -> str:
    missing = size - width(text)
    before = {"left": 0, "center": missing // 2, "right": missing}[align]
    return " " * before + text + " " * (missing - before)


def listed(table: Table) -> Block:
    """A row is an item, with a line for each cell; links keep their addresses."""
    if not table.rows:
        return Paragraph(_joined(table.header))
    return List(tuple(Item((Paragraph(_row(table.header, row)),)) for row in table.rows), tight=False)


def _joined(cells: tuple[Inlines, ...]) -> Inlines:
    inlines: list[Inline] = []
    for cell in cells:
        inlines += (Text(" | "), *cell) if inlines else cell
    return tuple(inlines)


def _row(header: tuple[Inlines, ...], row: tuple[Inlines, ...]) -> Inlines:
    """A line per cell, after what heads it; the first one is bold, since it mostly names the row."""
    lines: list[Inline] = []
    for name, cell in zip(header, row, strict=True):
        if name or cell:
            line = (*name, Text(": " if name else ""), *(cell or (Text("—"),)))
            lines += (Text("\n"), *line) if lines else (Styled("bold", line),)
    return tuple(lines)
