import json
from typing import Any

import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.types import InputRichMessage

from bot.telegram.markdown import OutgoingMessage, parse, present


def wire(part: OutgoingMessage) -> list[dict[str, Any]]:
    assert part.blocks
    return [block.model_dump(mode="json", exclude_none=True) for block in part.blocks]


def only(markdown: str) -> list[dict[str, Any]]:
    (part,) = present(parse(markdown), rich="always")
    return wire(part)


@pytest.mark.parametrize(
    "markdown",
    [
        "|a|\n|-|\n|b|",
        "- [ ] task",
        "> - [x] task in a quote",
        "<details>\n<summary>s</summary>\n\nx\n\n</details>",
        "$$\nx\n$$",
        "a[^1]\n\n[^1]: b",
        "# Title\n\n" + "word " * 1000,
    ],
)
def test_auto_is_rich_where_text_would_lose_the_form(markdown: str) -> None:
    assert all(part.blocks for part in present(parse(markdown)))
    assert not any(part.blocks for part in present(parse(markdown), rich="off"))


@pytest.mark.parametrize(
    "markdown", ["# Title\n\n- a\n- **b** $x$", "word " * 1000, "- [ ] task\n\n```\n" + "code\n" * 20 + "```"]
)
def test_auto_is_text_for_simple_answers_and_for_code(markdown: str) -> None:
    assert not any(part.blocks for part in present(parse(markdown)))


def test_blocks_are_literal_and_typed() -> None:
    assert only("# T\n\n**b** `<tg-button>` [l](https://e.com) $x$\n\n```py\nx\n```\n\n---") == [
        {"type": "heading", "text": "T", "size": 1},
        {
            "type": "paragraph",
            "text": [
                {"type": "bold", "text": "b"},
                " ",
                {"type": "code", "text": "<tg-button>"},
                " ",
                {"type": "url", "text": "l", "url": "https://e.com"},
                " ",
                {"type": "mathematical_expression", "expression": "x"},
            ],
        },
        {"type": "pre", "text": "x", "language": "py"},
        {"type": "divider"},
    ]


def test_tables_state_what_telegram_requires_of_cells() -> None:
    (table,) = only("|a|b|\n|-|--:|\n|1||")
    assert table["cells"] == [
        [
            {"align": "left", "valign": "top", "text": "a", "is_header": True},
            {"align": "right", "valign": "top", "text": "b", "is_header": True},
        ],
        [{"align": "left", "valign": "top", "text": "1"}, {"align": "right", "valign": "top"}],
    ]


def test_tables_wider_than_telegram_allows_become_code_or_lists() -> None:
    header = "|" + "|".join("abcdefghijklmnopqrstu") + "|\n|" + "-|" * 21 + "\n"
    assert only(header + "|1" * 21 + "|")[0]["type"] == "list"
    assert only(header.replace("a|b", "ab|") + "|1" * 21)[0]["type"] in {"list", "pre"}


def test_lists_carry_numbers_and_boxes() -> None:
    (numbered,) = only("3. a\n4.\n5. c")
    assert [(item["value"], item["type"]) for item in numbered["items"]] == [(3, "1"), (4, "1"), (5, "1")]
    assert numbered["items"][1]["blocks"] == [{"type": "paragraph", "text": "…"}]
    (boxes,) = only("- [ ] a\n- [x] b")
    assert [(item["has_checkbox"], item.get("is_checked")) for item in boxes["items"]] == [(True, None), (True, True)]


def test_footnotes_link_to_their_notes() -> None:
    assert only("a[^x]\n\n[^x]: n") == [
        {"type": "paragraph", "text": ["a", {"type": "reference_link", "text": "[1]", "reference_name": "note-1"}]},
        {"type": "paragraph", "text": [{"type": "reference", "text": "[1]", "name": "note-1"}, " ", "n"]},
    ]


def test_a_footnote_in_another_message_is_not_linked() -> None:
    parts = present(parse("a[^x]\n\n" + "long " * 100 + "\n\n[^x]: n"), rich="always", comfortable=300)
    assert len(parts) > 1
    assert wire(parts[0])[0] == {"type": "paragraph", "text": ["a", "[1]"]}


def test_formulas_inside_details_are_code() -> None:
    (details,) = only("<details>\n<summary>s</summary>\n\n$$\nx\n$$\n\n$y$\n\n</details>")
    assert details["blocks"] == [
        {"type": "pre", "text": "x", "language": "latex"},
        {"type": "paragraph", "text": {"type": "code", "text": "y"}},
    ]


def test_thinking_is_an_expandable_quote_before_the_answer() -> None:
    (part,) = present(parse("|a|\n|-|\n|b|"), thinking="hm\n\nok")
    assert wire(part)[0] == {"type": "expandable_blockquote", "text": "hm\n\nok"}
    assert part.text.startswith("hm\n\nok\n\n")


def test_thinking_that_shows_nothing_leaves_no_quote() -> None:
    (part,) = present(parse("a"), rich="always", thinking="\x00 \u202e\n")
    assert wire(part) == [{"type": "paragraph", "text": "a"}]


def test_long_answers_are_parted_at_the_comfortable_length_before_a_heading() -> None:
    markdown = "\n\n".join(f"## Part {number}\n\n" + "word " * 60 for number in range(10))
    parts = present(parse(markdown), rich="always", comfortable=1000)
    assert len(parts) == 4
    assert all(wire(part)[0]["type"] == "heading" for part in parts)


def test_a_long_list_goes_on_counting_in_the_next_message() -> None:
    parts = present(parse("\n".join(f"{number}. item" for number in range(1, 601))), rich="always")
    numbers = [item["value"] for part in parts for block in wire(part) for item in block["items"]]
    assert numbers == list(range(1, 601))
    assert len(parts) > 1


def test_a_block_no_rich_message_can_hold_is_sent_as_text() -> None:
    parts = present(parse("# T\n\n```\n" + "x" * 40_000 + "\n```\n\nend"), rich="always")
    assert [part.blocks is None for part in parts] == [False, *[True] * 10, False]


def test_a_long_rich_part_falls_back_to_text_parts() -> None:
    (part,) = present(parse("|a|b|\n|-|-|\n" + "|1|2|\n" * 400), rich="auto", comfortable=30_000)
    fallback = part.fallback()
    assert len(fallback) > 1 or len(part.text) <= 4096
    assert "\n".join(text.text for text in fallback) == part.plain
    assert all(text.blocks is None for text in fallback)


def test_the_blocks_go_over_the_wire_as_they_are() -> None:
    (part,) = present(parse("**a** *b ~~c~~*\n\n> q"), rich="always")
    assert part.blocks
    message = InputRichMessage(blocks=list(part.blocks), skip_entity_detection=True)
    sent = AiohttpSession().prepare_value(message, Bot("42:token"), files={})
    assert json.loads(sent) == {"blocks": wire(part), "skip_entity_detection": True}


def test_what_nests_deeper_than_telegram_allows_is_sent_as_text() -> None:
    lists = "".join(" " * 2 * level + "- item\n" for level in range(4))
    deepest = " " * 8 + "- **b *i ~~s <u>u [l](https://e.com)</u>~~***"
    parts = present(parse(f"before\n\n{lists}{deepest}\n\nafter"), rich="always")
    assert [part.blocks is None for part in parts] == [False, True, False]
    assert present(parse(lists), rich="always")[0].blocks


def test_comfort_has_its_bounds() -> None:
    parts = present(parse("\n\n".join(["word " * 1000] * 10)), rich="always", comfortable=100_000)
    assert [part.text.count("word") for part in parts] == [6000, 4000]
