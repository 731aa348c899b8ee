"""The syntax tree: what a model wrote, without Markdown and without Telegram.

A line break is a newline inside :class:`Text`: models break lines where they mean it. Spaces behind it are
indentation.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Style: TypeAlias = Literal["bold", "italic", "underline", "strikethrough", "subscript", "superscript"]
Align: TypeAlias = Literal["left", "center", "right"]


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Code:
    text: str


@dataclass(frozen=True, slots=True)
class Math:
    """A formula."""

    source: str  # LaTeX, without its dollars


@dataclass(frozen=True, slots=True)
class Styled:
    """The parser puts none inside another of the same style, so the number of styles bounds the nesting."""

    style: Style
    children: tuple["Inline", ...]


@dataclass(frozen=True, slots=True)
class Link:
    """What may be pressed; links do not nest."""

    url: str  # absolute, http or https, as it was written
    children: tuple["Inline", ...]


@dataclass(frozen=True, slots=True)
class FootnoteMark:
    """Where the text refers to the footnote of this number."""

    number: int


Inline: TypeAlias = Text | Code | Math | Styled | Link | FootnoteMark
Inlines: TypeAlias = tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    inlines: Inlines


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    inlines: Inlines


@dataclass(frozen=True, slots=True)
class CodeBlock:
    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class MathBlock:
    source: str


@dataclass(frozen=True, slots=True)
class Quote:
    blocks: tuple["Block", ...]
    expandable: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a list."""

    blocks: tuple["Block", ...]
    checked: bool | None = None  # None where there is no box
    number: str = ""  # as it was written, with its mark: "3." or "3)"; empty for a bullet


@dataclass(frozen=True, slots=True)
class List:
    """A list; numbers are its items'."""

    items: tuple[Item, ...]
    tight: bool = True  # no empty lines between the items


@dataclass(frozen=True, slots=True)
class Table:
    """A table; every row has as many cells as there are columns."""

    aligns: tuple[Align, ...]  # one for each column
    header: tuple[Inlines, ...]
    rows: tuple[tuple[Inlines, ...], ...]


@dataclass(frozen=True, slots=True)
class ThematicBreak:
    pass


@dataclass(frozen=True, slots=True)
class Details:
    summary: Inlines
    blocks: tuple["Block", ...]


@dataclass(frozen=True, slots=True)
class Footnote:
    number: int
    blocks: tuple["Block", ...]


Block: TypeAlias = (
    Paragraph | Heading | CodeBlock | MathBlock | Quote | List | Table | ThematicBreak | Details | Footnote
)


@dataclass(frozen=True, slots=True)
class Document:
    """Footnotes stand at the end, in the order of their numbers."""

    blocks: tuple[Block, ...]


def literal(inlines: Inlines) -> str:
    """What these say without any presentation; formulas as LaTeX, note marks as nothing."""
    return "".join(_literal(inline) for inline in inlines)


def _literal(inline: Inline) -> str:
    match inline:
        case Text(text) | Code(text) | Math(text):
            return text
        case Styled(_, children) | Link(_, children):
            return literal(children)
        case FootnoteMark():
            return ""
