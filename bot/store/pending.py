"""What waits for the press of a button below a summary, so that the button outlives a restart.

It goes after two days, when there are too many, with the messages that it rests on, and with the one who asked.
"""

import json
from collections.abc import Collection
from typing import Final, TypeAlias

from sqlite_utils.db import Database as Connection

from bot.domain.group import PendingAction
from bot.store.repository import Repository, transaction

KEPT: Final = 2 * 86_400.0  # seconds
_MOST: Final = 500  # beyond which the oldest are forgotten


PendingRow: TypeAlias = PendingAction


class PendingRepository(Repository):
    @transaction
    def add(self, db: Connection, row: PendingRow, messages: Collection[int]) -> None:
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
    def get(self, db: Connection, name: str, now: float) -> PendingRow | None:
        found = db.table("pending_summaries").rows_where(
            "name = ? AND at >= ?", [name, now - KEPT], select="name, user_id, chat_id, at, body"
        )
        return next((PendingRow(**row) for row in found), None)

    @transaction
    def remove(self, db: Connection, name: str) -> None:
        db.table("pending_summaries").delete_where("name = ?", [name])
