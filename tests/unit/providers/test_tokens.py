"""The estimate of tokens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.message import (
    AudioPart,
    ChatMessage,
    DocumentPart,
    FileReference,
    MessagePart,
    PicturePart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    text_message,
)
from bot.providers import tokens

PNG = FileReference("image/png", b"")


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("", 0, 0),
        ("今天天气怎么样，我们去公园散步吧。", 9, 14),  # 17 characters, about 0.7 each
        ("The quick brown fox jumps over the lazy dog.", 9, 12),  # 10 by most vocabularies
        ("Быстрая лиса прыгает через ленивую собаку.", 12, 19),
        ("1234567890", 10, 11),  # Qwen takes each digit by itself
        ("def f(x):\n    return x ** 2 + 1\n", 10, 20),
        ("こんにちは、元気ですか。", 7, 11),
        ("👍👍👍", 6, 12),
    ],
)
def test_estimate_is_near_what_vocabularies_say(text: str, least: int, most: int) -> None:
    assert least <= tokens.estimate(text) <= most


@given(st.text(), st.text())
def test_parts_never_hold_fewer_tokens_than_the_whole(a: str, b: str) -> None:
    assert tokens.estimate(a + b) <= tokens.estimate(a) + tokens.estimate(b)


@given(st.text(), st.text())
def test_longer_text_is_never_estimated_shorter(a: str, b: str) -> None:
    assert tokens.estimate(a + b) >= tokens.estimate(a)


@given(st.text(alphabet=st.characters()))
def test_estimate_is_bounded_by_the_bytes(text: str) -> None:
    assert 0 <= tokens.estimate(text) <= len(text.encode("utf-8", "surrogatepass")) * 1.1 + 1


@pytest.mark.parametrize(
    ("size", "count"),
    [((1024, 1024), 1369), ((28, 28), 4), ((1, 1), 4), ((10_000, 10_000), 16_384), (None, 1_600)],
)
def test_picture_counts_its_patches(size: tuple[int, int] | None, count: int) -> None:
    assert tokens.picture(size) == count


def test_request_counts_text_pictures_and_overhead() -> None:
    seen = ChatMessage("user", (PicturePart(PNG, (1024, 1024)), PicturePart(PNG), TextPart("what?")))
    plain = text_message("system", "You help.")
    assert tokens.message(seen) == 4 + tokens.estimate("what?") + 1369 + 1600
    assert tokens.prompt([plain, seen]) == 3 + tokens.message(plain) + tokens.message(seen)


@pytest.mark.parametrize(
    ("part", "count"),
    [
        (AudioPart(FileReference("audio/wav"), seconds=10), 250),
        (AudioPart(FileReference("audio/wav"), seconds=10.1, in_words="Hi"), 275),
        (AudioPart(FileReference("audio/wav"), seconds=0), 25),
        (AudioPart(FileReference("audio/wav")), 1_500),
        (DocumentPart(FileReference("text/plain", name="a.txt"), "word " * 500), tokens.estimate("word " * 500)),
        (DocumentPart(FileReference("text/plain")), 0),
        (
            ToolCallPart("1", "clock", '{"zone": 1}'),
            tokens.estimate('{"name": "clock", "arguments": {"zone": 1}}'),
        ),
        (ToolResultPart("1", "clock", "noon " * 100), tokens.estimate("noon " * 100)),
    ],
)
def test_every_kind_of_part_is_counted(part: MessagePart, count: int) -> None:
    assert count <= tokens.part(part) <= count + 20  # what says what it is comes on top
    assert tokens.of_parts((part, part)) == 4 + 2 * tokens.part(part)


def test_correction_approaches_what_the_model_counts() -> None:
    corrections = tokens.Corrections()
    assert corrections.apply("m", 100) == 100
    for _ in range(30):
        corrections.observe("m", 100, 130)
    assert corrections.apply("m", 100) == pytest.approx(130, abs=1)
    assert corrections.apply("other", 100) == 100


@given(st.lists(st.tuples(st.integers(-5, 10_000), st.integers(-5, 10_000_000))))
def test_correction_stays_between_half_and_double(seen: list[tuple[int, int]]) -> None:
    corrections = tokens.Corrections()
    for estimated, actual in seen:
        corrections.observe("m", estimated, actual)
    assert 500 <= corrections.apply("m", 1_000) <= 2_000


def test_allowed_is_the_inverse_of_apply() -> None:
    corrections = tokens.Corrections()
    for _ in range(10):
        corrections.observe("m", 100, 160)
    assert corrections.apply("m", corrections.allowed("m", 10_000)) == pytest.approx(10_000, abs=2)
