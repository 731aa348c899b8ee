"""Digests: when each group gets one, who wants a copy, how every run ended, and what the last one left open."""

import json
from collections.abc import Collection, Iterable
from dataclasses import asdict, fields, replace

from sqlite_utils.db import Database as Connection

from bot.domain.digest import Digest, DigestRun, DigestState, DigestTimes, OpenItem
from bot.store.groups import set_zone
from bot.store.repository import Repository, transaction

_COLUMNS = ", ".join(field.name for field in fields(Digest))


class DigestRepository(Repository):
    @transaction(durable=True)
    def save(self, db: Connection, digest: Digest) -> None:
        """In the place of the one that the group had; its zone is the group's from now on."""
        set_zone(digest.chat_id, digest.zone, db)
        row = asdict(digest)
        del row["zone"]
        db.table("digests").insert(row, replace=True)

    @transaction
    def remove(self, db: Connection, chat_id: int) -> bool:
        """Whether there was one. Who wanted a copy is forgotten too, and what was left open; the group's zone stays."""
        for table in ("digest_subscribers", "open_loops"):
            db.table(table).delete_where("chat_id = ?", [chat_id])
        return db.execute("DELETE FROM digests WHERE chat_id = ?", (chat_id,)).rowcount > 0

    @transaction
    def get(self, db: Connection, chat_id: int) -> Digest | None:
        return _get(chat_id, db)

    @transaction(durable=True)
    def claim(self, db: Connection, now: float, until: float, times: DigestTimes) -> list[DigestRun]:
        """Runs that are for the caller alone until the time ``until``: what is due, and what others have dropped."""
        return [*_begin(now, until, times, db), *_take_over(now, until, db)]

    @transaction
    def renew(self, db: Connection, runs: Collection[tuple[int, float]], until: float) -> None:
        """By chat and due time."""
        sql = "UPDATE digest_runs SET held_until = ? WHERE chat_id = ? AND due = ?"
        db.conn.executemany(sql, [(until, *run) for run in runs])

    @transaction(durable=True)
    def mark(self, db: Connection, run: DigestRun, state: DigestState) -> None:
        _mark(run, state, db)

    @transaction(durable=True)
    def finish(self, db: Connection, run: DigestRun, left: Collection[OpenItem]) -> None:
        """The run is done, and this is what it left open, in the place of what the one before had left."""
        _mark(run, "done", db)
        replace_open_items(run.digest.chat_id, left, db)

    @transaction
    def open_items(self, db: Connection, chat_id: int) -> tuple[list[OpenItem], dict[int, str]]:
        """What the last digest left open, the oldest first; and the names of those in it, as far as they are known."""
        return load_open_items(chat_id, db)

    @transaction
    def last_done(self, db: Connection, chat_id: int) -> float | None:
        """When the newest digest that arrived was due."""
        found: tuple[float | None] = db.execute(
            "SELECT max(due) FROM digest_runs WHERE chat_id = ? AND state = 'done'", (chat_id,)
        ).fetchone()
        return found[0]

    @transaction
    def subscribe(self, db: Connection, chat_id: int, user_id: int, *, wanted: bool) -> None:
        if wanted:
            sql = "INSERT OR IGNORE INTO digest_subscribers (chat_id, user_id) VALUES (?, ?)"
            db.execute(sql, (chat_id, user_id))
        else:
            db.table("digest_subscribers").delete_where("chat_id = ? AND user_id = ?", [chat_id, user_id])

    @transaction
    def subscribers(self, db: Connection, chat_id: int) -> list[int]:
        return [row["user_id"] for row in db.table("digest_subscribers").rows_where("chat_id = ?", [chat_id])]


def _get(chat_id: int, db: Connection) -> Digest | None:
    return next(iter(_digests("chat_id = ?", chat_id, db)), None)


def _digests(where: str, value: float, db: Connection) -> list[Digest]:
    sql = f"SELECT {_COLUMNS} FROM digests JOIN group_zones USING (chat_id) WHERE {where}"  # noqa: S608 - constants
    found = [Digest(*row) for row in db.execute(sql, (value,))]
    return [replace(digest, pinned=bool(digest.pinned)) for digest in found]


def _begin(now: float, until: float, times: DigestTimes, db: Connection) -> list[DigestRun]:
    runs = []
    for digest in _digests("next_due <= ?", now, db):
        due, state, following = times(digest, now)
        inserted = db.execute(
            "INSERT OR IGNORE INTO digest_runs (chat_id, due, state, held_until) VALUES (?, ?, ?, ?)",
            (digest.chat_id, due, state, until),
        )
        db.execute("UPDATE digests SET next_due = ? WHERE chat_id = ?", (following, digest.chat_id))
        if inserted.rowcount:
            runs.append(DigestRun(digest, due, state))
    return runs


def _take_over(now: float, until: float, db: Connection) -> list[DigestRun]:
    """What was being sent may have arrived, so it is not sent again."""
    dropped = db.execute(
        "SELECT chat_id, due, state FROM digest_runs WHERE state IN ('running', 'sending') AND held_until <= ?", (now,)
    ).fetchall()
    runs = []
    for chat_id, due, state in dropped:
        run_state: DigestState = "running" if state == "running" else "failed"
        db.execute(
            "UPDATE digest_runs SET state = ?, held_until = ? WHERE chat_id = ? AND due = ?",
            (run_state, until, chat_id, due),
        )
        if (digest := _get(chat_id, db)) is not None:
            runs.append(DigestRun(digest, due, run_state))
    return runs


def _mark(run: DigestRun, state: DigestState, db: Connection) -> None:
    where = (state, run.digest.chat_id, run.due)
    db.execute("UPDATE digest_runs SET state = ? WHERE chat_id = ? AND due = ?", where)


def load_open_items(chat_id: int, db: Connection) -> tuple[list[OpenItem], dict[int, str]]:
    """In the order in which they were stored, without those of another form; and by which names those whom they name
    last wrote."""
    rows = db.execute("SELECT topic_id, text, rounds FROM open_loops WHERE chat_id = ? ORDER BY id", (chat_id,))
    names = db.execute(
        "SELECT author_id, author FROM group_messages WHERE chat_id = ? AND author_id IN"
        " (SELECT value FROM open_loops, json_each(people) WHERE open_loops.chat_id = ?) ORDER BY message_id",
        (chat_id, chat_id),
    )
    items = [item for row in rows if (item := OpenItem.restored(*row)) is not None]
    return items, dict(names.fetchall())


def replace_open_items(chat_id: int, items: Iterable[OpenItem], db: Connection) -> None:
    """These in the place of those that were; not what rests on a message that is not there any more."""
    db.execute("DELETE FROM open_loops WHERE chat_id = ?", (chat_id,))
    db.conn.executemany(
        "INSERT INTO open_loops (chat_id, topic_id, text, messages, people, rounds) SELECT ?1, ?2, ?3, ?4, ?5, ?6"
        " WHERE NOT EXISTS (SELECT 1 FROM json_each(?4) WHERE value NOT IN"
        " (SELECT message_id FROM group_messages WHERE chat_id = ?1))",
        [
            (chat_id, item.topic_id, item.text, json.dumps(item.messages), json.dumps(item.people), item.rounds)
            for item in items
        ],
    )
