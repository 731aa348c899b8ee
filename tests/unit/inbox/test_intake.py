"""From an update's arrival to its mark: stored first, run in order, repeated, set aside, taken up again."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from sqlite_utils.db import Database as Connection

from bot.clock import FakeClock
from bot.domain.stored_update import StoredUpdate
from bot.inbox.intake import FAILURES, STARTS, Intake, Undecodable
from bot.store import Store

BOT = 42
Raw = dict[str, Any]


class HastyClock(FakeClock):
    """Whoever sleeps wakes at once, at the time he wanted to."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)


class Post:
    """An intake over a real store; ``handle`` is what a test makes of it, ``handled`` what came to it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = HastyClock()
        self.handled: list[int] = []
        self.on_received: list[int] = []
        self.on_abandoned: list[int] = []
        self.handle: Callable[[Raw], Awaitable[None]] = self._nothing
        self.give_up: Callable[[Raw], Awaitable[None]] = self._abandoned
        self.intake = self.new_intake()

    def new_intake(self) -> Intake:
        return Intake(
            BOT,
            self.store.inbox,
            self._handle,
            self.clock,
            overtaking={"stop"},
            on_received=lambda raw: self.on_received.append(raw["update_id"]),
            on_abandoned=lambda raw: self.give_up(raw),
        )

    async def _nothing(self, _: Raw) -> None: ...

    async def _handle(self, raw: Raw) -> None:
        self.handled.append(raw["update_id"])
        await self.handle(raw)

    async def _abandoned(self, raw: Raw) -> None:
        self.on_abandoned.append(raw["update_id"])

    async def rows(self) -> dict[int, tuple[str, int, int, str | None]]:
        """State, starts, failures and error of each update."""

        def read(db: Connection) -> dict[int, tuple[str, int, int, str | None]]:
            rows = db.execute("SELECT update_id, state, starts, failures, error FROM inbox")
            return {row[0]: tuple(row[1:]) for row in rows}

        return await self.store.database.run(read)

    async def settled(self) -> dict[int, tuple[str, int, int, str | None]]:
        """The rows once everything has ended."""
        await self.intake.close(grace=10)
        return await self.rows()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                await self.store.database.run(lambda _: None)  # what was handed in before is done then


def message(number: int, text: str = "hi", *, chat: int = 1) -> Raw:
    return {"update_id": number, "message": {"chat": {"id": chat}, "from": {"id": 1}, "text": text}}


@pytest.fixture
async def post(store: Store) -> AsyncIterator[Post]:
    post = Post(store)
    yield post
    await post.intake.close(grace=0)


async def test_a_batch_is_stored_when_it_is_accepted(post: Post) -> None:
    await post.intake.accept([message(1), message(2, chat=2)])
    assert set(await post.rows()) == {1, 2}
    assert post.on_received == [1, 2]


async def test_an_answered_update_is_done(post: Post) -> None:
    await post.intake.accept([message(1)])
    await post.until(lambda: post.handled == [1])
    assert await post.settled() == {1: ("done", 0, 0, None)}


async def test_what_cannot_be_stored_is_not_confirmed_and_is_begun_only_once(post: Post, store: Store) -> None:
    async def rename(old: str, new: str) -> None:
        await store.database.run(lambda db: db.execute(f"ALTER TABLE {old} RENAME TO {new}").rowcount)

    await rename("inbox", "elsewhere")
    for _ in range(2):
        with pytest.raises(Exception, match="no such table"):
            await post.intake.accept([message(1)])
    await rename("elsewhere", "inbox")
    await post.intake.accept([message(1), message(2)])
    await post.until(lambda: len(post.handled) == 2)
    assert (post.on_received, post.handled) == ([1, 2], [1, 2])


async def test_what_the_store_has_let_down_is_run_when_it_comes_again(post: Post, store: Store) -> None:
    async def look_into_the_store(_: Raw) -> None:
        await store.inbox.newest(BOT)

    post.handle = look_into_the_store
    await store.database.run(lambda db: db.execute("ALTER TABLE inbox RENAME TO elsewhere").rowcount)
    with pytest.raises(Exception, match="no such table"):
        await post.intake.accept([message(1)])
    await post.intake.idle()
    await store.database.run(lambda db: db.execute("ALTER TABLE elsewhere RENAME TO inbox").rowcount)
    await post.intake.accept([message(1)])
    await post.until(lambda: post.handled == [1, 1])
    assert await post.settled() == {1: ("done", 0, 0, None)}


async def test_what_ended_before_it_could_be_stored_is_not_run_at_the_next_start(post: Post, store: Store) -> None:
    hold = asyncio.Event()

    async def wait(_: Raw) -> None:
        await hold.wait()

    post.handle = wait
    await store.database.run(lambda db: db.execute("ALTER TABLE inbox RENAME TO elsewhere").rowcount)
    with pytest.raises(Exception, match="no such table"):
        await post.intake.accept([message(1)])
    await store.database.run(lambda db: db.execute("ALTER TABLE elsewhere RENAME TO inbox").rowcount)
    hold.set()
    await post.intake.idle()
    await post.rows()  # what is handed in late is done before
    await post.intake.accept([message(1)])
    assert await post.new_intake().resume() == 0
    assert post.handled == [1]


async def test_ids_that_start_anew_are_handled(post: Post) -> None:
    await post.intake.accept([message(1_000)])
    await post.intake.accept([message(7)])
    await post.until(lambda: post.handled == [1_000, 7])


async def test_what_an_earlier_process_has_finished_is_not_run_again(post: Post, store: Store) -> None:
    await store.inbox.add(BOT, [StoredUpdate(n, json.dumps(message(n))) for n in (1, 2)], 0.0)
    store.inbox.done(BOT, 2)
    await post.intake.resume()
    await post.intake.accept([message(1), message(2), message(3)])
    await post.until(lambda: post.handled == [1, 3])


async def test_duplicates_are_handled_once(post: Post) -> None:
    await post.intake.accept([message(1), message(1)])
    await post.intake.accept([message(1), message(2)])
    await post.until(lambda: len(post.handled) == 2)
    assert (post.handled, post.on_received) == ([1, 2], [1, 2])


async def test_one_conversation_keeps_its_order_while_others_go_on(post: Post) -> None:
    hold = asyncio.Event()

    async def wait(raw: Raw) -> None:
        if raw["update_id"] == 1:
            await hold.wait()

    post.handle = wait
    await post.intake.accept([message(1), message(2), message(3, chat=2)])
    await post.until(lambda: post.handled == [1, 3])
    hold.set()
    await post.until(lambda: post.handled == [1, 3, 2])


async def test_stop_overtakes_the_answer_that_it_stops(post: Post) -> None:
    stopped = asyncio.Event()

    async def wait(raw: Raw) -> None:
        if raw["message"]["text"] == "/stop":
            stopped.set()
        else:
            await stopped.wait()

    post.handle = wait
    await post.intake.accept([message(1), message(2), message(3, "/stop")])
    await post.until(lambda: post.handled == [1, 3, 2])


async def test_a_failed_update_is_tried_again_before_the_next_one(post: Post) -> None:
    async def fail_once(raw: Raw) -> None:
        if post.handled == [1]:
            raise ConnectionError("for once")

    post.handle = fail_once
    await post.intake.accept([message(1), message(2)])
    await post.until(lambda: post.handled == [1, 1, 2])
    assert await post.settled() == {1: ("done", 0, 1, None), 2: ("done", 0, 0, None)}
    assert post.clock.slept == [0.5]


async def test_an_update_that_always_fails_is_set_aside_and_the_others_go_on(post: Post) -> None:
    async def fail(raw: Raw) -> None:
        if raw["update_id"] == 1:
            raise ValueError("never")

    post.handle = fail
    await post.intake.accept([message(1), message(2)])
    await post.until(lambda: post.handled == [1, 1, 1, 2])
    assert await post.settled() == {1: ("dead", 0, FAILURES, "ValueError: never"), 2: ("done", 0, 0, None)}
    assert post.on_abandoned == [1]
    assert post.clock.slept == [0.5, 3.0]


async def test_an_update_that_cannot_be_read_is_set_aside_at_once(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    async def refuse(_: Raw) -> None:
        raise Undecodable("a date is missing in 'words of a person'")

    post.handle = refuse
    await post.intake.accept([message(1)])
    await post.until(lambda: post.on_abandoned == [1])
    assert await post.settled() == {1: ("dead", 0, 1, "a date is missing in 'words of a person'")}
    assert "words of a person" not in caplog.text


async def test_an_error_with_half_a_character_is_kept(post: Post) -> None:
    async def refuse(_: Raw) -> None:
        raise Undecodable("\ud83d" + "x" * 2000)

    post.handle = refuse
    await post.intake.accept([message(1)])
    await post.until(lambda: post.on_abandoned == [1])
    _, _, _, error = (await post.settled())[1]
    assert error is not None
    assert error.startswith("?xxx")
    assert len(error) == 1000


async def test_nobody_being_there_to_be_told_stops_nothing(store: Store) -> None:
    post = Post(store)

    async def fail(raw: Raw) -> None:
        if raw["update_id"] == 1:
            raise Undecodable("no")

    async def unreachable(raw: Raw) -> None:
        post.on_abandoned.append(raw["update_id"])
        raise ConnectionError("blocked")

    post.handle = fail
    post.give_up = unreachable
    await post.intake.accept([message(1), message(2)])
    await post.until(lambda: post.handled == [1, 2])
    assert {number: row[0] for number, row in (await post.settled()).items()} == {1: "dead", 2: "done"}


async def test_something_cancelled_inside_a_handler_is_a_failure_of_it(post: Post) -> None:
    async def wait_for_what_is_cancelled(_: Raw) -> None:
        if post.handled == [1]:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            future.cancel()
            await future

    post.handle = wait_for_what_is_cancelled
    await post.intake.accept([message(1), message(2)])
    await post.until(lambda: post.handled == [1, 1, 2])


async def test_a_store_that_fails_meanwhile_does_not_stop_the_lane(post: Post, store: Store) -> None:
    async def lose_the_row(raw: Raw) -> None:
        if raw["update_id"] == 1:
            await store.database.run(lambda db: db.execute("ALTER TABLE inbox RENAME COLUMN failures TO lost").rowcount)
            raise ValueError("and this cannot be noted")

    post.handle = lose_the_row
    await post.intake.accept([message(1), message(2)])
    await post.until(lambda: post.handled == [1, 2])


async def test_closing_leaves_what_runs_too_long_for_the_next_start(post: Post) -> None:
    async def wait(_: Raw) -> None:
        await asyncio.Event().wait()

    post.handle = wait
    await post.intake.accept([message(1), message(2)])
    await post.until(lambda: post.handled == [1])
    await post.intake.close(grace=0)
    assert await post.rows() == {1: ("new", 0, 0, None), 2: ("new", 0, 0, None)}


async def test_closing_lets_what_runs_come_to_its_end(post: Post) -> None:
    hold = asyncio.Event()

    async def wait(_: Raw) -> None:
        await hold.wait()

    post.handle = wait
    await post.intake.accept([message(1), message(2)])
    await post.until(lambda: post.handled == [1])
    closing = asyncio.create_task(post.intake.close(grace=60))
    await post.rows()
    hold.set()
    await closing
    assert {number: row[0] for number, row in (await post.rows()).items()} == {1: "done", 2: "new"}


async def test_what_arrives_after_closing_is_stored_for_the_next_start(post: Post) -> None:
    await post.intake.close(grace=0)
    await post.intake.accept([message(1)])
    assert await post.rows() == {1: ("new", 0, 0, None)}
    assert post.handled == []


async def test_a_new_process_takes_up_what_is_unfinished_in_its_order(post: Post, store: Store) -> None:
    await post.intake.close(grace=0)
    await post.intake.accept([message(number, chat=number % 2) for number in range(1, 7)])
    store.inbox.done(BOT, 3)
    post.on_received.clear()
    post.intake = post.new_intake()
    assert await post.intake.resume() == 5
    await post.until(lambda: len(post.handled) == 5)
    assert [number for number in post.handled if number % 2] == [1, 5]
    assert [number for number in post.handled if not number % 2] == [2, 4, 6]
    assert post.on_received == []


async def test_failures_of_an_earlier_process_count(post: Post, store: Store) -> None:
    async def fail(_: Raw) -> None:
        raise ValueError("still")

    await store.inbox.add(BOT, [StoredUpdate(1, json.dumps(message(1)))], 0.0)
    for _ in range(FAILURES - 1):
        await store.inbox.failed(BOT, 1, "ValueError: once")
    post.handle = fail
    await post.intake.resume()
    await post.until(lambda: post.on_abandoned == [1])
    assert post.handled == [1]
    assert (await post.settled())[1] == ("dead", 1, FAILURES, "ValueError: still")


async def test_an_update_that_always_ends_the_process_is_set_aside(post: Post, store: Store) -> None:
    await store.inbox.add(BOT, [StoredUpdate(n, json.dumps(message(n))) for n in (1, 2)], 0.0)
    for _ in range(STARTS - 1):
        await store.inbox.taken_up(BOT, [1])
    for _ in range(STARTS - 2):
        await store.inbox.taken_up(BOT, [2])
    await post.intake.resume()
    await post.until(lambda: post.handled == [2])
    assert {number: row[0] for number, row in (await post.settled()).items()} == {1: "dead", 2: "done"}


async def test_only_what_can_have_been_running_is_suspected_of_ending_the_process(post: Post, store: Store) -> None:
    in_one_chat = [message(number, chat=5) for number in (1, 2, 3)]
    pressed: list[Raw] = [{"update_id": number, "callback_query": {}} for number in (4, 5)]
    raw = [*in_one_chat, *pressed]
    await store.inbox.add(BOT, [StoredUpdate(each["update_id"], json.dumps(each)) for each in raw], 0.0)
    await post.intake.resume()
    await post.intake.close(grace=60)
    assert {number: row[1] for number, row in (await post.rows()).items()} == {1: 1, 2: 0, 3: 0, 4: 1, 5: 1}


ODD: list[Any] = [
    None,
    7,
    "update",
    [],
    [[message(1)]],
    {},
    {"update_id": None, "message": {}},
    {"update_id": True, "message": {}},
    {"update_id": "12", "message": {}},
    {"update_id": -4, "message": {}},
    {"update_id": 2**64, "message": {}},
]


@pytest.mark.parametrize("odd", ODD, ids=repr)
async def test_what_is_no_update_is_passed_over_and_loses_nobody(post: Post, odd: Any) -> None:
    await post.intake.accept([message(1), odd, message(2)])
    await post.until(lambda: post.handled == [1, 2])


ODD_MESSAGES: list[Any] = [
    None,
    [],
    "words",
    {},
    {"chat": [], "from": "me"},
    {"chat": {"id": 2**80}, "from": {"id": "1"}, "text": ["/stop"]},
    {"chat": {"id": 1}, "from": {"id": 1}, "is_topic_message": True, "message_thread_id": [1, {}]},
    {"chat": {"id": {}}, "sender_chat": {"id": []}},
    {"chat": {"id": 1}, "from": {"id": 1}, "text": "half \ud83d of a face"},
    {"chat": {"id": 1}, "from": {"id": 1}, "text": "nothing \x00 there"},
]


@pytest.mark.parametrize("odd", ODD_MESSAGES, ids=ascii)
@pytest.mark.parametrize("kind", ["message", "edited_message", "widget_query"])
async def test_an_odd_update_is_kept_as_it_came(post: Post, odd: Any, kind: str) -> None:
    seen: list[Raw] = []

    async def see(raw: Raw) -> None:
        seen.append(raw)

    update = {"update_id": 2, kind: odd}
    await post.intake.close(grace=0)
    await post.intake.accept([message(1), update, message(3)])
    post.handle = see
    post.intake = post.new_intake()
    await post.intake.resume()
    await post.until(lambda: len(seen) == 3)
    assert update in seen


async def test_an_update_too_deep_to_be_stored_loses_nobody(post: Post) -> None:
    deep: Any = []
    for _ in range(20_000):
        deep = [deep]
    await post.intake.accept([message(1), {"update_id": 2, "message": deep}, message(3)])
    await post.until(lambda: post.handled == [1, 3])
