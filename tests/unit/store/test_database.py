"""One file behind one thread: group commit, order, durability, and what is said where the file is of no use."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils.db import Database as Connection

from bot.store import database
from bot.store.database import Database, UnusableDatabase, connect


class Traced:
    """An open database and the SQL that ran on it."""

    def __init__(self, path: Path) -> None:
        self.database = Database(path)
        self.statements: list[str] = []
        self._gate = threading.Event()

    async def open(self) -> None:
        def prepare(db: Connection) -> None:
            db.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT UNIQUE, parent REFERENCES notes (id))")
            db.conn.set_trace_callback(self.statements.append)

        await self.database.open(prepare)

    async def hold(self) -> None:
        """Keep the thread busy, so that what is handed in next is committed together."""
        busy = threading.Event()

        def wait(_: Connection) -> None:
            busy.set()
            self._gate.wait(10)

        self.database.submit(wait)
        await asyncio.to_thread(busy.wait, 10)

    def release(self) -> None:
        self._gate.set()

    def transactions(self) -> list[list[str]]:
        """The inserts of each committed transaction."""
        found: list[list[str]] = []
        for statement in self.statements:
            if statement == "BEGIN IMMEDIATE":
                found.append([])
            elif statement.startswith("INSERT"):
                found[-1].append(statement)
        return [inserts for inserts in found if inserts]


def insert(text: str) -> Callable[[Connection], str]:
    def work(db: Connection) -> str:
        db.execute(f"INSERT INTO notes (text) VALUES ('{text}')")  # noqa: S608 - a test's own words
        return text

    return work


def texts(db: Connection) -> list[str]:
    return [row[0] for row in db.execute("SELECT text FROM notes ORDER BY id")]


def stored(path: Path, read: Callable[[Connection], Any] = texts) -> Any:
    with closing(connect(path)) as db:
        return read(db)


@pytest.fixture
async def traced(tmp_path: Path) -> AsyncIterator[Traced]:
    traced = Traced(tmp_path / "new" / "folders" / "bot.db")
    await traced.open()
    yield traced
    traced.release()
    await traced.database.close()


async def test_folders_are_made_and_closed_to_others(traced: Traced) -> None:
    assert traced.database.path.exists()
    assert traced.database.path.parent.stat().st_mode & 0o077 == 0


async def test_deleted_text_does_not_stay_in_the_file(traced: Traced) -> None:
    secret = "told in confidence"
    await traced.database.run(insert(secret))
    await traced.database.run(lambda db: db.execute("DELETE FROM notes").rowcount)
    await traced.database.close()
    assert secret.encode() not in traced.database.path.read_bytes()


async def test_work_handed_in_at_once_is_committed_together(traced: Traced) -> None:
    await traced.hold()
    waiting = [traced.database.run(insert(text)) for text in "abc"]
    traced.release()
    assert await asyncio.gather(*waiting) == ["a", "b", "c"]
    assert [len(inserts) for inserts in traced.transactions()] == [3]


async def test_one_commit_holds_no_more_than_a_batch(traced: Traced) -> None:
    await traced.hold()
    waiting = [traced.database.run(insert(str(number))) for number in range(600)]
    traced.release()
    await asyncio.gather(*waiting)
    assert [len(inserts) for inserts in traced.transactions()] == [256, 256, 88]
    assert await traced.database.run(texts) == [str(number) for number in range(600)]


async def test_a_piece_that_fails_takes_nobody_along(traced: Traced) -> None:
    def fail_late(db: Connection) -> None:
        insert("half")(db)
        raise ValueError("no")

    await traced.hold()
    first, second, third = (traced.database.run(work) for work in (insert("a"), fail_late, insert("b")))
    traced.release()
    assert (await first, await third) == ("a", "b")
    with pytest.raises(ValueError, match="no"):
        await second
    assert await traced.database.run(texts) == ["a", "b"]


async def test_a_piece_that_fails_alone_leaves_nothing(traced: Traced) -> None:
    def fail_late(db: Connection) -> None:
        insert("half")(db)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await traced.database.run(fail_late)
    assert await traced.database.run(texts) == []


async def test_a_commit_that_fails_has_failed_for_all_its_pieces(traced: Traced) -> None:
    def orphan(db: Connection) -> None:
        db.execute("PRAGMA defer_foreign_keys=ON")
        db.execute("INSERT INTO notes (text, parent) VALUES ('orphan', 404)")

    await traced.hold()
    waiting = [traced.database.run(work) for work in (insert("a"), orphan, insert("b"))]
    traced.release()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert ["FOREIGN KEY" in str(result) for result in results] == [True, True, True]
    await traced.database.run(insert("later"))
    assert await traced.database.run(texts) == ["later"]


async def test_an_error_that_ends_the_transaction_does_not_end_the_store(traced: Traced) -> None:
    await traced.hold()
    waiting = [traced.database.run(work) for work in (insert("a"), lambda db: db.execute("ROLLBACK"), insert("b"))]
    traced.release()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(results[1], Exception)
    await traced.database.run(insert("later"))
    assert "later" in await traced.database.run(texts)


@pytest.fixture
def flushed(traced: Traced, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """At each flush of the log file: the texts that were committed by then."""
    states: list[list[str]] = []

    def sync(log_file: int) -> None:
        assert os.path.samestat(os.fstat(log_file), Path(f"{traced.database.path}-wal").stat())
        states.append(stored(traced.database.path))

    monkeypatch.setattr(database, "_sync", sync)
    return states


async def test_only_durable_work_is_flushed(traced: Traced, flushed: list[list[str]]) -> None:
    await traced.database.run(insert("a"))
    assert flushed == []
    await traced.database.run(insert("b"), durable=True)
    assert flushed == [["a", "b"]]
    await traced.database.run(insert("c"))
    assert flushed == [["a", "b"]]


async def test_durable_work_that_nobody_waits_for_is_flushed_too(traced: Traced, flushed: list[list[str]]) -> None:
    traced.database.submit(insert("a"), durable=True)
    await traced.database.close()
    assert flushed == [["a"]]


async def test_nobody_waits_for_the_disk_but_who_asked_for_it(traced: Traced, monkeypatch: pytest.MonkeyPatch) -> None:
    is_written = threading.Event()
    monkeypatch.setattr(database, "_sync", lambda _: is_written.wait(10))
    await traced.hold()
    durable, quick = traced.database.run(insert("a"), durable=True), traced.database.run(insert("b"))
    traced.release()
    assert await quick == "b"
    assert not durable.done()
    is_written.set()
    assert await durable == "a"


async def test_a_disk_that_fails_is_told_to_those_who_asked_for_it(
    traced: Traced, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(database, "_sync", fail)
    with pytest.raises(OSError, match="the disk is gone"):
        await traced.database.run(insert("a"), durable=True)
    assert await traced.database.run(insert("b")) == "b"


async def test_what_is_late_holds_up_nothing_that_is_hasty_and_is_seen_by_all_else(traced: Traced) -> None:
    await traced.hold()
    traced.database.submit_deferred(insert("late"))
    ignores_deferred = traced.database.run(insert("ignores_deferred"), ignores_deferred=True)
    traced.release()
    await ignores_deferred
    assert stored(traced.database.path) == ["ignores_deferred"]
    assert await traced.database.run(texts) == ["ignores_deferred", "late"]


async def test_what_is_late_is_committed_by_itself_in_the_end(traced: Traced) -> None:
    committed = asyncio.Event()
    loop = asyncio.get_running_loop()

    def work(db: Connection) -> None:
        insert("late")(db)
        loop.call_soon_threadsafe(committed.set)

    traced.database.submit_deferred(work)
    async with asyncio.timeout(10):
        await committed.wait()


async def test_closing_commits_what_is_late(traced: Traced) -> None:
    traced.database.submit_deferred(insert("late"))
    await traced.database.close()
    assert stored(traced.database.path) == ["late"]


async def test_closing_commits_what_was_handed_in(traced: Traced) -> None:
    await traced.hold()
    for number in range(300):
        traced.database.submit(insert(str(number)))
    traced.release()
    await traced.database.close()
    assert len(stored(traced.database.path)) == 300


async def test_work_whose_waiter_was_cancelled_is_committed(traced: Traced) -> None:
    await traced.hold()
    waiting = traced.database.run(insert("a"))
    waiting.cancel()
    traced.release()
    assert await traced.database.run(texts) == ["a"]


async def test_what_nobody_waits_for_is_logged_where_it_fails(traced: Traced, caplog: pytest.LogCaptureFixture) -> None:
    traced.database.submit(insert("a"))
    traced.database.submit(insert("a"))
    await traced.database.run(texts)
    await asyncio.sleep(0)
    assert [record.getMessage() for record in caplog.records] == [
        "Work on the store failed: IntegrityError: UNIQUE constraint failed: notes.text"
    ]


async def test_what_somebody_waits_for_is_not_logged(traced: Traced, caplog: pytest.LogCaptureFixture) -> None:
    def refuse(_: Connection) -> None:
        raise ValueError("a refusal is an answer")

    with pytest.raises(ValueError, match="a refusal"):
        await traced.database.run(refuse)
    assert caplog.records == []


async def test_a_closed_store_takes_no_work(traced: Traced) -> None:
    await traced.database.close()
    await traced.database.close()
    with pytest.raises(RuntimeError, match="not open"):
        traced.database.run(texts)


async def test_a_database_that_is_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    path.write_text("a shopping list, and a long one " * 100)
    with pytest.raises(UnusableDatabase, match=r"file is not a database: .*bot\.db"):
        await Database(path).open(lambda _: None)


async def test_a_folder_in_the_place_of_the_database_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnusableDatabase, match=rf"unable to open database file: {tmp_path}"):
        await Database(tmp_path).open(lambda _: None)


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("in the way")
    with pytest.raises(OSError, match=r"exists: .*data'"):
        await Database(tmp_path / "data" / "bot.db").open(lambda _: None)


async def test_a_database_that_is_damaged_inside_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    with closing(connect(path)) as db:
        db.execute("CREATE TABLE notes (text)")
    path.write_bytes(path.read_bytes()[:100] + b"\xff" * 4000)
    with pytest.raises(UnusableDatabase, match=r"malformed.*: .*bot\.db"):
        await Database(path).open(texts)


async def test_what_preparing_raises_reaches_the_one_who_opens(tmp_path: Path) -> None:
    def prepare(_: Connection) -> None:
        raise KeyError("newer")

    database = Database(tmp_path / "bot.db")
    with pytest.raises(KeyError, match="newer"):
        await database.open(prepare)
    await database.close()
