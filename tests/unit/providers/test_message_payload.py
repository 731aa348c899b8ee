"""The messages of a request as OpenAI's API wants them: each part as the model takes it, or else in words."""

import itertools
import json
from base64 import b64decode
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

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
    part_in_words,
    text_message,
)
from bot.domain.model import Model
from bot.domain.money import Price
from bot.providers.chat_payload import merged, messages_payload
from tests.unit.message_parts import parts

PLAIN = Model("m", "p", "f", 32_000, 8_000, Price(), "never", sees=False, limits={})
ABLE = replace(PLAIN, sees=True, hears=True, calls_tools=True)

PNG = PicturePart(FileReference("image/png", b"\x89PNG", name="cat.png"), in_words="a cat")
WAV = AudioPart(FileReference("audio/wav", b"RIFF"), 2.0, "hello")
PAPER = DocumentPart(FileReference("application/pdf", b"%PDF", name="a.pdf"), "what it says")
CALL = ToolCallPart("c1", "clock", '{"zone": "UTC"}')
RESULT = ToolResultPart("c1", "clock", "12:00")
ASK = TextPart("what?")


def user(*said: MessagePart) -> ChatMessage:
    return ChatMessage("user", said)


def assistant(*said: MessagePart) -> ChatMessage:
    return ChatMessage("assistant", said)


def tool(*said: MessagePart) -> ChatMessage:
    return ChatMessage("tool", said)


def content(*said: MessagePart, model: Model = ABLE) -> Any:
    (sent,) = messages_payload([user(*said)], model)
    return sent["content"]


# Text
def test_text_alone_is_a_string_as_it_was_said() -> None:
    assert content(TextPart(" 你好\n")) == " 你好\n"


def test_neighbours_of_one_role_are_one_message() -> None:
    said = [text_message("user", "a"), text_message("assistant", " "), text_message("user", "b"), user()]
    assert messages_payload(said, PLAIN) == [{"role": "user", "content": "a\n\nb"}]


# Files
def test_a_picture_is_a_data_url_where_the_model_sees() -> None:
    assert content(PNG, ASK) == [
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw=="}},
        {"type": "text", "text": "what?"},
    ]


def test_pictures_and_texts_stay_in_their_order() -> None:
    sent = content(TextPart("this:"), PNG, TextPart("and"), TextPart("that:"), PNG)
    assert [each.get("text", "picture") for each in sent] == ["this:", "picture", "and\n\nthat:", "picture"]


@pytest.mark.parametrize(
    ("media_type", "form"), [("audio/wav", "wav"), ("audio/x-wav", "wav"), ("audio/mpeg", "mp3"), ("audio/mp3", "mp3")]
)
def test_a_recording_is_input_audio_where_the_model_hears(media_type: str, form: str) -> None:
    audio = AudioPart(FileReference(media_type, b"RIFF"))
    assert content(audio) == [{"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": form}}]


@pytest.mark.parametrize(
    "part",
    [
        PAPER,
        replace(PNG, file=replace(PNG.file, data=None)),
        replace(WAV, file=replace(WAV.file, media_type="audio/ogg")),
        replace(WAV, file=replace(WAV.file, data=None)),
        replace(WAV, file=replace(WAV.file, data=None), in_words=""),
        CALL,
        RESULT,
    ],
)
def test_what_cannot_be_sent_as_it_is_is_said_in_words(part: MessagePart) -> None:
    assert content(part, ASK) == f"{part_in_words(part)}\n\nwhat?"


@pytest.mark.parametrize("part", [PNG, replace(PNG, in_words=""), WAV, PAPER])
def test_a_model_that_takes_text_alone_is_told_in_words(part: MessagePart) -> None:
    assert content(part, ASK, model=PLAIN) == f"{part_in_words(part)}\n\nwhat?"


@pytest.mark.parametrize("role", ["system", "assistant"])
def test_files_of_others_than_users_are_in_words(role: Any) -> None:
    (sent,) = messages_payload([ChatMessage(role, (PNG, WAV))], ABLE)
    assert sent == {"role": role, "content": "[Picture cat.png]\na cat\n\n[Recording]\nhello"}


# Tools
ANSWERED = [user(ASK), assistant(TextPart("I shall look."), CALL), tool(RESULT), assistant(TextPart("Noon."))]


def test_a_call_and_its_result_are_messages_of_their_own() -> None:
    function = {"name": "clock", "arguments": '{"zone": "UTC"}'}
    assert messages_payload(ANSWERED, ABLE) == [
        {"role": "user", "content": "what?"},
        {
            "role": "assistant",
            "content": "I shall look.",
            "tool_calls": [{"id": "c1", "type": "function", "function": function}],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "12:00"},
        {"role": "assistant", "content": "Noon."},
    ]


def test_each_of_several_results_is_a_message() -> None:
    second = ToolCallPart("c2", "date", "{}"), ToolResultPart("c2", "date", "")
    said = [assistant(CALL, second[0]), tool(RESULT, second[1])]
    first, *results = messages_payload(said, ABLE)
    assert first["content"] == ""
    assert [call["id"] for call in first["tool_calls"]] == ["c1", "c2"]
    assert [(each["tool_call_id"], each["content"]) for each in results] == [("c1", "12:00"), ("c2", "")]


def test_a_model_without_tools_reads_what_was_called_and_came_of_it() -> None:
    assert messages_payload(ANSWERED, PLAIN) == [
        {"role": "user", "content": "what?"},
        {"role": "assistant", "content": 'I shall look.\n\n[Call of the tool clock]\n{"zone": "UTC"}'},
        {"role": "user", "content": "[Result of the tool clock]\n12:00"},
        {"role": "assistant", "content": "Noon."},
    ]


@pytest.mark.parametrize(
    "said",
    [
        [assistant(CALL)],
        [assistant(CALL), user(ASK), tool(RESULT)],
        [tool(RESULT), assistant(CALL)],
        [assistant(CALL), tool(ToolResultPart("c2", "clock", "12:00"))],
        [assistant(CALL, CALL), tool(RESULT)],
        [assistant(CALL), tool(RESULT, RESULT)],
        [assistant(replace(CALL, arguments='{"zone": ')), tool(RESULT)],
        [assistant(replace(CALL, arguments="[" * 100_000)), tool(RESULT)],
        [assistant(replace(CALL, arguments="[]")), tool(RESULT)],
    ],
)
def test_what_providers_refuse_of_tools_is_in_words(said: list[ChatMessage]) -> None:
    sent = messages_payload(said, ABLE)
    assert all(each["role"] in ("user", "assistant") and "tool_calls" not in each for each in sent)
    assert_all_said(said, sent, ABLE)


# Whatever was said
messages = st.lists(
    st.builds(
        ChatMessage,
        st.sampled_from(["system", "user", "assistant", "tool"]),
        st.lists(parts(st.none() | st.binary(max_size=4)), max_size=4).map(tuple),
    ),
    max_size=8,
)
models = st.builds(
    lambda sees, hears, calls: replace(PLAIN, sees=sees, hears=hears, calls_tools=calls),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)


@given(messages)
def test_merging_loses_nothing_and_leaves_no_neighbours_of_one_role(said: list[ChatMessage]) -> None:
    result = merged(said)
    assert all(one.role != other.role for one, other in itertools.pairwise(result))
    visible = [part for message in said for part in message.parts if part_in_words(part).strip()]
    assert [part for message in result for part in message.parts] == visible
    assert merged(result) == result


@given(messages, models)
def test_no_visible_word_and_no_file_is_lost(said: list[ChatMessage], model: Model) -> None:
    assert_all_said(said, messages_payload(said, model), model)


@given(messages, models)
def test_what_is_sent_is_what_servers_take(said: list[ChatMessage], model: Model) -> None:
    sent = messages_payload(said, model)
    json.dumps(sent)
    for one, other in itertools.pairwise(sent):
        assert one["role"] != other["role"] or one["role"] == "tool"
    for each in sent:
        assert each["content"] or each.get("tool_calls") or each["role"] == "tool"
    open_calls: list[str] = []
    for each in sent:
        if each["role"] == "tool":
            open_calls.remove(each["tool_call_id"])
        else:
            assert not open_calls
            open_calls = [call["id"] for call in each.get("tool_calls", ())]
    assert not open_calls


@given(messages, models)
def test_a_conversation_that_grows_keeps_its_beginning(said: list[ChatMessage], model: Model) -> None:
    """But for the last message, which what follows may join or answer."""
    before = messages_payload(said, model)
    after = messages_payload([*said, user(ASK)], model)
    assert after[: len(before) - 1] == before[:-1]


def assert_all_said(said: Sequence[ChatMessage], sent: Sequence[dict[str, Any]], model: Model) -> None:
    """Every part is there once: as it is, or in words."""
    told = sorted(part for payload in sent for part in _told(payload))
    natively = sum(1 for one in told if one[0] != "text")
    assert natively <= sum(1 for message in said for part in message.parts if not isinstance(part, TextPart))
    text = "".join(one[1] for one in told if one[0] == "text")
    for message in said:
        for part in message.parts:
            words = part_in_words(part)
            assert words.strip() == "" or _as_it_is(part) in told or words in text, part


def _as_it_is(part: MessagePart) -> tuple[str, str]:
    match part:
        case PicturePart(file):
            return "picture", f"{file.media_type} {(file.data or b'').hex()}"
        case AudioPart(file):
            return "audio", (file.data or b"").hex()
        case ToolCallPart(call_id, name, arguments):
            return "call", f"{call_id} {name} {arguments}"
        case ToolResultPart(call_id, _, text):
            return "result", f"{call_id} {text}"
        case _:
            return "words", ""


def _told(payload: dict[str, Any]) -> Iterable[tuple[str, str]]:
    if payload["role"] == "tool":
        yield "result", f"{payload['tool_call_id']} {payload['content']}"
        return
    for call in payload.get("tool_calls", ()):
        yield "call", f"{call['id']} {call['function']['name']} {call['function']['arguments']}"
    if isinstance(payload["content"], str):
        yield "text", payload["content"]
        return
    for part in payload["content"]:
        match part["type"]:
            case "text":
                yield "text", part["text"]
            case "image_url":
                media_type, data = part["image_url"]["url"].removeprefix("data:").split(";base64,")
                yield "picture", f"{media_type} {b64decode(data).hex()}"
            case "input_audio":
                yield "audio", b64decode(part["input_audio"]["data"]).hex()
