"""The local SiliconFlow's answers have the forms of the real API, for what is right and for what is wrong."""

import base64
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import FakeClock
from bot.playground.siliconflow import LocalSiliconFlow, Script
from bot.playground.siliconflow.call import read_call
from bot.playground.siliconflow.models import MODELS_NOW
from bot.playground.siliconflow.refusals import RefusedError

THINKS = "Qwen/Qwen3-8B"
PLAIN = "Qwen/Qwen2.5-7B-Instruct"
SEES = "Qwen/Qwen3-VL-8B-Instruct"
PIXEL = "data:image/png;base64," + base64.b64encode(b"\x89PNG, as far as anybody looks").decode()


async def post(
    client: aiohttp.ClientSession, server: LocalSiliconFlow, **body: Any
) -> tuple[int, Mapping[str, str], Any]:
    """Status, headers and parsed body; a field that is None is left out."""
    request = {"model": PLAIN, "messages": [{"role": "user", "content": "Hi"}]} | body
    sent = {key: value for key, value in request.items() if value is not None}
    async with client.post(f"{server.url}/chat/completions", json=sent) as response:
        text = await response.text()
        return response.status, response.headers, text if request.get("stream") is True else json.loads(text)


def events(stream: str) -> list[dict[str, Any]]:
    assert stream.endswith("\n\n")
    lines = stream.removesuffix("\n\n").split("\n\n")
    assert all(line.startswith("data: ") and "\n" not in line for line in lines)
    assert lines[-1] == "data: [DONE]"
    return [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]


async def test_an_answer_has_the_documented_keys(server: LocalSiliconFlow, client: aiohttp.ClientSession) -> None:
    server.answers.push("Hello!")
    status, headers, answer = await post(client, server)
    assert status == 200
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert re.fullmatch(r"[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}", answer["id"])
    del answer["id"]
    assert answer == {
        "object": "chat.completion",
        "created": 1_800_000_000,
        "model": PLAIN,
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello!"}, "finish_reason": "stop"}],
        "usage": {
            "prompt_tokens": 4,
            "completion_tokens": 2,
            "total_tokens": 6,
            "completion_tokens_details": {"reasoning_tokens": 0},
            "prompt_tokens_details": {"cached_tokens": 0},
            "prompt_cache_hit_tokens": 0,
            "prompt_cache_miss_tokens": 4,
        },
        "system_fingerprint": "",
    }


async def test_a_thinking_stream_has_the_documented_chunks(
    server: LocalSiliconFlow, client: aiohttp.ClientSession
) -> None:
    server.answers.push(Script(pieces=["Hello", "!"], thinking=["We"]))
    status, headers, stream = await post(client, server, model=THINKS, stream=True)
    assert (status, headers["Content-Type"]) == (200, "text/event-stream; charset=utf-8")
    chunks = events(stream)
    envelope = {"object": "chat.completion.chunk", "created": 1_800_000_000, "model": THINKS, "system_fingerprint": ""}
    assert all(chunk.items() >= envelope.items() for chunk in chunks)
    assert len({chunk["id"] for chunk in chunks}) == 1
    assert [chunk["choices"] for chunk in chunks] == [
        [{"index": 0, "delta": delta, "finish_reason": finish}]
        for delta, finish in [
            ({"content": None, "reasoning_content": "", "role": "assistant"}, None),
            ({"content": None, "reasoning_content": "We"}, None),
            ({"content": "Hello", "reasoning_content": None}, None),
            ({"content": "!", "reasoning_content": None}, None),
            ({"content": "", "reasoning_content": None}, "stop"),
        ]
    ]
    thought = {"completion_tokens_details": {"reasoning_tokens": 1}}
    assert [chunk["usage"] for chunk in chunks] == [
        {"prompt_tokens": 4, "completion_tokens": 0, "total_tokens": 4},
        {"prompt_tokens": 4, "completion_tokens": 1, "total_tokens": 5} | thought,
        {"prompt_tokens": 4, "completion_tokens": 3, "total_tokens": 7} | thought,
        {"prompt_tokens": 4, "completion_tokens": 4, "total_tokens": 8} | thought,
        {"prompt_tokens": 4, "completion_tokens": 4, "total_tokens": 8} | thought,
    ]


async def test_a_plain_stream_begins_with_empty_content(
    server: LocalSiliconFlow, client: aiohttp.ClientSession
) -> None:
    _, _, stream = await post(client, server, stream=True)
    chunks = events(stream)
    assert chunks[0]["choices"][0]["delta"] == {"content": "", "reasoning_content": None, "role": "assistant"}
    assert all("completion_tokens_details" not in chunk["usage"] for chunk in chunks)


async def test_a_stream_says_the_same_as_a_whole_answer(
    server: LocalSiliconFlow, client: aiohttp.ClientSession
) -> None:
    request = {"model": THINKS, "messages": [{"role": "user", "content": "一张表格, please 🙂 and a long text"}]}
    _, _, whole = await post(client, server, **request)
    _, _, stream = await post(client, server, **request, stream=True)
    deltas = [chunk["choices"][0]["delta"] for chunk in events(stream)]
    message = whole["choices"][0]["message"]
    assert "".join(delta["content"] or "" for delta in deltas) == message["content"]
    assert "".join(delta["reasoning_content"] or "" for delta in deltas) == message["reasoning_content"]
    assert events(stream)[-1]["usage"]["total_tokens"] == whole["usage"]["total_tokens"]


@pytest.mark.parametrize(
    ("model", "switch", "thinks"),
    [(THINKS, None, True), (THINKS, True, True), (THINKS, False, False), ("deepseek-ai/DeepSeek-R1", None, True)],
)
async def test_models_think_unless_they_are_told_not_to(
    server: LocalSiliconFlow, client: aiohttp.ClientSession, model: str, switch: bool | None, thinks: bool
) -> None:
    _, _, answer = await post(client, server, model=model, enable_thinking=switch)
    assert bool(answer["choices"][0]["message"].get("reasoning_content")) is thinks
    assert bool(answer["usage"]["completion_tokens_details"]["reasoning_tokens"]) is thinks


async def test_max_tokens_cuts_the_text_but_not_the_thinking(
    server: LocalSiliconFlow, client: aiohttp.ClientSession
) -> None:
    _, _, answer = await post(client, server, model=THINKS, max_tokens=5)
    assert answer["choices"][0]["finish_reason"] == "length"
    details = answer["usage"]["completion_tokens_details"]
    assert details["reasoning_tokens"] > 5
    assert answer["usage"]["completion_tokens"] == 5 + details["reasoning_tokens"]


async def test_a_stop_word_ends_the_answer_before_it(server: LocalSiliconFlow, client: aiohttp.ClientSession) -> None:
    _, _, answer = await post(client, server, stop=["behind", "answer"])
    assert answer["choices"][0]["message"]["content"] == "No model is "
    assert answer["choices"][0]["finish_reason"] == "stop"


async def test_json_mode_answers_with_an_object(server: LocalSiliconFlow, client: aiohttp.ClientSession) -> None:
    _, _, answer = await post(client, server, response_format={"type": "json_object"})
    assert "No model" in json.loads(answer["choices"][0]["message"]["content"])["answer"]


async def test_a_beginning_that_was_sent_before_counts_as_cached(
    server: LocalSiliconFlow, client: aiohttp.ClientSession
) -> None:
    first = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi"}]
    await post(client, server, messages=first)
    longer = [*first, {"role": "assistant", "content": "Hello"}, {"role": "user", "content": "And now?"}]
    _, _, answer = await post(client, server, messages=longer)
    assert answer["usage"]["prompt_tokens_details"]["cached_tokens"] == 9
    assert answer["usage"]["prompt_cache_miss_tokens"] == answer["usage"]["prompt_tokens"] - 9
    _, _, other_model = await post(client, server, messages=longer, model=THINKS)
    assert other_model["usage"]["prompt_cache_hit_tokens"] == 0


async def test_the_trace_id_is_echoed_or_made(server: LocalSiliconFlow, client: aiohttp.ClientSession) -> None:
    async with client.get(f"{server.url}/models", headers={"X-Trace-Id": "my-trace"}) as response:
        assert response.headers["x-siliconcloud-trace-id"] == "my-trace"
    async with client.get(f"{server.url}/nowhere") as response:
        assert response.headers["x-siliconcloud-trace-id"]
    async with client.get(f"{server.url}/models", headers={"X-Trace-Id": "\u00e9"}) as response:
        assert response.headers["x-siliconcloud-trace-id"].isascii()
    _, headers, _ = await post(client, server, stream=True)
    assert headers["x-siliconcloud-trace-id"]


@pytest.mark.parametrize(
    ("query", "inside", "outside"),
    [
        ("", {THINKS, SEES, "Kwai-Kolors/Kolors"}, {"MiniMaxAI/MiniMax-M2.5"}),
        ("?type=text", {THINKS, SEES}, {"Kwai-Kolors/Kolors"}),
        ("?sub_type=text-to-image", {"Kwai-Kolors/Kolors"}, {THINKS, "Qwen/Qwen-Image-Edit"}),
        ("?type=image&sub_type=image-to-image", {"Qwen/Qwen-Image-Edit"}, {"Qwen/Qwen-Image"}),
    ],
)
async def test_models_are_listed_by_type(
    server: LocalSiliconFlow, client: aiohttp.ClientSession, query: str, inside: set[str], outside: set[str]
) -> None:
    async with client.get(f"{server.url}/models{query}") as response:
        found = await response.json()
    assert found["object"] == "list"
    assert found["data"][0] == {"id": found["data"][0]["id"], "object": "model", "created": 0, "owned_by": ""}
    ids = {model["id"] for model in found["data"]}
    assert inside <= ids
    assert not outside & ids


@pytest.mark.parametrize(
    ("authorization", "body"),
    [
        (None, '"Invalid token"'),
        ("Basic sk-local", '"Invalid token"'),
        ("Bearer", '"Invalid token"'),
        ("Bearer sk-other", '"Api key is invalid"'),
    ],
)
async def test_without_a_known_key_the_answer_is_a_json_string(
    server: LocalSiliconFlow, authorization: str | None, body: Any
) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    async with aiohttp.ClientSession(headers=headers) as client:
        for response in (await client.get(f"{server.url}/models"), await client.post(f"{server.url}/chat/completions")):
            assert (response.status, await response.text()) == (401, body)
            assert response.headers["Content-Type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/user/info"), ("GET", "/responses"), ("GET", "/chat/completions")]
)
async def test_a_wrong_path_is_a_json_string_too(
    server: LocalSiliconFlow, client: aiohttp.ClientSession, method: str, path: str
) -> None:
    async with client.request(method, server.url + path) as response:
        assert (response.status, await response.text()) == (404, '"404 page not found"')


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'"text"', b"\xff", b"[" * 100_000])
async def test_what_is_no_json_object_is_refused(
    server: LocalSiliconFlow, client: aiohttp.ClientSession, raw: bytes
) -> None:
    async with client.post(f"{server.url}/chat/completions", data=raw) as response:
        assert response.status == 400
        assert (await response.json())["code"] == 20015


async def test_what_is_too_large_is_refused(client: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.playground.siliconflow.server._MAX_BODY", 1000)
    server = LocalSiliconFlow(FakeClock())
    await server.start()
    status, _, body = await post(client, server, messages=said("很" * 1000))
    assert (status, body["code"]) == (413, 20042)
    await server.stop()


def said(*contents: Any) -> list[dict[str, Any]]:
    return [{"role": "user", "content": content} for content in contents]


@pytest.mark.parametrize(
    ("wrong", "code", "text"),
    [
        ({"model": None}, 20013, "model"),
        ({"model": "no/such-model"}, 20012, "Model does not exist. Please check it carefully."),
        ({"model": "Kwai-Kolors/Kolors"}, 20012, "Model does not exist"),
        ({"model": ["x"]}, 20012, "Model does not exist"),
        ({"messages": None}, 20014, "messages"),
        ({"messages": []}, 20014, "messages"),
        ({"messages": "Hi"}, 20015, "invalid"),
        ({"messages": ["Hi"]}, 20015, "invalid"),
        ({"messages": [{"role": "wizard", "content": "Hi"}]}, 20015, "invalid"),
        ({"messages": [{"role": ["user"], "content": "Hi"}]}, 20015, "invalid"),
        ({"messages": [{"role": "tool", "content": "Hi"}]}, 20015, "invalid"),
        ({"messages": said(None)}, 20029, "format"),
        ({"messages": said([{"type": "video"}])}, 20029, "format"),
        ({"messages": said(["Hi"])}, 20029, "format"),
        (
            {"messages": said("很" * 40_000)},
            20015,
            "length of prompt_tokens (40003) must be less than max_seq_len (32768).",
        ),
        ({"enable_thinking": True}, 20015, "Value error, current model does not support parameter `enable_thinking`."),
        ({"enable_thinking": False}, 20015, "does not support parameter `enable_thinking`"),
        ({"model": "deepseek-ai/DeepSeek-R1", "enable_thinking": True}, 20015, "enable_thinking"),
        ({"enable_thinking": "yes"}, 20015, "invalid"),
        ({"stream": "yes"}, 20015, "invalid"),
        ({"temperature": 2.1}, 20015, "invalid"),
        ({"temperature": -0.1}, 20015, "invalid"),
        ({"temperature": True}, 20015, "invalid"),
        ({"temperature": "0.7"}, 20015, "invalid"),
        ({"temperature": float("nan")}, 20015, "invalid"),
        ({"top_p": 1.5}, 20015, "invalid"),
        ({"top_k": 0}, 20060, "top_k"),
        ({"max_tokens": 0}, 20015, "invalid"),
        ({"max_tokens": 1.5}, 20015, "invalid"),
        ({"model": THINKS, "thinking_budget": 100}, 20015, "invalid"),
        ({"stop": ["a", "b", "c", "d", "e"]}, 20015, "invalid"),
        ({"stop": [""]}, 20015, "invalid"),
        ({"n": 2}, 20066, "n must be 1"),
        ({"n": 21}, 20081, "20"),
        ({"tool_choice": "required"}, 20015, "The `required` option for tool_choice is not yet supported."),
        ({"response_format": {"type": "xml"}}, 20015, "invalid"),
        ({"messages": said([{"type": "image_url", "image_url": {"url": PIXEL}}])}, 20041, "VLM"),
        ({"model": SEES, "messages": said([{"type": "image_url", "image_url": {"url": "file:///x"}}])}, 20038, "URL"),
        (
            {"model": SEES, "messages": said([{"type": "image_url", "image_url": {"url": "data:image/png;base64,%"}}])},
            20040,
            "base64",
        ),
        ({"model": SEES, "messages": said([{"type": "image_url", "image_url": PIXEL}])}, 20029, "format"),
    ],
)
async def test_each_wrong_parameter_has_its_code(
    server: LocalSiliconFlow, client: aiohttp.ClientSession, wrong: dict[str, Any], code: int, text: str
) -> None:
    for stream in (False, True):
        status, _, body = await post(client, server, **({"stream": stream} | wrong))
        body = json.loads(body) if isinstance(body, str) else body
        assert status == 400
        assert set(body) == {"code", "message", "data"}
        assert (body["code"], body["data"]) == (code, None)
        assert text in body["message"]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["role", "content", "type", "text", "image_url", "url"]), inner, max_size=4)
    ),
    max_leaves=8,
)
FIELDS = ("messages", "stream", "temperature", "top_k", "n", "max_tokens", "stop", "response_format", "tool_choice")


@given(st.sampled_from([PLAIN, SEES]), st.dictionaries(st.sampled_from(FIELDS), ANYTHING), ANYTHING)
def test_whatever_is_sent_is_understood_or_refused(model: str, fields: dict[str, Any], message: Any) -> None:
    body = {"messages": [{"role": "user", "content": "Hi"}, message]} | fields
    with suppress(RefusedError):
        assert len(read_call(body, MODELS_NOW[model]).messages) == len(body["messages"])


@pytest.mark.parametrize(
    "right",
    [
        {"temperature": 0, "top_p": 1, "top_k": -1, "frequency_penalty": -2, "min_p": 0.05, "n": 1},
        {"temperature": 2, "top_k": 100, "stop": "x", "seed": 7, "stream_options": {"include_usage": True}},
        {"messages": [{"role": "assistant", "content": None, "tool_calls": [{}]}, *said("Hi")]},
        {
            "messages": [*said("Hi"), {"role": "tool", "tool_call_id": "1", "content": "4"}],
            "tools": [],
            "tool_choice": "auto",
        },
        {"messages": said([{"type": "text", "text": "Hi"}])},
    ],
)
async def test_what_is_allowed_passes(
    server: LocalSiliconFlow, client: aiohttp.ClientSession, right: dict[str, Any]
) -> None:
    status, _, _ = await post(client, server, **right)
    assert status == 200


@pytest.mark.parametrize(("detail", "price"), [({"detail": "low"}, 256), ({"detail": "high"}, 1369), ({}, 1369)])
async def test_a_model_that_sees_is_told_of_pictures_and_bills_them(
    server: LocalSiliconFlow, client: aiohttp.ClientSession, detail: dict[str, str], price: int
) -> None:
    parts = [{"type": "image_url", "image_url": {"url": PIXEL} | detail}, {"type": "text", "text": "What is it?"}]
    _, _, answer = await post(client, server, model=SEES, messages=said(parts))
    assert "Pictures with it: 1." in answer["choices"][0]["message"]["content"]
    assert answer["usage"]["prompt_tokens"] == 3 + 3 + price


async def test_half_a_surrogate_does_no_harm(server: LocalSiliconFlow, client: aiohttp.ClientSession) -> None:
    raw = b'{"model":"%s","messages":[{"role":"user","content":"\\ud83d"}]}' % PLAIN.encode()
    async with client.post(f"{server.url}/chat/completions", data=raw) as response:
        assert response.status == 200
        assert "?" in (await response.json())["choices"][0]["message"]["content"]


async def test_the_profile_of_2024_has_its_own_models_and_forms() -> None:
    server = LocalSiliconFlow(FakeClock(), profile="2024", limits={"chat": {"rpm": 1}})
    await server.start()
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer sk-local"}) as client:
        async with client.get(f"{server.url}/user/info") as response:
            assert (await response.json())["data"]["totalBalance"] == "88.88"
        _, _, answer = await post(client, server, model="Qwen/Qwen2-7B-Instruct")
        assert set(answer["usage"]) == {"prompt_tokens", "completion_tokens", "total_tokens"}
        status, _, refused = await post(client, server, model="Qwen/Qwen2-7B-Instruct")
        assert (status, set(refused)) == (429, {"message", "data"})
        assert "Details" not in refused["message"]
        status, _, unknown = await post(client, server, model=THINKS)
        assert (status, unknown["code"]) == (400, 20012)
    await server.stop()
