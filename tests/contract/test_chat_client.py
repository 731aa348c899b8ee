"""The chat client over real connections, against a server that plays byte-exact scripts."""

import asyncio
import json
from base64 import b64encode
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from aiohttp import web

from bot.clock import FakeClock
from bot.domain import errors as e
from bot.domain.chat import Account, ChatRequest, Completion
from bot.domain.message import ChatMessage, FileReference, PicturePart, TextPart, text_message
from bot.domain.model import Model
from bot.domain.money import Price, TokenUsage
from bot.domain.provider import PRESETS
from bot.providers.chat_client import HttpChatClient
from bot.providers.http import open_http

Script = Callable[[web.Request], Awaitable[web.StreamResponse]]
KEY = "sk-very-secret-key"
MODEL = Model(
    id="Qwen/Qwen3-8B",
    provider="siliconflow",
    family="Qwen",
    context=131_072,
    max_output=8_192,
    price=Price(),
    thinks="switch",
    sees=True,
    limits={},
)


class Upstream:
    """A provider that plays ``scripts`` one call after another and remembers the calls."""

    def __init__(self) -> None:
        self.url = ""
        self.scripts: deque[Script] = deque()
        self.bodies: list[dict[str, Any]] = []
        self.requests: list[web.Request] = []
        self.connections: set[Any] = set()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        self.connections.add(request.transport)
        if request.can_read_body:
            self.bodies.append(await request.json())
        return await self.scripts.popleft()(request)


class Heard:
    """A sink that keeps what it gets, and sets ``first`` at the first piece."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.thoughts: list[str] = []
        self.first = asyncio.Event()

    def text(self, piece: str) -> None:
        self.texts.append(piece)
        self.first.set()

    def restart(self) -> None:
        self.texts.clear()
        self.thoughts.clear()

    def thinking(self, piece: str) -> None:
        self.thoughts.append(piece)
        self.first.set()


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    server = Upstream()
    app = web.Application(client_max_size=1 << 24)
    app.router.add_route("*", "/v1/{path:.*}", server.answer)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    server.url = f"http://{host}:{port}/v1"
    yield server
    await runner.cleanup()


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    client = open_http()
    yield client
    await client.aclose()


class Asker:
    """The client under test with all that a call needs."""

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self.clock = FakeClock()
        self.client = HttpChatClient(http, PRESETS, self.clock)
        self.account = Account("siliconflow", "siliconflow", url, KEY)
        self.heard = Heard()

    async def ask(self, *messages: ChatMessage, model: Model = MODEL, thinking: bool = False) -> Completion:
        said = messages or (text_message("user", "Hi"),)
        return await self.client.complete(self.account, ChatRequest(model, said, 512, 0.7, thinking), self.heard)


@pytest.fixture
def asker(http: httpx.AsyncClient, upstream: Upstream) -> Asker:
    return Asker(http, upstream.url)


def stream(*chunks: bytes, cut: bool = False) -> Script:
    """A stream of these chunks of bytes, each sent by itself; ``cut``: the connection is then lost."""

    async def play(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
        response.enable_chunked_encoding()
        await response.prepare(request)
        for chunk in chunks:
            await response.write(chunk)
            await asyncio.sleep(0)
        if cut:
            assert request.transport is not None
            request.transport.abort()
            return response
        await response.write_eof()
        return response

    return play


def reply(status: int, body: bytes, **headers: str) -> Script:
    async def play(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, body=body, headers={"Content-Type": "application/json", **headers})

    return play


async def drop(request: web.Request) -> web.StreamResponse:
    """The connection is lost before a word."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def event(
    content: str | None = None, *, thinking: str | None = None, finish: str | None = None, tokens: int | None = None
) -> bytes:
    delta = {"content": content, "reasoning_content": thinking}
    chunk: dict[str, Any] = {"id": "1", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
    if tokens is not None:
        chunk["usage"] = {"prompt_tokens": 9, "completion_tokens": tokens, "total_tokens": 9 + tokens}
    return b"data: " + json.dumps(chunk, ensure_ascii=False).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"


async def test_answer_streams_into_the_sink_and_comes_back_whole(asker: Asker, upstream: Upstream) -> None:
    upstream.scripts.append(stream(event("Hel", tokens=1), event("lo", tokens=2), event("", finish="stop"), DONE))
    completion = await asker.ask()
    assert asker.heard.texts == ["Hel", "lo"]
    assert (completion.text, completion.thinking, completion.finish) == ("Hello", "", "stop")


async def test_usage_is_cumulative_so_the_last_one_counts(asker: Asker, upstream: Upstream) -> None:
    last = {
        "prompt_tokens": 9,
        "completion_tokens": 35,
        "completion_tokens_details": {"reasoning_tokens": 30},
        "prompt_cache_hit_tokens": 4,
    }
    end = b"data: " + json.dumps({"choices": [], "usage": last}).encode() + b"\n\n"
    upstream.scripts.append(stream(event("a", tokens=1), event("b", tokens=2, finish="stop"), end, DONE))
    assert (await asker.ask()).usage == TokenUsage(prompt=9, output=35, cached=4, reasoning=30)


async def test_captured_stream_of_a_thinking_model_is_understood(asker: Asker, upstream: Upstream) -> None:
    captured = (
        b'data: {"id":"0199","object":"chat.completion.chunk","created":1754300000,"model":"Qwen/Qwen3-8B","choices":'
        b'[{"index":0,"delta":{"content":null,"reasoning_content":"","role":"assistant"},"finish_reason":null}],'
        b'"system_fingerprint":"","usage":{"prompt_tokens":9,"completion_tokens":0,"total_tokens":9}}\n\n'
        b'data: {"choices":[{"index":0,"delta":{"content":null,"reasoning_content":"We"},"finish_reason":""}],"usage":'
        b'{"prompt_tokens":9,"completion_tokens":1,"completion_tokens_details":{"reasoning_tokens":1}}}\n\n'
        b'data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":1}}\n\n'
        b'data: {"choices":[{"index":0,"delta":{"content":"Hello","reasoning_content":null},"finish_reason":null}]}\n\n'
        b'data: {"choices":[{"index":0,"delta":{"content":"","reasoning_content":null},"finish_reason":"eos"}],"usage":'
        b'{"prompt_tokens":9,"completion_tokens":35,"completion_tokens_details":{"reasoning_tokens":30}}}\n\n'
    )
    upstream.scripts.append(stream(captured + DONE))
    completion = await asker.ask(thinking=True)
    assert (completion.text, completion.thinking, completion.finish) == ("Hello", "We", "stop")
    assert completion.usage == TokenUsage(prompt=9, output=35, reasoning=30)


async def test_characters_lines_and_tags_may_be_cut_anywhere(asker: Asker, upstream: Upstream) -> None:
    whole = b": OPENROUTER PROCESSING\r\n\r\n" + (
        event("<think>想</think>\n\n你好") + event("😀", finish="stop") + DONE
    )
    whole = whole.replace(b"\n\n", b"\r\n\r\n")
    upstream.scripts.append(stream(*(whole[i : i + 1] for i in range(len(whole)))))
    completion = await asker.ask()
    assert (completion.text, completion.thinking) == ("你好😀", "想")


async def test_reasoning_under_its_other_name_is_thinking(asker: Asker, upstream: Upstream) -> None:
    other = b'data: {"choices":[{"delta":{"reasoning":"hm"},"finish_reason":null}]}\n\n'
    upstream.scripts.append(stream(other, event("yes", finish="stop"), DONE))
    completion = await asker.ask()
    assert (completion.text, completion.thinking) == ("yes", "hm")


async def test_character_in_two_escaped_halves_is_one_again(asker: Asker, upstream: Upstream) -> None:
    high, low = (b'data: {"choices":[{"delta":{"content":"%s"}}]}\n\n' % half for half in (b"\\ud83d", b"\\ude00"))
    upstream.scripts.append(stream(high, low, DONE))
    assert (await asker.ask()).text == "😀"


@pytest.mark.parametrize(
    ("said", "meant"),
    [("length", "length"), ("content_filter", "filtered"), ("sensitive", "filtered"), ("eos", "stop"), ("???", "stop")],
)
async def test_ways_to_finish(asker: Asker, upstream: Upstream, said: str, meant: str) -> None:
    upstream.scripts.append(stream(event("x", finish=said), DONE))
    assert (await asker.ask()).finish == meant


async def test_word_for_not_finished_is_no_finish(asker: Asker, upstream: Upstream) -> None:
    upstream.scripts.append(stream(event("x", finish="null")))
    with pytest.raises(e.BrokenStream):
        await asker.ask()


async def test_empty_answer_is_an_answer(asker: Asker, upstream: Upstream) -> None:
    upstream.scripts.append(stream(event("", finish="length"), DONE))
    completion = await asker.ask()
    assert (completion.text, completion.finish, completion.seconds_to_first) == ("", "length", None)


async def test_plain_json_in_place_of_a_stream_is_accepted(asker: Asker, upstream: Upstream) -> None:
    message = {"role": "assistant", "content": "<think>hm</think>Hello!", "reasoning_content": None}
    whole = {"choices": [{"message": message, "finish_reason": "stop"}], "usage": {"prompt_tokens": 1}}
    upstream.scripts.append(reply(200, json.dumps(whole, indent=2).encode()))
    completion = await asker.ask()
    assert (completion.text, completion.thinking) == ("Hello!", "hm")
    assert completion.usage == TokenUsage(prompt=1, output=3)  # not counted, so estimated


async def test_time_to_the_first_piece_is_measured(asker: Asker, upstream: Upstream) -> None:
    async def play(request: web.Request) -> web.StreamResponse:
        await asker.clock.advance(3)
        return await stream(event("x", finish="stop"), DONE)(request)

    upstream.scripts.append(play)
    completion = await asker.ask()
    assert (completion.seconds_to_first, completion.seconds) == (3, 3)


# The request
async def test_request_is_what_siliconflow_wants(asker: Asker, upstream: Upstream) -> None:
    upstream.scripts.append(stream(event("x", finish="stop"), DONE))
    await asker.ask(text_message("user", "a"), text_message("assistant", " "), text_message("user", "b"))
    assert upstream.bodies == [
        {
            "model": "Qwen/Qwen3-8B",
            "messages": [{"role": "user", "content": "a\n\nb"}],
            "stream": True,
            "max_tokens": 512,
            "temperature": 0.7,
            "top_p": 0.7,
            "top_k": 50,
            "frequency_penalty": 0.0,
            "enable_thinking": False,
        }
    ]
    (request,) = upstream.requests
    assert (request.path, request.headers["Authorization"]) == ("/v1/chat/completions", f"Bearer {KEY}")
    assert "Cookie" not in request.headers


async def test_picture_of_some_megabytes_arrives_whole(asker: Asker, upstream: Upstream) -> None:
    upstream.scripts.append(stream(event("x", finish="stop"), DONE))
    data = b"\x89PNG" * 500_000
    await asker.ask(ChatMessage("user", (PicturePart(FileReference("image/png", data)), TextPart("what?"))))
    image, text = upstream.bodies[0]["messages"][0]["content"]
    assert image["image_url"]["url"] == "data:image/png;base64," + b64encode(data).decode()
    assert text == {"type": "text", "text": "what?"}
    assert upstream.requests[0].content_length is not None


# What goes wrong
async def test_refusal_becomes_its_error_and_hides_the_key(asker: Asker, upstream: Upstream) -> None:
    body = json.dumps(f"Api key {KEY} is invalid").encode()
    upstream.scripts.append(reply(401, body, **{"x-siliconcloud-trace-id": "t1"}))
    with pytest.raises(e.KeyRefused) as caught:
        await asker.ask()
    assert (caught.value.status, caught.value.trace, caught.value.partial) == (401, "t1", False)
    assert KEY not in repr(caught.value) + str(caught.value)


async def test_rate_limit_tells_metric_and_wait(asker: Asker, upstream: Upstream) -> None:
    body = b'{"message":"Request was rejected due to rate limiting. Details:TPM limit reached.","data":null}'
    upstream.scripts.append(reply(429, body, **{"Retry-After": "7"}))
    with pytest.raises(e.RateLimited) as caught:
        await asker.ask()
    assert (caught.value.metric, caught.value.retry_after, caught.value.retryable) == ("tpm", 7.0, True)


async def test_without_retry_after_the_other_headers_tell_the_wait(asker: Asker, upstream: Upstream) -> None:
    spent = {"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "7.66s"}
    upstream.scripts.append(reply(429, b"{}", **spent))
    with pytest.raises(e.RateLimited) as caught:
        await asker.ask()
    assert caught.value.retry_after == 7.66


async def test_an_answer_tells_for_how_long_nothing_is_left(asker: Asker, upstream: Upstream) -> None:
    spent = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "30"}
    whole = b'{"choices":[{"message":{"content":"Hello"},"finish_reason":"stop"}]}'
    upstream.scripts.append(reply(200, whole, **spent))
    assert (await asker.ask()).spent_for == 30.0


@pytest.mark.parametrize(
    ("broken", "kind"),
    [
        (b'data: {"code":50603,"message":"System is really busy.","data":null}\n\n', e.Overloaded),
        (
            (
                b'data: {"error":{"code":429,"message":"Provider returned error"},"choices":[{"delta":{"content":""},'
                b'"finish_reason":"error"}]}\n\n'
            ),
            e.RateLimited,
        ),
        (b'data: {"error":"upstream gone"}\n\n', e.BrokenStream),
        (b'data: {"choices":[{"delta":{},"finish_reason":"network_error"}]}\n\n', e.BrokenStream),
        (b"data: {not json\n\n", e.BrokenStream),
        (b'data: "busy"\n\n', e.BrokenStream),
    ],
)
@pytest.mark.parametrize("partial", [False, True])
async def test_error_inside_a_stream_is_raised(
    asker: Asker, upstream: Upstream, broken: bytes, kind: type[e.UpstreamError], partial: bool
) -> None:
    upstream.scripts.append(stream(*([event("Hel")] if partial else []), broken, DONE))
    with pytest.raises(kind) as caught:
        await asker.ask()
    assert type(caught.value) is kind
    assert caught.value.partial is partial
    assert caught.value.falls_back is not partial


@pytest.mark.parametrize("cut", [True, False])
@pytest.mark.parametrize("pieces", [(), (event("Hel"),)])
async def test_stream_that_ends_early_is_broken(
    asker: Asker, upstream: Upstream, pieces: tuple[bytes, ...], cut: bool
) -> None:
    upstream.scripts.append(stream(*pieces, cut=cut))
    with pytest.raises(e.BrokenStream) as caught:
        await asker.ask()
    assert caught.value.partial is bool(pieces)


@pytest.mark.parametrize("cut", [True, False])
async def test_finished_answer_without_the_last_line_is_whole(asker: Asker, upstream: Upstream, cut: bool) -> None:
    async def play(request: web.Request) -> web.StreamResponse:
        return await stream(event("Hello", finish="stop"))(request) if not cut else await _cut_later(request)

    async def _cut_later(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        await response.write(event("Hello", finish="stop"))
        await asker.heard.first.wait()
        assert request.transport is not None
        request.transport.abort()
        return response

    upstream.scripts.append(play)
    assert (await asker.ask()).text == "Hello"


async def test_page_of_a_website_is_a_wrong_address(asker: Asker, upstream: Upstream) -> None:
    upstream.scripts.append(reply(200, b"<!DOCTYPE html><html>Welcome</html>"))
    with pytest.raises(e.WrongAddress):
        await asker.ask()


async def test_redirect_is_not_followed_with_the_key(asker: Asker, upstream: Upstream) -> None:
    upstream.scripts.append(reply(308, b"", Location="/v1/elsewhere"))
    with pytest.raises(e.WrongAddress):
        await asker.ask()
    assert len(upstream.requests) == 1


async def test_line_without_an_end_is_broken(asker: Asker, upstream: Upstream) -> None:
    upstream.scripts.append(stream(*[b"x" * 100_000] * 12))
    with pytest.raises(e.BrokenStream):
        await asker.ask()


async def test_lost_connection_before_a_word_is_tried_once_more(asker: Asker, upstream: Upstream) -> None:
    upstream.scripts += [drop, stream(event("Hello", finish="stop"), DONE)]
    assert (await asker.ask()).text == "Hello"


async def test_connection_lost_twice_is_an_error(asker: Asker, upstream: Upstream) -> None:
    upstream.scripts += [drop, drop]
    with pytest.raises(e.Unreachable) as caught:
        await asker.ask()
    assert (len(upstream.requests), caught.value.retryable) == (2, True)


async def test_nobody_there_is_unreachable(http: httpx.AsyncClient) -> None:
    with pytest.raises(e.Unreachable):
        await Asker(http, "http://127.0.0.1:1/v1").ask()


async def test_silence_is_a_time_out(asker: Asker, upstream: Upstream, http: httpx.AsyncClient) -> None:
    async def silent(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    http.timeout = httpx.Timeout(0.05)
    upstream.scripts.append(silent)
    with pytest.raises(e.TimedOut):
        await asker.ask()
    assert len(upstream.requests) == 1


async def test_silence_within_an_answer_is_a_time_out(
    asker: Asker, upstream: Upstream, http: httpx.AsyncClient
) -> None:
    http.timeout = httpx.Timeout(5, read=0.5)
    upstream.scripts.append(_then_silence(event("Hel"), asyncio.Event()))
    with pytest.raises(e.TimedOut) as caught:
        await asker.ask()
    assert caught.value.partial


NO_SWITCH = b'{"code":20015,"message":"Value error, current model does not support parameter `enable_thinking`."}'


async def test_unknown_switch_is_left_out_at_once_and_remembered(asker: Asker, upstream: Upstream) -> None:
    answer = stream(event("Hello", finish="stop"), DONE)
    upstream.scripts += [reply(400, NO_SWITCH), answer, answer]
    assert (await asker.ask()).text == "Hello"
    await asker.ask()
    assert ["enable_thinking" in body for body in upstream.bodies] == [True, False, False]


NO_JSON = b'{"code":20024,"message":"Json mode is not supported for this model.","data":null}'


async def test_a_model_that_cannot_be_held_to_json_is_asked_without(asker: Asker, upstream: Upstream) -> None:
    upstream.scripts += [reply(400, NO_JSON), stream(event("{}", finish="stop"), DONE)]
    request = ChatRequest(MODEL, (text_message("user", "JSON, please"),), 512, 0.7, thinking=False, json=True)
    assert (await asker.client.complete(asker.account, request, asker.heard)).text == "{}"
    assert [body.pop("response_format", None) for body in upstream.bodies] == [{"type": "json_object"}, None]
    assert upstream.bodies[0] == upstream.bodies[1]


async def test_parameter_refused_again_is_an_error(asker: Asker, upstream: Upstream) -> None:
    upstream.scripts += [reply(400, NO_SWITCH), reply(400, NO_SWITCH)]
    with pytest.raises(e.Unsupported) as caught:
        await asker.ask()
    assert caught.value.parameter == "enable_thinking"


@pytest.mark.parametrize("parameter", ["model", "messages", "unheard_of"])
async def test_what_cannot_be_left_out_is_an_error_at_once(asker: Asker, upstream: Upstream, parameter: str) -> None:
    body = {"error": {"message": f"Unsupported parameter: '{parameter}'"}}
    upstream.scripts.append(reply(400, json.dumps(body).encode()))
    with pytest.raises(e.Unsupported):
        await asker.ask()
    assert len(upstream.requests) == 1


# Connections
def _then_silence(first: bytes, gone: asyncio.Event) -> Script:
    async def play(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        await response.write(first)
        try:
            await asyncio.Event().wait()
        finally:
            gone.set()
        raise AssertionError

    return play


async def test_cancelling_closes_the_connection_at_once(asker: Asker, upstream: Upstream) -> None:
    gone = asyncio.Event()
    upstream.scripts.append(_then_silence(event("Hel"), gone))
    question = asyncio.create_task(asker.ask())
    await asker.heard.first.wait()
    question.cancel()
    with pytest.raises(asyncio.CancelledError):
        await question
    await asyncio.wait_for(gone.wait(), 5)


async def test_cancelling_before_the_first_byte_closes_the_connection(asker: Asker, upstream: Upstream) -> None:
    asked, gone = asyncio.Event(), asyncio.Event()

    async def silent(_: web.Request) -> web.StreamResponse:
        asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            gone.set()
        raise AssertionError

    upstream.scripts.append(silent)
    question = asyncio.create_task(asker.ask())
    await asked.wait()
    question.cancel()
    with pytest.raises(asyncio.CancelledError):
        await question
    await asyncio.wait_for(gone.wait(), 5)


async def test_one_connection_serves_one_question_after_another(asker: Asker, upstream: Upstream) -> None:
    upstream.scripts += [stream(event("x", finish="stop"), DONE)] * 3
    for _ in range(3):
        await asker.ask()
    assert len(upstream.connections) == 1


@pytest.mark.parametrize("last", [DONE, b""])
async def test_connection_held_open_does_not_hold_a_whole_answer(asker: Asker, upstream: Upstream, last: bytes) -> None:
    gone = asyncio.Event()
    upstream.scripts.append(_then_silence(event("Hello", finish="stop") + last, gone))
    assert (await asyncio.wait_for(asker.ask(), 5)).text == "Hello"
    await asyncio.wait_for(gone.wait(), 5)


async def test_answers_side_by_side_do_not_mix(asker: Asker, upstream: Upstream) -> None:
    async def echo(request: web.Request) -> web.StreamResponse:
        word = (await request.json())["messages"][0]["content"]
        return await stream(*(event(letter) for letter in word), event(finish="stop"), DONE)(request)

    words = [f"answer {number}" for number in range(40)]
    upstream.scripts += [echo] * len(words)
    answers = await asyncio.gather(*(asker.ask(text_message("user", word)) for word in words))
    assert [answer.text for answer in answers] == words


# The list of models
async def test_models_are_listed_and_narrowed_to_chat(asker: Asker, upstream: Upstream) -> None:
    body = b'{"object":"list","data":[{"id":"Qwen/Qwen3-8B","object":"model"},{"id":"BAAI/bge-m3"}]}'
    upstream.scripts += [reply(200, body), reply(200, body)]
    assert await asker.client.list_models(asker.account) == {"Qwen/Qwen3-8B", "BAAI/bge-m3"}
    await asker.client.list_models(asker.account, chat=True)
    assert [request.path_qs for request in upstream.requests] == ["/v1/models", "/v1/models?sub_type=chat"]


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (reply(401, b'"Invalid token"'), e.KeyRefused),
        (reply(200, b"[]"), e.BrokenStream),
        (reply(200, b'{"data":[{"name":"x"}]}'), e.BrokenStream),
    ],
)
async def test_list_that_is_none_is_an_error(
    asker: Asker, upstream: Upstream, script: Script, kind: type[e.UpstreamError]
) -> None:
    upstream.scripts.append(script)
    with pytest.raises(kind):
        await asker.client.list_models(asker.account)
