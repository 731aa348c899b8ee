"""Groups that become supergroups: Telegram gives such a group another id, and counts its messages anew."""

from typing import Final

from sqlite_utils.db import Database as Connection

from bot.store.database import Database
from bot.store.people import PeopleRepository
from bot.store.repository import Repository, transaction
from bot.store.rules import OnMigrate, TableRules
from bot.store.tables import TABLES
from bot.store.words import add_words, remove_words

_BEFORE: Final = 2**40  # ids of messages from before lie so much lower: there is no link to them, and their order holds


class SupergroupRepository(Repository):
    """``people`` remembers what it has read, and is told what has moved."""

    def __init__(self, database: Database, people: PeopleRepository) -> None:
        super().__init__(database)
        self._people = people

    async def migrate(self, old: int, new: int) -> None:
        """Move all that is kept of the group ``old`` to the supergroup ``new``; doing it again changes nothing."""
        await self._migrate(old, new)
        for chat in (old, new):
            self._people.forget_chat(chat)

    @transaction(durable=True)
    def _migrate(self, db: Connection, old: int, new: int) -> None:
        for table in TABLES:
            _migrate_table(table, old, new, db)


def _migrate_table(table: TableRules, old: int, new: int, db: Connection) -> None:
    if table.migrate is OnMigrate.DELETE:
        db.execute(f"DELETE FROM {table.name} WHERE {table.chat} = ?", (old,))  # noqa: S608 - the tables'
        return
    if not isinstance(table.migrate, OnMigrate):
        table.migrate(db, old, new)
    words = _words(table, old, db)
    if table.chat:
        _move(table, table.chat, old, new, db)
    if table.subject:
        _move(table, table.subject, f"chat:{old}", f"chat:{new}", db)
    remove_words([(row, old, text) for row, text in words], db)
    for row, text in words:
        add_words(row, new, text, db)


def _words(table: TableRules, chat_id: int, db: Connection) -> list[tuple[int, str]]:
    if not table.indexed:
        return []
    rows = db.execute(f"SELECT id, text FROM {table.name} WHERE {table.chat} = ?", (chat_id,))  # noqa: S608 - the tables'
    return [(row[0], row[1]) for row in rows]


def _move(table: TableRules, column: str, old: int | str, new: int | str, db: Connection) -> None:
    """Rows that both have become one: merged as the table states, else the supergroup's, which is newer."""
    values = {"old": old, "new": new}
    same = " AND ".join((f"old.{column} = :old AND new.{column} = :new", *(f"old.{k} = new.{k}" for k in table.key)))
    if table.merge:
        changes = ", ".join(f"{name} = {value}" for name, value in table.merge.items())
        db.execute(f"UPDATE {table.name} AS new SET {changes} FROM {table.name} AS old WHERE {same}", values)  # noqa: S608 - the tables'
    lowered = "".join(f", {name} = {name} - {_BEFORE}" for name in table.message_ids if column == table.chat)
    db.execute(f"UPDATE OR IGNORE {table.name} SET {column} = :new{lowered} WHERE {column} = :old", values)  # noqa: S608 - the tables'
    db.execute(f"DELETE FROM {table.name} WHERE {column} = :old", values)  # noqa: S608 - the tables'
