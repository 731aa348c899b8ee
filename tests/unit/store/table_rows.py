"""Rows for tests of the store: one in every table there is, made from the schema and what the tables state."""

import json
import re
from typing import Any, Final

from sqlite_utils.db import Database as Connection

from bot.store.rules import TableRules
from bot.store.tables import TABLES
from bot.store.words import add_words

NOW: Final = 1_800_014_400.0  # 2027-01-15 12:00 UTC; of each time in a row
BY_NAME: Final = {table.name: table for table in TABLES}
_CHOICE: Final = re.compile(r"(\w+) TEXT[^,]*CHECK \(\w+ IN \('(\w+)'")
_NOT_MADE: Final = ("group_words", "_sqlite_migrations")  # made with its message; made by the migrations


def tables(db: Connection) -> list[str]:
    """The tables of the schema, without those that SQLite keeps for itself and for the full-text index."""
    rows = db.execute("SELECT name, type FROM pragma_table_list WHERE schema = 'main'").fetchall()
    return [name for name, kind in rows if kind in ("table", "virtual") and not name.startswith("sqlite_")]


def columns(name: str, db: Connection) -> dict[str, tuple[str, bool]]:
    """By name: the type, and whether it has to have a value."""
    rows = db.execute('SELECT name, type, "notnull" FROM pragma_table_info(?)', (name,))
    return {column: (kind, bool(needed)) for column, kind, needed in rows}


class RowMaker:
    """Makes a row for each table, with all that it depends on; keys are alike in all chats, so that rows can clash."""

    def __init__(self, db: Connection) -> None:
        self._db = db
        self._number = 0

    def fill(self, person: int, chat: int) -> None:
        """Of the person, in the chat; in a private chat (both the same) the person pays, elsewhere the chat."""
        made: dict[str, int] = {}
        waiting = [name for name in tables(self._db) if name not in _NOT_MADE]
        while waiting:
            name = waiting.pop(0)
            parents = self._parents(name)
            if set(parents.values()) <= made.keys():
                references = {column: made[parent] for column, parent in parents.items()}
                made[name] = self._make(BY_NAME[name], references, person, chat)
            else:
                waiting.append(name)

    def _parents(self, name: str) -> dict[str, str]:
        """By column: the table to whose rows it has to point."""
        there = columns(name, self._db)
        rows = self._db.execute('SELECT "from", "table" FROM pragma_foreign_key_list(?)', (name,))
        return {column: parent for column, parent in rows if there[column][1]}

    def _make(self, table: TableRules, references: dict[str, int], person: int, chat: int) -> int:
        """The id of the row, where it has one."""
        self._number += 1
        there = columns(table.name, self._db)
        row: dict[str, Any] = {name: self._value(table, name, kind) for name, (kind, needed) in there.items() if needed}
        row |= {"id": self._number} if "id" in there else {}
        row |= _owned(table, person, chat) | references
        if table.name == "inbox":
            update = {"update_id": 1, "message": {"from": {"id": person}, "chat": {"id": chat}}}
            row |= {"state": "dead", "body": json.dumps(update)}
        names, marks = ", ".join(f'"{name}"' for name in row), ", ".join(f":{name}" for name in row)
        number = self._db.execute(f'INSERT OR IGNORE INTO "{table.name}" ({names}) VALUES ({marks})', row).lastrowid  # noqa: S608 - the schema's
        if table.indexed:
            add_words(number, chat, row["text"], self._db)
        return int(number or 0)

    def _value(self, table: TableRules, column: str, kind: str) -> Any:
        """A value of a column of which nothing else is known."""
        if kind == "REAL":
            return NOW
        number = 1 if column in table.key else self._number
        if kind == "INTEGER":
            return number
        [sql] = self._db.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table.name,)).fetchone()
        return dict(_CHOICE.findall(sql)).get(column, f"x{number}")


def _owned(table: TableRules, person: int, chat: int) -> dict[str, Any]:
    payer = f"user:{person}" if person == chat else f"chat:{chat}"
    row: dict[str, Any] = dict.fromkeys(table.message_ids, 1)
    row |= {table.people: json.dumps([person]), table.rests_on: "[1]", table.subject: payer}
    row |= {table.person: person}
    row |= {table.chat: chat}
    row.pop("", None)
    return row


def stored(db: Connection) -> dict[str, list[dict[str, Any]]]:
    """All rows by their tables."""
    return {name: list(db.query(f'SELECT * FROM "{name}"')) for name in tables(db) if name != "group_words"}  # noqa: S608 - the schema's


def holding(rows: dict[str, list[dict[str, Any]]], number: int) -> set[str]:
    """The tables in which this id stands, in whatever column, and however it is written."""
    written = re.compile(rf"(?<!\d){abs(number)}(?!\d)")
    return {name for name, found in rows.items() for row in found if written.search(str([*row.values()]))}
