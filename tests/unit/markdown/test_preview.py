from itertools import pairwise

import pytest

from bot.telegram.markdown import StreamPreview, parse, present, preview


def entities(markdown: str) -> list[tuple[str, str]]:
    frame = StreamPreview().frame(markdown)
    return [(span.kind, frame.text[span.start : span.end]) for span in frame.spans]


@pytest.mark.parametrize(
    "markdown",
    [
        "# 标题\n\n**标签：**正文",
        "- a\n  * b\n- [x] c\n- [ ] d",
        "`a**b` and ~~c~~ *d*",
        "5 * 3 * 2 and 2*3*4 and 2**3",
        "```py\nx = '**'\n```\nend",
        "[text](https://e.com) and ![alt](https://e.com/i.png)",
        "a\n---\nb\n\n\n\nc",
        "> a **b**\n> - c",
        "snake_case __x__ y",
        "|a|b|\n|-|-|\n|1|2|",
        "$x^2$ and $$\\frac{a}{b}$$",
        "",
    ],
)
def test_a_finished_answer_looks_as_in_its_preview(markdown: str) -> None:
    assert preview(markdown) == "".join(part.text for part in present(parse(markdown), rich="off"))


@pytest.mark.parametrize("unfinished", ["text **", "text *", "text `", "text\n```", "text\n- ", "text\n##", "text\n> "])
def test_markup_in_progress_is_not_shown(unfinished: str) -> None:
    assert preview(unfinished) == "text"


@pytest.mark.parametrize(
    ("unfinished", "shown"),
    [
        ("a **bo", [("bold", "bo")]),
        ("a *it alic", [("italic", "it alic")]),
        ("a ~~st", [("strikethrough", "st")]),
        ("a **b *c", [("bold", "b c"), ("italic", "c")]),
        ("a `co**de", [("code", "co**de")]),
        ("```py\nx = ", [("pre", "x =")]),
        ("运行：```bash\npip in", [("pre", "pip in")]),
        ("- **Bold: x", [("bold", "Bold: x")]),
        ("a \\(\\frac{1}", [("code", "\\frac{1}")]),
        ("$$\n\\frac{1}", [("pre", "\\frac{1}")]),
        ("|a|b|\n|--", [("pre", "a │ b\n──┼──")]),
        ("see [the label](https://e.c", []),
        ("2**3 and **kwargs", []),
    ],
)
def test_what_is_open_is_closed_for_the_frame(unfinished: str, shown: list[tuple[str, str]]) -> None:
    assert entities(unfinished) == shown


def test_a_half_link_shows_its_label() -> None:
    assert preview("see [the label](https://e.c") == "see the label"


def test_formatting_goes_on_beyond_one_message() -> None:
    lines = "\n\n".join(f"**Point {number}:** " + "word " * 30 for number in range(60))
    frame = StreamPreview().frame(lines)
    assert frame.text.startswith("…")
    assert len([span for span in frame.spans if span.kind == "bold"]) > 15


def test_more_than_a_hundred_entities_leave_the_text_whole() -> None:
    frame = StreamPreview().frame("`x` " * 150)
    assert frame.text == " ".join(["x"] * 150)
    assert len(frame.entities()) == 100


def test_a_long_text_gives_way_at_its_top_in_small_steps() -> None:
    text = "\n".join(f"line {number}" for number in range(2000))
    stream = StreamPreview()
    sizes = [len(stream.frame(text[:end]).text) for end in range(3000, len(text), 50)]
    assert max(sizes) <= 4000
    assert max(before - after for before, after in pairwise(sizes)) < 400
    assert min(sizes[30:]) > 3500


def test_code_stays_code_when_its_beginning_is_far_behind() -> None:
    stream = StreamPreview()
    text = "```py\n" + "\n".join(f"x{number} = '**a**'" for number in range(3000))
    for end in range(0, len(text), 1000):
        frame = stream.frame(text[:end])
    assert [span.kind for span in frame.spans] == ["pre"]
    assert "'**a**'" in frame.text


def test_the_end_is_shown_from_a_line_on_when_the_text_is_too_long() -> None:
    shown = preview("\n".join(f"line {number}" for number in range(1000)), 400)
    assert shown.startswith("…line ")
    assert shown.endswith("line 999")
    assert 300 <= len(shown) <= 400
