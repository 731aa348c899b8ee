"""Streams as servers and models really send them. Each row: its source or kind, what is sent, what has to be shown."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
from aiohttp import web

from bot.domain import errors as e
from bot.domain.money import TokenUsage
from bot.providers import chat_stream
from tests.world.provider import DONE, Script, ScriptedChat, delta, event, reply, says, stream


def whole(finish: str | None = "stop", **message: Any) -> bytes:
    """An event whose choice has a message in place of a delta."""
    return event({"choices": [{"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}]})


def thought(piece: str | None) -> bytes:
    return delta(reasoning_content=piece, content=None)


# (what is sent, the text, the thinking)
REPETITION = [
    # a gateway's last event holds the whole message (cases.md A)
    ([delta(content="Hel"), delta(content="lo"), whole(content="Hello"), DONE], "Hello", ""),
    ([thought("Hm."), delta(content="Hi"), whole(content="Hi", reasoning_content="Hm."), DONE], "Hi", "Hm."),
    # cumulative deltas (cases.md A; DashScope without incremental_output)
    ([*says("A", "AB", "ABC")], "ABC", ""),
    ([thought("A"), thought("AB"), thought("ABC"), *says("x")], "x", "ABC"),
    ([*says("你", "你好", "你好，世界", "你好，世界")], "你好，世界", ""),
    # own: the whole text once more in the last delta, beside the end
    ([delta(content="Hel"), delta(content="lo"), delta("stop", content="Hello"), DONE], "Hello", ""),
    # own: both in one event, delta and message
    (
        [
            event({"choices": [{"delta": {"content": "Hi"}, "message": {"content": "Hi"}, "finish_reason": "stop"}]}),
            DONE,
        ],
        "Hi",
        "",
    ),
    # own: what merely looks so is left alone
    ([*says("哈", "哈", "哈")], "哈哈哈", ""),
    ([*says("1", "10", " km")], "110 km", ""),
    ([*says("no", "no no", " yes")], "nono no yes", ""),
]

THINKING = [
    # vLLM with thinking off: all of the answer is taken for reasoning (vllm, reasoning parsers)
    ([thought("Paris."), delta("stop", content=None), DONE], "Paris.", ""),
    # templates that write the opening tag themselves (DeepSeek R1 and Qwen3 under vLLM, SGLang, LM Studio)
    ([*says("First I consider…</think>\n\nParis.")], "Paris.", "First I consider…"),
    ([*says("First I consider…</th", "ink>\n", "\nParis.")], "Paris.", "First I consider…"),
    ([thought("First "), *says("I consider…</think>\n\nParis.")], "Paris.", "First I consider…"),
    # names of tags (cases.md A; Magistral, Kimi-VL, Seed-OSS)
    ([*says("<thinking>a</thinking>b")], "b", "a"),
    ([*says("[THI", "NK]a[/THINK]b")], "b", "a"),
    ([*says("<Think>a</Think>b")], "b", "a"),
    ([*says("◁think▷a◁/think▷b")], "b", "a"),
    ([*says("<seed:think>a</seed:think>b")], "b", "a"),
    # two blocks; one never closed
    ([*says("<think>a</think>\n\n<think>b</think>\n\nc")], "c", "ab"),
    ([*says("<think>a</think>\nc\n<think>b")], "c\n", "ab"),
    ([*says("<think>on and on")], "", "on and on"),
    # gpt-oss: channels, and what is left of them (vllm, llama.cpp)
    (
        [*says("<|channel|>analysis<|message|>2+2 is 4<|end|><|start|>assistant<|channel|>final<|message|>4")],
        "4",
        "2+2 is 4",
    ),
    ([*says("analysisWe add.", "assistantfinal4")], "4", "We add."),
    # marks of templates (GLM-4.5V, Qwen, Llama)
    ([*says("Hello<|im_", "end|>")], "Hello", ""),
    ([*says("Hello</s>\n<|endoftext|>")], "Hello", ""),
    ([*says("It is <|begin_of_box|>42<|end_of_box|>.")], "It is 42.", ""),
    # own: what an answer is about stays
    ([*says("Write `<think>` and `</think>` around it.")], "Write `<think>` and `</think>` around it.", ""),
    ([*says("Use <think>x</think>.")], "Use <think>x</think>.", ""),
    ([*says("```\n<|im_end|>\n```")], "```\n<|im_end|>\n```", ""),
    # reasoning under other names (OpenRouter, Ollama), and as an object
    ([delta(reasoning="hm"), *says("yes")], "yes", "hm"),
    ([delta(reasoning_details=[{"type": "reasoning.text", "text": "hm"}], reasoning="hm"), *says("yes")], "yes", "hm"),
    ([delta(thinking={"text": "hm"}), *says("yes")], "yes", "hm"),
]

CONTENT = [
    # Mistral's and OpenAI's parts
    ([delta(content=[{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}]), *says()], "Hello", ""),
    (
        [delta(content=[{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}]), *says("yes")],
        "yes",
        "hm",
    ),
    ([delta(refusal="I cannot"), delta(refusal=" help."), *says()], "I cannot help.", ""),
    # own: legacy completions, a delta that is a string, a message in each event, Ollama's own form
    ([event({"choices": [{"text": "Hi", "finish_reason": "stop"}]}), DONE], "Hi", ""),
    ([event({"choices": [{"delta": "Hi", "finish_reason": "stop"}]}), DONE], "Hi", ""),
    ([whole(None, content="Hel"), whole(content="lo"), DONE], "Hello", ""),
    ([b'{"message":{"content":"Hel"},"done":false}\n{"message":{"content":"lo"},"done":true}\n'], "Hello", ""),
    # own: wrapped by a gateway
    (
        [event({"code": 0, "data": {"choices": [{"delta": {"content": "Hi"}, "finish_reason": "stop"}]}}), DONE],
        "Hi",
        "",
    ),
]

HELLO = b"".join(says("Hel", "lo"))
FRAMING = [
    # a byte order mark before the first field (Spring, IIS)
    ([b"\xef\xbb\xbf" + HELLO], "Hello", ""),
    # CR alone
    ([HELLO.replace(b"\n", b"\r")], "Hello", ""),
    # one event over several lines (the specification of server-sent events)
    (
        [b'data: {"choices":[\ndata: {"delta":{"content":"Hello"},\ndata: "finish_reason":"stop"}]}\n\n', DONE],
        "Hello",
        "",
    ),
    # nothing as an event
    ([b"data: null\n\n", HELLO], "Hello", ""),
    # two choices in events of their own
    (
        [
            event({"choices": [{"index": 0, "delta": {"content": "Hel"}}]}),
            event({"choices": [{"index": 1, "delta": {"content": "Bon"}, "finish_reason": "stop"}]}),
            event({"choices": [{"index": 0, "delta": {"content": "lo"}, "finish_reason": "stop"}]}),
            event({"choices": [{"index": 1, "delta": {"content": "jour"}}]}),
            DONE,
        ],
        "Hello",
        "",
    ),
    # an error that is none beside a good choice
    (
        [
            event({"error": {"code": 0, "message": ""}, "choices": [{"delta": {"content": "Hello"}}]}),
            event({"error": {"code": 0}, "choices": [{"delta": {}, "finish_reason": "stop"}]}),
            DONE,
        ],
        "Hello",
        "",
    ),
    # own: a doubled prefix; fields in capitals; DONE in quotes; no blank lines at all
    ([HELLO.replace(b"data: ", b"data: data: ")], "Hello", ""),
    ([HELLO.replace(b"data: {", b"Data:{")], "Hello", ""),
    ([HELLO.replace(b"[DONE]", b'"[DONE]"')], "Hello", ""),
    ([HELLO.replace(b"\n\n", b"\n")], "Hello", ""),
    # own: pings of several kinds among it
    ([b'event: ping\ndata: {"type":"ping"}\n\n', b": ping\n\n", b"data: \n\n", HELLO], "Hello", ""),
]


def kinds(**rows: list[tuple[list[bytes], str, str]]) -> list[Any]:
    return [
        pytest.param(*row, id=f"{kind}-{number}") for kind, each in rows.items() for number, row in enumerate(each, 1)
    ]


@pytest.mark.parametrize(
    ("sent", "text", "thinking"),
    kinds(repetition=REPETITION, thinking=THINKING, content=CONTENT, framing=FRAMING),
)
async def test_what_is_meant_is_shown(chat: ScriptedChat, sent: list[bytes], text: str, thinking: str) -> None:
    completion = await chat.ask(stream(*sent))
    assert (completion.text, completion.thinking) == (text, thinking)
    assert (chat.sink.text_shown, chat.sink.thinking_shown) == (text, thinking)


@pytest.mark.parametrize("cut", [1, 2, 3, 7])
@pytest.mark.parametrize(("sent", "text", "thinking"), kinds(framing=FRAMING, thinking=THINKING))
async def test_bytes_may_be_cut_anywhere(
    chat: ScriptedChat, sent: list[bytes], text: str, thinking: str, cut: int
) -> None:
    together = b"".join(sent)
    completion = await chat.ask(stream(*(together[at : at + cut] for at in range(0, len(together), cut))))
    assert (completion.text, completion.thinking) == (text, thinking)


# Ends
@pytest.mark.parametrize(
    ("word", "finish"),
    [
        # (cases.md A)
        ("content_filter", "filtered"),
        ("MAX_TOKENS", "length"),
        ("SAFETY", "filtered"),
        ("refusal", "refused"),
        # own
        ("PROHIBITED_CONTENT", "filtered"),
        ("max_output_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("sensitive", "filtered"),
        ("eos", "stop"),
        ("end_turn", "stop"),
    ],
)
@pytest.mark.parametrize("text", ["half of it", ""])
async def test_an_end_says_what_it_is(chat: ScriptedChat, word: str, finish: str, text: str) -> None:
    completion = await chat.ask(stream(delta(content=text), delta(word, content=""), DONE))
    assert (completion.text, completion.finish) == (text, finish)


@pytest.mark.parametrize("word", ["stop", "continue"])
async def test_an_end_in_every_event_is_none(chat: ScriptedChat, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """cases.md A: events further apart than a whole answer is waited for; here both are a sixteenth of that."""
    monkeypatch.setattr(chat_stream, "LINGER_SECONDS", chat_stream.LINGER_SECONDS / 16)
    sent = [delta(word, role="assistant", content=""), *(delta(word, content=piece) for piece in ("a", "b", "c"))]
    completion = await chat.ask(stream(*sent, DONE, wait=0.05))
    assert (completion.text, completion.finish) == ("abc", "stop")


@pytest.mark.parametrize(
    "spoiled",
    [
        b'data: "[DONE]"\n\n',  # cases.md A
        b'data: {"error":{"message":"upstream gone","code":502}}\n\n',  # cases.md A
        b"data: {broken\n\n",
        b'event: error\ndata: {"message":"late"}\n\n',
        b"error: gone\n\n",
        b"<html>502 Bad Gateway</html>\n",
    ],
)
async def test_finished_is_finished(chat: ScriptedChat, spoiled: bytes) -> None:
    completion = await chat.ask(stream(*says("Hello")[:-1], spoiled))
    assert (completion.text, completion.finish) == ("Hello", "stop")


@pytest.mark.parametrize("words", [None, "", "null"])
@pytest.mark.parametrize("pieces", [("Hel", "lo"), ()])
async def test_an_answer_that_never_ends_and_is_done_is_cut(
    chat: ScriptedChat, words: str | None, pieces: tuple[str, ...]
) -> None:
    """llama-cpp-python, which interrupts the first of two answers (cases.md G)."""
    sent = [delta(words, role="assistant"), *(delta(words, content=piece) for piece in pieces)]
    with pytest.raises(e.BrokenStream) as caught:
        await chat.ask(stream(*sent, DONE))
    assert caught.value.partial is bool(pieces)
    assert caught.value.retryable is not bool(pieces)


async def test_a_server_that_knows_no_reasons_is_done_when_it_says_so(chat: ScriptedChat) -> None:
    sent = event({"choices": [{"delta": {"content": "Hello"}}]})
    assert (await chat.ask(stream(sent, DONE))).text == "Hello"


# Time
PINGS = [
    b": ping\n\n",  # OpenRouter, DeepSeek
    b'data: {"type":"ping"}\n\n',  # Anthropic's, passed on
    b'data: {"choices":[{"index":0,"delta":{"content":""},"finish_reason":null}]}\n\n',
    b'data: {"choices":[]}\n\n',
    b"\n",
]


@pytest.mark.parametrize("ping", PINGS)
async def test_bytes_that_say_nothing_do_not_keep_an_answer_alive(chat: ScriptedChat, ping: bytes) -> None:
    chat.http.timeout = httpx.Timeout(5, read=0.3)
    with pytest.raises(e.TimedOut) as caught:
        await asyncio.wait_for(chat.ask(stream(delta(content="Hel"), forever=ping)), 5)
    assert caught.value.partial


@pytest.mark.parametrize("ping", PINGS)
async def test_nor_do_they_begin_one(chat: ScriptedChat, ping: bytes) -> None:
    chat.settings = replace(chat.settings, start_seconds=0.3)
    with pytest.raises(e.TimedOut) as caught:
        await asyncio.wait_for(chat.ask(stream(forever=ping)), 5)
    assert (caught.value.slow_start, caught.value.retryable, caught.value.falls_back) == (True, False, True)


async def silent(_: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError


async def test_a_slow_start_is_not_repeated(chat: ScriptedChat) -> None:
    """A local model that is loaded for 150 s was asked three times more, each loading it again (cases.md A)."""
    chat.settings = replace(chat.settings, start_seconds=0.2)
    with pytest.raises(e.TimedOut) as caught:
        await chat.ask(silent)
    assert not caught.value.retryable


# 200s that are no answer
def ok(body: Any) -> Script:
    return reply(200, body)


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        # cases.md A
        (ok({"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}), e.BalanceGone),
        (ok({"success": False, "message": "Model does not exist"}), e.ModelGone),
        (ok({}), e.NoAnswer),
        (ok({"choices": []}), e.NoAnswer),
        (stream(DONE), e.NoAnswer),
        # own
        (ok({"base_resp": {"status_code": 1026, "status_msg": "new_sensitive"}}), e.Moderated),
        (ok({"base_resp": {"status_code": 1002, "status_msg": "rate limit"}, "choices": None}), e.RateLimited),
        (ok({"success": False}), e.BrokenStream),
        (ok({"code": 500, "msg": "系统繁忙"}), e.ServerFault),
        (ok({"error": "connection error"}), e.BrokenStream),
        (ok({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}), e.Overloaded),
        (ok([{"error": {"code": 429, "message": "x", "status": "RESOURCE_EXHAUSTED"}}]), e.RateLimited),
        (ok(b""), e.NoAnswer),
        (ok(b"null"), e.NoAnswer),
        (ok(b"upstream connect error"), e.BrokenStream),
        (stream(event({"choices": []}), DONE), e.NoAnswer),
        (stream(b'event: error\ndata: {"message":"Insufficient Balance"}\n\n'), e.BalanceGone),
        (stream(b'error: {"code":50505,"message":"overloaded"}\n\n'), e.Overloaded),
    ],
)
async def test_what_is_no_answer_is_an_error(chat: ScriptedChat, script: Script, kind: type[e.UpstreamError]) -> None:
    with pytest.raises(kind) as caught:
        await chat.ask(script)
    assert caught.value.falls_back or kind is e.Moderated


# Usage
@pytest.mark.parametrize(
    ("usages", "counted"),
    [
        # cases.md A
        ([{"input_tokens": 1000, "output_tokens": 20}], TokenUsage(1000, 20)),
        ([{"prompt_tokens": 1000.0, "completion_tokens": 20.0}], TokenUsage(1000, 20)),
        ([{"prompt_tokens": "2000", "completion_tokens": "20"}], TokenUsage(2000, 20)),
        (
            [{"prompt_tokens": 9, "completion_tokens": 7}, {"prompt_tokens": 0, "completion_tokens": 0}],
            TokenUsage(9, 7),
        ),
        # own: Google, Ollama, a total beside one of the two
        ([{"promptTokenCount": 8, "candidatesTokenCount": 5}], TokenUsage(8, 5)),
        ([{"prompt_tokens": 8, "total_tokens": 20}], TokenUsage(8, 12)),
        ([{"completion_tokens": 8, "total_tokens": 20}], TokenUsage(12, 8)),
    ],
)
async def test_usage_is_counted_in_any_form(
    chat: ScriptedChat, usages: list[dict[str, Any]], counted: TokenUsage
) -> None:
    sent = [event({"choices": [], "usage": usage}) for usage in usages]
    assert (await chat.ask(stream(*says("Hello", "!")[:-1], *sent, DONE))).usage == counted


@pytest.mark.parametrize(
    "usage",
    [
        {"total_tokens": 500},  # cases.md A
        {"prompt_tokens": 2**63, "completion_tokens": 5},  # cases.md A: no column takes it
        {"prompt_tokens": 5, "completion_tokens": 2**63},
        {"prompt_tokens": 10**30, "completion_tokens": -1, "total_tokens": 40},
        {"completion_tokens": 5},
        {"prompt_tokens": True, "completion_tokens": "many", "total_tokens": 30},
        {"prompt_tokens": float("1e400"), "completion_tokens": 5},
    ],
)
async def test_what_is_not_counted_is_estimated(chat: ScriptedChat, usage: dict[str, Any]) -> None:
    counted = (await chat.ask(stream(*says("Hello there", finish="stop")[:-1], event({"usage": usage}), DONE))).usage
    assert counted is not None
    assert 0 < counted.prompt < 1000
    assert 0 < counted.output < 1000


@pytest.mark.parametrize("usage", [None, {}, [], "12", {"prompt_tokens": 0, "completion_tokens": 0}])
async def test_no_usage_is_left_to_whoever_pays(chat: ScriptedChat, usage: Any) -> None:
    """None: the reservation estimates it."""
    assert (await chat.ask(stream(*says("Hello")[:-1], event({"usage": usage}), DONE))).usage is None


async def test_a_whole_answer_without_a_stream_is_read_as_one(chat: ScriptedChat) -> None:
    body = {"choices": [{"message": {"content": [{"type": "text", "text": "Hi"}]}, "finish_reason": None}]}
    completion = await chat.ask(reply(200, json.dumps(body, indent=1).encode()))
    assert (completion.text, completion.finish) == ("Hi", "stop")
