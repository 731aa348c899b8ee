"""The tree as rich blocks: literal text in typed objects, so nothing a model writes is parsed by Telegram."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from aiogram.types import (
    InputRichBlockBlockQuotation,
    InputRichBlockDetails,
    InputRichBlockDivider,
    InputRichBlockExpandableBlockQuotation,
    InputRichBlockList,
    InputRichBlockListItem,
    InputRichBlockMathematicalExpression,
    InputRichBlockParagraph,
    InputRichBlockPreformatted,
    InputRichBlockSectionHeading,
    InputRichBlockTable,
    RichBlockTableCell,
    RichTextBold,
    RichTextCode,
    RichTextItalic,
    RichTextMathematicalExpression,
    RichTextReference,
    RichTextReferenceLink,
    RichTextStrikethrough,
    RichTextSubscript,
    RichTextSuperscript,
    RichTextUnderline,
    RichTextUrl,
)
from aiogram.types.input_rich_block_union import InputRichBlockUnion
from aiogram.types.rich_text_union import RichTextUnion

from bot.telegram.markdown import table_layout
from bot.telegram.markdown.formatted_text import units
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
    Style,
    Styled,
    Table,
    Text,
    ThematicBreak,
)

COLUMN_LIMIT = 20
_NOTHING = Paragraph((Text("…"),))  # behind a number that stands alone: Telegram refuses an empty item
_STYLES: dict[Style, Callable[..., RichTextUnion]] = {
    "bold": RichTextBold,
    "italic": RichTextItalic,
    "underline": RichTextUnderline,
    "strikethrough": RichTextStrikethrough,
    "subscript": RichTextSubscript,
    "superscript": RichTextSuperscript,
}


@dataclass(frozen=True, slots=True)
class RichBlock:
    """A block with what it counts for in a message: UTF-16 units of text, blocks within it, levels of nesting."""

    block: InputRichBlockUnion
    units: int
    blocks: int
    depth: int


def rich_block(block: Block, linked_notes: frozenset[int] = frozenset()) -> RichBlock | None:
    """None for a list that has nothing in it. ``linked_notes`` are the footnotes that the same message contains."""
    builder = _RichBuilder(linked_notes)
    built = builder.block(block)
    return RichBlock(built, builder.units, builder.blocks, builder.deepest) if built else None


class _RichBuilder:
    """Counts what Telegram counts, while it builds."""

    def __init__(self, linked_notes: frozenset[int]) -> None:
        self.units = 0
        self.blocks = 0
        self.deepest = 0
        self._linked_notes = linked_notes
        self._depth = 0
        self._in_details = False

    @contextmanager
    def _level(self) -> Iterator[None]:
        self._depth += 1
        self.deepest = max(self.deepest, self._depth)
        yield
        self._depth -= 1

    def _string(self, text: str) -> str:
        self.units += units(text)
        return text

    def block(self, block: Block) -> InputRichBlockUnion | None:
        self.blocks += 1
        with self._level():
            return self._block(block)

    def _block(self, block: Block) -> InputRichBlockUnion | None:
        match block:
            case Paragraph(inlines):
                return InputRichBlockParagraph(text=self._text(inlines))
            case Heading(level, inlines):
                return InputRichBlockSectionHeading(text=self._text(inlines), size=level)
            case CodeBlock(text, language):
                return InputRichBlockPreformatted(text=self._string(text), language=language or None)
            case MathBlock(source):
                return self._formula(source)
            case ThematicBreak():
                return InputRichBlockDivider()
            case List():
                return self._list(block)
            case Table():
                return self._table(block)
            case _:
                return self._container(block)

    def _container(self, block: Quote | Details | Footnote) -> InputRichBlockUnion:
        match block:
            case Quote((Paragraph(inlines),), expandable=True):
                return InputRichBlockExpandableBlockQuotation(text=self._text(inlines))
            case Quote(blocks):
                return InputRichBlockBlockQuotation(blocks=self._blocks(blocks))
            case Details(summary, blocks):
                return self._details(summary, blocks)
            case Footnote(number, blocks):
                return self._note(number, blocks)

    def _blocks(self, blocks: tuple[Block, ...]) -> list[InputRichBlockUnion]:
        return [built for built in map(self.block, blocks) if built]

    def _formula(self, source: str) -> InputRichBlockUnion:
        if self._in_details:  # a formula inside details crashes a desktop client
            return InputRichBlockPreformatted(text=self._string(source), language="latex")
        return InputRichBlockMathematicalExpression(expression=self._string(source))

    def _details(self, summary: Inlines, blocks: tuple[Block, ...]) -> InputRichBlockUnion:
        before, self._in_details = self._in_details, True
        built = InputRichBlockDetails(summary=self._text(summary), blocks=self._blocks(blocks))
        self._in_details = before
        return built

    def _note(self, number: int, blocks: tuple[Block, ...]) -> InputRichBlockUnion:
        """A footnote is its paragraph; one of several blocks is a quote, which holds them together."""
        mark = RichTextReference(text=self._string(f"[{number}]"), name=f"note-{number}")
        match blocks:
            case (Paragraph(inlines),):
                return InputRichBlockParagraph(text=[mark, " ", self._text(inlines)])
            case _:
                self.blocks += 1
                return InputRichBlockBlockQuotation(blocks=[InputRichBlockParagraph(text=mark), *self._blocks(blocks)])

    def _list(self, block: List) -> InputRichBlockUnion | None:
        """Empty items without a number are left out, since Telegram refuses them."""
        items = [self._item(item) for item in block.items if item.blocks or item.number]
        filled = [item for item in items if item.blocks]
        return InputRichBlockList(items=filled) if filled else None

    def _item(self, item: Item) -> InputRichBlockListItem:
        self.blocks += 1
        with self._level():
            return InputRichBlockListItem(
                blocks=self._blocks(item.blocks or (_NOTHING,)),
                has_checkbox=None if item.checked is None else True,
                is_checked=item.checked or None,
                value=int(item.number[:-1]) if item.number else None,
                type="1" if item.number else None,
            )

    def _table(self, table: Table) -> InputRichBlockUnion | None:
        if len(table.aligns) > COLUMN_LIMIT:
            return self._block(table_layout.lowered(table))
        self.blocks += 1 + len(table.rows)
        cells = [self._row(table, row, is_header=row is table.header) for row in (table.header, *table.rows)]
        return InputRichBlockTable(cells=cells, is_bordered=True, is_compact=True)

    def _row(self, table: Table, row: tuple[Inlines, ...], *, is_header: bool) -> list[RichBlockTableCell]:
        return [
            RichBlockTableCell(
                text=self._text(cell) if cell else None, is_header=is_header or None, align=align, valign="top"
            )
            for cell, align in zip(row, table.aligns, strict=True)
        ]

    def _text(self, inlines: Inlines) -> RichTextUnion:
        with self._level():
            texts = [self._inline(inline) for inline in inlines]
        return texts[0] if len(texts) == 1 else texts

    def _inline(self, inline: Inline) -> RichTextUnion:
        match inline:
            case Text(text):
                return self._string(text)
            case Code(text):
                return RichTextCode(text=self._string(text))
            case Math(source) if self._in_details:
                return RichTextCode(text=self._string(source))
            case Math(source):
                return RichTextMathematicalExpression(expression=self._string(source))
            case FootnoteMark(number):
                mark = self._string(f"[{number}]")
                linked = number in self._linked_notes
                return RichTextReferenceLink(text=mark, reference_name=f"note-{number}") if linked else mark
            case Link(url, children):
                return RichTextUrl(text=self._text(children), url=url)
            case Styled(style, children):
                return _STYLES[style](text=self._text(children))
