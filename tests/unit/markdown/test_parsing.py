import pytest

from bot.telegram.markdown import parse
from bot.telegram.markdown.tree import (
    Block,
    Code,
    CodeBlock,
    Details,
    Footnote,
    FootnoteMark,
    Heading,
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
    literal,
)


def inlines(markdown: str) -> Inlines:
    (block,) = parse(markdown).blocks
    assert isinstance(block, Paragraph)
    return block.inlines


def paragraph(text: str) -> Paragraph:
    return Paragraph((Text(text),))


@pytest.mark.parametrize(
    ("markdown", "bold", "rest"),
    [
        ("**标签：**正文", "标签：", "正文"),
        ("**“引号”**后", "“引号”", "后"),
        ("**（括号）**中文", "（括号）", "中文"),
        ("**注意。**API", "注意。", "API"),
        ("**API (v2)**是", "API (v2)", "是"),
        ("**bold** text", "bold", " text"),
    ],
)
def test_emphasis_closes_beside_wide_punctuation(markdown: str, bold: str, rest: str) -> None:
    assert inlines(markdown) == (Styled("bold", (Text(bold),)), Text(rest))


def test_emphasis_opens_inside_a_chinese_sentence() -> None:
    assert inlines("他说**“好”**了") == (Text("他说"), Styled("bold", (Text("“好”"),)), Text("了"))


@pytest.mark.parametrize(
    "markdown",
    [
        "5 * 3 * 2",
        "a == b and c == d",
        "snake_case_name",
        "文件_名_称",
        "List<String> a < b",
        "<std::vector> and <script>alert(1)</script>",
        "between $5 and $10",
        "$5/$6",
        "从$5涨到了$。",
        "echo $HOME:$PATH",
        "unclosed **bold and `code",
        "[no link] and [no](link",
        "[1]: not-a-definition",
    ],
)
def test_what_only_looks_like_markup_stays_text(markdown: str) -> None:
    assert inlines(markdown) == (Text(markdown),)


@pytest.mark.parametrize("markdown", ["$x^2$", r"\(x^2\)", "$$x^2$$ ", r"\[x^2\] "])
def test_formulas_are_found_in_all_four_notations(markdown: str) -> None:
    assert inlines("式" + markdown + "。") == (Text("式"), Math("x^2"), Text(markdown[len(markdown.rstrip()) :] + "。"))


def test_escaped_brackets_are_no_formula() -> None:
    assert inlines(r"\[optional\]") == (Text("[optional]"),)


@pytest.mark.parametrize("markdown", ["$$\nx\n= 1\n$$", "\\[\nx\n= 1\n\\]", "Text:\n$$x\n= 1$$"])
def test_display_formulas_are_blocks(markdown: str) -> None:
    assert parse(markdown).blocks[-1] == MathBlock("x\n= 1")


def test_an_unclosed_display_formula_swallows_nothing() -> None:
    assert parse("$$\nx = 1\n\nAnd more").blocks == (paragraph("$$\nx = 1"), paragraph("And more"))


@pytest.mark.parametrize(
    "address",
    [
        "tg://user?id=1",
        "javascript:alert(1)",
        "/relative",
        "file:///etc/passwd",
        "mailto:a@b.c",
        "http://",
        "http://local",
    ],
)
def test_an_address_that_cannot_be_pressed_stands_beside_its_words(address: str) -> None:
    assert inlines(f"see [the text]({address}).") == (Text("see the text ("), Code(address), Text(")."))


def test_links_and_addresses_become_links() -> None:
    assert inlines("[名](https://e.com/a_(b)) <https://e.com/c>") == (
        Link("https://e.com/a_(b)", (Text("名"),)),
        Text(" "),
        Link("https://e.com/c", (Text("https://e.com/c"),)),
    )


def test_an_address_ends_where_the_chinese_sentence_goes_on() -> None:
    link = Link("https://e.com/a", (Text("https://e.com/a"),))
    assert inlines("见https://e.com/a。（https://e.com/a）") == (Text("见"), link, Text("。（"), link, Text("）"))
    assert inlines("(https://e.com/a).") == (Text("("), link, Text(")."))


def test_a_picture_becomes_a_link_with_its_description() -> None:
    assert inlines("![图](https://e.com/i.png)") == (Link("https://e.com/i.png", (Text("图"),)),)
    assert inlines("![图](tg://photo?id=1)") == (Text("图 ("), Code("tg://photo?id=1"), Text(")"))


def test_harmless_tags_are_understood() -> None:
    assert inlines("H<sub>2</sub>O<br>**a <b>b</b>**") == (
        Text("H"),
        Styled("subscript", (Text("2"),)),
        Text("O\n"),
        Styled("bold", (Text("a b"),)),
    )


def test_characters_that_deceive_are_taken_out() -> None:
    assert literal(inlines("a\u202eb\x00c\ud800d&#8238;e\r\nf")) == "abc\ufffdde\nf"


def test_a_cell_keeps_the_bar_inside_its_code() -> None:
    (table,) = parse("|a|b|\n|:-:|--:|\n|1|`x|y`|\n|2|").blocks
    assert table == Table(
        ("center", "right"),
        ((Text("a"),), (Text("b"),)),
        (((Text("1"),), (Code("x|y"),)), ((Text("2"),), ())),
    )


def test_lists_keep_numbers_boxes_and_nesting() -> None:
    assert parse("3. a\n4. b\n   - [x] c\n   - [ ] d").blocks == (
        List(
            (
                Item((paragraph("a"),), number="3."),
                Item(
                    (
                        paragraph("b"),
                        List((Item((paragraph("c"),), checked=True), Item((paragraph("d"),), checked=False))),
                    ),
                    number="4.",
                ),
            ),
        ),
    )


def test_lists_with_empty_lines_between_items_are_loose() -> None:
    (loose,) = parse("- a\n\n- b").blocks
    assert isinstance(loose, List)
    assert not loose.tight


def test_footnotes_move_to_the_end_whether_referred_to_or_not() -> None:
    assert parse("b[^b] a[^a]\n\n[^a]: A\n\n[^c]: C\n\n[^b]: B\n\nend").blocks == (
        Paragraph((Text("b"), FootnoteMark(1), Text(" a"), FootnoteMark(2))),
        paragraph("end"),
        Footnote(1, (paragraph("B"),)),
        Footnote(2, (paragraph("A"),)),
        Footnote(3, (paragraph("C"),)),
    )


def test_details_hold_markdown() -> None:
    document = parse("<details open>\n<summary>More **here**</summary>\n\n- x\n\n</details>\nafter")
    assert document.blocks == (
        Details((Text("More "), Styled("bold", (Text("here"),))), (List((Item((paragraph("x"),)),)),)),
        paragraph("after"),
    )


def test_details_may_have_an_empty_line_before_their_summary() -> None:
    document = parse("<details>\n\n<summary>S</summary>\nbody\n</details>")
    assert document.blocks == (Details((Text("S"),), (paragraph("body"),)),)


def test_unclosed_details_are_text() -> None:
    assert parse("<details>\n<summary>S</summary>\n\nbody").blocks == (
        paragraph("<details>\n<summary>S</summary>"),
        paragraph("body"),
    )


def test_a_line_below_a_paragraph_is_a_rule_not_a_heading() -> None:
    assert parse("text\n---\n# Title #").blocks == (paragraph("text"), ThematicBreak(), Heading(1, (Text("Title"),)))


def test_an_unclosed_fence_is_code_to_the_end() -> None:
    assert parse("```c++ title=x\nint a;\n").blocks == (CodeBlock("int a;", "c++"),)


@pytest.mark.parametrize("markdown", ["", "\n\n", "#", ">", "```\n```", "- \n- ", "\x00", "[]()", "![]()"])
def test_what_shows_nothing_leaves_no_block(markdown: str) -> None:
    assert parse(markdown).blocks == ()


def depth(blocks: tuple[Block, ...]) -> int:
    children = [block.blocks for block in blocks if isinstance(block, Quote)]
    children += [item.blocks for block in blocks if isinstance(block, List) for item in block.items]
    return 1 + max(map(depth, children), default=0)


@pytest.mark.parametrize("opening", ["> ", "- ", "1. ", "> - "])
def test_nesting_is_bounded_and_what_lies_deeper_is_kept(opening: str) -> None:
    document = parse(opening * 1000 + "word")
    assert depth(document.blocks) <= 12
    assert "word" in str(document)


@pytest.mark.slow
@pytest.mark.parametrize(
    "unit", ["[", "![", "**a ", "_a_", "$a ", "\\(", "<b>", "> ", "- ", "`a", "](", "&", "a~~", "[^a"]
)
def test_a_hundred_thousand_characters_of_one_kind_are_parsed(unit: str) -> None:
    assert parse(unit * (100_000 // len(unit))).blocks
