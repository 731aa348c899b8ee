"""What waits for the press of a button below a summary, so that the button outlives a restart.

It goes after two days, when there are too many, with the messages that it rests on, and with the one who asked.
"""

import json
from collections.abc import Collection
from functools import partial
from typing import Final, TypeAlias

from sqlite_utils.db import Database as Connection

from bot.domain.group import PendingAction
from bot.store.database import Database

KEPT: Final = 2 * 86_400.0  # seconds
_MOST: Final = 500  # beyond which the oldest are forgotten


PendingRow: TypeAlias = PendingAction


class PendingRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, row: PendingRow, messages: Collection[int]) -> None:
        """``messages``: ids of all that it rests on; nothing is kept where one of them is not there any more."""
        await self._database.run(partial(_add, row, json.dumps(sorted(messages))))

    async def get(self, name: str, now: float) -> PendingRow | None:
        return await self._database.run(partial(_get, name, now - KEPT))

    async def remove(self, name: str) -> None:
        await self._database.run(partial(_remove, name))


def _add(row: PendingRow, messages: str, db: Connection) -> None:
    db.execute(
        "INSERT INTO pending_summaries (name, user_id, chat_id, at, body, messages) SELECT ?1, ?2, ?3, ?4, ?5, ?6"
        " WHERE NOT EXISTS (SELECT 1 FROM json_each(?6) WHERE value NOT IN"
        " (SELECT message_id FROM group_messages WHERE chat_id = ?3))",
        (row.name, row.user_id, row.chat_id, row.at, row.body, messages),
    )
    db.execute(
        "DELETE FROM pending_summaries WHERE id <="
        " (SELECT id FROM pending_summaries ORDER BY id DESC LIMIT 1 OFFSET ?)",
        (_MOST,),
    )


def _get(name: str, since: float, db: Connection) -> PendingRow | None:
    sql = "SELECT name, user_id, chat_id, at, body FROM pending_summaries WHERE name = ? AND at >= ?"
    row = db.execute(sql, (name, since)).fetchone()
    return PendingRow(*row) if row else None


def _remove(name: str, db: Connection) -> None:
    db.execute("DELETE FROM pending_summaries WHERE name = ?", (name,))


def drop_old(now: float, db: Connection) -> None:
    db.execute("DELETE FROM pending_summaries WHERE at < ?", (now - KEPT,))


def drop_edited(chat_id: int, message_id: int, db: Connection) -> None:
    """What rests on the message tells what it does not say any more."""
    db.execute(
        "DELETE FROM pending_summaries WHERE chat_id = ?"
        " AND EXISTS (SELECT 1 FROM json_each(messages) WHERE value = ?)",
        (chat_id, message_id),
    )


def drop_gone(db: Connection) -> None:
    """What rests on a message of the table ``gone``."""
    db.execute(
        "DELETE FROM pending_summaries AS row WHERE EXISTS (SELECT 1 FROM json_each(messages)"
        " JOIN gone ON gone.message_id = value AND gone.chat_id = row.chat_id)"
    )
