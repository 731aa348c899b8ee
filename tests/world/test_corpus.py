"""Seven hundred answers of models and the examples of the specifications arrive whole, in every form.

The texts are not ours to keep here: the folder that holds them is named by the environment variable ``CORPUS``.

An example of a specification brings the rendering that is expected. For an answer there is none, so it is derived:
what markdown-it makes of it by the rules of CommonMark and GFM, from the source with its fences made whole, and with
the marks of emphasis left in, since ``70*0.1`` is a product. That proves that no letter, number, address or line of
code is lost, put in another order or changed; it does not prove that emphasis stands where it was meant
(``test_words.py`` does), nor that a formula is written rightly: formulas are compared by their source.
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.telegram.markdown import Document, OutgoingMessage, StreamPreview, parse, present
from bot.telegram.markdown.source import clean, with_whole_fences
from bot.telegram.markdown.tree import (
    Block,
    Code,
    CodeBlock,
    Details,
    Footnote,
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
)
from tests.telegram_rules import bare, check_entities, check_part, plain_of

FOLDER = os.environ.get("CORPUS", "")
pytestmark = pytest.mark.skipif(not FOLDER, reason="CORPUS names no folder with the texts of the corpus")
SAMPLE = 30  # in the default suite, each so-manieth text
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_ADDRESS = re.compile(r"https?://[\w./?=&%#-]*[\w/]", re.ASCII)
# What may be markup, and what may stand for a formula's or a quotation's marks, is no visible character of a reading.
_MARKS = re.compile(r"[\s•☐☑—*_~`\\$|#>\[\](){}^+=!<&;:.\"'/-]")


@dataclass(frozen=True)
class Example:
    """A text of the corpus, with the rendering expected of it where there is one."""

    source: str
    text: str
    html: str = ""


def examples(name: str, each: int = 1) -> list[Example]:
    if not FOLDER:
        return []
    lines = (Path(FOLDER) / name).read_text("utf-8").splitlines()
    return [Example(**json.loads(line)) for line in lines[::each]]


def without_formulas(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """The blocks with each formula as code, so that its source can be compared."""
    return tuple(_block(block) for block in blocks)


def _block(block: Block) -> Block:
    match block:
        case MathBlock(source):
            return CodeBlock(source)
        case Paragraph(inlines):
            return Paragraph(_inlines(inlines))
        case Heading(level, inlines):
            return Heading(level, _inlines(inlines))
        case Quote(blocks, expandable):
            return Quote(without_formulas(blocks), expandable)
        case Details(summary, blocks):
            return Details(_inlines(summary), without_formulas(blocks))
        case Footnote(number, blocks):
            return Footnote(number, without_formulas(blocks))
        case List(items, tight):
            return List(tuple(Item(without_formulas(i.blocks), i.checked, i.number) for i in items), tight)
        case Table(aligns, header, rows):
            return Table(aligns, tuple(map(_inlines, header)), tuple(tuple(map(_inlines, row)) for row in rows))
        case _:
            return block


def _inlines(inlines: Inlines) -> Inlines:
    return tuple(_inline(inline) for inline in inlines)


def _inline(inline: Inline) -> Inline:
    match inline:
        case Math(source):
            return Code(source)
        case Styled(style, children):
            return Styled(style, _inlines(children))
        case Link(url, children):
            return Link(url, _inlines(children))
        case _:
            return inline


class _Visible(HTMLParser):
    """The characters of a rendering that a reader sees."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def visible(html: str) -> str:
    parser = _Visible()
    parser.feed(html)
    parser.close()
    return "".join(parser.text)


class Reading:
    """What markdown-it makes of a text: its words, and the contents of its fences."""

    def __init__(self, text: str, *, tables: bool) -> None:
        parser = MarkdownIt("commonmark", {"html": False}).enable("table")
        parser.disable(["code", "lheading", "reference", "autolink", "emphasis", "strikethrough"])
        self.words: list[str] = []
        self.fences: list[str] = []
        self._tables = tables
        self._table = False
        self._read(parser.parse(text))

    def _read(self, tokens: list[Token]) -> None:
        for token in tokens:
            if token.type in {"table_open", "table_close"}:
                self._table = token.nesting > 0 and not self._tables
            if self._table:
                continue
            if token.type == "fence":
                self.fences.append(token.content)
            if token.children is not None:
                self._read(token.children)
                self.words.append("\n" if token.block else "")
            elif token.type in {"text", "code_inline", "fence"}:
                self.words.append(token.content)
            elif token.type in {"softbreak", "hardbreak"} or token.block:
                self.words.append("\n")


def shown_as_text(document: Document) -> str:
    """Without tables: as lists they say their heads with each row."""
    blocks = tuple(block for block in document.blocks if not isinstance(block, Table))
    return "\n".join(part.text for part in checked(present(Document(blocks), rich="off")))


def shown_as_rich(document: Document) -> str:
    return "\n".join(
        part.text if part.blocks is None else "\n".join(_words(part))
        for part in checked(present(document, rich="always"))
    )


def _words(part: OutgoingMessage) -> Iterator[str]:
    for block in part.blocks or ():
        yield from _block_words(block.model_dump(mode="json", exclude_none=True))


def _block_words(block: dict[str, Any]) -> Iterator[str]:
    for name in ("summary", "text", "expression"):
        if name in block:
            yield plain_of(block[name])
    for item in block.get("items", ()):
        yield f"{item.get('value', '')}"
        for inner in item["blocks"]:
            yield from _block_words(inner)
    for inner in block.get("blocks", ()):
        yield from _block_words(inner)
    for row in block.get("cells", ()):
        for cell in row:
            yield plain_of(cell.get("text", ""))


def checked(parts: list[OutgoingMessage]) -> list[OutgoingMessage]:
    for part in parts:
        check_part(part)
    return parts


def assert_in_order(shown: str, wanted: str) -> None:
    place = 0
    for at, char in enumerate(wanted):
        found = shown.find(char, place)
        assert found >= 0, f"lost: {wanted[max(0, at - 60) : at]!r} -> {wanted[at : at + 60]!r}"
        place = found + 1


def letters(text: str) -> str:
    return _MARKS.sub("", text)


def assert_arrives(shown: str, reading: Reading) -> None:
    wanted = "".join(reading.words)
    assert_in_order(letters(shown), letters(wanted))
    numbers = iter(_NUMBER.findall(shown))
    for number in _NUMBER.findall(wanted):
        assert number in numbers, f"lost number: {number}"
    for address in _ADDRESS.findall(wanted):
        assert address in shown, f"changed address: {address}"
    whole = "\n".join(line.rstrip() for line in shown.split("\n"))
    for fence in reading.fences:
        for line in fence.split("\n"):
            assert line.strip() in whole, f"changed code: {line}"


def check_answer(example: Example) -> None:
    present(parse(example.text))
    document = Document(without_formulas(parse(example.text).blocks))
    source = with_whole_fences(clean(example.text))
    assert_arrives(shown_as_text(document), Reading(source, tables=False))
    assert_arrives(shown_as_rich(document), Reading(source, tables=True))
    for part in checked(present(parse(example.text))):
        assert part.plain.strip()


def check_stream(example: Example) -> None:
    """At every seventh cut a lawful frame; where nothing but emphasis is marked up, one that says every letter."""
    stream = StreamPreview()
    simple = not re.search(r"[$<&\\`|\[\]]|~~~|^\s*[+#>-]|://", example.text, re.MULTILINE)
    for end in range(0, len(example.text), 7):
        frame = stream.frame(example.text[:end])
        assert len(frame.text) <= 4000
        check_entities(frame.text, frame.entities())
        if simple:
            said, wanted = letters(frame.text.removeprefix("…")), letters(clean(example.text[:end]))
            assert wanted.endswith(said)
            assert frame.text.startswith("…") or said == wanted


@pytest.mark.parametrize("example", examples("answers.jsonl", SAMPLE), ids=lambda example: example.source)
def test_an_answer_arrives_whole(example: Example) -> None:
    check_answer(example)


@pytest.mark.slow
def test_all_answers_arrive_whole() -> None:
    for example in examples("answers.jsonl"):
        check_answer(example)


@pytest.mark.parametrize("example", examples("answers.jsonl", 10 * SAMPLE), ids=lambda example: example.source)
def test_a_stream_is_shown_at_every_seventh_cut(example: Example) -> None:
    check_stream(example)


@pytest.mark.slow
def test_all_streams_are_shown_at_every_seventh_cut() -> None:
    for example in examples("answers.jsonl"):
        check_stream(example)


# Where we differ on purpose: indented lines are prose, HTML is text, and an address is never decoded.
DIFFERENT = ("    f&ouml;f&ouml;\n", "<div></div>\n``` c", "<http://example.com/α%CE%B2", "<http://xn--n3h.net/>")


def of_the_specifications(example: Example) -> bool:
    """Without examples of markdown-it's further plugins and options, such as other quotation marks."""
    plain = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(example.text)
    return bare(visible(plain)) == bare(visible(example.html)) and not example.text.startswith(DIFFERENT)


def test_the_specifications_examples_arrive_whole() -> None:
    expected = [example for example in examples("specification.jsonl") if of_the_specifications(example)]
    assert len(expected) > 2000
    for example in expected:
        document = parse(example.text)
        checked(present(document, rich="auto"))
        assert_in_order(letters(shown_as_rich(document)), letters(visible(example.html)))
