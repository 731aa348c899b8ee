"""A document as the messages that show it."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias
from unicodedata import bidirectional

from aiogram.types import MessageEntity
from aiogram.types.input_rich_block_union import InputRichBlockUnion

from bot.telegram.markdown.block_groups import COMFORTABLE, BlockGroup, grouped
from bot.telegram.markdown.formatted_text import TEXT_LIMIT, FormattedText, cut, units
from bot.telegram.markdown.latex import readable
from bot.telegram.markdown.parser import parse
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

RichMode: TypeAlias = Literal["auto", "always", "off"]

AT_ONCE = 1500  # characters that are rendered on the event loop
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


async def render(
    markdown: str, *, rich: RichMode = "auto", thinking: str | None = None, notes: Sequence[str] = ()
) -> list[OutgoingMessage]:
    """The messages that show a model's answer, with notes of our own below it; what may take long is done in a thread.

    :func:`parse` and :func:`present` together take 1 ms for 1,000 characters of a usual answer, up to 50 ms for as many
    that were chosen to be slow, and grow with the length.
    """

    def rendered() -> list[OutgoingMessage]:
        added = tuple(Paragraph((Styled("italic", (Text(note),)),)) for note in notes)
        return present(Document((*parse(markdown).blocks, *added)), rich=rich, thinking=thinking)

    return rendered() if len(markdown) <= AT_ONCE else await asyncio.to_thread(rendered)


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
