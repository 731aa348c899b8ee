"""From the tokens of a paragraph, a heading or a cell to inlines."""

from itertools import groupby

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
    """Footnotes are numbered as they are met, the text's marks and the notes alike."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._blocks: dict[int, tuple[Block, ...]] = {}

    def number(self, label: str) -> int:
        return self._numbers.setdefault(label, len(self._numbers) + 1)

    def add(self, label: str, blocks: tuple[Block, ...]) -> None:
        number = self.number(label)
        self._blocks[number] = self._blocks.get(number, ()) + blocks

    def sorted(self) -> list[Footnote]:
        return [Footnote(number, blocks) for number, blocks in sorted(self._blocks.items()) if blocks]


class _OpenInline:
    """An inline that is not closed yet; without style and address its children will stand for themselves."""

    __slots__ = ("children", "style", "url")

    def __init__(self, style: Style | None = None, url: str | None = None) -> None:
        self.style = style
        self.url = url
        self.children: list[Inline] = []

    def closed(self) -> list[Inline]:
        children = _joined(self.children)
        if not literal(children).strip():
            return self.children
        if self.style:
            return [Styled(self.style, children)]
        return [Link(self.url, children)] if self.url else self.children


def inlines(token: Token, notes: Footnotes) -> Inlines:
    stack = [_OpenInline()]
    for child in token.children or ():
        if child.nesting > 0:
            stack.append(_opened(child, stack))
        elif child.nesting < 0:
            closed = stack.pop().closed()
            stack[-1].children += closed
        else:
            linked = any(entry.url for entry in stack)
            stack[-1].children += _leaf(child, notes, linked=linked)
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
        url = str(token.attrs.get("href", ""))
        return _OpenInline(url=url if addresses.usable(url) and not any(entry.url for entry in stack) else None)
    style = _STYLES[token.tag]
    return _OpenInline() if any(entry.style == style for entry in stack) else _OpenInline(style)


def _leaf(token: Token, notes: Footnotes, *, linked: bool) -> list[Inline]:
    match token.type:
        case "text":
            text = clean(token.content)  # again: "&#8238;" became a character only now
            return [Text(text)] if linked else _with_links(text)
        case "softbreak" | "hardbreak":
            return [Text("\n")]
        case "code_inline":
            return [Code(token.content)]
        case "math_inline":
            return [Math(token.content)]
        case "footnote_ref":
            return [FootnoteMark(notes.number(token.meta["label"]))]
        case _:
            return _image(token, linked=linked)


def _image(token: Token, *, linked: bool) -> list[Inline]:
    """A picture is never fetched: its description leads to it."""
    url = str(token.attrs.get("src", ""))
    usable = addresses.usable(url)
    alt = clean(token.content).strip() or (url if usable else "")
    if not alt:
        return []
    return [Link(url, (Text(alt),))] if usable and not linked else [Text(alt)]


def _with_links(text: str) -> list[Inline]:
    inlines: list[Inline] = []
    done = 0
    for start, end in addresses.bare(text):
        inlines += [Text(text[done:start])] if start > done else []
        inlines.append(Link(text[start:end], (Text(text[start:end]),)))
        done = end
    return [*inlines, Text(text[done:])] if done < len(text) else inlines
