"""Bytes to events, events to an answer."""

import itertools
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.clock import FakeClock
from bot.domain.errors import UpstreamError
from bot.domain.money import TokenUsage
from bot.providers.chat_stream import ChatStreamParser
from bot.providers.server_sent_events import DONE, LINE_LIMIT, STRAY_LIMIT, EventReader, Oversized, Spoiled, parsed
from bot.providers.thinking import ThinkingFilter


def cuts(whole: bytes, at: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(whole) + 1) for place in at), len(whole)]
    return [whole[start:end] for start, end in itertools.pairwise(edges)]


@given(
    texts=st.lists(st.text(), max_size=8),
    end=st.sampled_from([b"\n", b"\r\n", b"\r"]),
    noise=st.sampled_from([b"", b": keep-alive", b"event: message", b"id: 7", b"retry: 10"]),
    at=st.lists(st.integers(0, 10_000), max_size=12),
    ended=st.booleans(),
)
def test_events_come_out_whole_however_the_bytes_are_cut(
    texts: list[str], end: bytes, noise: bytes, at: list[int], ended: bool
) -> None:
    payloads = [json.dumps({"a": text}, ensure_ascii=False).encode("utf-8", "replace") for text in texts] + [b"[DONE]"]
    whole = (end + noise + end).join(b"data: " + payload + end for payload in payloads)
    lines = EventReader()
    got = [event for chunk in cuts(whole if ended else whole.rstrip(), at) for event in lines.feed(chunk)]
    assert got + lines.close() == [*(json.loads(payload) for payload in payloads[:-1]), DONE]
    assert not lines.stray


def test_space_after_the_colon_is_optional() -> None:
    assert EventReader().feed(b"data:{}\ndata: {}\n") == [{}, {}]


def test_what_is_no_event_is_kept_aside() -> None:
    lines = EventReader()
    assert lines.feed(b'{\n "a": 1\n') + lines.feed(b"}") + lines.close() == []
    assert json.loads(lines.stray) == {"a": 1}


def test_endless_bodies_are_refused() -> None:
    lines = EventReader()
    with pytest.raises(Oversized):
        lines.feed(b"data: " + b"x" * LINE_LIMIT)
    with pytest.raises(Oversized):
        EventReader().feed((b"x" * 4095 + b"\n") * (STRAY_LIMIT // 4096 + 1))


def split(pieces: list[str]) -> tuple[str, str]:
    """(thinking, text) as a sink has them in the end."""
    marks = ThinkingFilter()
    thinking = text = ""
    for kind, piece in [found for each in pieces for found in marks.feed(each)] + marks.close():
        if kind == "void":
            thinking, text = thinking + text, ""
        elif kind == "thinking":
            thinking += piece
        else:
            text += piece
    return thinking, text


def pieces_of(text: str, at: list[int]) -> list[str]:
    edges = [0, *sorted(place % (len(text) + 1) for place in at), len(text)]
    return [text[start:end] for start, end in itertools.pairwise(edges)]


words = st.text(alphabet="ab <>/thinkI\n", max_size=30)


@given(words, words, st.lists(st.integers(0, 200), max_size=20))
def test_leaked_thinking_is_taken_out_however_it_is_cut(thinking: str, text: str, at: list[int]) -> None:
    assume("think>" not in thinking + text)
    whole = f"\n<think>{thinking}</think>\n\n{text}"
    assert split(pieces_of(whole, at)) == (thinking, text.lstrip())


@given(st.text(alphabet="ab <>/think\n", max_size=40), st.lists(st.integers(0, 200), max_size=20))
def test_text_that_does_not_start_with_the_tag_is_left_alone(text: str, at: list[int]) -> None:
    if "think>" not in text:
        assert split(pieces_of(text, at)) == ("", text)


def test_thinking_without_an_end_stays_thinking() -> None:
    assert split(["<think>on and on </thi"]) == ("on and on </thi", "")


def test_tag_within_an_answer_is_text() -> None:
    assert split(["Use <think>", "x</think>"]) == ("", "Use <think>x</think>")


class Heard:
    def __init__(self) -> None:
        self.texts: list[str] = []
        self.thoughts: list[str] = []

    def text(self, piece: str) -> None:
        self.texts.append(piece)

    def restart(self) -> None:
        self.texts.clear()
        self.thoughts.clear()

    def thinking(self, piece: str) -> None:
        self.thoughts.append(piece)


def chunk(**delta: Any) -> Any:
    return parsed(json.dumps({"choices": [{"delta": delta}]}).encode())


@given(st.lists(st.text(alphabet=st.characters(), max_size=5), max_size=10))
def test_sink_and_completion_hold_the_same_and_can_be_stored(pieces: list[str]) -> None:
    heard = Heard()
    answer = ChatStreamParser(heard, FakeClock())
    answer.take(chunk())
    for piece in pieces:
        answer.take(chunk(content=piece, reasoning_content=piece))
    answer.take(DONE)
    completion = answer.end()
    assert "".join(heard.texts) == completion.text
    assert "".join(heard.thoughts) == completion.thinking
    (completion.text + completion.thinking).encode()


@given(st.text(), st.lists(st.integers(0, 100), max_size=6))
def test_characters_in_two_halves_are_joined(text: str, at: list[int]) -> None:
    halves = "".join(
        char if ord(char) < 0x10000 else "".join(map(chr, _units(char))) for char in "-" + text if char.isprintable()
    )
    answer = ChatStreamParser(Heard(), FakeClock())
    for piece in pieces_of(halves, at):
        answer.take(chunk(content=piece))
    answer.take(DONE)
    assert answer.end().text == "-" + "".join(char for char in text if char.isprintable())


def _units(char: str) -> tuple[int, int]:
    units = char.encode("utf-16-be")
    return int.from_bytes(units[:2], "big"), int.from_bytes(units[2:], "big")


odd = st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.lists(st.integers(), max_size=2)


@given(content=odd, reasoning=odd, finish=odd, usage=odd | st.dictionaries(st.just("prompt_tokens"), odd), choices=odd)
def test_odd_types_in_a_chunk_do_no_harm(content: Any, reasoning: Any, finish: Any, usage: Any, choices: Any) -> None:
    if choices is None:
        choices = [{"delta": {"content": content, "reasoning": reasoning}, "finish_reason": finish}]
    answer = ChatStreamParser(Heard(), FakeClock())
    if finish != "error":
        answer.take({"choices": choices, "usage": usage})
    answer.take(DONE)
    with suppress(UpstreamError):
        assert isinstance(answer.end().text, str)


def test_events_after_the_last_one_are_ignored() -> None:
    heard = Heard()
    answer = ChatStreamParser(heard, FakeClock())
    for payload in (chunk(content="a"), DONE, chunk(content="b"), Spoiled(b"{broken")):
        answer.take(payload)
    assert answer.end().text == "a"


@pytest.mark.parametrize(
    ("sent", "usage"),
    [
        ({"prompt_tokens": 10, "completion_tokens": 2}, TokenUsage(10, 2)),
        ({"prompt_tokens": 10, "completion_tokens": 2, "cached_tokens": 4}, TokenUsage(10, 2, cached=4)),
        ({"prompt_tokens": 10, "prompt_tokens_details": {"cached_tokens": 99}}, TokenUsage(10, 0, cached=10)),
        ({"prompt_tokens": "10", "completion_tokens_details": None}, TokenUsage(10, 0)),
        ([], None),
        (None, None),
    ],
)
def test_usage_is_read_tolerantly(sent: Any, usage: TokenUsage | None) -> None:
    answer = ChatStreamParser(Heard(), FakeClock())
    answer.take({"choices": [{"delta": {}}], "usage": sent})
    answer.take(DONE)
    assert answer.end().usage == usage


def test_usage_inside_the_choice_counts_too() -> None:
    answer = ChatStreamParser(Heard(), FakeClock())
    usage = {"prompt_tokens": 3, "completion_tokens": 1}
    answer.take({"choices": [{"delta": {}, "finish_reason": "stop", "usage": usage}]})
    assert answer.end().usage == TokenUsage(3, 1)
