"""One SQLite file behind one thread.

The thread owns the only connection. Work that arrives while it is busy is run in one transaction and committed
together (group commit); each piece runs in a savepoint of its own, so that one that fails takes nobody along.
Work runs in the order in which it was handed in, so a later piece never commits before an earlier one.
"""

import asyncio
import contextlib
import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import sqlite_utils
from sqlite_utils.db import Database as Connection
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]  # the one it uses: pysqlite3 where it can

from bot.store.file_modes import close_to_others, create_private

log = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[Connection], T]

_BATCH = 256  # pieces committed together at most; bounds what one commit may hold back
_DEFERRED_SECONDS = 0.1  # seconds that what is late waits; the fewer commits, the fewer answers are held up by one
_PATIENCE = 5.0  # seconds to wait for another process that holds the file
_sync: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)  # macOS has only the latter
_PRAGMAS = ("synchronous=NORMAL", "foreign_keys=ON", "secure_delete=ON", "temp_store=MEMORY")


class UnusableDatabase(OSError):
    """The file cannot be opened, or is no database; in the form of the system's own errors, for the operator."""


def connect(path: Path) -> Connection:
    """Open (and create) the file with the settings that everything here relies on. Raises OSError."""
    return _opened(path, lambda _: None)


def open_prepared(path: Path, prepare: Callable[[Connection], object]) -> Connection:
    """As :func:`connect`, and run ``prepare`` outside of any transaction; where it fails the file is closed again.

    What people wrote is for nobody else on this machine: the files are made so, and an older one is mended.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    create_private(path)
    close_to_others(path)
    return _opened(path, prepare)


def _opened(path: Path, prepare: Callable[[Connection], object]) -> Connection:
    with _blamed_on(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        connection = sqlite_utils.Database(str(path))
        try:
            connection.execute(f"PRAGMA busy_timeout={_PATIENCE * 1000:.0f}")
            _write_ahead(connection)
            for pragma in _PRAGMAS:
                connection.execute(f"PRAGMA {pragma}").fetchall()
            prepare(connection)
        except BaseException:
            connection.close()
            raise
    return connection


@contextlib.contextmanager
def _blamed_on(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise UnusableDatabase(f"{error}: {path}") from error


def _write_ahead(connection: Connection) -> None:
    """Switch to the write-ahead log; where others do the same at once SQLite refuses instead of waiting."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").fetchall()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


@dataclass(slots=True)
class _Piece(Generic[T]):
    """``future`` None: nobody waits for it. ``alone``: in no transaction, and with no other piece."""

    work: Work[T]
    future: "asyncio.Future[T] | None"
    durable: bool
    alone: bool = False
    result: T | None = None
    error: BaseException | None = None


class Database:
    """``await run(work)`` gives what ``work(connection)`` returned, once it is committed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._pieces: queue.SimpleQueue[_Piece[Any] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._following: _Piece[Any] | None = None
        self._deferred: list[_Piece[Any]] = []
        self._alarm: asyncio.TimerHandle | None = None

    async def open(self, prepare: Callable[[Connection], object]) -> None:
        """Start the thread; ``prepare`` runs on it first, outside of any transaction (migrations).

        Raises OSError, and what ``prepare`` raises.
        """
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()
        thread = threading.Thread(target=self._serve, args=(prepare, loop, ready), name="store", daemon=True)
        thread.start()
        await ready
        self._loop, self._thread = loop, thread

    def run(self, work: Work[T], *, durable: bool = False, ignores_deferred: bool = False) -> "asyncio.Future[T]":
        """Hand in ``work``; it keeps its place, and is committed even where the one who waits for it is cancelled.

        ``durable``: the commit survives a power failure (it is flushed to the disk), not only the end of the process.
        ``ignores_deferred``: it does not see what was deferred, and is not held up by it.
        """
        if self._loop is None:
            raise RuntimeError("the store is not open")
        if self._deferred and not ignores_deferred:
            self._submit_deferred()
        future: asyncio.Future[T] = self._loop.create_future()
        self._pieces.put(_Piece(work, future, durable))
        return future

    async def empty_log(self) -> None:
        """Bring all into the file itself and cut the write-ahead log to nothing, so that no earlier state is left."""
        if self._loop is None:
            raise RuntimeError("the store is not open")
        self._submit_deferred()
        future: asyncio.Future[None] = self._loop.create_future()
        self._pieces.put(_Piece(_truncate_log, future, durable=True, alone=True))
        await future

    def submit(self, work: Work[object], *, durable: bool = False) -> None:
        """As :meth:`run` for what nobody waits for, and which does not wake the loop; its failure is logged."""
        if self._loop is None:
            raise RuntimeError("the store is not open")
        self._pieces.put(_Piece(work, None, durable))

    def submit_deferred(self, work: Work[object], *, durable: bool = False) -> None:
        """As :meth:`submit` for what may be lost with the process: it waits a moment, to be committed with others of
        its kind, out of the way of what ignores it."""
        if self._loop is None:
            raise RuntimeError("the store is not open")
        self._deferred.append(_Piece(work, None, durable))
        if self._alarm is None:
            self._alarm = self._loop.call_later(_DEFERRED_SECONDS, self._submit_deferred)

    def _submit_deferred(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        late, self._deferred = self._deferred, []
        for piece in late:
            self._pieces.put(piece)

    async def close(self) -> None:
        """Finish all that was handed in, then close the file; nothing can be handed in any more."""
        self._submit_deferred()
        thread, self._thread, self._loop = self._thread, None, None
        if thread is not None:
            self._pieces.put(None)
            await asyncio.to_thread(thread.join)

    def _serve(
        self,
        prepare: Callable[[Connection], object],
        loop: asyncio.AbstractEventLoop,
        ready: "asyncio.Future[None]",
    ) -> None:
        try:
            connection = open_prepared(self.path, prepare)
            log_file = self.path.with_name(f"{self.path.name}-wal").open("rb")
        except BaseException as error:  # noqa: BLE001 - handed to the caller of open()
            loop.call_soon_threadsafe(ready.set_exception, error)
            return
        loop.call_soon_threadsafe(ready.set_result, None)
        with log_file, contextlib.closing(connection):
            while (batch := self._next_batch()) is not None:
                _perform(connection, batch)
                _report([piece for piece in batch if not piece.durable], loop)
                if durable := [piece for piece in batch if piece.durable]:
                    _flush(log_file.fileno(), durable)
                    _report(durable, loop)

    def _next_batch(self) -> list[_Piece[Any]] | None:
        piece = self._following or self._pieces.get()
        self._following = None
        if piece is None or piece.alone:
            return None if piece is None else [piece]
        batch = [piece]
        while len(batch) < _BATCH:
            try:
                following = self._pieces.get_nowait()
            except queue.Empty:
                break
            if following is None:
                self._pieces.put(None)
                break
            if following.alone:
                self._following = following
                break
            batch.append(following)
        return batch


def _flush(log_file: int, pieces: list[_Piece[Any]]) -> None:
    """Bring the write-ahead log to the disk after the commit, as synchronous=FULL does; but only those wait for it who
    asked for that. A failure is theirs."""
    try:
        _sync(log_file)
    except OSError as error:
        for piece in pieces:
            piece.error = piece.error or error


def _perform(connection: Connection, batch: list[_Piece[Any]]) -> None:
    if not batch[0].alone:
        _commit(connection, batch)
        return
    try:
        batch[0].work(connection)
    except Exception as error:  # noqa: BLE001 - handed to the one who asked for this piece
        batch[0].error = error


def _truncate_log(connection: Connection) -> None:
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _commit(connection: Connection, batch: list[_Piece[Any]]) -> None:
    """Run the batch in one transaction; where the commit itself fails, every piece of it has failed."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        for piece in batch:
            _run(connection, piece, alone=len(batch) == 1)
        connection.execute("COMMIT")
    except Exception as error:  # noqa: BLE001 - handed to everybody who waits for this commit
        with contextlib.suppress(sqlite3.Error):  # a thread that ended here would leave everybody waiting for ever
            connection.rollback()
        for piece in batch:
            piece.error = piece.error or error


def _run(connection: Connection, piece: _Piece[Any], *, alone: bool) -> None:
    if alone:
        piece.result = piece.work(connection)
        return
    connection.execute("SAVEPOINT piece")
    try:
        piece.result = piece.work(connection)
    except Exception as error:  # noqa: BLE001 - handed to the one who asked for this piece
        piece.error = error
        connection.execute("ROLLBACK TO piece")
    connection.execute("RELEASE piece")


def _report(pieces: list[_Piece[Any]], loop: asyncio.AbstractEventLoop) -> None:
    """Wake those who wait; where nobody does, the log is told of a failure."""
    for piece in pieces:
        if piece.future is None and piece.error is not None:
            log.error("Work on the store failed: %s: %s", type(piece.error).__name__, piece.error)
    if awaited := [piece for piece in pieces if piece.future is not None]:
        loop.call_soon_threadsafe(_deliver, awaited)


def _deliver(batch: list[_Piece[Any]]) -> None:
    for piece in batch:
        if piece.future is None or piece.future.done():  # who waited was cancelled; the work is committed all the same
            continue
        if piece.error is not None:
            piece.future.set_exception(piece.error)
        else:
            piece.future.set_result(piece.result)
