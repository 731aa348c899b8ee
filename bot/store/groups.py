"""What is kept of groups beside their messages: settings, notes of what was summarised, and what waits for a button."""

import json
import time
from collections.abc import Callable, Collection, Sequence
from typing import Final

from sqlite_utils.db import Database as Connection

from bot.domain.group import PendingAction
from bot.store.database import Database
from bot.store.repository import Repository, transaction

PENDING_KEPT: Final = 2 * 86_400.0  # seconds
_MOST: Final = 500  # beyond which the oldest are forgotten


class GroupRepository(Repository):
    @transaction
    def zone(self, db: Connection, chat_id: int) -> str | None:
        """A name of the time zone database; None where the group has chosen none."""
        return next((row["zone"] for row in db.table("group_zones").rows_where("chat_id = ?", [chat_id])), None)

    @transaction
    def set_zone(self, db: Connection, chat_id: int, zone: str) -> None:
        set_zone(chat_id, zone, db)

    @transaction
    def allows_private(self, db: Connection, chat_id: int) -> bool:
        """Whether a member may have a summary of it alone."""
        return db.table("private_summaries_off").count_where("chat_id = ?", [chat_id]) == 0

    @transaction
    def allow_private(self, db: Connection, chat_id: int, *, allowed: bool) -> None:
        if allowed:
            db.table("private_summaries_off").delete_where("chat_id = ?", [chat_id])
        else:
            db.table("private_summaries_off").insert({"chat_id": chat_id}, ignore=True)


def set_zone(chat_id: int, zone: str, db: Connection) -> None:
    db.table("group_zones").insert({"chat_id": chat_id, "zone": zone}, replace=True)


class NotesRepository(Repository):
    """``now`` gives Unix seconds."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        super().__init__(database)
        self._now = now

    @transaction
    def starts(self, db: Connection, chat: int) -> Collection[int]:
        """With which messages the kept segments begin."""
        rows = db.execute("SELECT start FROM summary_leaves WHERE chat_id = ? AND start IS NOT NULL", (chat,))
        return frozenset(row[0] for row in rows)

    @transaction
    def get(self, db: Connection, chat: int, key: str) -> str | None:
        row = db.execute("SELECT text FROM summary_leaves WHERE chat_id = ? AND key = ?", (chat, key)).fetchone()
        return row[0] or None if row else None

    @transaction
    def put(
        self, db: Connection, chat: int, key: str, text: str, messages: Sequence[int], *, start: int | None
    ) -> None:
        """``messages``: ids of all that the text rests on; nothing is kept where one of them is not there any more.

        ``start``: the message with which a closed segment begins; None for what is none.
        """
        ids = json.dumps(sorted(set(messages)))
        if not messages or _any_gone(chat, ids, db):
            return
        row = {"chat_id": chat, "key": key, "text": text, "start": start, "at": self._now()}
        row |= {"first": min(messages), "last": max(messages), "messages": ids}
        db.table("summary_leaves").insert(row, replace=True)


def _any_gone(chat: int, messages: str, db: Connection) -> bool:
    """Whether one of the messages (JSON) is not in the archive."""
    gone = db.execute(
        "SELECT 1 FROM json_each(?)"
        " WHERE value NOT IN (SELECT message_id FROM group_messages WHERE chat_id = ?) LIMIT 1",
        (messages, chat),
    )
    return gone.fetchone() is not None


class PendingRepository(Repository):
    @transaction
    def add(self, db: Connection, row: PendingAction, messages: Collection[int]) -> None:
        """``messages``: ids of all that it rests on; nothing is kept where one of them is not there any more."""
        db.execute(
            "INSERT INTO pending_summaries (name, user_id, chat_id, at, body, messages) SELECT ?1, ?2, ?3, ?4, ?5, ?6"
            " WHERE NOT EXISTS (SELECT 1 FROM json_each(?6) WHERE value NOT IN"
            " (SELECT message_id FROM group_messages WHERE chat_id = ?3))",
            (row.name, row.user_id, row.chat_id, row.at, row.body, json.dumps(sorted(messages))),
        )
        db.execute(
            "DELETE FROM pending_summaries WHERE id <="
            " (SELECT id FROM pending_summaries ORDER BY id DESC LIMIT 1 OFFSET ?)",
            (_MOST,),
        )

    @transaction
    def get(self, db: Connection, name: str, now: float) -> PendingAction | None:
        found = db.table("pending_summaries").rows_where(
            "name = ? AND at >= ?", [name, now - PENDING_KEPT], select="name, user_id, chat_id, at, body"
        )
        return next((PendingAction(**row) for row in found), None)

    @transaction
    def remove(self, db: Connection, name: str) -> None:
        db.table("pending_summaries").delete_where("name = ?", [name])
