"""Words out of rich messages of any form."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.telegram.message_text import flatten

KEYS = ("text", "blocks", "items", "cells", "summary", "caption", "credit", "type", "expression", "other")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=30,
)


@given(JSON)
def test_no_form_is_too_strange(raw: Any) -> None:
    assert isinstance(flatten(raw), str)
    assert isinstance(flatten({"blocks": raw}), str)


@given(st.lists(st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1), max_size=6))
def test_the_words_of_each_paragraph_are_a_line(paragraphs: list[str]) -> None:
    raw = {"blocks": [{"type": "paragraph", "text": [text]} for text in paragraphs]}
    assert flatten(raw) == "\n".join(paragraphs)


def test_nothing_of_a_message_with_one_of_everything_is_lost() -> None:
    raw = {
        "blocks": [
            {"type": "heading", "size": 1, "text": "Title"},
            {
                "type": "paragraph",
                "text": ["plain ", {"type": "bold", "text": ["bold ", {"type": "code", "text": "c"}]}],
            },
            {"type": "list", "items": [{"blocks": [{"type": "paragraph", "text": "item"}], "has_checkbox": True}]},
            {"type": "table", "cells": [[{"text": "a"}, {"text": "b"}], [{"text": "1"}, {}]], "caption": "Table"},
            {"type": "details", "summary": "More", "blocks": [{"type": "paragraph", "text": "inside"}]},
            {"type": "mathematical_expression", "expression": "E = mc^2"},
            {"type": "expandable_blockquote", "text": "quoted", "credit": "Nobody"},
        ]
    }
    lines = flatten(raw).splitlines()
    assert lines == [
        "Title",
        "plain bold c",
        "item",
        "Table",
        "a | b",
        "1 | ",
        "More",
        "inside",
        "E = mc^2",
        "quoted",
        "Nobody",
    ]


def test_depth_and_length_are_bounded() -> None:
    deep: Any = "innermost"
    for _ in range(5_000):
        deep = {"type": "bold", "text": [deep]}
    assert flatten({"blocks": [{"type": "paragraph", "text": deep}]}) == ""
    block: Any = {"type": "paragraph", "text": "innermost"}
    for _ in range(5_000):
        block = {"type": "blockquote", "blocks": [block]}
    assert flatten({"blocks": [block]}) == ""
    assert len(flatten({"blocks": [{"text": "x" * 100_000}]})) == 32_768
