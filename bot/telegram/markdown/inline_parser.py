"""From the tokens of a paragraph, a heading or a cell to inlines."""

from itertools import count, groupby

from markdown_it.token import Token

from bot.telegram.markdown import addresses
from bot.telegram.markdown.source import clean
from bot.telegram.markdown.tree import (
    Block,
    Code,
    Footnote,
    FootnoteMark,
    Inline,
    Inlines,
    Link,
    Math,
    Style,
    Styled,
    Text,
    literal,
)

_STYLES: dict[str, Style] = {
    "strong": "bold",
    "em": "italic",
    "u": "underline",
    "s": "strikethrough",
    "sub": "subscript",
    "sup": "superscript",
}


class Footnotes:
    """The footnotes of a document: those labelled by a number keep it, the others are numbered as they are met."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._blocks: dict[int, tuple[Block, ...]] = {}

    def number(self, label: str) -> int:
        if label not in self._numbers:
            taken = self._numbers.values()
            own = int(label) if label.isascii() and label.isdigit() and len(label) < 5 else 0
            free = own if own and own not in taken else next(n for n in count(len(taken) + 1) if n not in taken)
            self._numbers[label] = free
        return self._numbers[label]

    def add(self, label: str, blocks: tuple[Block, ...]) -> None:
        number = self.number(label)
        self._blocks[number] = self._blocks.get(number, ()) + blocks

    def sorted(self) -> list[Footnote]:
        return [Footnote(number, blocks) for number, blocks in sorted(self._blocks.items()) if blocks]


class _OpenInline:
    """An inline that is not closed yet; without style and address its children are its parent's."""

    __slots__ = ("behind", "children", "style", "url")

    def __init__(self, children: list[Inline], style: Style | None = None, url: str | None = None) -> None:
        self.style = style
        self.url = url
        self.children = children
        self.behind: list[Inline] = []  # what may not stand inside a link

    def closed(self) -> list[Inline]:
        if not self.style and not self.url:
            return []  # the parent has them already
        children = _joined(self.children)
        if self.url:
            return [*_linked(self.url, children), *self.behind]
        return [Styled(self.style, children)] if self.style and literal(children).strip() else self.children


def inlines(token: Token, notes: Footnotes) -> Inlines:
    stack = [_OpenInline([])]
    for child in token.children or ():
        if child.nesting > 0:
            stack.append(_opened(child, stack))
        elif child.nesting < 0:
            closed = stack.pop().closed()
            stack[-1].children += closed
        else:
            link = next((entry for entry in stack if entry.url), None)
            stack[-1].children += _leaf(child, notes, link)
    return _joined(stack[0].children)


def _joined(parts: list[Inline]) -> Inlines:
    """With neighbouring texts made one."""
    joined: list[Inline] = []
    for is_text, run in groupby(parts, lambda part: isinstance(part, Text)):
        neighbours = tuple(run)
        joined += (Text(literal(neighbours)),) if is_text else neighbours
    return tuple(joined)


def _opened(token: Token, stack: list[_OpenInline]) -> _OpenInline:
    if token.type == "link_open":
        url = clean(str(token.attrs.get("href", "")))
        return _OpenInline([] if url else stack[-1].children, url=url)
    style = _STYLES[token.tag]
    inside = any(entry.style == style for entry in stack)
    return _OpenInline(stack[-1].children) if inside else _OpenInline([], style)


def _linked(url: str, label: Inlines) -> list[Inline]:
    """The label as a link; where nobody may press the address, it stands beside the label as code."""
    shown = literal(label).strip()
    if addresses.usable(url):
        return [Link(url, label if shown else (Text(url),))]
    if shown in {url, url.removeprefix("mailto:")}:
        return list(label)
    return [*label, Text(" ("), Code(url), Text(")")] if shown else [Code(url)]


def _leaf(token: Token, notes: Footnotes, link: _OpenInline | None) -> list[Inline]:
    match token.type:
        case "text":
            text = clean(token.content)  # again: "&#8238;" became a character only now
            return [Text(text)] if text else []
        case "address" if link is None and addresses.usable(token.content):
            return [Link(token.content, (Text(token.content),))]
        case "address":
            return [Text(token.content)]
        case "softbreak" | "hardbreak":
            return [Text("\n")]
        case "code_inline":
            return [Code(token.content)]
        case "math_inline":
            return [Math(token.content)]
        case "footnote_ref":
            return [FootnoteMark(notes.number(token.meta["label"]))]
        case _:
            return _image(token, link)


def _image(token: Token, link: _OpenInline | None) -> list[Inline]:
    """A picture is never fetched: its description leads to it."""
    url = clean(str(token.attrs.get("src", "")))
    alt = clean(token.content).strip()
    if not url:
        return [Text(alt)] if alt else []
    if link is None:
        return _linked(url, (Text(alt),) if alt else ())
    link.behind += [Text(" ("), *_linked(url, ()), Text(")")]
    return [Text(alt)] if alt else []
