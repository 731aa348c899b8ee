"""The envelope, the parameters, the updates and the faults of the local Telegram, over real HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.clock import FakeClock
from bot.playground.telegram import LocalTelegram

TOKEN = "4242:local"
Json = dict[str, Any]


class Api:
    """The plainest client there is."""

    def __init__(self, telegram: LocalTelegram, session: aiohttp.ClientSession) -> None:
        self.telegram = telegram
        self.session = session

    def url(self, method: str) -> str:
        return f"{self.telegram.url}/bot{TOKEN}/{method}"

    async def __call__(self, method: str, **parameters: Any) -> Json:
        async with self.session.post(self.url(method), json=parameters) as response:
            body: Json = await response.json()
        assert response.status == body.get("error_code", 200)
        return body

    async def result(self, method: str, **parameters: Any) -> Any:
        body = await self(method, **parameters)
        assert body["ok"], body
        return body["result"]


@pytest.fixture
async def api(telegram: LocalTelegram) -> AsyncIterator[Api]:
    async with aiohttp.ClientSession() as session:
        yield Api(telegram, session)


def started(telegram: LocalTelegram) -> int:
    """The id of a private chat whose person has said hello."""
    person = telegram.world.person("Ada")
    telegram.world.say(person, telegram.world.private(person), "hello")
    return person.id


async def test_a_wrong_token_is_unauthorized(api: Api) -> None:
    async with api.session.get(f"{api.telegram.url}/botwrong/getMe") as response:
        assert response.status == 401
        assert await response.json() == {"ok": False, "error_code": 401, "description": "Unauthorized"}


async def test_an_unknown_method_is_not_found(api: Api) -> None:
    assert await api("sendWidget") == {"ok": False, "error_code": 404, "description": "Not Found: method not found"}


@pytest.mark.parametrize("chat", ["", "²", "@nobody", "{}", "-1"])
async def test_odd_chat_ids_are_refused_with_400(api: Api, chat: str) -> None:
    assert (await api("getChat", chat_id=chat))["error_code"] == 400


async def test_method_names_are_read_in_any_case(api: Api) -> None:
    assert (await api.result("GETME"))["username"] == "silicon_local_bot"


@pytest.mark.parametrize("way", ["query", "urlencoded", "json", "multipart"])
async def test_parameters_arrive_by_every_way(api: Api, way: str) -> None:
    keyboard = json.dumps({"inline_keyboard": [[{"text": "a", "callback_data": "b"}]]})
    parameters = {"chat_id": str(started(api.telegram)), "text": "你好", "reply_markup": keyboard}
    form = aiohttp.FormData(default_to_multipart=True)
    for name, value in parameters.items():
        form.add_field(name, value)
    request: dict[str, Json] = {
        "query": {"params": parameters},
        "urlencoded": {"data": parameters},
        "json": {"json": parameters},
        "multipart": {"data": form},
    }
    async with api.session.post(api.url("sendMessage"), **request[way]) as response:
        message = (await response.json())["result"]
    assert message["text"] == "你好"
    assert message["reply_markup"] == json.loads(keyboard)


@pytest.mark.parametrize(
    ("written", "is_true"), [("True", True), ("YES", True), ("1", True), ("on", False), ("0", False)]
)
async def test_booleans_are_true_yes_or_1(api: Api, written: str, is_true: bool) -> None:
    chat = started(api.telegram)
    reply = json.dumps({"message_id": 99})
    body = await api("sendMessage", chat_id=chat, text="x", reply_parameters=reply, allow_sending_without_reply=written)
    assert body["ok"] is is_true


@pytest.mark.parametrize("body", ["{", "[1]", "[" * 3000, '{"text": "\\ud800"}'])
async def test_broken_json_is_refused(api: Api, body: str) -> None:
    async with api.session.post(api.url("getMe"), data=body, headers={"Content-Type": "application/json"}) as response:
        assert response.status == 400


async def test_updates_come_again_until_the_offset_moves_on(api: Api) -> None:
    started(api.telegram)
    first = await api.result("getUpdates")
    assert await api.result("getUpdates") == first
    assert await api.result("getUpdates", offset=first[0]["update_id"] + 1) == []
    assert len(api.telegram.world.updates) == 0


async def test_a_batch_holds_as_many_as_asked_for(api: Api) -> None:
    for _ in range(3):
        started(api.telegram)
    assert len(await api.result("getUpdates", limit=2)) == 2
    last = await api.result("getUpdates", offset=-1)
    assert await api.result("getUpdates") == last
    assert len(last) == 1


async def test_kinds_that_are_not_allowed_do_not_arrive(api: Api) -> None:
    await api.result("getUpdates", allowed_updates=["callback_query"])
    started(api.telegram)
    assert await api.result("getUpdates") == []


async def test_updates_are_kept_for_a_day(api: Api, clock: FakeClock) -> None:
    started(api.telegram)
    await clock.advance(86_401)
    assert await api.result("getUpdates") == []


async def test_a_long_poll_ends_when_something_happens(api: Api) -> None:
    poll = asyncio.create_task(api.result("getUpdates", timeout=50))
    await api.telegram.world.until(lambda: api.telegram.world.updates.is_polled)
    started(api.telegram)
    assert [update["message"]["text"] for update in await poll] == ["hello"]


async def test_a_second_poller_ends_the_first_with_409(api: Api) -> None:
    first = asyncio.create_task(api("getUpdates", timeout=50))
    await api.telegram.world.until(lambda: api.telegram.world.updates.is_polled)
    await api.result("getUpdates")
    assert (await first)["description"] == (
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    )


async def test_injected_updates_are_handed_out_as_they_are(api: Api) -> None:
    update_id = api.telegram.world.inject({"widget_query": {"odd": [1]}})
    assert await api.result("getUpdates") == [{"update_id": update_id, "widget_query": {"odd": [1]}}]


class Receiver:
    """A webhook that answers with the statuses it was given, then with 200."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.requests: list[tuple[str | None, Json]] = []
        self.on_received = asyncio.Event()
        self.release = asyncio.Event()
        self.release.set()

    async def receive(self, request: web.Request) -> web.Response:
        self.requests.append((request.headers.get("X-Telegram-Bot-Api-Secret-Token"), await request.json()))
        self.on_received.set()
        await self.release.wait()
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)

    async def wait_for(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(self.requests) < count:
                self.on_received.clear()
                await self.on_received.wait()


@pytest.fixture
async def receiver() -> AsyncIterator[tuple[Receiver, str]]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.receive)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield receiver, f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    await runner.cleanup()


async def test_a_webhook_is_called_with_its_secret(api: Api, receiver: tuple[Receiver, str]) -> None:
    hook, url = receiver
    await api.result("setWebhook", url=url, secret_token="s-1")
    started(api.telegram)
    await hook.wait_for(1)
    secret, update = hook.requests[0]
    assert (secret, update["message"]["text"]) == ("s-1", "hello")
    assert (await api("getUpdates"))["error_code"] == 409
    await api.result("deleteWebhook")
    assert await api.result("getUpdates") == []


async def test_a_refusing_webhook_is_called_again(api: Api, clock: FakeClock, receiver: tuple[Receiver, str]) -> None:
    hook, url = receiver
    hook.statuses = [500, 503]
    await api.result("setWebhook", url=url)
    started(api.telegram)
    await hook.wait_for(2)
    async with asyncio.timeout(10):
        while "503" not in (await api.result("getWebhookInfo")).get("last_error_message", ""):
            pass  # the second refusal is still on its way back
    await clock.advance(2)
    await hook.wait_for(3)
    assert len({request["update_id"] for _, request in hook.requests}) == 1


async def test_a_webhook_has_one_update_in_flight_per_chat(api: Api, receiver: tuple[Receiver, str]) -> None:
    hook, url = receiver
    hook.release.clear()
    await api.result("setWebhook", url=url)
    world = api.telegram.world
    ada, ben = world.person("Ada"), world.person("Ben")
    for person, text in [(ada, "1"), (ada, "2"), (ben, "3")]:
        world.say(person, world.private(person), text)
    await hook.wait_for(2)
    assert sorted(update["message"]["text"] for _, update in hook.requests) == ["1", "3"]
    hook.release.set()
    await hook.wait_for(3)


async def test_a_reset_before_delivers_nothing_and_one_after_does(api: Api) -> None:
    chat = started(api.telegram)
    faults, world = api.telegram.faults, api.telegram.world
    faults.reset("sendMessage", delivered=False)
    with pytest.raises(aiohttp.ClientError):
        await api("sendMessage", chat_id=chat, text="lost")
    faults.reset("sendMessage", delivered=True)
    with pytest.raises(aiohttp.ClientError):
        await api("sendMessage", chat_id=chat, text="unheard")
    assert [message.text for message in world.answers(world.ledger.chats[chat])] == ["unheard"]
    assert [call.delivered for call in api.telegram.journal.of("sendMessage", chat=chat)] == [False, True]


async def test_a_bad_gateway_answers_with_html(api: Api) -> None:
    api.telegram.faults.bad_gateway("getMe", delivered=False)
    async with api.session.get(api.url("getMe")) as response:
        assert (response.status, response.content_type) == (502, "text/html")
    assert (await api("getMe"))["ok"]


async def test_broken_json_comes_after_the_effect(api: Api) -> None:
    chat = started(api.telegram)
    api.telegram.faults.broken_json("sendMessage")
    async with api.session.post(api.url("sendMessage"), json={"chat_id": chat, "text": "x"}) as response:
        assert response.status == 200
        with pytest.raises(json.JSONDecodeError):
            json.loads(await response.text())
    assert len(api.telegram.world.answers(api.telegram.world.ledger.chats[chat])) == 1


async def test_refusals_say_what_they_were_told_to_say(api: Api) -> None:
    chat = started(api.telegram)
    faults = api.telegram.faults
    faults.refuse("sendRichMessage", "Bad Request: RICH_MESSAGE_URL_INVALID", chat=chat)
    faults.flood("sendRichMessage", 7)
    assert (await api("sendRichMessage", chat_id=chat))["description"] == "Bad Request: RICH_MESSAGE_URL_INVALID"
    assert (await api("sendRichMessage", chat_id=chat))["parameters"] == {"retry_after": 7}
    unknown = faults.unknown("sendRichMessage")
    assert (await api("sendRichMessage", chat_id=chat))["error_code"] == 404
    assert unknown.hits == 1
    faults.remove(unknown)
    assert (await api("sendRichMessage", chat_id=chat))["description"] == "Bad Request: rich message must be non-empty"


async def test_a_held_call_waits_until_it_is_released(api: Api) -> None:
    chat = started(api.telegram)
    hold = api.telegram.faults.hold("sendMessage", delivered=True)
    call = asyncio.create_task(api("sendMessage", chat_id=chat, text="slow"))
    world = api.telegram.world
    await world.until(lambda: world.answers(world.ledger.chats[chat]))
    assert not call.done()
    hold.release()
    assert (await call)["ok"]


async def test_a_caller_that_gives_up_before_the_effect_causes_none(api: Api) -> None:
    chat = started(api.telegram)
    hold = api.telegram.faults.hold("sendMessage", delivered=False)
    call = asyncio.create_task(api("sendMessage", chat_id=chat, text="too slow"))
    await api.telegram.world.until(lambda: hold.hits)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    await api.result("getMe")  # the server has seen the hang-up since
    hold.release()
    await api.result("getMe")
    assert not api.telegram.world.answers(api.telegram.world.ledger.chats[chat])


async def test_minimal_results_keep_only_the_id(api: Api) -> None:
    chat = started(api.telegram)
    api.telegram.faults.minimal("sendMessage", times=1)
    api.telegram.faults.only_true("editMessageText")
    [sent] = [await api.result("sendMessage", chat_id=chat, text="x")]
    assert list(sent) == ["message_id"]
    assert await api.result("editMessageText", chat_id=chat, message_id=sent["message_id"], text="y") is True


async def test_the_journal_knows_duplicates_within_a_minute(api: Api, clock: FakeClock) -> None:
    chat = started(api.telegram)
    await api.result("sendMessage", chat_id=chat, text="once")
    await clock.advance(59)
    await api.result("sendMessage", chat_id=chat, text="once")
    await clock.advance(61)
    await api.result("sendMessage", chat_id=chat, text="once")
    assert [duplicate.text for duplicate in api.telegram.journal.duplicates] == ["once"]


async def test_the_feed_tells_of_what_happens(api: Api) -> None:
    with api.telegram.feed.subscribe() as events:
        chat = started(api.telegram)
        await api.result("sendMessage", chat_id=chat, text="x")
        seen = [(await anext(events)).kind for _ in range(3)]
    assert seen == ["message", "message", "call"]


async def test_waiting_for_what_never_comes_ends(telegram: LocalTelegram) -> None:
    with pytest.raises(TimeoutError):
        await telegram.world.until(lambda: False, timeout=0)
