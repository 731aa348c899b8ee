"""The developers' side of the page over real HTTP: calls, limits, switches, and the button that kills the bot."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientPayloadError, ClientSession, ServerDisconnectedError

from bot.clock import SystemClock
from bot.playground.page import Page
from bot.playground.process.reports import Answered, Asked, Limits, Said
from bot.playground.process.supervisor import BotState
from bot.playground.siliconflow import HUMAN, INSTANT, LocalSiliconFlow, Speed
from bot.playground.telegram import LocalTelegram
from bot.playground.workshop import Inspector, Switches
from bot.playground.workshop.journal import KEPT
from bot.ratelimit.bucket import BucketSnapshot, WindowSnapshot
from bot.ratelimit.scheduler import LimiterSnapshot, WaitingCalls

TOKEN = "4200:workshop"
KEY = "sk-local"
MODEL = "Qwen/Qwen3-8B"
Json = dict[str, Any]

ASKED = Asked(7, 1.0, "POST", "http://x/v1/chat/completions", MODEL, 9, (Said("user", "Hi", 6),), 0, {"top_p": 0.7})
ANSWERED = Answered(7, 200, 3.0, 5.0, "whole", "Hello", "", {"prompt_tokens": 6}, "")


class Visit:
    """A developer's browser, and what the bot does on the other side of both servers."""

    def __init__(self, http: ClientSession, telegram: LocalTelegram, siliconflow: LocalSiliconFlow) -> None:
        self.http = http
        self.telegram = telegram
        self.siliconflow = siliconflow
        self.kills = 0
        self.workshop = Inspector(telegram.feed, Switches(telegram, siliconflow), self._kill)
        self.page = Page(telegram, routes=self.workshop.routes)
        self.ann = telegram.world.person("Ann")
        self.room = telegram.world.group("Friends", self.ann)

    def _kill(self) -> None:
        self.kills += 1

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.page.port}/api/workshop"

    async def all(self) -> Json:
        async with self.http.get(f"{self.address}/events") as events:
            return data_of(await events.content.readuntil(b"\n\n"))

    async def calls(self) -> list[Json]:
        calls: list[Json] = (await self.all())["calls"]
        return calls

    async def whole(self, number: int) -> Json:
        async with self.http.get(f"{self.address}/calls/{number}") as answer:
            assert answer.status == 200
            call: Json = await answer.json()
            return call

    async def post(self, what: str, body: Any, **headers: str) -> int:
        async with self.http.post(f"{self.address}/{what}", json=body, headers=headers) as answer:
            return answer.status

    async def turn(self, name: str, *, on: bool) -> None:
        assert await self.post("switch", {"name": name, "on": on}) == 200

    async def send(self, method: str, **parameters: Any) -> int:
        """The bot's call to Telegram: its status, 0 where the connection was cut."""
        try:
            async with self.http.post(f"{self.telegram.url}/bot{TOKEN}/{method}", json=parameters) as answer:
                return answer.status
        except ServerDisconnectedError:
            return 0

    async def say(self) -> int:
        return await self.send("sendMessage", chat_id=self.room.id, text="Hello")

    async def ask(self) -> int:
        """The bot's call to SiliconFlow: its status, 0 where the answer breaks off."""
        body = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}], "stream": True}
        headers = {"Authorization": f"Bearer {KEY}"}
        try:
            async with self.http.post(f"{self.siliconflow.url}/chat/completions", json=body, headers=headers) as answer:
                await answer.read()
                return answer.status
        except ClientPayloadError:
            return 0


def data_of(event: bytes) -> Json:
    data: Json = json.loads(event.decode().strip().partition("\ndata: ")[2])
    return data


@pytest.fixture
async def visit() -> AsyncIterator[Visit]:
    telegram = LocalTelegram(TOKEN, SystemClock(), flood=False)
    siliconflow = LocalSiliconFlow(SystemClock(), keys=(KEY,))
    await telegram.start()
    await siliconflow.start()
    async with ClientSession() as http:
        visit = Visit(http, telegram, siliconflow)
        await visit.page.start("127.0.0.1", 0)
        with visit.workshop.listening():
            yield visit
        await visit.page.stop()
    await siliconflow.stop()
    await telegram.stop()


async def test_at_first_there_is_a_bot_that_starts_and_nothing_else(visit: Visit) -> None:
    found = await visit.all()
    assert found["bot"]["phase"] == "starting"
    assert (found["calls"], found["limits"]) == ([], {"buckets": [], "waiting": []})
    assert len(found["switches"]) > 10
    assert not any(found["switches"].values())


async def test_a_call_to_telegram_is_told_with_request_and_answer(visit: Visit) -> None:
    assert await visit.say() == 200
    assert await visit.send("sendMessage", chat_id=visit.room.id, text="") == 400
    fine, failed = await visit.calls()
    assert (fine["side"], fine["name"], fine["about"]) == ("telegram", "sendMessage", str(visit.room.id))
    assert (fine["state"], fine["code"], failed["state"], failed["code"]) == ("fine", 200, "failed", 400)
    assert fine["ms"] >= 0
    whole = await visit.whole(fine["number"])
    assert whole["request"]["text"] == "Hello"
    assert whole["answer"]["result"]["text"] == "Hello"


async def test_a_request_for_updates_that_brings_none_is_no_news(visit: Visit) -> None:
    assert await visit.send("getUpdates") == 200
    assert await visit.calls() == []
    visit.telegram.world.say(visit.ann, visit.room, "/start")
    assert await visit.send("getUpdates") == 200
    assert [call["name"] for call in await visit.calls()] == ["getUpdates"]


async def test_a_call_upstream_is_told_when_it_begins_and_when_it_is_over(visit: Visit) -> None:
    async with visit.http.get(f"{visit.address}/events") as events:
        await events.content.readuntil(b"\n\n")
        visit.workshop.hear(ASKED)
        begun = data_of(await events.content.readuntil(b"\n\n"))
        visit.workshop.hear(ANSWERED)
        over = data_of(await events.content.readuntil(b"\n\n"))
    assert (begun["state"], begun["ms"], begun["chats"]) == ("running", None, True)
    assert (begun["name"], begun["about"]) == ("chat/completions", MODEL)
    assert (over["number"], over["state"], over["code"], over["first_ms"]) == (begun["number"], "fine", 200, 3.0)
    whole = await visit.whole(over["number"])
    assert whole["request"]["messages"] == [{"role": "user", "text": "Hi", "tokens": 6}]
    assert (whole["answer"]["text"], whole["answer"]["usage"]) == ("Hello", {"prompt_tokens": 6})


async def test_calls_of_a_bot_that_is_killed_are_not_running_any_more(visit: Visit) -> None:
    visit.workshop.hear(ASKED)
    visit.workshop.hear(BotState("killed", 1, 123))
    [call] = await visit.calls()
    assert call["state"] == "failed"
    assert "ended" in (await visit.whole(call["number"]))["answer"]["error"]
    visit.workshop.hear(ASKED)  # the next process counts from the beginning again
    visit.workshop.hear(ANSWERED)
    assert [each["state"] for each in await visit.calls()] == ["failed", "fine"]


async def test_an_answer_whose_question_is_gone_is_let_pass(visit: Visit) -> None:
    visit.workshop.hear(ANSWERED)
    assert await visit.calls() == []


async def test_only_the_newest_calls_are_kept(visit: Visit) -> None:
    visit.workshop.hear(ASKED)
    for _ in range(KEPT):
        await visit.say()
    visit.workshop.hear(ANSWERED)
    calls = await visit.calls()
    assert len(calls) == KEPT
    assert {call["side"] for call in calls} == {"telegram"}
    async with visit.http.get(f"{visit.address}/calls/1") as answer:
        assert answer.status == 404


async def test_large_calls_are_cut_and_crowd_out_the_older_ones(visit: Visit) -> None:
    said = tuple(Said("user", "长" * 6_000, 1) for _ in range(60))
    for number in range(20):
        visit.workshop.hear(Asked(number, 1.0, "POST", "http://x/v1/chat/completions", MODEL, 9, said, 0, {}))
    assert 1 <= len(await visit.calls()) < 20 < KEPT


async def test_limits_and_the_bot_are_told_as_they_change(visit: Visit) -> None:
    windows = (WindowSnapshot("rpm", 60.0, 3.0, 1000.0),)
    snapshot = LimiterSnapshot(
        (BucketSnapshot("local", MODEL, windows, 1, 0.0),), (WaitingCalls("user:5", 2, "interactive"),)
    )
    visit.workshop.hear(Limits(snapshot))
    visit.workshop.hear(BotState("running", 2, 123, -9))
    found = await visit.all()
    assert found["limits"]["buckets"][0]["windows"][0] == {
        "metric": "rpm",
        "seconds": 60.0,
        "used": 3.0,
        "limit": 1000.0,
    }
    assert found["limits"]["waiting"] == [{"flow": "user:5", "count": 2, "priority": "interactive"}]
    assert (found["bot"]["phase"], found["bot"]["run"], found["bot"]["code"]) == ("running", 2, -9)


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("upstream_overloaded", 503),
        ("upstream_no_balance", 402),
        ("upstream_key_refused", 401),
        ("upstream_cut", 0),
    ],
)
async def test_siliconflow_fails_as_long_as_it_is_switched_so(visit: Visit, name: str, status: int) -> None:
    for _ in range(2):
        await visit.turn(name, on=True)
        assert (await visit.all())["switches"][name] is True
        assert [await visit.ask(), await visit.ask()] == [status, status]
        await visit.turn(name, on=False)
        assert (await visit.all())["switches"][name] is False
        assert await visit.ask() == 200


@pytest.mark.parametrize(("name", "count"), [("upstream_3_a_second", 3), ("upstream_4_a_minute", 4)])
async def test_a_true_limit_that_nobody_was_told_of(visit: Visit, name: str, count: int) -> None:
    await visit.turn(name, on=True)
    assert [await visit.ask() for _ in range(count + 1)] == [200] * count + [429]
    await visit.turn(name, on=False)
    assert await visit.ask() == 200


async def test_what_siliconflow_held_back_comes_when_it_is_switched_off(visit: Visit) -> None:
    await visit.turn("upstream_silent", on=True)
    visit.siliconflow.answers.push("late")
    body = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}]}
    headers = {"Authorization": f"Bearer {KEY}"}
    address = f"{visit.siliconflow.url}/chat/completions"
    async with ClientSession() as http:
        asking = http.post(address, json=body, headers=headers)
        waiting = asyncio.ensure_future(asking)
        await visit.siliconflow.journal.until(lambda journal: len(journal) == 1)
        await visit.turn("upstream_silent", on=False)
        assert "late" in await (await waiting).text()


async def test_slow_answers_are_as_fast_as_before_once_it_is_off(visit: Visit) -> None:
    before = Speed(to_first=0, per_second=1_000, chunk=3)
    visit.siliconflow.pace(before)
    await visit.turn("upstream_slow", on=True)
    slow = visit.siliconflow.pace(INSTANT)
    await visit.turn("upstream_slow", on=False)
    assert visit.siliconflow.pace(INSTANT) == before
    assert slow.to_first > HUMAN.to_first
    assert slow.per_second < HUMAN.per_second


@pytest.mark.parametrize(
    ("name", "status", "arrived"),
    [("telegram_flood", 429, 0), ("telegram_bad_gateway", 502, 0), ("telegram_cut", 0, 2)],
)
async def test_telegram_fails_as_long_as_it_is_switched_so(visit: Visit, name: str, status: int, arrived: int) -> None:
    await visit.turn(name, on=True)
    assert [await visit.say(), await visit.say()] == [status, status]
    await visit.turn(name, on=False)
    assert await visit.say() == 200
    assert len(visit.telegram.world.answers(visit.room)) == arrived + 1


async def test_an_old_server_knows_no_rich_messages_and_edits_plain_ones(visit: Visit) -> None:
    rich = {"blocks": [{"type": "paragraph", "text": "Hi"}]}
    await visit.say()
    message = visit.telegram.world.answers(visit.room)[0].id
    await visit.turn("telegram_old", on=True)
    place = {"chat_id": visit.room.id, "message_id": message}
    assert await visit.send("sendRichMessage", chat_id=visit.room.id, rich_message=rich) == 404
    assert await visit.send("editMessageText", **place, rich_message=rich) == 400
    assert await visit.send("editMessageText", **place, text="changed") == 200
    await visit.turn("telegram_old", on=False)
    assert await visit.send("editMessageText", **place, rich_message=rich) == 200


async def test_two_faults_are_switched_independently(visit: Visit) -> None:
    await visit.turn("upstream_overloaded", on=True)
    await visit.turn("upstream_no_balance", on=True)
    await visit.turn("upstream_overloaded", on=True)
    await visit.turn("upstream_overloaded", on=False)
    assert await visit.ask() == 402
    await visit.turn("upstream_no_balance", on=False)
    await visit.turn("upstream_no_balance", on=False)
    assert await visit.ask() == 200


@pytest.mark.parametrize(
    "body", [{}, {"name": "no_such", "on": True}, {"name": "telegram_cut", "on": 1}, {"name": 1, "on": True}, [], "x"]
)
async def test_what_is_no_switch_is_refused(visit: Visit, body: Any) -> None:
    assert await visit.post("switch", body) == 400
    assert not any((await visit.all())["switches"].values())


async def test_a_real_provider_has_no_switches(visit: Visit) -> None:
    switches = Switches(visit.telegram, None)
    assert switches.state
    assert all(name.startswith("telegram_") for name in switches.state)


async def test_the_button_kills_the_bot(visit: Visit) -> None:
    assert await visit.post("kill", {}) == 200
    assert visit.kills == 1


@pytest.mark.parametrize("what", ["kill", "switch"])
async def test_another_sites_page_can_neither_kill_nor_switch(visit: Visit, what: str) -> None:
    body = {"name": "telegram_cut", "on": True}
    assert await visit.post(what, body, Origin="https://evil.example") == 403
    assert visit.kills == 0
    assert not any((await visit.all())["switches"].values())


async def test_a_reader_that_leaves_is_forgotten(visit: Visit) -> None:
    async with visit.http.get(f"{visit.address}/events") as events:
        await events.content.readuntil(b"\n\n")
    for number in range(2_000):  # more than any reader may be behind
        visit.workshop.hear(BotState("running", number, 1))
    assert (await visit.all())["bot"]["run"] == 1_999
