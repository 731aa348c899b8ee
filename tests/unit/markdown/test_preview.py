import pytest

from bot.telegram.markdown import parse, present, preview


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("# 标题\n\n**标签：**正文", "标题\n\n标签：正文"),
        ("- a\n  * b\n- [x] c\n- [ ] d", "• a\n  • b\n☑ c\n☐ d"),
        ("`a**b` and ~~c~~ *d*", "a**b and c d"),
        ("5 * 3 * 2 and 2*3*4 and 2**3", "5 * 3 * 2 and 2*3*4 and 2**3"),
        ("```py\nx = '**'\n```\nend", "x = '**'\nend"),
        ("[text](https://e.com) and ![alt](https://e.com/i.png)", "text and alt"),
        ("a\n---\nb\n\n\n\nc", "a\n———\nb\n\nc"),
        ("> a **b**\n> - c", "a b\n• c"),
        ("snake_case __x__ y", "snake_case __x__ y"),
        ("a\u202eb\x00", "ab"),
        ("", ""),
    ],
)
def test_lines_are_cleaned(markdown: str, shown: str) -> None:
    assert preview(markdown) == shown


@pytest.mark.parametrize("unfinished", ["text **", "text *", "text `", "text\n```", "text\n- ", "text\n##"])
def test_markup_in_progress_is_not_shown(unfinished: str) -> None:
    assert preview(unfinished) == "text"


def test_unfinished_bold_and_code_look_as_they_will() -> None:
    assert preview("a **bo") == "a bo"
    assert preview("a `co") == "a co"
    assert preview("```py\nx = ") == "x ="


def test_a_finished_answer_looks_as_in_its_preview() -> None:
    markdown = "# Title\n\n**标签：** text `code`\n\n1. one\n   - two\n\n```py\nx = 1\n```"
    (part,) = present(parse(markdown))
    assert preview(markdown) == part.text


def test_the_end_is_shown_from_a_line_on_when_the_text_is_too_long() -> None:
    markdown = "\n".join(f"line {number}" for number in range(1000))
    shown = preview(markdown, 400)
    assert shown.startswith("…line ")
    assert shown.endswith("line 999")
    assert 200 <= len(shown) <= 400


def test_the_beginning_of_a_long_preview_moves_in_steps() -> None:
    words = [f"word{number}" for number in range(500)]
    starts = {preview(" ".join(words[:count]), 400)[:8] for count in range(100, 500)}
    assert len(starts) < 50
