"""Digests: when each group gets one, who else wants a copy, and every run with how it ended.

A run is unique by its group and the time at which it was due, so it never happens twice, whoever begins it. Who works
on it holds it for a while and renews that; when they are gone another takes over what was not yet being sent.
"""

from collections.abc import Collection
from dataclasses import asdict, fields, replace
from functools import partial
from typing import TypeAlias

from sqlite_utils.db import Database as Connection

from bot.domain.digest import Digest as Digest
from bot.domain.digest import DigestRun, DigestState, DigestTimes, OpenItem
from bot.store import loops
from bot.store.database import Database
from bot.store.groups import set_zone

State: TypeAlias = DigestState
Run: TypeAlias = DigestRun
Times: TypeAlias = DigestTimes
StoredLoop: TypeAlias = OpenItem


class DigestRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, digest: Digest) -> None:
        """In the place of the one that the group had; its zone is the group's from now on."""
        await self._database.run(partial(_save, digest), durable=True)

    async def remove(self, chat_id: int) -> bool:
        """Whether there was one. Who wanted a copy is forgotten too, and what was left open; the group's zone stays."""
        return await self._database.run(partial(_remove, chat_id))

    async def get(self, chat_id: int) -> Digest | None:
        return await self._database.run(partial(_get, chat_id))

    async def claim(self, now: float, until: float, times: Times) -> list[Run]:
        """Runs that are for the caller alone until the time ``until``: what is due, and what others have dropped."""
        return await self._database.run(partial(_claim, now, until, times), durable=True)

    async def renew(self, runs: Collection[tuple[int, float]], until: float) -> None:
        """By chat and due time."""
        await self._database.run(partial(_renew, runs, until))

    async def mark(self, run: Run, state: State) -> None:
        await self._database.run(partial(_mark, run, state), durable=True)

    async def finish(self, run: Run, left: Collection[StoredLoop]) -> None:
        """The run is done, and this is what it left open, in the place of what the one before had left."""
        await self._database.run(partial(_finish, run, left), durable=True)

    async def open_loops(self, chat_id: int) -> tuple[list[StoredLoop], dict[int, str]]:
        """What the last digest left open, the oldest first; and the names of those in it, as far as they are known."""
        return await self._database.run(partial(loops.load, chat_id))

    async def last_done(self, chat_id: int) -> float | None:
        """When the newest digest that arrived was due."""
        return await self._database.run(partial(_last_done, chat_id))

    async def subscribe(self, chat_id: int, user_id: int, *, wanted: bool) -> None:
        await self._database.run(partial(_subscribe, chat_id, user_id, wanted))

    async def subscribers(self, chat_id: int) -> list[int]:
        return await self._database.run(partial(_subscribers, chat_id))


def _save(digest: Digest, db: Connection) -> None:
    set_zone(digest.chat_id, digest.zone, db)
    db.execute(f"INSERT OR REPLACE INTO digests ({_OWN}) VALUES ({_MARKS})", asdict(digest))  # noqa: S608 - constants


def _remove(chat_id: int, db: Connection) -> bool:
    for table in ("digest_subscribers", "open_loops"):
        db.execute(f"DELETE FROM {table} WHERE chat_id = ?", (chat_id,))  # noqa: S608 - constants
    return bool(db.execute("DELETE FROM digests WHERE chat_id = ?", (chat_id,)).rowcount)


def _get(chat_id: int, db: Connection) -> Digest | None:
    return next(iter(_digests("chat_id = ?", chat_id, db)), None)


def _digests(where: str, value: float, db: Connection) -> list[Digest]:
    sql = f"SELECT {_COLUMNS} FROM digests JOIN group_zones USING (chat_id) WHERE {where}"  # noqa: S608 - constants
    found = [Digest(*row) for row in db.execute(sql, (value,))]
    return [replace(digest, pinned=bool(digest.pinned)) for digest in found]


def _claim(now: float, until: float, times: Times, db: Connection) -> list[Run]:
    runs = [*_begin(now, until, times, db), *_take_over(now, until, db)]
    db.execute("DELETE FROM digest_runs WHERE due < ?", (now - 60 * 86_400,))
    return runs


def _begin(now: float, until: float, times: Times, db: Connection) -> list[Run]:
    runs = []
    for digest in _digests("next_due <= ?", now, db):
        due, state, following = times(digest, now)
        inserted = db.execute(
            "INSERT OR IGNORE INTO digest_runs (chat_id, due, state, held_until) VALUES (?, ?, ?, ?)",
            (digest.chat_id, due, state, until),
        )
        db.execute("UPDATE digests SET next_due = ? WHERE chat_id = ?", (following, digest.chat_id))
        if inserted.rowcount:
            runs.append(Run(digest, due, state))
    return runs


def _take_over(now: float, until: float, db: Connection) -> list[Run]:
    """What was being sent may have arrived, so it is not sent again."""
    dropped = db.execute(
        "SELECT chat_id, due, state FROM digest_runs WHERE state IN ('running', 'sending') AND held_until <= ?", (now,)
    ).fetchall()
    runs = []
    for chat_id, due, state in dropped:
        run_state: State = "running" if state == "running" else "failed"
        db.execute(
            "UPDATE digest_runs SET state = ?, held_until = ? WHERE chat_id = ? AND due = ?",
            (run_state, until, chat_id, due),
        )
        if (digest := _get(chat_id, db)) is not None:
            runs.append(Run(digest, due, run_state))
    return runs


def _renew(runs: Collection[tuple[int, float]], until: float, db: Connection) -> None:
    for chat_id, due in runs:
        db.execute("UPDATE digest_runs SET held_until = ? WHERE chat_id = ? AND due = ?", (until, chat_id, due))


def _mark(run: Run, state: State, db: Connection) -> None:
    where = (state, run.digest.chat_id, run.due)
    db.execute("UPDATE digest_runs SET state = ? WHERE chat_id = ? AND due = ?", where)


def _finish(run: Run, left: Collection[StoredLoop], db: Connection) -> None:
    _mark(run, "done", db)
    loops.replace(run.digest.chat_id, left, db)


def _last_done(chat_id: int, db: Connection) -> float | None:
    found: tuple[float | None] = db.execute(
        "SELECT max(due) FROM digest_runs WHERE chat_id = ? AND state = 'done'", (chat_id,)
    ).fetchone()
    return found[0]


def _subscribe(chat_id: int, user_id: int, wanted: bool, db: Connection) -> None:  # noqa: FBT001 - by name, above
    if wanted:
        sql = "INSERT OR IGNORE INTO digest_subscribers (chat_id, user_id) VALUES (?, ?)"
    else:
        sql = "DELETE FROM digest_subscribers WHERE chat_id = ? AND user_id = ?"
    db.execute(sql, (chat_id, user_id))


def _subscribers(chat_id: int, db: Connection) -> list[int]:
    rows = db.execute("SELECT user_id FROM digest_subscribers WHERE chat_id = ?", (chat_id,))
    return [row[0] for row in rows]


_NAMES = [field.name for field in fields(Digest)]
_COLUMNS = ", ".join(_NAMES)
_OWN = ", ".join(name for name in _NAMES if name != "zone")
_MARKS = ", ".join(f":{name}" for name in _NAMES if name != "zone")
