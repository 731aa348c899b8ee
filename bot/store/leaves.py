"""Notes of stretches of a group's talk, kept so that nothing is summarised twice."""

import json
import time
from collections.abc import Callable, Collection, Sequence

from sqlite_utils.db import Database as Connection

from bot.store.database import Database
from bot.store.repository import Repository, transaction


class LeafRepository(Repository):
    """``now`` gives Unix seconds."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        super().__init__(database)
        self._now = now

    @transaction
    def starts(self, db: Connection, chat: int) -> Collection[int]:
        """With which messages the kept stretches begin."""
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

        ``start``: the message with which a closed stretch begins; None for what is none.
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
