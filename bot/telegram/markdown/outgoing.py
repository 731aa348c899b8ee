"""A document as the messages that show it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias
from unicodedata import bidirectional

from aiogram.types import MessageEntity
from aiogram.types.input_rich_block_union import InputRichBlockUnion

from bot.telegram.markdown.formatted_text import TEXT_LIMIT, FormattedText, cut, units
from bot.telegram.markdown.latex import readable
from bot.telegram.markdown.rich_writer import RichBlock, rich_block
from bot.telegram.markdown.source import clean
from bot.telegram.markdown.text_writer import to_text
from bot.telegram.markdown.tree import (
    Block,
    CodeBlock,
    Details,
    Document,
    Footnote,
    Heading,
    Inlines,
    Link,
    List,
    Math,
    MathBlock,
    Paragraph,
    Quote,
    Styled,
    Table,
    Text,
)

# A little below what Telegram takes (32768 characters, 500 blocks): how exactly it counts is known from reports only.
RICH_UNITS = 30_000
RICH_BLOCKS = 450
RICH_DEPTH = 16
COMFORTABLE = 8000  # units; clients fold a longer rich message, and one of them does not unfold it


@dataclass(frozen=True, slots=True)
class BlockGroup:
    """``rich`` is empty where the blocks are to be sent as text."""

    blocks: tuple[Block, ...]
    rich: tuple[InputRichBlockUnion, ...]


@dataclass(frozen=True, slots=True)
class _SizedBlock:
    block: Block
    rich: RichBlock | None


def grouped(blocks: tuple[Block, ...], comfortable: int) -> list[BlockGroup]:
    notes = frozenset(block.number for block in blocks if isinstance(block, Footnote))
    groups = _groups(_entries(blocks, notes, comfortable), comfortable)
    if notes and len(groups) > 1:  # a link to a note in another message would lead nowhere
        groups = _groups(_entries(blocks, frozenset(), comfortable), comfortable)
    return [_group(entries) for entries in groups]


def _group(entries: list[_SizedBlock]) -> BlockGroup:
    blocks = tuple(entry.block for entry in entries)
    return BlockGroup(blocks, tuple(entry.rich.block for entry in entries if entry.rich))


def _entries(blocks: tuple[Block, ...], notes: frozenset[int], comfortable: int) -> Iterator[_SizedBlock]:
    for block in blocks:
        entry = _entry(block, rich_block(block, notes))
        if isinstance(block, List | Table) and not (entry.rich and _fits([entry.rich], comfortable)):
            shorter = (
                _shorter_lists(block, comfortable) if isinstance(block, List) else _shorter_tables(block, comfortable)
            )
            yield from (_entry(part, rich_block(part, notes)) for part in shorter)
        else:
            yield entry


def _entry(block: Block, built: RichBlock | None) -> _SizedBlock:
    return _SizedBlock(block, built if built and _fits([built]) else None)


def _shorter_lists(block: List, comfortable: int) -> Iterator[List]:
    """A long list in several, each of which goes on counting."""
    begin = length = count = 0
    for index, item in enumerate(block.items):
        built = rich_block(List((item,)))
        size, blocks = (built.units, built.blocks) if built else (0, 0)
        if index > begin and (length + size > comfortable or count + blocks > RICH_BLOCKS):
            yield _stretch(block, begin, index)
            begin, length, count = index, 0, 0
        length, count = length + size, count + blocks
    yield _stretch(block, begin, len(block.items))


def _shorter_tables(table: Table, comfortable: int) -> Iterator[Table]:
    """A long table in several, each of which repeats its head."""
    head = rich_block(Table(table.aligns, table.header, ()))
    least = head.units if head else 0
    begin, length = 0, least
    for index, row in enumerate(table.rows):
        built = rich_block(Table(table.aligns, row, ()))
        size = built.units if built else 0
        if index > begin and (length + size > comfortable or index - begin >= RICH_BLOCKS - 10):
            yield Table(table.aligns, table.header, table.rows[begin:index])
            begin, length = index, least
        length += size
    yield Table(table.aligns, table.header, table.rows[begin:])


def _stretch(block: List, begin: int, end: int) -> List:
    return List(block.items[begin:end], block.tight)


def _fits(built: list[RichBlock], comfortable: int = RICH_UNITS) -> bool:
    return (
        sum(one.units for one in built) <= min(comfortable, RICH_UNITS)
        and sum(one.blocks for one in built) <= RICH_BLOCKS
        and max(one.depth for one in built) <= RICH_DEPTH
    )


def _groups(entries: Iterable[_SizedBlock], comfortable: int) -> list[list[_SizedBlock]]:
    """Neighbours of one kind, as many as are comfortable; a heading goes with what it heads."""
    groups: list[list[_SizedBlock]] = []
    for entry in entries:
        if groups and _joins(groups[-1], entry, comfortable):
            groups[-1].append(entry)
        else:
            groups.append([*_trailing_heading(groups, entry), entry])
    return groups


def _joins(group: list[_SizedBlock], entry: _SizedBlock, comfortable: int) -> bool:
    built = [one.rich for one in (*group, entry) if one.rich]
    return not built or (len(built) == len(group) + 1 and _fits(built, comfortable))


def _trailing_heading(groups: list[list[_SizedBlock]], entry: _SizedBlock) -> list[_SizedBlock]:
    if not groups or len(groups[-1]) < 2:
        return []
    heading = groups[-1][-1]
    if not isinstance(heading.block, Heading) or not heading.rich or not entry.rich:
        return []
    return [groups[-1].pop()] if _fits([heading.rich, entry.rich]) else []


RichMode: TypeAlias = Literal["auto", "always", "off"]

THINKING_LIMIT = 1000  # characters
_DIRECTION = 2000  # characters by which the direction of writing is told


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One message to be sent."""

    formatted: FormattedText  # a rich message's text may be too long for one message of text
    blocks: tuple[InputRichBlockUnion, ...] | None = None  # None where it goes out as text

    @property
    def text(self) -> str:
        return self.formatted.text

    @property
    def entities(self) -> tuple[MessageEntity, ...]:
        """Built anew on each call, since a rich part mostly needs none."""
        return self.formatted.entities()

    @property
    def plain(self) -> str:
        """What the part says to those who copy or index it: its text, without the entities."""
        return self.formatted.text

    @property
    def is_rtl(self) -> bool | None:
        """Whether a rich message is written from right to left, by its first letters; None where it is not."""
        letters = [char for char in self.formatted.text[:_DIRECTION] if char.isalpha()]
        return True if 2 * sum(bidirectional(char) in {"R", "AL"} for char in letters) > len(letters) else None

    def fallback(self) -> list["OutgoingMessage"]:
        """The same content as text parts of lawful size, for when Telegram refuses the rich one."""
        return [OutgoingMessage(piece) for piece in cut(self.formatted)]


def quote(text: str, *, expandable: bool = True) -> Quote:
    """A model's thinking as a quote: literal text, cut to :data:`THINKING_LIMIT`."""
    shown = clean(text).strip()
    if len(shown) > THINKING_LIMIT:
        shown = shown[: THINKING_LIMIT - 1].rstrip() + "…"
    return Quote((Paragraph((Text(shown),)),), expandable)


def present(
    document: Document, *, rich: RichMode = "auto", thinking: str | None = None, comfortable: int = COMFORTABLE
) -> list[OutgoingMessage]:
    """The messages in their order; none for a document that shows nothing.

    ``comfortable`` is the length in UTF-16 units at which rich messages end, if a block ends there.
    """
    blocks = document.blocks
    if thinking and clean(thinking).strip():
        blocks = (quote(thinking), *blocks)
    text = to_text(blocks)
    if rich == "always" or (rich == "auto" and _needs_rich(document, text.text)):
        return [part for group in grouped(blocks, comfortable) for part in _parts(group)]
    return [OutgoingMessage(piece) for piece in cut(text)]


def _parts(group: BlockGroup) -> list[OutgoingMessage]:
    text = to_text(group.blocks)
    return [OutgoingMessage(text, group.rich)] if group.rich else [OutgoingMessage(piece) for piece in cut(text)]


def _needs_rich(document: Document, text: str) -> bool:
    blocks = list(_walk(document.blocks))
    code = sum(len(block.text) for block in blocks if isinstance(block, CodeBlock))
    if code * 2 > len(text):
        return False  # rich code has no button that copies it
    if any(isinstance(block, Table | Details | MathBlock | Footnote) or _has_boxes(block) for block in blocks):
        return True
    if any(_needs_two_dimensions(_own_inlines(block)) for block in blocks):
        return True
    return units(text) > TEXT_LIMIT and any(isinstance(block, Heading) for block in blocks)


def _own_inlines(block: Block) -> Inlines:
    return block.inlines if isinstance(block, Paragraph | Heading) else ()


def _needs_two_dimensions(inlines: Inlines) -> bool:
    """Whether a formula in the line cannot be said in text."""
    return any(
        readable(inline.source) is None if isinstance(inline, Math) else _needs_two_dimensions(inline.children)
        for inline in inlines
        if isinstance(inline, Math | Styled | Link)
    )


def _has_boxes(block: Block) -> bool:
    return isinstance(block, List) and any(item.checked is not None for item in block.items)


def _walk(blocks: tuple[Block, ...]) -> Iterator[Block]:
    for block in blocks:
        yield block
        match block:
            case Quote(children) | Details(_, children) | Footnote(_, children):
                yield from _walk(children)
            case List(items):
                for item in items:
                    yield from _walk(item.blocks)
