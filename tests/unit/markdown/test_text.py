import pytest

from bot.telegram.markdown import OutgoingMessage, parse, present, quote, render
from bot.telegram.markdown.formatted_text import cut
from bot.telegram.markdown.latex import readable
from bot.telegram.markdown.text_writer import to_text
from bot.telegram.markdown.tree import Document


def text(markdown: str) -> str:
    return "\n<cut>\n".join(part.text for part in present(parse(markdown), rich="off"))


def entities(markdown: str) -> list[tuple[str, str]]:
    """Kind and covered text of each entity of the only part."""
    (part,) = present(parse(markdown), rich="off")
    return covered(part)


def covered(part: OutgoingMessage) -> list[tuple[str, str]]:
    return [(entity.type, entity.extract_from(part.text)) for entity in part.entities]


def test_headings_are_bold_and_bold_does_not_nest() -> None:
    assert entities("## A **b** `c`") == [("bold", "A b"), ("code", "c")]


def test_code_inside_bold_parts_it() -> None:
    assert entities("**a `b` c**") == [("bold", "a"), ("code", "b"), ("bold", "c")]


def test_offsets_count_utf16_units() -> None:
    (part,) = present(parse("👨‍👩‍👧 𝕏 **粗体**"), rich="off")
    assert covered(part) == [("bold", "粗体")]
    assert part.entities[0].offset == 12


def test_lists_are_bullets_numbers_boxes_and_indentation() -> None:
    assert text("- a\n  line\n  - b\n\n7. c\n8. d\n   - [ ] e\n   - [x] f") == (
        "• a\n  line\n  • b\n\n7. c\n8. d\n   ☐ e\n   ☑ f"
    )


def test_code_in_a_list_stands_at_the_left_edge() -> None:
    markdown = "1. run\n   ```sh\n   ls\n     -a\n   ```\n2. done"
    assert text(markdown) == "1. run\nls\n  -a\n2. done"
    (part,) = present(parse(markdown), rich="off")
    assert part.entities[0].language == "sh"


def test_quotes_do_not_nest_and_long_ones_are_folded() -> None:
    assert entities("> a\n> > b") == [("blockquote", "a\n\n> b")]
    assert entities("> " + "long " * 200)[0][0] == "expandable_blockquote"


def test_narrow_tables_are_aligned_with_wide_characters_counted_twice() -> None:
    assert text("|模型|¥|\n|--|--:|\n|通义|1|\n|GPT|20|") == "模型 │  ¥\n─────┼───\n通义 │  1\nGPT  │ 20"


def test_wide_tables_are_lists_of_rows() -> None:
    assert (
        text("|Name|Long|\n|-|-|\n|A|" + "x" * 60 + "|\n|B||")
        == "• Name: A\n  Long: " + "x" * 60 + "\n\n• Name: B\n  Long: —"
    )


def test_tables_with_links_are_lists_so_that_the_links_remain() -> None:
    assert ("text_link", "a") in entities("|x|\n|-|\n|[a](https://e.com)|")


def test_addresses_need_no_entity() -> None:
    assert entities("https://e.com/x and [t](https://e.com)") == [("text_link", "t")]


def test_footnotes_and_details_have_a_text_form() -> None:
    assert text("a[^x]\n\n[^x]: note") == "a[1]\n\n[1] note"
    assert entities("<details>\n<summary>S</summary>\n\nbody\n\n</details>") == [
        ("bold", "S"),
        ("expandable_blockquote", "body"),
    ]


def test_rules_and_small_letters_become_characters() -> None:
    assert text("a\n\n---\n\nH<sub>2</sub>O x<sup>2</sup> y<sup>?</sup>") == "a\n\n———\n\nH₂O x² y^?"


@pytest.mark.parametrize(
    ("latex", "shown"),
    [
        (r"\frac{a}{b} \le x^2", "a/b ≤ x²"),
        (r"x_i^{n+1}", "xᵢⁿ⁺¹"),
        (r"\alpha \times \beta", "α × β"),
        (r"\frac{n(n+1)}{2}", "(n(n+1))/2"),
        (r"\sqrt{x^2+y^2}", "√(x²+y²)"),
        (r"90^\circ", "90°"),
        (r"e^{i\pi} = -1", "e^(iπ) = -1"),
        (r"\text{销售额} = 5", "销售额 = 5"),
        (r"f'(x) \in \mathbb{R}^n", "f′(x) ∈ ℝⁿ"),
        (r"\begin{matrix} a & b \\ c & d \end{matrix}", "a, b; c, d"),
        (r"\begin{tikzpicture} a \end{tikzpicture}", None),
        (r"\unknown{x}", None),
        (r"x^", None),
        ("{" * 50, None),
        ("}", None),
    ],
)
def test_simple_formulas_are_readable(latex: str, shown: str | None) -> None:
    assert readable(latex) == shown


def test_formulas_too_hard_for_a_line_are_code() -> None:
    assert entities(r"so $\unknown{x}$") == [("code", r"\unknown{x}")]
    assert entities("$$\n\\underbrace{a}_{b}\n$$") == [("pre", r"\underbrace{a}_{b}")]


def test_a_cut_fence_is_reopened_with_its_language() -> None:
    source = "\n".join(f"    line {number}" for number in range(600))
    parts = present(parse(f"```python\n{source}\n```"))
    assert len(parts) > 1
    assert "\n".join(part.text for part in parts) == source
    for part in parts:
        assert covered(part) == [("pre", part.text)]
        assert part.entities[0].language == "python"


def test_a_cut_list_goes_on_counting() -> None:
    parts = present(parse("\n".join(f"{number}. {'word ' * 20}" for number in range(1, 101))))
    assert len(parts) > 1
    lines = [line for part in parts for line in part.text.split("\n")]
    assert [line.split(".")[0] for line in lines] == [str(number) for number in range(1, 101)]


def test_blocks_are_not_cut_where_a_cut_between_them_does() -> None:
    parts = present(parse("\n\n".join("句子。" * 500 for _ in range(4))))
    assert [len(part.text) for part in parts] == [3002, 3002]


def test_a_heading_is_not_left_behind_by_what_it_heads() -> None:
    parts = present(parse("a " * 1900 + "\n\n# Title\n\n" + "b " * 400), rich="off")
    assert parts[1].text.startswith("Title")


@pytest.mark.parametrize(
    ("whole", "first"),
    [
        ("aaaa bbbb.\ncccc dddd", "aaaa bbbb."),
        ("aaaa bb. cccc dddd", "aaaa bb."),
        ("你好你好你好。你好你好你好你好", "你好你好你好。"),
        ("aaaaa bbbbb ccccc", "aaaaa bbbbb"),
        ("👨‍👩‍👧👨‍👩‍👧", "👨‍👩‍👧"),
        ("𝕏𝕏𝕏𝕏𝕏𝕏𝕏𝕏𝕏", "𝕏𝕏𝕏𝕏𝕏𝕏"),
    ],
)
def test_cuts_prefer_lines_to_sentences_to_words_to_graphemes(whole: str, first: str) -> None:
    assert cut(to_text(parse(whole).blocks), limit=13)[0].text == first


def test_no_part_has_more_than_a_hundred_entities() -> None:
    parts = present(parse("`x` " * 250))
    assert [len(part.entities) for part in parts] == [100, 100, 50]


def test_thinking_comes_first_and_is_capped() -> None:
    (part,) = present(parse("answer"), thinking="思考 " * 2000)
    kind, thinking = covered(part)[0]
    assert kind == "expandable_blockquote"
    assert len(thinking) <= 1000
    assert thinking.endswith("…")
    assert part.text.endswith("\n\nanswer")


def test_thinking_is_literal_text() -> None:
    (part,) = present(Document((quote("**no** [x](https://e.com)", expandable=False),)), rich="off")
    assert covered(part) == [("blockquote", "**no** [x](https://e.com)")]


@pytest.mark.parametrize("size", [1, 800])
async def test_a_rendered_answer_has_its_notes_below(size: int) -> None:
    [part] = await render("word " * size, notes=["Cut off."])
    assert part.text.endswith("\n\nCut off.")
    assert covered(part)[-1] == ("italic", "Cut off.")


def test_an_answer_that_shows_nothing_has_no_part() -> None:
    assert present(parse(" \n"), rich="always") == []
    assert present(parse(""), rich="off") == []
