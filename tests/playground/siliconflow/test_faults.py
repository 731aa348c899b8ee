"""Everything that can go wrong with the API goes wrong at the local one when it is ordered, and only then."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from bot.playground.siliconflow import LocalSiliconFlow, Quirks, Reset, Script, refusals
from bot.playground.siliconflow.faults import TRICKS

THINKS = "Qwen/Qwen3-8B"
PLAIN = "Qwen/Qwen2.5-7B-Instruct"

Ask = Callable[..., Awaitable[tuple[int, bytes]]]


@pytest.fixture
def ask(server: LocalSiliconFlow, client: aiohttp.ClientSession) -> Ask:
    """Asks and gives status and raw body."""

    async def ask(content: str = "Hi", *, model: str = PLAIN, stream: bool = True) -> tuple[int, bytes]:
        body = {"model": model, "messages": [{"role": "user", "content": content}], "stream": stream}
        async with client.post(f"{server.url}/chat/completions", json=body) as response:
            return response.status, await response.read()

    return ask


def chunks(raw: bytes) -> list[dict[str, Any]]:
    """The JSON objects of a stream, whatever its line ends and comments."""
    lines = raw.replace(b"\r\n", b"\n").decode().split("\n")
    data = [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]
    return [json.loads(line) for line in data if line != "[DONE]"]


def contents(raw: bytes) -> list[str | None]:
    """The content of each delta."""
    return [choice["delta"]["content"] for chunk in chunks(raw) for choice in chunk.get("choices", ())]


@pytest.mark.parametrize(
    ("refusal", "status", "body"),
    [
        (refusals.invalid(), 400, {"code": 20015, "message": "The parameter is invalid. Please check again."}),
        (refusals.TOKEN_IS_INVALID, 401, {"code": 30014, "message": "Token is invalid."}),
        (refusals.NO_BALANCE, 402, {"code": 30001, "message": "Sorry, your account balance is insufficient"}),
        (refusals.NO_BALANCE_OLD, 403, {"code": 30001}),
        (refusals.FORBIDDEN, 403, "Forbidden"),
        (refusals.MODEL_DISABLED, 403, {"code": 30003, "message": "Model disabled."}),
        (refusals.NOT_VERIFIED, 403, {"code": 30005}),
        (refusals.TOO_LARGE, 413, {"code": 20042}),
        (
            refusals.rate_limited("Details:{metric} limit reached.", "ipd"),
            429,
            {"message": "Details:IPD limit reached."},
        ),
        (refusals.MODERATED, 451, {"code": 20021}),
        (refusals.INTERNAL, 500, {"code": 50507}),
        (refusals.OVERLOADED, 503, {"code": 50505, "message": "Model service overloaded. Please try again later."}),
        (refusals.BUSY, 503, {"code": 50603, "message": "System is really busy. Please try again later."}),
        (refusals.TIMED_OUT, 504, "Request timed out"),
    ],
)
async def test_an_ordered_error_comes_once_and_then_the_answer(
    server: LocalSiliconFlow, ask: Ask, refusal: refusals.Refusal, status: int, body: Any
) -> None:
    server.faults.add(refusal)
    got, raw = await ask()
    answer = json.loads(raw)
    assert got == status
    assert answer == body or body.items() <= answer.items()
    assert (server.journal.last.status, server.journal.last.text) == (status, raw.decode())
    assert (await ask())[0] == 200


async def test_a_gateway_answers_with_a_page(server: LocalSiliconFlow, ask: Ask) -> None:
    server.faults.add(refusals.GATEWAY_PAGE)
    status, raw = await ask()
    assert status == 504
    assert raw.startswith(b"<html>")


async def test_a_rule_holds_for_its_model_and_its_number_of_times(server: LocalSiliconFlow, ask: Ask) -> None:
    rule = server.faults.add(refusals.OVERLOADED, model=THINKS, times=2)
    assert (await ask(model=PLAIN))[0] == 200
    assert [(await ask(model=THINKS))[0] for _ in range(3)] == [503, 503, 200]
    assert rule.used == 2


async def test_a_rule_without_a_number_holds_until_it_is_removed(server: LocalSiliconFlow, ask: Ask) -> None:
    rule = server.faults.add(refusals.OVERLOADED, times=None)
    assert [(await ask())[0] for _ in range(3)] == [503, 503, 503]
    server.faults.remove(rule)
    assert (await ask())[0] == 200


@pytest.mark.parametrize("stream", [True, False])
async def test_a_reset_comes_before_the_first_byte(server: LocalSiliconFlow, ask: Ask, stream: bool) -> None:
    server.faults.add(Reset())
    with pytest.raises(aiohttp.ClientOSError, match="reset"):
        await ask(stream=stream)
    assert server.journal.last.end == "broken off"
    assert (await ask())[0] == 200


async def test_a_cut_stream_breaks_after_its_chunks(server: LocalSiliconFlow) -> None:
    server.answers.push(Script(["one", "two", "three"]))
    server.faults.add(Quirks(cut_after=3))
    body = {"model": PLAIN, "messages": [{"role": "user", "content": "Hi"}], "stream": True}
    received = b""
    async with (
        aiohttp.ClientSession(headers={"Authorization": "Bearer sk-local"}) as client,
        client.post(f"{server.url}/chat/completions", json=body) as response,
    ):
        while b"two" not in received:
            received += await response.content.readany()
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.read()
    assert contents(received) == ["", "one", "two"]
    assert server.journal.last.end == "broken off"


async def test_a_cut_answer_that_is_not_streamed_is_half_of_it(server: LocalSiliconFlow, ask: Ask) -> None:
    server.faults.add(Quirks(cut_after=0))
    with pytest.raises(aiohttp.ClientPayloadError):
        await ask(stream=False)


async def test_a_stream_can_end_without_done(server: LocalSiliconFlow, ask: Ask) -> None:
    server.answers.push(Script(["one", "two"]), Script(["one", "two"]))
    server.faults.add(Quirks(end_after=2))
    assert contents((await ask())[1]) == ["", "one"]
    server.faults.add(Quirks(end_after=99))
    _, raw = await ask()
    assert contents(raw) == ["", "one", "two", ""]
    assert b"[DONE]" not in raw


async def test_an_error_can_come_inside_a_stream(server: LocalSiliconFlow, ask: Ask) -> None:
    server.answers.push(Script(["one", "two"]))
    server.faults.add(Quirks(error_after=2))
    _, raw = await ask()
    *_, error = chunks(raw)
    assert error == {"code": 50505, "message": "Model service overloaded. Please try again later.", "data": None}
    assert b"[DONE]" not in raw


async def test_a_stall_is_held_until_it_is_released(server: LocalSiliconFlow, ask: Ask) -> None:
    release = asyncio.Event()
    server.answers.push(Script(["one", "two"]))
    server.faults.add(Quirks(hold_after=2, release=release), model=THINKS)
    asked = asyncio.ensure_future(ask(model=THINKS))
    await server.journal.until(lambda journal: len(journal) == 1)
    await ask()  # had anything more come, it would be here by now
    assert not asked.done()
    release.set()
    assert contents((await asked)[1]) == ["", "one", "two", ""]


@pytest.mark.parametrize("stream", [True, False])
async def test_a_silent_server_does_not_even_send_a_status(server: LocalSiliconFlow, stream: bool) -> None:
    server.faults.add(Quirks(hold_after=0))
    body = {"model": PLAIN, "messages": [{"role": "user", "content": "Hi"}], "stream": stream}
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer sk-local"}) as client:
        asked = asyncio.create_task(client.post(f"{server.url}/chat/completions", json=body))
        await server.journal.until(lambda journal: len(journal) == 1)
        await client.get(f"{server.url}/models")  # had the status come, it would be here by now
        assert not asked.done()
        asked.cancel()
        await server.journal.until(lambda journal: next(iter(journal)).closed_early)


async def test_empty_choices_and_null_content_come_between(server: LocalSiliconFlow, ask: Ask) -> None:
    server.answers.push("text")
    server.faults.add(Quirks(empty_choices=True, null_content=True))
    _, raw = await ask()
    assert [] in [chunk["choices"] for chunk in chunks(raw)]
    assert contents(raw) == ["", None, "text", ""]


async def test_a_whole_answer_may_have_null_content_and_no_usage(server: LocalSiliconFlow, ask: Ask) -> None:
    server.faults.add(Quirks(null_content=True, usage="none"))
    answer = json.loads((await ask(stream=False))[1])
    assert answer["choices"][0]["message"]["content"] is None
    assert "usage" not in answer


async def test_usage_may_be_missing_or_come_in_one_last_chunk(server: LocalSiliconFlow, ask: Ask) -> None:
    server.faults.add(Quirks(usage="none", empty_choices=True))
    assert not any("usage" in chunk for chunk in chunks((await ask())[1]))
    server.faults.add(Quirks(usage="last"))
    *others, last = chunks((await ask())[1])
    assert not any("usage" in chunk for chunk in others)
    assert last["choices"] == []
    assert server.journal.last.usage is not None
    assert last["usage"].items() <= server.journal.last.usage.items()


async def test_finish_reasons_may_be_empty_and_filters_may_report(server: LocalSiliconFlow, ask: Ask) -> None:
    server.faults.add(Quirks(empty_finish=True, filter_results=True))
    choices = [chunk["choices"][0] for chunk in chunks((await ask())[1])]
    assert [choice["finish_reason"] for choice in choices] == [""] * (len(choices) - 1) + ["stop"]
    assert all(choice["content_filter_results"]["violence"] == {"filtered": False} for choice in choices)


async def test_an_answer_may_be_empty(server: LocalSiliconFlow, ask: Ask) -> None:
    server.faults.add(Quirks(empty_answer=True), times=2)
    assert not any(contents((await ask())[1]))
    assert json.loads((await ask(stream=False))[1])["choices"][0]["message"]["content"] == ""


@pytest.mark.parametrize("stream", [True, False])
async def test_thinking_may_have_another_name_or_leak_as_tags(server: LocalSiliconFlow, ask: Ask, stream: bool) -> None:
    script = Script(["Hello"], thinking=["Hm"])
    server.answers.push(script, script)
    server.faults.add(Quirks(reasoning_key="reasoning"))
    _, raw = await ask(model=THINKS, stream=stream)
    assert b'"reasoning":"Hm"' in raw
    assert b"reasoning_content" not in raw
    server.faults.add(Quirks(think_tags=True))
    _, raw = await ask(model=THINKS, stream=stream)
    text = (
        "".join(text or "" for text in contents(raw)) if stream else json.loads(raw)["choices"][0]["message"]["content"]
    )
    assert text == "<think>\nHm\n</think>\n\nHello"


async def test_comments_and_line_ends_change_nothing_else(server: LocalSiliconFlow, ask: Ask) -> None:
    server.answers.push(Script(["one\ntwo"]), Script(["one\ntwo"]))
    server.faults.add(Quirks(comments=True, crlf=True))
    _, raw = await ask()
    assert raw.startswith(b": keep-alive\r\n\r\ndata: {")
    assert raw.endswith(b"data: [DONE]\r\n\r\n")
    assert raw.count(b"\n") == raw.count(b"\r\n")
    assert contents(raw) == contents((await ask())[1])


async def test_odd_borders_cut_within_a_character(server: LocalSiliconFlow) -> None:
    server.answers.push(Script(["你好"]))
    server.faults.add(Quirks(odd_borders=True))
    body = {"model": PLAIN, "messages": [{"role": "user", "content": "Hi"}], "stream": True}
    written, part = [], b""
    async with (
        aiohttp.ClientSession(headers={"Authorization": "Bearer sk-local"}) as client,
        client.post(f"{server.url}/chat/completions", json=body) as response,
    ):
        async for data, end_of_write in response.content.iter_chunks():
            part += data
            if end_of_write:
                written.append(part)
                part = b""
    (broken,) = [part for part in written if part.endswith("你".encode()[:1])]
    with pytest.raises(UnicodeDecodeError):
        broken.decode()
    assert "你好" in b"".join(written).decode()


@pytest.mark.parametrize("prompt", ["!429", "请回答 ！429", "Alice: !429 \n"])
async def test_a_word_in_the_question_orders_a_fault_by_hand(ask: Ask, prompt: str) -> None:
    assert (await ask(prompt))[0] == 429


@pytest.mark.parametrize("prompt", ["!429 is what I got", "wow!429", "!nothing", "429"])
async def test_other_words_order_nothing(ask: Ask, prompt: str) -> None:
    assert (await ask(prompt))[0] == 200


@pytest.mark.parametrize("word", [word for word in TRICKS if word.isdigit()])
async def test_a_number_by_hand_is_the_status_that_comes(ask: Ask, word: str) -> None:
    status, _ = await ask(f"!{word}")
    assert status == int(word)


@pytest.mark.parametrize("word", ["cut", "end", "error"])
async def test_each_break_by_hand_comes_after_something_was_said(server: LocalSiliconFlow, ask: Ask, word: str) -> None:
    try:
        _, raw = await ask(f"!{word}")
    except aiohttp.ClientPayloadError:
        assert word == "cut"
    else:
        assert any(contents(raw))
        assert b"[DONE]" not in raw
