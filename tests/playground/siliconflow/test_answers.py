"""What the local SiliconFlow says, at what speed, what it records, and how tests put words into its mouth."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import FakeClock
from bot.playground.siliconflow import HUMAN, LocalSiliconFlow, Script, tokens
from bot.playground.siliconflow.answers import Answer, compose
from bot.playground.siliconflow.call import read_call
from bot.playground.siliconflow.journal import Journal
from bot.playground.siliconflow.models import MODELS_NOW

THINKS = "Qwen/Qwen3-8B"
PLAIN = "Qwen/Qwen2.5-7B-Instruct"

Opening = AbstractAsyncContextManager[aiohttp.ClientResponse]


def conversation(*turns: str) -> list[dict[str, str]]:
    """Messages of which the first, third, … are the user's."""
    return [{"role": ("user", "assistant")[n % 2], "content": text} for n, text in enumerate(turns)]


def answer(*turns: str, model: str = PLAIN, **options: Any) -> Answer:
    return compose(read_call({"model": model, "messages": conversation(*turns)} | options, MODELS_NOW[model]))


def open_stream(
    client: aiohttp.ClientSession, server: LocalSiliconFlow, content: str = "Hi", model: str = PLAIN
) -> Opening:
    body = {"model": model, "messages": conversation(content), "stream": True}
    return client.post(f"{server.url}/chat/completions", json=body)


async def next_text(response: aiohttp.ClientResponse) -> str | None:
    """The content of the next chunk that has some; None at the end of the stream."""
    async for line in response.content:
        if line == b"data: [DONE]\n":
            return None
        if line.startswith(b"data: "):
            content: str | None = json.loads(line.removeprefix(b"data: "))["choices"][0]["delta"]["content"]
            if content:
                return content
    return None


def test_it_says_that_no_model_is_behind_it_in_the_language_of_the_question() -> None:
    english = answer("What is new?").text
    assert english.startswith("No model is behind this answer")
    assert f"`{PLAIN}`" in english
    assert "What is new?" in english
    chinese = answer("今天有什么新闻？").text
    assert chinese.startswith("这条回答背后没有模型")
    assert f"`{PLAIN}`" in chinese
    assert "今天有什么新闻？" in chinese


def test_it_lists_the_earlier_questions() -> None:
    assert "No earlier turns were sent." in answer("Hi").text
    text = answer("first question", "a", "second\nquestion", "b", "third").text
    assert "Earlier turns that were sent: 2.\n\n1. `first question`\n2. `second question`" in text
    assert "此前 1 轮对话：\n\n1. `first question`" in answer("first question", "a", "第二个").text


def test_of_many_earlier_questions_it_lists_the_newest_by_their_numbers() -> None:
    turns = [text for n in range(1, 31) for text in (f"question {n}", "a")]
    text = answer(*turns, "last").text
    assert "sent: 30." in text
    assert "30. `question 30`" in text
    assert "`question 18`" not in text


def test_it_knows_what_it_was_told_as_long_as_that_is_sent() -> None:
    told = ("remember: the key is under the mat", "ok", "记住：门牌是 8 号", "ok")
    text = answer(*told, "What did I tell you?").text
    assert "- `the key is under the mat`" in text
    assert "- `门牌是 8 号`" in text
    assert "门牌是 8 号" in answer(*told, "我告诉过你什么？").text
    assert answer("what did I tell you").text == "You told me nothing."
    assert answer("我告诉过你什么").text == "你什么也没让我记住。"


@pytest.mark.parametrize(
    ("words", "sign"),
    [
        (("Show a table", "来个表格"), "| --: |"),
        (("some code please", "写段代码"), "```python"),
        (("a formula?", "写个公式"), "$$\n\\int"),
        (("my task list", "任务清单"), "- [x]"),
        (("nested lists", "嵌套列表"), "     - "),
        (("a quote", "引用一句"), "> > "),
    ],
)
def test_a_word_brings_what_it_names(words: tuple[str, ...], sign: str) -> None:
    for word in words:
        assert sign in answer(word).text
    assert sign not in answer("anything else").text


@pytest.mark.parametrize("word", ["a very long answer", "写一篇很长的回答"])
def test_a_very_long_answer_has_several_thousand_characters(word: str) -> None:
    long = answer(word, max_tokens=100_000)
    assert 6_000 < len(long.text) < 12_000
    assert long.finish == "stop"
    assert len(answer("how long is the Nile").text) < 1_000


@given(st.text(), st.text(max_size=30))
def test_a_question_is_quoted_as_data_and_the_answer_is_always_the_same(question: str, earlier: str) -> None:
    first = answer(earlier, "a", question, max_tokens=100_000)
    assert first == answer(earlier, "a", question, max_tokens=100_000)
    if "tell" not in question and "什么" not in question:
        _, _, rest = first.text.partition("\n\n```")
        fence = "```" + rest[: len(rest) - len(rest.lstrip("`"))]
        quoted, end, _ = rest.lstrip("`").removeprefix("text\n").partition(f"\n{fence}\n")
        assert end
        assert quoted == question or quoted.endswith("…")


@given(st.text(max_size=200), st.integers(1, 20))
def test_tokens_lose_nothing_and_add_up(text: str, size: int) -> None:
    pieces = tokens.groups(text, size)
    assert "".join(pieces) == text
    assert sum(tokens.count(piece) for piece in pieces) == tokens.count(text)
    assert tokens.count(tokens.first(text, size)) == min(size, tokens.count(text))


async def test_prepared_answers_come_in_order_and_once(server: LocalSiliconFlow, client: aiohttp.ClientSession) -> None:
    server.answers.push("one", lambda call: f"two for {call.model.id}: {call.question.text}", Script(["th", "ree"]))
    said = []
    for _ in range(4):
        async with open_stream(client, server) as response:
            said.append("".join([text async for text in texts(response)]))
    assert said[:3] == ["one", f"two for {PLAIN}: Hi", "three"]
    assert said[3].startswith("No model is behind this answer")
    assert len(server.answers) == 0


async def texts(response: aiohttp.ClientResponse) -> AsyncIterator[str]:
    while (text := await next_text(response)) is not None:
        yield text


async def test_a_gate_holds_what_comes_after_it_and_nothing_before(
    server: LocalSiliconFlow, client: aiohttp.ClientSession
) -> None:
    gate = asyncio.Event()
    server.answers.push(Script(["before", gate, "after"]))
    async with open_stream(client, server) as response:
        assert await next_text(response) == "before"
        waiting = asyncio.create_task(next_text(response))
        await client.get(f"{server.url}/models")  # had more come, it would be here by now
        assert not waiting.done()
        gate.set()
        assert await waiting == "after"


async def test_a_held_answer_sends_nothing_at_all(server: LocalSiliconFlow, client: aiohttp.ClientSession) -> None:
    hold = asyncio.Event()
    server.answers.push(Script(["text"], hold=hold))
    asked = asyncio.create_task(open_stream(client, server).__aenter__())
    await server.journal.until(lambda journal: len(journal) == 1)
    assert server.journal.last.end is None
    hold.set()
    response = await asked
    assert await next_text(response) == "text"
    response.close()


@pytest.mark.parametrize("stream", [True, False])
async def test_answers_take_their_time_where_a_speed_is_set(
    clock: FakeClock, client: aiohttp.ClientSession, stream: bool
) -> None:
    server = LocalSiliconFlow(clock, speed=HUMAN)
    await server.start()
    server.answers.push(Script(["word" * 40]))
    body = {"model": PLAIN, "messages": conversation("Hi"), "stream": stream}
    async with asyncio.timeout(10):
        asked = asyncio.create_task(client.post(f"{server.url}/chat/completions", json=body))
        await server.journal.until(lambda journal: len(journal) == 1)
        await clock.advance(1.39)
        assert server.journal.last.end is None
        await clock.advance(0.02)  # 0.4 s to the first, 40 tokens at 40 a second
        await server.journal.until(lambda journal: journal.last.end == "answered")
        (await asked).close()
    await server.stop()


async def test_the_journal_tells_what_was_sent_and_what_was_answered(
    server: LocalSiliconFlow, client: aiohttp.ClientSession, clock: FakeClock
) -> None:
    server.answers.push(Script(["Hello"], thinking=["Hm"]))
    async with open_stream(client, server, "你好", THINKS) as response:
        await response.read()
    exchange = server.journal.last
    assert exchange.messages == conversation("你好")
    assert (exchange.at, exchange.account, exchange.status, exchange.end) == (clock.now(), "local", 200, "answered")
    assert (exchange.text, exchange.thinking) == ("Hello", "Hm")
    assert exchange.usage is not None
    assert exchange.usage["completion_tokens"] == 3
    assert exchange.headers["content-type"] == "application/json"
    assert "sk-local" not in repr(exchange)


async def test_the_journal_sees_a_client_that_closes_a_stream_early(
    server: LocalSiliconFlow, client: aiohttp.ClientSession
) -> None:
    server.answers.push(Script(["begun", asyncio.Event()]))
    async with open_stream(client, server) as response:
        assert await next_text(response) == "begun"
        assert not server.journal.last.closed_early
        response.close()
    await server.journal.until(lambda journal: journal.last.closed_early)


async def test_stopping_ends_answers_that_are_held(clock: FakeClock, client: aiohttp.ClientSession) -> None:
    server = LocalSiliconFlow(clock)
    await server.start()
    server.answers.push(Script(["begun", asyncio.Event()]))
    async with open_stream(client, server) as response:
        await next_text(response)
        await server.stop()
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.read()
    assert server.journal.last.end == "stopped"


async def test_a_stopped_server_can_start_again_at_the_same_port(
    clock: FakeClock, client: aiohttp.ClientSession
) -> None:
    server = LocalSiliconFlow(clock)
    await server.start()
    port = int(server.url.removesuffix("/v1").rpartition(":")[2])
    await server.stop()
    await server.stop()
    await server.start(port=port)
    async with client.get(f"{server.url}/models") as response:
        assert response.status == 200
    await server.stop()


def test_the_journal_keeps_the_newest_within_its_bounds() -> None:
    journal = Journal(length=3, max_bytes=100)

    def record(path: str, size: int) -> None:
        journal.open(0, "POST", path, {}, None, size)

    for n in range(5):
        record(f"/{n}", 10)
    assert [exchange.path for exchange in journal] == ["/2", "/3", "/4"]
    record("/big", 85)
    assert [exchange.path for exchange in journal] == ["/4", "/big"]
    record("/huge", 1_000)
    assert [exchange.path for exchange in journal] == ["/huge"]
