"""Documents on their way to their messages: which message shows which part, so that a delivery goes on where it ended.

An answer's text is its node's, and its records die with the node. Any other document is kept here until it is in its
messages, and its key a week longer, so that whoever brings it again learns that it is there.
"""

from typing import Any

from sqlite_utils.db import Database as Connection

from bot.domain.delivery import DeliveryKey, DeliveryRecord, StoredDocument
from bot.store.repository import Repository, submitted, transaction

_COLUMNS = "chat_id, body, topic_id, reply_to, receiver, user_id, source_chat_id"


class DeliveryRepository(Repository):
    """As of :class:`bot.domain.delivery.Deliveries`."""

    @transaction
    def of(self, db: Connection, key: DeliveryKey) -> list[DeliveryRecord]:
        return parts_of(key, db)

    @transaction
    def begin(self, db: Connection, document: StoredDocument, at: float, shown: int | None) -> StoredDocument | None:
        if (row := _row(document.key, db)) is not None:
            kept = StoredDocument(document.key, *row)
            return kept if kept.body else None
        marks = ", ".join("?" * 10)
        db.execute(
            f"INSERT INTO deliveries (kind, name, at, {_COLUMNS}) VALUES ({marks})",  # noqa: S608 - constants
            (document.key.kind, document.key.name, at, *_values(document)),
        )
        _put(document.key, 0, document.chat_id, shown, "attempting" if shown is None else "shown", db)
        return document

    @transaction
    def unfinished(self, db: Connection) -> list[DeliveryKey]:
        rows = db.execute("SELECT kind, name FROM deliveries WHERE body IS NOT NULL ORDER BY id")
        return [DeliveryKey(*row) for row in rows]

    @transaction
    def find(self, db: Connection, key: DeliveryKey) -> StoredDocument | None:
        row = _row(key, db)
        return StoredDocument(key, *row) if row is not None and row[1] is not None else None

    @transaction
    def knows(self, db: Connection, key: DeliveryKey) -> bool:
        return _row(key, db) is not None

    @submitted()
    def finish(self, db: Connection, key: DeliveryKey) -> None:
        db.execute("UPDATE deliveries SET body = NULL WHERE kind = ? AND name = ?", (key.kind, key.name))

    @transaction
    def drop(self, db: Connection, key: DeliveryKey) -> None:
        db.execute("DELETE FROM deliveries WHERE kind = ? AND name = ?", (key.kind, key.name))

    @transaction
    def attempt(self, db: Connection, key: DeliveryKey, seq: int, chat_id: int) -> None:
        _put(key, seq, chat_id, None, "attempting", db)

    @submitted()
    def shown(self, db: Connection, key: DeliveryKey, seq: int, chat_id: int, message_id: int) -> None:
        _put(key, seq, chat_id, message_id, "shown", db)

    @submitted()
    def sent(self, db: Connection, key: DeliveryKey, seq: int, chat_id: int, message_id: int | None) -> None:
        _put(key, seq, chat_id, message_id, "sent", db)

    @submitted()
    def unknown(self, db: Connection, key: DeliveryKey, seq: int, chat_id: int) -> None:
        _put(key, seq, chat_id, None, "unknown", db)

    @submitted()
    def gone(self, db: Connection, key: DeliveryKey, seq: int) -> None:
        db.execute(
            "DELETE FROM delivery_records WHERE seq = ? AND delivery_id ="
            " (SELECT id FROM deliveries WHERE kind = ? AND name = ?)",
            (seq, key.kind, key.name),
        )


def parts_of(key: DeliveryKey, db: Connection) -> list[DeliveryRecord]:
    rows = db.execute(
        "SELECT seq, message_id, state FROM delivery_records WHERE delivery_id ="
        " (SELECT id FROM deliveries WHERE kind = ? AND name = ?) ORDER BY seq",
        (key.kind, key.name),
    )
    return [DeliveryRecord(*row) for row in rows]


def attempt_answer(answer_id: int, chat_id: int, db: Connection) -> list[DeliveryRecord]:
    """Mark the first part as attempted where no message shows it; what is known of all parts."""
    key = DeliveryKey.of_answer(answer_id)
    _open_answer(key, chat_id, db)
    db.execute(
        "INSERT OR IGNORE INTO delivery_records (delivery_id, seq, chat_id, state)"
        " SELECT id, 0, ?, 'attempting' FROM deliveries WHERE kind = ? AND name = ?",
        (chat_id, key.kind, key.name),
    )
    return parts_of(key, db)


def inherit_messages(from_answer: int | None, answer_id: int, chat_id: int, db: Connection) -> None:
    """The messages of the one answer will show the other."""
    _open_answer(DeliveryKey.of_answer(answer_id), chat_id, db)
    db.execute(
        "INSERT INTO delivery_records (delivery_id, seq, chat_id, message_id, state)"
        " SELECT heir.id, seq, shown.chat_id, message_id, 'shown' FROM deliveries AS heir"
        " JOIN deliveries AS dead ON dead.answer_id = ? JOIN delivery_records AS shown ON shown.delivery_id = dead.id"
        " WHERE heir.answer_id = ? AND message_id IS NOT NULL",
        (from_answer, answer_id),
    )


def drop_gone(db: Connection) -> None:
    """Keep no document of a group of which messages are being erased (the table ``gone``): it may quote them.

    One that is being delivered arrives all the same, unless the process ends before.
    """
    db.execute("UPDATE deliveries SET body = NULL WHERE source_chat_id IN (SELECT chat_id FROM gone)")


def _row(key: DeliveryKey, db: Connection) -> tuple[Any, ...] | None:
    sql = f"SELECT {_COLUMNS} FROM deliveries WHERE kind = ? AND name = ?"  # noqa: S608 - constants
    row: tuple[Any, ...] | None = db.execute(sql, (key.kind, key.name)).fetchone()
    return row


def _values(document: StoredDocument) -> tuple[object, ...]:
    """In the order of the columns."""
    where = (document.topic_id, document.reply_to, document.receiver)
    return document.chat_id, document.body, *where, document.user_id, document.source_chat_id


def _open_answer(key: DeliveryKey, chat_id: int, db: Connection) -> None:
    """Nothing where the answer has been erased meanwhile."""
    db.execute(
        "INSERT OR IGNORE INTO deliveries (kind, name, answer_id, chat_id, at)"
        " SELECT 'answer', ?1, id, ?2, at FROM nodes WHERE id = ?1",
        (key.name, chat_id),
    )


def _put(key: DeliveryKey, seq: int, chat_id: int, message_id: int | None, state: str, db: Connection) -> None:
    if key.kind == "answer":
        _open_answer(key, chat_id, db)
    db.execute(
        "INSERT INTO delivery_records (delivery_id, seq, chat_id, message_id, state)"
        " SELECT id, ?, ?, ?, ? FROM deliveries WHERE kind = ? AND name = ?"
        " ON CONFLICT (delivery_id, seq) DO UPDATE SET message_id = coalesce(excluded.message_id, message_id),"
        " state = excluded.state",
        (seq, chat_id, message_id, state, key.kind, key.name),
    )
