"""Words in the full-text index."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.store.words import indexed, phrase, terms


@given(st.text(alphabet="北京烤鸭ab1 .,'\"*", max_size=12))
def test_whatever_is_said_is_found_by_each_of_its_words(text: str) -> None:
    for term in terms(text):
        words = f" {indexed(text).lower()} ".split()
        sought = phrase(term).strip('"*').lower().split()
        starts = range(len(words))
        assert any("".join(sought) in "".join(words[start : start + len(sought)]) for start in starts)


@pytest.mark.parametrize("word", ["rel", "release", "회의", "집"])
def test_the_end_of_a_word_may_be_missing(word: str) -> None:
    assert phrase(word) == f'"{word}"*'


@pytest.mark.parametrize("word", ["a", "go", "я", "7"])
def test_a_word_with_which_too_many_begin_is_looked_for_as_it_is(word: str) -> None:
    assert phrase(word) == f'"{word}"'


def test_terms_are_different_and_no_more_than_twenty() -> None:
    assert terms("a b a b") == ["a", "b"]
    assert len(terms(" ".join(map(str, range(1_000))))) == 20
