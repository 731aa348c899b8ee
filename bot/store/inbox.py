"""The inbox: each update from its arrival until it is answered or set aside."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from functools import partial

from sqlite_utils.db import Database as Connection

from bot.store.database import Database


@dataclass(frozen=True, slots=True)
class StoredUpdate:
    """``body``: the update as Telegram sent it (JSON). ``starts``: processes that took it up again after another had
    left it unfinished; ``failures``: runs that raised."""

    update_id: int
    body: str
    starts: int = 0
    failures: int = 0


class InboxRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, bot_id: int, updates: Sequence[StoredUpdate], received: float) -> Awaitable[set[int]]:
        """Store a batch in one transaction that survives a power failure; the ids that were not there yet.

        It has its place before whatever is handed in after this call, be it awaited or not.
        """
        return self._database.run(partial(_add, bot_id, updates, received), durable=True, ignores_deferred=True)

    async def taken_up(self, bot_id: int, update_ids: Sequence[int]) -> None:
        """They are about to be run again; counted before they are, since one of them may end the process."""
        await self._database.run(partial(_take_up, bot_id, update_ids))

    def done(self, bot_id: int, update_id: int) -> None:
        """Not waited for: a crash before the commit repeats a run that finds all its work done.

        With it, all that was stored before it survives a power failure.
        """
        self._database.submit_deferred(partial(_done, bot_id, update_id), durable=True)

    async def failed(self, bot_id: int, update_id: int, error: str) -> None:
        await self._database.run(partial(_fail, bot_id, update_id, error, "new"))

    async def set_aside(self, bot_id: int, update_id: int, error: str) -> None:
        """Keep the update and its error for the operator, and never run it again."""
        await self._database.run(partial(_fail, bot_id, update_id, error, "dead"))

    async def newest(self, bot_id: int) -> int:
        """The highest id that was ever stored and is still known; -1: none."""
        return await self._database.run(partial(_newest, bot_id))

    async def unfinished(self, bot_id: int) -> list[StoredUpdate]:
        return await self._database.run(partial(_unfinished, bot_id))

    async def prune(self, done_before: float, dead_before: float) -> int:
        """Delete what arrived before that time (Unix seconds) and is done, or set aside; how many rows went."""
        return await self._database.run(partial(_prune, done_before, dead_before))


def _add(bot_id: int, updates: Sequence[StoredUpdate], received: float, db: Connection) -> set[int]:
    added = set()
    for update in updates:
        cursor = db.execute(
            "INSERT OR IGNORE INTO inbox (bot_id, update_id, body, received) VALUES (?, ?, ?, ?)",
            (bot_id, update.update_id, update.body, received),
        )
        if cursor.rowcount:
            added.add(update.update_id)
    return added


def _take_up(bot_id: int, update_ids: Sequence[int], db: Connection) -> None:
    sql = "UPDATE inbox SET starts = starts + 1 WHERE bot_id = ? AND update_id = ?"
    db.conn.executemany(sql, [(bot_id, update_id) for update_id in update_ids])


def _done(bot_id: int, update_id: int, db: Connection) -> None:
    """Its row may not be there yet, where the store failed meanwhile: then it is not to be run when it comes again."""
    db.execute(
        "INSERT INTO inbox (bot_id, update_id, body, received, state) VALUES (?, ?, '', 0, 'done')"
        " ON CONFLICT DO UPDATE SET state = 'done', body = '', error = NULL",
        (bot_id, update_id),
    )


def _fail(bot_id: int, update_id: int, error: str, state: str, db: Connection) -> None:
    db.execute(
        "UPDATE inbox SET state = ?, failures = failures + 1, error = ? WHERE bot_id = ? AND update_id = ?",
        (state, error, bot_id, update_id),
    )


def _newest(bot_id: int, db: Connection) -> int:
    return int(db.execute("SELECT coalesce(max(update_id), -1) FROM inbox WHERE bot_id = ?", (bot_id,)).fetchone()[0])


def _unfinished(bot_id: int, db: Connection) -> list[StoredUpdate]:
    rows = db.execute(
        "SELECT update_id, body, starts, failures FROM inbox"
        " WHERE bot_id = ? AND state IN ('new', 'running') ORDER BY update_id",
        (bot_id,),
    )
    return [StoredUpdate(*row) for row in rows]


def _prune(done_before: float, dead_before: float, db: Connection) -> int:
    sql = "DELETE FROM inbox WHERE state = 'done' AND received < ? OR state = 'dead' AND received < ?"
    return int(db.execute(sql, (done_before, dead_before)).rowcount)
