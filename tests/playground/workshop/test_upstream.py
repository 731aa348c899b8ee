"""What is overheard of the bot's calls to providers, on the bot's own client and over real sockets."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest

from bot.clock import SystemClock
from bot.domain import errors as e
from bot.domain.chat import Account, ChatRequest, Completion
from bot.domain.message import ChatMessage, FileReference, PicturePart, Role, TextPart, text_message
from bot.domain.model import Model
from bot.domain.money import Price
from bot.domain.provider import PRESETS
from bot.logs import Redactor
from bot.playground.process.excerpt import TEXT
from bot.playground.process.reports import Answered, Asked, encoded
from bot.playground.process.upstream import Overheard
from bot.playground.siliconflow import LocalSiliconFlow, Quirks, Reset, Script
from bot.playground.siliconflow.refusals import Refusal
from bot.providers.chat_client import HttpChatClient
from bot.providers.http import open_http

KEY = "sk-canarycanarycanarycanary"


class Sink:
    def text(self, piece: str) -> None: ...

    def thinking(self, piece: str) -> None: ...

    def restart(self) -> None: ...


class Bot:
    """The bot's client for chats; ``told`` is what was overheard."""

    def __init__(self, siliconflow: LocalSiliconFlow) -> None:
        self.siliconflow = siliconflow
        self.told: list[Asked | Answered] = []
        self.http = open_http()
        self.http._transport = Overheard(self.http._transport, self.told.append, SystemClock(), Redactor((KEY,)))
        self._client = HttpChatClient(self.http, {"siliconflow": PRESETS["siliconflow"]}, SystemClock())

    async def ask(self, *messages: ChatMessage, model: str = "Qwen/Qwen3-8B", address: str = "") -> Completion:
        knows = Model(model, "siliconflow", "Qwen", 131_072, 8_192, Price(), "switch", sees=True, limits={})
        account = Account("local", "siliconflow", address or self.siliconflow.url, KEY)
        return await self._client.complete(account, ChatRequest(knows, messages, 100, 0.7, thinking=False), Sink())

    @property
    def asked(self) -> Asked:
        return next(report for report in self.told if isinstance(report, Asked))

    @property
    def answered(self) -> Answered:
        return next(report for report in self.told if isinstance(report, Answered))


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    siliconflow = LocalSiliconFlow(SystemClock(), keys=(KEY,))
    await siliconflow.start()
    bot = Bot(siliconflow)
    yield bot
    await bot.http.aclose()
    await siliconflow.stop()


async def test_context_and_answer_are_told_and_the_bot_notices_nothing(bot: Bot) -> None:
    bot.siliconflow.answers.push(Script(["Two", " apples"]))
    done = await bot.ask(text_message("system", "Be brief."), text_message("user", "How many? 多少？"))
    assert done.text == "Two apples"
    assert [(said.role, said.text) for said in bot.asked.messages] == [
        ("system", "Be brief."),
        ("user", "How many? 多少？"),
    ]
    assert all(said.tokens > 4 for said in bot.asked.messages)
    assert (bot.asked.model, bot.asked.rest["temperature"]) == ("Qwen/Qwen3-8B", 0.7)
    assert bot.asked.address.endswith("/chat/completions")
    answered = bot.answered
    assert (answered.status, answered.text, answered.end, answered.error) == (200, "Two apples", "whole", "")
    assert done.usage is not None
    assert answered.usage["prompt_tokens"] == done.usage.prompt
    assert answered.first_ms is not None
    assert 0 < answered.first_ms <= answered.ms
    assert len(bot.told) == 2


async def test_thinking_is_told_apart(bot: Bot) -> None:
    bot.siliconflow.answers.push(Script(["Yes."], thinking=["Hm", "m"]))
    await bot.ask(text_message("user", "Really?"))
    assert (bot.answered.text, bot.answered.thinking) == ("Yes.", "Hmm")


async def test_no_key_is_ever_told(bot: Bot) -> None:
    bot.siliconflow.faults.add(Refusal(401, json.dumps({"message": f"Incorrect API key: {KEY}"})))
    with pytest.raises(e.UpstreamError):
        await bot.ask(text_message("user", f"My key is {KEY}, and Bearer {KEY}"))
    assert bot.answered.status == 401
    assert "Incorrect API key" in bot.answered.text
    for report in bot.told:
        assert KEY.encode() not in encoded(report)


async def test_a_provider_that_is_not_there_is_told_with_the_reason(bot: Bot) -> None:
    with pytest.raises(e.Unreachable):
        await bot.ask(text_message("user", "Hi"), address="http://127.0.0.1:1/v1")
    assert (bot.answered.status, bot.answered.end) == (None, "broken")
    assert bot.answered.error


@pytest.mark.parametrize("fault", [Quirks(cut_after=2), Reset()])
async def test_an_answer_that_breaks_is_told_as_broken(bot: Bot, fault: Quirks | Reset) -> None:
    for _ in range(2):  # a connection that is reset is tried once more
        bot.siliconflow.faults.add(fault)
    with pytest.raises(e.UpstreamError):
        await bot.ask(text_message("user", "Hi"))
    assert bot.answered.end == "broken"
    assert bot.answered.error


async def test_an_answer_that_the_bot_leaves_is_told_as_left(bot: Bot) -> None:
    body = {"model": "Qwen/Qwen3-8B", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
    headers = {"Authorization": f"Bearer {KEY}"}
    bot.siliconflow.faults.add(Quirks(hold_after=1))
    async with bot.http.stream(
        "POST", f"{bot.siliconflow.url}/chat/completions", json=body, headers=headers
    ) as response:
        await anext(response.aiter_bytes())
    assert (bot.answered.status, bot.answered.end) == (200, "left")


async def test_a_picture_is_named_and_its_megabytes_are_not_told(bot: Bot) -> None:
    picture = PicturePart(FileReference("image/png", b"\x89PNG" + bytes(600_000)))
    done = await bot.ask(ChatMessage("user", (picture, TextPart("What is it?"))), model="Qwen/Qwen3-VL-8B-Instruct")
    assert "What is it?" in bot.asked.messages[0].text
    assert "[image_url]" in bot.asked.messages[0].text
    assert bot.asked.size > 600_000
    assert len(encoded(bot.asked)) < 10_000
    assert done.text


async def test_of_a_long_conversation_the_newest_messages_are_told_and_cut(bot: Bot) -> None:
    roles: tuple[Role, Role] = ("user", "assistant")
    turns = [text_message(roles[n % 2], f"{n} " + "x" * 2 * TEXT) for n in range(101)]
    with pytest.raises(e.UpstreamError):
        await bot.ask(*turns, model="no/such")
    assert bot.asked.earlier == 41
    assert bot.asked.messages[-1].text.startswith("100 ")
    assert max(len(said.text) for said in bot.asked.messages) < TEXT + 100


async def test_a_call_without_a_body_is_told_too(bot: Bot) -> None:
    answer = await bot.http.get(f"{bot.siliconflow.url}/models", headers={"Authorization": f"Bearer {KEY}"})
    assert answer.status_code == 200
    assert (bot.asked.method, bot.asked.messages) == ("GET", ())
    assert '"object"' in bot.answered.text


async def test_a_body_that_is_no_json_does_no_harm(bot: Bot) -> None:
    for content in (b"\xff\xfe", b"[1]", b'{"messages": 5}', b'{"messages": [1, {"content": [2]}]}', b"[" * 100_000):
        answer = await bot.http.post(f"{bot.siliconflow.url}/chat/completions", content=content)
        assert answer.status_code == 401
    assert len(bot.told) == 10


async def test_a_body_that_can_be_read_only_once_arrives_all_the_same(bot: Bot) -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b'{"model": "no/such", '
        yield b'"messages": [{"role": "user", "content": "hello"}]}'

    headers = {"Authorization": f"Bearer {KEY}"}
    await bot.http.post(f"{bot.siliconflow.url}/chat/completions", content=parts(), headers=headers)
    assert bot.asked.messages[0].text == "hello"
    assert bot.siliconflow.journal.chats[-1].messages[0]["content"] == "hello"


async def test_closing_the_client_closes_what_is_underneath() -> None:
    closed = []

    class Inner(httpx.AsyncBaseTransport):
        async def aclose(self) -> None:
            closed.append(True)

    async with httpx.AsyncClient(transport=Overheard(Inner(), print, SystemClock(), str)):
        pass
    assert closed == [True]
