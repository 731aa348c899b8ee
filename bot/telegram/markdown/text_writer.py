"""The tree as a flow: lists by bullets and numbers, tables as aligned text, formulas as far as text can say them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from bot.telegram.markdown import addresses, latex, table_layout
from bot.telegram.markdown.formatted_text import FormattedText, TextSpan, tidy
from bot.telegram.markdown.latex_symbols import SUBSCRIPTS, SUPERSCRIPTS
from bot.telegram.markdown.tree import (
    Block,
    Code,
    CodeBlock,
    Details,
    Footnote,
    FootnoteMark,
    Heading,
    Inline,
    Inlines,
    Item,
    Link,
    List,
    Math,
    MathBlock,
    Paragraph,
    Quote,
    Styled,
    Table,
    Text,
    ThematicBreak,
)

_LONG_QUOTE = 800  # characters, from which a quote is folded
# At the left edge even in a list, so that code can be copied.
_OWN_LINES = (CodeBlock, MathBlock, Table, Quote, Details)


def to_text(blocks: tuple[Block, ...]) -> FormattedText:
    writer = _TextWriter()
    breaks: list[int] = []
    for index, block in enumerate(blocks):
        if index:
            writer.write("\n\n")
            if not isinstance(blocks[index - 1], Heading):
                breaks.append(writer.length)
        writer.block(block, "")
    text = writer.text().rstrip()
    spans = [needed for span in writer.spans if (needed := _needed(text, span))]
    return FormattedText(text, tidy(text, spans), tuple(place for place in breaks if place < len(text)))


class _TextWriter:
    """Writes from left to right; ``indent`` stands before every line of what is written but the first."""

    def __init__(self) -> None:
        self.spans: list[TextSpan] = []
        self.length = 0
        self._out: list[str] = []
        self._open: list[str] = []

    def text(self) -> str:
        return "".join(self._out)

    def write(self, text: str) -> None:
        self._out.append(text)
        self.length += len(text)

    @contextmanager
    def _span(self, kind: str, *, url: str | None = None, language: str | None = None, head: int = 0) -> Iterator[None]:
        """Within one of its own kind, a span adds nothing."""
        if kind in self._open:
            yield
            return
        index, start = len(self.spans), self.length
        self._open.append(kind)
        yield
        self._open.pop()
        self.spans.insert(index, TextSpan(kind, start, self.length, url, language, head))

    def block(self, block: Block, indent: str) -> None:
        match block:
            case Paragraph(inlines):
                self._inlines(inlines, indent)
            case Heading(_, inlines):
                with self._span("bold"):
                    self._inlines(inlines, indent)
            case CodeBlock(text, language):
                self._code(text, language)
            case MathBlock(source):
                self._formula(source)
            case ThematicBreak():
                self.write("———")
            case Table():
                self._table(block)
            case _:
                self._container(block, indent)

    def _container(self, block: List | Footnote | Details | Quote, indent: str) -> None:
        match block:
            case List():
                self._list(block, indent)
            case Footnote(number, blocks):
                self.write(f"[{number}] ")
                self._blocks(blocks, indent, tight=True)
            case Details(summary, blocks):
                with self._span("bold"):
                    self._inlines(summary, indent)
                self.write("\n")
                self._quote(blocks, expandable=True)
            case Quote(blocks, expandable):
                self._quote(blocks, expandable=expandable)

    def _blocks(self, blocks: tuple[Block, ...], indent: str, *, tight: bool) -> None:
        for index, block in enumerate(blocks):
            if index:
                self.write("\n" if tight else "\n\n")
                self.write("" if isinstance(block, _OWN_LINES) else indent)
            elif indent and isinstance(block, _OWN_LINES):
                self.write("\n")
            self.block(block, indent)

    def _code(self, text: str, language: str) -> None:
        with self._span("pre", language=language or None):
            self.write(text)

    def _table(self, table: Table) -> None:
        aligned = table_layout.aligned(table)
        if aligned is None:
            self.block(table_layout.listed(table), "")
            return
        head, rows = aligned
        with self._span("pre", head=len(head) + 1):
            self.write("\n".join((head, *rows)))

    def _formula(self, source: str) -> None:
        text = latex.readable(source, lines=True)
        if text is None:
            self._code(source, "latex")
        else:
            self.write(text)

    def _quote(self, blocks: tuple[Block, ...], *, expandable: bool) -> None:
        if "blockquote" in self._open:
            self.write("> ")  # quotes do not nest
            self._blocks(blocks, "> ", tight=False)
            return
        index, start = len(self.spans), self.length
        self._open.append("blockquote")
        self._blocks(blocks, "", tight=False)
        self._open.pop()
        folded = expandable or self.length - start > _LONG_QUOTE
        self.spans.insert(index, TextSpan("expandable_blockquote" if folded else "blockquote", start, self.length))

    def _list(self, block: List, indent: str) -> None:
        for index, item in enumerate(block.items):
            if index:
                self.write(("\n" if block.tight else "\n\n") + indent)
            marker = _marker(item)
            self.write(marker if item.blocks else marker.rstrip())
            self._blocks(item.blocks, indent + " " * min(len(marker), 4), tight=block.tight or len(item.blocks) < 2)

    def _inlines(self, inlines: Inlines, indent: str) -> None:
        for inline in inlines:
            self._inline(inline, indent)

    def _inline(self, inline: Inline, indent: str) -> None:
        match inline:
            case Text(text):
                self.write(text.replace("\n", "\n" + indent) if indent else text)
            case Code(text):
                self._monospaced(text)
            case Math(source):
                self._math(source)
            case FootnoteMark(number):
                self.write(f"[{number}]")
            case Styled(style, children) if style in {"subscript", "superscript"}:
                self._shifted(style, children, indent)
            case Styled(style, children):
                with self._span(style):
                    self._inlines(children, indent)
            case Link(url, children):
                self._link(url, children, indent)

    def _math(self, source: str) -> None:
        text = latex.readable(source)
        if text is None:
            self._monospaced(source)
        else:
            self.write(text)

    def _monospaced(self, text: str) -> None:
        if "text_link" in self._open:  # a link contains no code, and is worth more than its look
            self.write(text)
            return
        with self._span("code"):
            self.write(text)

    def _shifted(self, style: str, children: Inlines, indent: str) -> None:
        letters = SUBSCRIPTS if style == "subscript" else SUPERSCRIPTS
        match children:
            case (Text(text),) if shifted := latex.shifted(text, letters):
                self.write(shifted)
            case _:
                self.write("_" if style == "subscript" else "^")
                self._inlines(children, indent)

    def _link(self, url: str, children: Inlines, indent: str) -> None:
        if children == (Text(url),):
            with self._span("url", url=url):
                self.write(url)
            return
        with self._span("text_link", url=url):
            self._inlines(children, indent)


def _marker(item: Item) -> str:
    box = "" if item.checked is None else "☑ " if item.checked else "☐ "
    return f"{item.number} {box}" if item.number else box or "• "


def _needed(text: str, span: TextSpan) -> TextSpan | None:
    """An address needs an entity only where a client would link something else: each message has only 100."""
    if span.kind != "url":
        return span
    linked = addresses.linked_by_clients(text, span.start) == span.end
    return None if linked else replace(span, kind="text_link")
