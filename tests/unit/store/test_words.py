"""Words in the full-text index."""

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
