"""Which blocks of a document share a rich message, and which no rich message can hold."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aiogram.types.input_rich_block_union import InputRichBlockUnion

from bot.telegram.markdown.rich_writer import RichBlock, rich_block
from bot.telegram.markdown.tree import Block, Footnote, Heading, List, Table

# A little below what Telegram takes (32768 characters, 500 blocks): how exactly it counts is known from reports only.
RICH_UNITS = 30_000
RICH_BLOCKS = 450
RICH_DEPTH = 16
COMFORTABLE = 8000  # units; clients fold a longer rich message, and one of them does not unfold it


@dataclass(frozen=True, slots=True)
class BlockGroup:
    """Neighbouring blocks that make one message."""

    blocks: tuple[Block, ...]
    rich: tuple[InputRichBlockUnion, ...]  # empty where they are to be sent as text


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
            yield _part_of(block, begin, index)
            begin, length, count = index, 0, 0
        length, count = length + size, count + blocks
    yield _part_of(block, begin, len(block.items))


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


def _part_of(block: List, begin: int, end: int) -> List:
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
