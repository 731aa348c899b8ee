"""Whatever a model writes, and wherever its stream is cut: nothing lost, nothing doubled, nothing Telegram refuses."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bot.telegram.markdown import Document, OutgoingMessage, StreamPreview, parse, present
from bot.telegram.markdown.formatted_text import cut, units
from bot.telegram.markdown.text_writer import to_text
from bot.telegram.markdown.tree import (
    Code,
    CodeBlock,
    Details,
    Footnote,
    FootnoteMark,
    Heading,
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
from tests.telegram_rules import bare, check_entities, check_part, check_text, holds_in_order

WORDS = st.sampled_from(
    [
        "word",
        "a",
        "snake_case_x",
        "世界",
        "标签：",
        "“引号”",
        "👨‍👩‍👧‍👦",
        "🇨🇳🇩🇪",
        "e\u0301",
        "𝕏",
        "x<y>",
        "List<String>",
        "5 * 3 * 2",
        "$5",
        "$x^2$",
        r"\(a\)",
        r"\[ b = c \]",
        "https://e.com/路",
        "http://a.b.co/x_(y)",
        "\u200b",
        "\u202eevil",
        "&lt;",
    ]
)
MARKS = st.sampled_from(
    [
        "**",
        "*",
        "_",
        "__",
        "~~",
        "`",
        "``",
        "[",
        "](",
        ")",
        "![",
        "](https://e.com)",
        "](tg://user?id=1)",
        "<br>",
        "<b>",
        "</b>",
        "<sub>2</sub>",
        "[^1]",
        "|",
        "$",
        "$$",
        "\\",
        "\\[",
        "\\]",
        " ",
        "  \n",
        "\n",
        "\n\n",
    ]
)
OPENINGS = st.sampled_from(
    [
        "# ",
        "### ",
        "- ",
        "* ",
        "1. ",
        "7. ",
        "> ",
        "> > ",
        "- [ ] ",
        "- [x] ",
        "```py\n",
        "```\n",
        "~~~\n",
        "$$\n",
        "\\[\n",
        "---\n",
        "| a | b |\n|---|--:|\n",
        "| 1 | `x|y` | 3 |\n",
        "[^1]: ",
        "</details>\n",
        "<details>\n<summary>s</summary>\n",
        "    ",
        "  - ",
        "   1. ",
    ]
)
_PIECES = st.one_of(WORDS, MARKS, OPENINGS.map("\n".__add__), st.text(max_size=4))
MARKDOWN = st.one_of(st.lists(_PIECES, max_size=12), st.lists(_PIECES, min_size=20, max_size=60)).map("".join)


def leaves(node: Any) -> Iterator[str]:
    """All literal text of the tree in its order, formulas left out: a text says them otherwise."""
    match node:
        case Text(text) | Code(text) | CodeBlock(text):
            yield text
        case Styled("subscript" | "superscript"):
            return
        case Document(children) | Paragraph(children) | Styled(_, children) | Link(_, children) | Heading(_, children):
            yield from leaves(children)
        case Quote(children) | Footnote(_, children):
            yield from leaves(children)
        case Details(summary, children):
            yield from leaves((*summary, *children))
        case List(items):
            yield from leaves(tuple(block for item in items for block in item.blocks))
        case tuple():
            for child in node:
                yield from leaves(child)
        case Table() | Math() | MathBlock() | FootnoteMark() | ThematicBreak():
            return


def check_whole(document: Document, parts: list[OutgoingMessage]) -> None:
    """The parts' texts are the document's text with white space taken out between them, and nothing else."""
    whole = to_text(document.blocks).text
    place = 0
    for part in parts:
        start = place + len(whole[place:]) - len(whole[place:].lstrip())
        found = whole.find(part.plain.lstrip(), place)
        assert 0 <= found <= start
        place = found + len(part.plain.lstrip())
    assert not whole[place:].strip()


@given(MARKDOWN)
def test_text_parts_keep_every_leaf_and_every_rule_of_telegram(markdown: str) -> None:
    document = parse(markdown)
    parts = present(document, rich="off")
    for part in parts:
        check_text(part)
    check_whole(document, parts)
    assert holds_in_order(bare("".join(part.plain for part in parts)), bare("".join(leaves(document))))


@given(MARKDOWN)
def test_rich_parts_stay_within_limits_and_say_what_the_text_says(markdown: str) -> None:
    document = parse(markdown)
    parts = present(document, rich="always")
    for part in parts:
        check_part(part)
    assert bare("".join(part.plain for part in parts)) == bare(to_text(document.blocks).text)


@given(MARKDOWN, st.integers(2, 60), st.integers(1, 6))
def test_cuts_anywhere_lose_nothing_but_white_space(markdown: str, limit: int, entities: int) -> None:
    whole = to_text(parse(markdown).blocks)
    pieces = cut(whole, limit, entities)
    place = 0
    for piece in pieces:
        assert units(piece.text) <= limit
        assert len(piece.spans) <= entities or len(piece.text) == 1
        check_entities(piece.text, piece.entities())
        start = whole.text.index(piece.text, place)
        assert not whole.text[place:start].strip()
        place = start + len(piece.text)
    assert not whole.text[place:].strip()


@given(MARKDOWN, st.data())
def test_any_prefix_of_a_stream_can_be_shown(markdown: str, data: st.DataObject) -> None:
    prefix = markdown[: data.draw(st.integers(0, len(markdown)))]
    for part in present(parse(prefix), rich="auto", thinking=prefix[:20]):
        check_part(part)


@given(st.text())
def test_no_text_makes_the_parser_raise(text: str) -> None:
    for part in present(parse(text), rich="always"):
        check_part(part)


@given(st.lists(st.text("abcXYZ 世界，。😀", min_size=1), max_size=5).map("\n\n".join))
def test_text_without_markup_arrives_as_it_is(text: str) -> None:
    parts = present(parse(text))
    assert bare("".join(part.text for part in parts)) == bare(text)
    assert not any(part.entities for part in parts)


@given(MARKDOWN, st.integers(8, 100), st.data())
def test_any_prefix_of_a_stream_makes_a_lawful_frame(markdown: str, limit: int, data: st.DataObject) -> None:
    stream = StreamPreview(limit)
    for _ in range(3):
        prefix = markdown[: data.draw(st.integers(0, len(markdown)))]
        frame = stream.frame(prefix)
        assert units(frame.text) <= limit
        check_entities(frame.text, frame.entities())


PIECES = [
    "普通文字。Some words, and more. ",
    "**粗体**",
    "`code`",
    "👨‍👩‍👧‍👦",
    "\n\n",
    "\n- item **x** ",
    "\n1. step ",
    "\n# Title\n\n",
]


@pytest.mark.parametrize("rich", ["off", "auto", "always"])
@given(st.lists(st.tuples(st.sampled_from(PIECES), st.integers(1, 200)), min_size=3, max_size=6))
@settings(max_examples=6, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_long_answers_are_whole_in_lawful_parts(rich: Any, pieces: list[tuple[str, int]]) -> None:
    document = parse("".join(piece * times for piece, times in pieces))
    parts = present(document, rich=rich)
    for part in parts:
        check_part(part)
    assert bare("".join(part.plain for part in parts)) == bare(to_text(document.blocks).text)
