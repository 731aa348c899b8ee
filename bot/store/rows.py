"""Rows that end: deleted with what rests on them, or void because a message they rest on was edited."""

from collections.abc import Sequence
from typing import Any

from sqlite_utils.db import Database as Connection

from bot.store.deliveries import drop_gone
from bot.store.rules import TableRules
from bot.store.tables import TABLES
from bot.store.words import remove_words


def delete_rows(table: TableRules, where: str, values: Sequence[Any], db: Connection) -> int:
    """Delete rows, and of messages what is in the index and what rests on them; how many rows went."""
    if table.indexed:
        rows = db.execute(f"SELECT id, chat_id, text FROM {table.name} WHERE {where}", tuple(values)).fetchall()  # noqa: S608 - the tables'
        if not rows:
            return 0
        remove_words(rows, db)
        _delete_what_rests_on(table, where, values, db)
    deleted = db.execute(f"DELETE FROM {table.name} WHERE {where}", tuple(values)).rowcount  # noqa: S608 - the tables'
    if table.indexed:
        db.execute("INSERT INTO group_words (group_words) VALUES ('optimize')")  # or words stay until segments merge
    return int(deleted)


def _delete_what_rests_on(table: TableRules, where: str, values: Sequence[Any], db: Connection) -> None:
    db.execute("CREATE TEMP TABLE gone (chat_id INTEGER, message_id INTEGER, PRIMARY KEY (chat_id, message_id))")
    db.execute(f"INSERT INTO gone SELECT chat_id, message_id FROM {table.name} WHERE {where}", tuple(values))  # noqa: S608 - the tables'
    for other in TABLES:
        if other.rests_on:
            db.execute(
                f"DELETE FROM {other.name} AS row WHERE {other.chat} IN (SELECT chat_id FROM gone) AND EXISTS"  # noqa: S608 - the tables'
                f" (SELECT 1 FROM json_each({other.rests_on}) JOIN gone"
                f" ON gone.message_id = value AND gone.chat_id = row.{other.chat})"
            )
    drop_gone(db)
    db.execute("DROP TABLE gone")


def void_edited(chat_id: int, message_id: int, db: Connection) -> None:
    """What rests on the message tells what it does not say any more."""
    for table in TABLES:
        if not table.rests_on:
            continue
        where = f"{table.chat} = ? AND EXISTS (SELECT 1 FROM json_each({table.rests_on}) WHERE value = ?)"  # noqa: S608 - the tables'
        if table.voided:
            sql = f"UPDATE {table.name} SET {table.voided} = '' WHERE {where}"  # noqa: S608 - the tables'
        else:
            sql = f"DELETE FROM {table.name} WHERE {where}"  # noqa: S608 - the tables'
        db.execute(sql, (chat_id, message_id))
