"""Notes of stretches of a group's talk, kept so that nothing is summarised twice."""

import json
import time
from collections.abc import Callable, Collection, Sequence
from functools import partial

from sqlite_utils.db import Database as Connection

from bot.store.database import Database


class LeafRepository:
    """``now`` gives Unix seconds."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now

    async def starts(self, chat: int) -> Collection[int]:
        """With which messages the kept stretches begin."""
        return await self._database.run(partial(_starts, chat))

    async def get(self, chat: int, key: str) -> str | None:
        return await self._database.run(partial(_get, chat, key))

    async def put(self, chat: int, key: str, text: str, messages: Sequence[int], *, start: int | None) -> None:
        """``messages``: ids of all that the text rests on; nothing is kept where one of them is not there any more.

        ``start``: the message with which a closed stretch begins; None for what is none.
        """
        await self._database.run(partial(_put, chat, key, text, messages, start, self._now()))


def _starts(chat: int, db: Connection) -> frozenset[int]:
    rows = db.execute("SELECT start FROM summary_leaves WHERE chat_id = ? AND start IS NOT NULL", (chat,))
    return frozenset(row[0] for row in rows)


def _get(chat: int, key: str, db: Connection) -> str | None:
    row = db.execute("SELECT text FROM summary_leaves WHERE chat_id = ? AND key = ?", (chat, key)).fetchone()
    return row[0] or None if row else None


def _put(
    chat: int, key: str, text: str, messages: Sequence[int], start: int | None, now: float, db: Connection
) -> None:
    ids = json.dumps(sorted(set(messages)))
    gone = db.execute(
        "SELECT 1 FROM json_each(?)"
        " WHERE value NOT IN (SELECT message_id FROM group_messages WHERE chat_id = ?) LIMIT 1",
        (ids, chat),
    ).fetchone()
    if gone is not None or not messages:
        return
    db.execute(
        "INSERT OR REPLACE INTO summary_leaves (chat_id, key, text, start, first, last, messages, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (chat, key, text, start, min(messages), max(messages), ids, now),
    )
