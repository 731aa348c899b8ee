"""The inbox: each update from its arrival until it is answered or set aside."""

from collections.abc import Sequence

from sqlite_utils.db import Database as Connection

from bot.domain.stored_update import StoredUpdate
from bot.store.repository import Repository, submitted, transaction


class InboxRepository(Repository):
    """As of :class:`bot.domain.stored_update.UpdateStorage`."""

    @transaction(durable=True, ignores_deferred=True)
    def add(self, db: Connection, bot_id: int, updates: Sequence[StoredUpdate], received: float) -> set[int]:
        added = set()
        for update in updates:
            cursor = db.execute(
                "INSERT OR IGNORE INTO inbox (bot_id, update_id, body, received) VALUES (?, ?, ?, ?)",
                (bot_id, update.update_id, update.body, received),
            )
            if cursor.rowcount:
                added.add(update.update_id)
        return added

    @transaction
    def taken_up(self, db: Connection, bot_id: int, update_ids: Sequence[int]) -> None:
        sql = "UPDATE inbox SET starts = starts + 1 WHERE bot_id = ? AND update_id = ?"
        db.conn.executemany(sql, [(bot_id, update_id) for update_id in update_ids])

    @submitted(durable=True, deferred=True)
    def done(self, db: Connection, bot_id: int, update_id: int) -> None:
        db.execute(
            "INSERT INTO inbox (bot_id, update_id, body, received, state) VALUES (?, ?, '', 0, 'done')"
            " ON CONFLICT DO UPDATE SET state = 'done', body = '', error = NULL",
            (bot_id, update_id),
        )

    @transaction
    def failed(self, db: Connection, bot_id: int, update_id: int, error: str) -> None:
        _fail(bot_id, update_id, error, "new", db)

    @transaction
    def set_aside(self, db: Connection, bot_id: int, update_id: int, error: str) -> None:
        _fail(bot_id, update_id, error, "dead", db)

    @transaction
    def newest(self, db: Connection, bot_id: int) -> int:
        sql = "SELECT coalesce(max(update_id), -1) FROM inbox WHERE bot_id = ?"
        return int(db.execute(sql, (bot_id,)).fetchone()[0])

    @transaction
    def unfinished(self, db: Connection, bot_id: int) -> list[StoredUpdate]:
        rows = db.execute(
            "SELECT update_id, body, starts, failures FROM inbox"
            " WHERE bot_id = ? AND state IN ('new', 'running') ORDER BY update_id",
            (bot_id,),
        )
        return [StoredUpdate(*row) for row in rows]


def _fail(bot_id: int, update_id: int, error: str, state: str, db: Connection) -> None:
    db.execute(
        "UPDATE inbox SET state = ?, failures = failures + 1, error = ? WHERE bot_id = ? AND update_id = ?",
        (state, error, bot_id, update_id),
    )
