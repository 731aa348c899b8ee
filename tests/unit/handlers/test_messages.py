"""What a message asks, whatever people write."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.telegram.message_text import clean
from handlers.messages import request

NAME = "silicon_bot"


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("What?", "What?"),
        ("/ask What?", "What?"),
        ("/ask@silicon_bot What?", "What?"),
        ("/ask\nWhat?", "What?"),
        ("/ask", ""),
        ("@silicon_bot What?", "What?"),
        ("@Silicon_Bot, what?", ", what?"),
        ("What, @silicon_bot?", "What, ?"),
        ("@silicon_bot", ""),
        ("@silicon_bottle What?", "@silicon_bottle What?"),
        ("/asking What?", None),
        ("/ask@other_bot What?", None),
        ("/new", None),
        ("/etc/hosts is what?", "/etc/hosts is what?"),
        ("/ what?", "/ what?"),
    ],
)
def test_name_and_command_are_no_part_of_the_question(text: str, asked: str | None) -> None:
    assert request(text, NAME) == asked


def test_a_bot_without_a_name_leaves_all_names_alone() -> None:
    assert request("@bob What? @", "") == "@bob What? @"


@given(st.text())
def test_what_is_left_has_nothing_hidden(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert cleaned == cleaned.strip()
    assert all(unicodedata.category(c) not in ("Cc", "Cf", "Cs") for c in cleaned if c not in "\n\t\u200d\ufe0f")
    cleaned.encode()  # no lone surrogates


@given(st.text(st.characters(exclude_categories=["C"])))
def test_visible_words_are_kept(text: str) -> None:
    assert clean(text) == text.strip()


@given(st.text(), st.text(alphabet="abc_.*+\\", max_size=8))
def test_any_text_can_be_asked(text: str, name: str) -> None:
    asked = request(clean(text), name)
    assert asked is None or isinstance(asked, str)


def test_joined_emoji_stay_whole() -> None:
    assert clean("👨\u200d👩\u200d👧 \u202eabc\u200b") == "👨\u200d👩\u200d👧 abc"
