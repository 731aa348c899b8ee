"""A message's parts: what was said, and what stands for the parts that a model cannot take."""

import pytest

from bot.domain.message import (
    AudioPart,
    DocumentPart,
    FileReference,
    MessagePart,
    PicturePart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    message_text,
    part_in_words,
    text_message,
)

FILE = FileReference("image/png", b"secret bytes", name="cat.png")


def test_the_text_is_what_was_said_and_nothing_that_stands_for_other_parts() -> None:
    parts = (PicturePart(FILE, in_words="a cat"), TextPart("one\n"), ToolCallPart("1", "clock", "{}"), TextPart(" two"))
    assert message_text(parts) == "one\n\n\n two"
    assert message_text(parts[:1]) == ""


@pytest.mark.parametrize("text", ["", " ", "a\n\nb", "字 👩‍👩‍👧", "\0"])
def test_one_text_is_given_back_as_it_is(text: str) -> None:
    assert text_message("user", text).text == text


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (TextPart("hi"), "hi"),
        (PicturePart(FILE, in_words="a cat"), "[Picture cat.png]\na cat"),
        (PicturePart(FILE), "[Picture cat.png: its content is not available]"),
        (PicturePart(FileReference("image/png")), "[Picture: its content is not available]"),
        (AudioPart(FileReference("audio/ogg"), 3, "Hello."), "[Recording]\nHello."),
        (AudioPart(FileReference("audio/ogg"), 3, " "), "[Recording: its content is not available]"),
        (DocumentPart(FileReference("text/plain", name="a\n[b].txt"), "text"), "[Document a [b].txt]\ntext"),
        (ToolCallPart("1", "clock", '{"zone": 1}'), '[Call of the tool clock]\n{"zone": 1}'),
        (ToolResultPart("1", "clock", "noon"), "[Result of the tool clock]\nnoon"),
    ],
)
def test_every_part_can_be_said_in_words(part: MessagePart, words: str) -> None:
    assert part_in_words(part) == words


def test_bytes_are_in_no_log() -> None:
    assert "secret" not in repr(text_message("user", "hi")) + repr(PicturePart(FILE))
