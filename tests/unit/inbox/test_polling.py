"""Long polling: an update is confirmed once it is stored, and nothing but a refused token ends it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, cast

import pytest
from aiogram import Bot
from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    RestartingTelegram,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)

from bot.clock import FakeClock
from bot.inbox.polling import GetUpdates, Poller, RefusedToken
from bot.playground.telegram import LocalTelegram
from bot.telegram.session import Session

TOKEN = "4242:polling"
ANY = GetUpdates()


class HastyClock(FakeClock):
    """Whoever sleeps wakes at once; what he wanted to sleep is remembered."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)


class Script:
    """A Bot API that answers getUpdates as it is told to, each time ``takes`` seconds later, and then not at all."""

    def __init__(self, clock: HastyClock, *answers: Any, takes: float = 0.0) -> None:
        self.offsets: list[int | None] = []
        self.ended = asyncio.Event()
        self.deleted_webhook = 0
        self._clock = clock
        self._takes = takes
        self._answers = list(answers)

    async def __call__(self, method: GetUpdates, request_timeout: int) -> Any:
        assert request_timeout > (method.timeout or 0)
        self.offsets.append(method.offset)
        if not self._answers:
            self.ended.set()
            await asyncio.Event().wait()
        answer = self._answers.pop(0)
        if self._takes:
            await self._clock.advance(self._takes)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def delete_webhook(self) -> None:
        self.deleted_webhook += 1
        if self.deleted_webhook == 1:
            raise TelegramNetworkError(ANY, "not now")


class Shelf:
    """What was stored; the next ``broken`` batches cannot be."""

    def __init__(self) -> None:
        self.batches: list[Sequence[Any]] = []
        self.broken = 0

    async def accept(self, updates: Sequence[Any]) -> None:
        if self.broken:
            self.broken -= 1
            raise OSError("the disk is full")
        self.batches.append(updates)


@pytest.fixture
def clock() -> HastyClock:
    return HastyClock()


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


async def polled(script: Script, shelf: Shelf, clock: HastyClock) -> None:
    """Poll until the script has nothing more to say."""
    poller = Poller(cast("Bot", script), shelf.accept, ["message"], clock)
    running = asyncio.create_task(poller.run())
    ended = asyncio.create_task(script.ended.wait())
    async with asyncio.timeout(10):
        await asyncio.wait({running, ended}, return_when=asyncio.FIRST_COMPLETED)
    for task in (running, ended):
        task.cancel()
    results = await asyncio.gather(running, return_exceptions=True)
    if not isinstance(results[0], asyncio.CancelledError):
        raise cast("Exception", results[0])


async def test_the_offset_follows_what_was_stored(shelf: Shelf, clock: HastyClock) -> None:
    script = Script(clock, [{"update_id": 7}, {"update_id": 9}], [{"update_id": 8}])
    await polled(script, shelf, clock)
    assert script.offsets == [None, 10, 9]
    assert shelf.batches == [[{"update_id": 7}, {"update_id": 9}], [{"update_id": 8}]]
    assert clock.slept == []


async def test_what_could_not_be_stored_is_not_confirmed(shelf: Shelf, clock: HastyClock) -> None:
    shelf.broken = 2
    script = Script(clock, *[[{"update_id": 7}]] * 3)
    await polled(script, shelf, clock)
    assert script.offsets == [None, None, None, 8]
    assert len(clock.slept) == 2
    assert clock.slept[0] < clock.slept[1] <= 2


async def test_odd_updates_do_not_end_it_and_confirm_nothing(shelf: Shelf, clock: HastyClock) -> None:
    odd: list[Any] = [
        None,
        [],
        "x",
        {},
        {"update_id": "99"},
        {"update_id": True},
        {"update_id": 2**70},
        {"update_id": -9},
    ]
    script = Script(clock, [{"update_id": 7}, *odd], odd)
    await polled(script, shelf, clock)
    assert script.offsets == [None, 8, 8]
    assert clock.slept == [1]


async def test_empty_answers_at_once_are_not_spun_upon(shelf: Shelf, clock: HastyClock) -> None:
    await polled(Script(clock, [], [], []), shelf, clock)
    assert clock.slept == [1, 1, 1]


async def test_empty_answers_after_the_wait_are_followed_at_once(shelf: Shelf, clock: HastyClock) -> None:
    await polled(Script(clock, [], [], takes=25), shelf, clock)
    assert clock.slept == []


@pytest.mark.parametrize(
    "failure",
    [
        TelegramNetworkError(ANY, "no connection"),
        RestartingTelegram(ANY, "restarting"),
        TelegramBadRequest(ANY, "what?"),
        ClientDecodeError("broken", ValueError("broken"), "<html>"),
    ],
    ids=lambda failure: type(failure).__name__,
)
async def test_failures_are_waited_out_longer_each_time(shelf: Shelf, clock: HastyClock, failure: AiogramError) -> None:
    script = Script(clock, *[failure] * 8, [{"update_id": 7}], failure)
    await polled(script, shelf, clock)
    least = [0.5, 1, 2, 4, 8, 16, 16, 16, 0.5]
    assert all(low <= pause <= 2 * low for pause, low in zip(clock.slept, least, strict=True))
    assert len(shelf.batches) == 1


async def test_an_outage_of_days_is_waited_out(shelf: Shelf, clock: HastyClock) -> None:
    await polled(Script(clock, *[TelegramNetworkError(ANY, "no")] * 1_100, [{"update_id": 7}]), shelf, clock)
    assert max(clock.slept) <= 32
    assert len(shelf.batches) == 1


@pytest.mark.parametrize("result", [None, {}, "x", 7, True])
async def test_a_result_that_is_no_list_is_waited_out(shelf: Shelf, clock: HastyClock, result: object) -> None:
    await polled(Script(clock, result, [{"update_id": 7}]), shelf, clock)
    assert len(clock.slept) == 1
    assert len(shelf.batches) == 1


async def test_a_flood_wait_is_kept(shelf: Shelf, clock: HastyClock) -> None:
    await polled(Script(clock, TelegramRetryAfter(ANY, "slow down", retry_after=17)), shelf, clock)
    assert clock.slept == [17]


async def test_another_poller_is_waited_for(shelf: Shelf, clock: HastyClock, caplog: pytest.LogCaptureFixture) -> None:
    other = TelegramConflictError(ANY, "Conflict: terminated by other getUpdates request")
    await polled(Script(clock, other, other, [{"update_id": 7}]), shelf, clock)
    assert clock.slept == [5, 5]
    assert "Another process polls with the same token" in caplog.text


async def test_a_webhook_is_removed_at_last_and_never_spun_upon(shelf: Shelf, clock: HastyClock) -> None:
    webhook = TelegramConflictError(ANY, "Conflict: can't use getUpdates method while webhook is active")
    script = Script(clock, webhook, webhook, [{"update_id": 7}])
    await polled(script, shelf, clock)
    assert script.deleted_webhook == 2
    assert len(clock.slept) == 2
    assert len(shelf.batches) == 1


@pytest.mark.parametrize(
    "refusal", [TelegramUnauthorizedError(ANY, "Unauthorized"), TelegramNotFound(ANY, "Not Found")]
)
async def test_a_refused_token_ends_it(shelf: Shelf, clock: HastyClock, refusal: AiogramError) -> None:
    with pytest.raises(RefusedToken):
        await polled(Script(clock, refusal), shelf, clock)


class Line:
    """A local Telegram and a bot that polls it over HTTP; ``free`` is cleared to keep what comes from being stored."""

    def __init__(self, clock: HastyClock, shelf: Shelf) -> None:
        self.telegram = LocalTelegram(TOKEN, clock)
        self.clock = clock
        self.shelf = shelf
        self.free = asyncio.Event()
        self.free.set()

    async def open(self) -> None:
        await self.telegram.start()
        self.ann = self.telegram.world.person("Ann")
        self.bot = Bot(TOKEN, session=Session(self.telegram.url))
        self.polling = asyncio.create_task(Poller(self.bot, self._accept, ["message"], self.clock).run())

    async def close(self) -> None:
        self.polling.cancel()
        await asyncio.gather(self.polling, return_exceptions=True)
        await self.bot.session.close()
        await self.telegram.stop()

    async def _accept(self, updates: Sequence[Any]) -> None:
        self.telegram.feed.publish("came", None)
        await self.free.wait()
        await self.shelf.accept(updates)
        self.telegram.feed.publish("stored", None)

    def say(self, text: str) -> None:
        self.telegram.world.say(self.ann, self.telegram.world.private(self.ann), text)

    @property
    def unconfirmed(self) -> int:
        return len(self.telegram.world.updates)

    @property
    def texts(self) -> list[str]:
        return [update["message"]["text"] for batch in self.shelf.batches for update in batch]


@pytest.fixture
async def line(clock: HastyClock, shelf: Shelf) -> AsyncIterator[Line]:
    line = Line(clock, shelf)
    await line.open()
    yield line
    await line.close()


async def test_telegram_keeps_an_update_until_it_is_stored(line: Line) -> None:
    line.free.clear()
    with line.telegram.feed.subscribe() as events:
        line.say("hello")
        async with asyncio.timeout(10):
            async for event in events:
                if event.kind == "came":
                    break
    assert line.unconfirmed == 1
    line.free.set()
    await line.telegram.feed.until(lambda: line.unconfirmed == 0)
    assert line.texts == ["hello"]


async def test_a_disk_that_is_full_for_a_time_loses_nothing(line: Line, shelf: Shelf) -> None:
    shelf.broken = 3
    line.say("one")
    line.say("two")
    await line.telegram.feed.until(lambda: line.unconfirmed == 0)
    assert line.texts == ["one", "two"]


@pytest.mark.parametrize("fault", ["reset", "bad_gateway", "broken_json", "only_true"])
async def test_a_line_that_breaks_loses_nothing(line: Line, fault: str) -> None:
    faults = line.telegram.faults
    where = {"delivered": True} if fault in ("reset", "bad_gateway") else {}
    getattr(faults, fault)("getUpdates", times=3, **where)
    line.say("one")
    await line.telegram.feed.until(lambda: line.texts == ["one"])


async def test_a_webhook_that_was_left_behind_is_removed(line: Line) -> None:
    await line.bot.set_webhook("http://127.0.0.1:9/gone")
    line.say("one")
    await line.telegram.feed.until(lambda: line.texts == ["one"])


async def test_a_token_that_telegram_does_not_know_ends_it(line: Line) -> None:
    line.telegram.token = "4242:another"
    line.say("wakes the poll that waits")
    with pytest.raises(RefusedToken, match="does not know this bot token"):
        async with asyncio.timeout(10):
            await line.polling
