"""From Markdown to the tree."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache

from markdown_it.token import Token

from bot.telegram.markdown.inline_parser import Footnotes, inlines
from bot.telegram.markdown.markdown_rules import Dialect
from bot.telegram.markdown.source import clean, with_whole_fences
from bot.telegram.markdown.tree import (
    Align,
    Block,
    CodeBlock,
    Details,
    Document,
    FootnoteMark,
    Heading,
    Inlines,
    Item,
    List,
    MathBlock,
    Paragraph,
    Quote,
    Table,
    Text,
    ThematicBreak,
    literal,
)

LONGEST = 200_000
_LANGUAGE = re.compile(r"[A-Za-z0-9_+#.-]{1,32}")


def parse(markdown: str) -> Document:
    """The tree of a text.

    Never raises; nesting is bounded, and the time is linear in the length, whatever the text: about 1 ms for an answer
    of 1,000 characters, up to 20 ms for as many that were chosen to be slow. What is longer than about 2,000 characters
    is therefore parsed in a thread. Beyond :data:`LONGEST` characters a text is shown as it is.
    """
    text = clean(markdown)
    tokens = _parser().parse(with_whole_fences(text[:LONGEST]))
    builder = _TreeBuilder(tokens, Footnotes())
    blocks = builder.until(None)
    rest = (Paragraph((Text(text[LONGEST:].strip()),)),) if text[LONGEST:].strip() else ()
    return Document((*blocks, *builder.notes.sorted(), *rest))


@cache
def _parser() -> Dialect:
    return Dialect()


class _TreeBuilder:
    """Reads block tokens from left to right."""

    def __init__(self, tokens: list[Token], notes: Footnotes) -> None:
        self.notes = notes
        self._tokens = tokens
        self._next = 0

    def until(self, closing: str | None) -> tuple[Block, ...]:
        """The blocks up to the token ``closing``, which is consumed; to the end without one."""
        blocks: list[Block] = []
        while self._next < len(self._tokens):
            token = self._take()
            if token.type == closing:
                break
            block = _BLOCKS[token.type](self, token)
            if isinstance(block, Paragraph) and blocks and (filled := _with_content(blocks[-1], block)):
                blocks[-1] = filled
            elif block is not None:
                blocks.append(block)
        return tuple(blocks)

    def _take(self) -> Token:
        token = self._tokens[self._next]
        self._next += 1
        return token

    def _inlines(self) -> Inlines:
        return inlines(self._take(), self.notes)

    def paragraph(self, _token: Token) -> Block | None:
        inlines = self._inlines()
        self._take()
        return Paragraph(inlines) if _visible(inlines) else None

    def heading(self, token: Token) -> Block | None:
        inlines = self._inlines()
        self._take()
        return Heading(int(token.tag[1]), inlines) if _visible(inlines) else None

    def fence(self, token: Token) -> Block | None:
        text = token.content.rstrip()
        language = _LANGUAGE.match(token.info.strip())
        return CodeBlock(text, language[0] if language else "") if text.strip() else None

    def math(self, token: Token) -> Block | None:
        return MathBlock(token.content)

    def rule(self, _token: Token) -> Block | None:
        return ThematicBreak()

    def quote(self, _token: Token) -> Block | None:
        blocks = self.until("blockquote_close")
        return Quote(blocks) if blocks else None

    def details(self, _token: Token) -> Block | None:
        summary = self._inlines()
        blocks = self.until("details_close")
        summary = summary if _visible(summary) else (Text("…"),)
        return Details(summary, blocks) if blocks else Paragraph(summary)

    def footnote(self, token: Token) -> Block | None:
        self.notes.add(token.meta["label"], self.until("footnote_reference_close"))
        return None

    def list(self, token: Token) -> Block | None:
        closing = token.type.replace("open", "close")
        ordered = token.type == "ordered_list_open"
        items: list[Item] = []
        tight = True
        while (item := self._take()).type != closing:
            following = self._tokens[self._next]
            tight = tight and (following.hidden or following.type != "paragraph_open")
            number = item.info + item.markup if ordered else ""
            items.append(Item(self.until("list_item_close"), item.meta.get("checked"), number))
        return List(tuple(items), tight) if ordered or any(item.blocks for item in items) else None

    def table(self, _token: Token) -> Block | None:
        rows: list[tuple[Inlines, ...]] = []
        aligns: list[Align] = []
        row: list[Inlines] = []
        while (token := self._take()).type != "table_close":
            if token.type == "tr_open":
                row = []
            elif token.type == "th_open":
                aligns.append(_align(token))
            elif token.type == "inline":
                row.append(inlines(token, self.notes))
            elif token.type == "tr_close":
                rows.append(tuple(row))
        header, *body = rows
        return (
            Table(tuple(aligns), header, tuple(body)) if any(_visible(cell) for row_ in rows for cell in row_) else None
        )


_BLOCKS: dict[str, Callable[[_TreeBuilder, Token], Block | None]] = {
    "paragraph_open": _TreeBuilder.paragraph,
    "heading_open": _TreeBuilder.heading,
    "fence": _TreeBuilder.fence,
    "math_block": _TreeBuilder.math,
    "hr": _TreeBuilder.rule,
    "blockquote_open": _TreeBuilder.quote,
    "details_open": _TreeBuilder.details,
    "footnote_reference_open": _TreeBuilder.footnote,
    "bullet_list_open": _TreeBuilder.list,
    "ordered_list_open": _TreeBuilder.list,
    "table_open": _TreeBuilder.table,
}


def _with_content(block: Block, paragraph: Paragraph) -> List | None:
    """A list whose last item is a number alone, with the paragraph that was meant to stand behind it."""
    if not isinstance(block, List) or block.items[-1].blocks or not block.items[-1].number:
        return None
    return List((*block.items[:-1], replace(block.items[-1], blocks=(paragraph,))), block.tight)


def _align(token: Token) -> Align:
    style = str(token.attrs.get("style", ""))
    return "center" if style.endswith("center") else "right" if style.endswith("right") else "left"


def _visible(inlines: Inlines) -> bool:
    return bool(literal(inlines).strip()) or any(isinstance(inline, FootnoteMark) for inline in inlines)
