"""A document as the messages that show it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from aiogram.types import MessageEntity
from aiogram.types.input_rich_block_union import InputRichBlockUnion

from bot.telegram.markdown.cleaning import clean
from bot.telegram.markdown.cutting import TEXT_LIMIT, cut
from bot.telegram.markdown.flow import Flow, units
from bot.telegram.markdown.grouping import COMFORTABLE, Group, grouped
from bot.telegram.markdown.tree import (
    Block,
    CodeBlock,
    Details,
    Document,
    Heading,
    List,
    MathBlock,
    Note,
    Paragraph,
    Quote,
    Table,
    Text,
)
from bot.telegram.markdown.writing import flow

RichMode: TypeAlias = Literal["auto", "always", "off"]

THINKING_LIMIT = 1000  # characters


@dataclass(frozen=True, slots=True)
class Part:
    """One message. ``blocks`` is None where it goes out as text; a rich one's text may be too long for one message."""

    flow: Flow
    blocks: tuple[InputRichBlockUnion, ...] | None = None

    @property
    def text(self) -> str:
        return self.flow.text

    @property
    def entities(self) -> tuple[MessageEntity, ...]:
        """Built anew on each call, since a rich part mostly needs none."""
        return self.flow.entities()

    @property
    def plain(self) -> str:
        """What the part says to those who copy or index it: its text, without the entities."""
        return self.flow.text

    def fallback(self) -> list["Part"]:
        """The same content as text parts of lawful size, for when Telegram refuses the rich one."""
        return [Part(piece) for piece in cut(self.flow)]


def quote(text: str, *, expandable: bool = True) -> Quote:
    """A model's thinking as a quote: literal text, cut to :data:`THINKING_LIMIT`."""
    shown = clean(text).strip()
    if len(shown) > THINKING_LIMIT:
        shown = shown[: THINKING_LIMIT - 1].rstrip() + "…"
    return Quote((Paragraph((Text(shown),)),), expandable)


def present(
    document: Document, *, rich: RichMode = "auto", thinking: str | None = None, comfortable: int = COMFORTABLE
) -> list[Part]:
    """The messages in their order; none for a document that shows nothing.

    ``comfortable`` is the length in UTF-16 units at which rich messages end, if a block ends there.
    """
    blocks = document.blocks
    if thinking and clean(thinking).strip():
        blocks = (quote(thinking), *blocks)
    text = flow(blocks)
    if rich == "always" or (rich == "auto" and _needs_rich(document, text.text)):
        return [part for group in grouped(blocks, comfortable) for part in _parts(group)]
    return [Part(piece) for piece in cut(text)]


def _parts(group: Group) -> list[Part]:
    text = flow(group.blocks)
    return [Part(text, group.rich)] if group.rich else [Part(piece) for piece in cut(text)]


def _needs_rich(document: Document, text: str) -> bool:
    blocks = list(_walk(document.blocks))
    code = sum(len(block.text) for block in blocks if isinstance(block, CodeBlock))
    if code * 2 > len(text):
        return False  # rich code has no button that copies it
    if any(isinstance(block, Table | Details | MathBlock | Note) or _has_boxes(block) for block in blocks):
        return True
    return units(text) > TEXT_LIMIT and any(isinstance(block, Heading) for block in blocks)


def _has_boxes(block: Block) -> bool:
    return isinstance(block, List) and any(item.checked is not None for item in block.items)


def _walk(blocks: tuple[Block, ...]) -> Iterator[Block]:
    for block in blocks:
        yield block
        match block:
            case Quote(children) | Details(_, children) | Note(_, children):
                yield from _walk(children)
            case List(items):
                for item in items:
                    yield from _walk(item.blocks)
