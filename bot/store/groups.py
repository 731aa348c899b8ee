"""What holds for a group as a whole: the clock by which it reads times, and whether summaries may be private."""

from functools import partial

from sqlite_utils.db import Database as Connection

from bot.store.database import Database


class GroupRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def zone(self, chat_id: int) -> str | None:
        """A name of the time zone database; None where the group has chosen none."""
        return await self._database.run(partial(_zone, chat_id))

    async def set_zone(self, chat_id: int, zone: str) -> None:
        await self._database.run(partial(set_zone, chat_id, zone))

    async def allows_private(self, chat_id: int) -> bool:
        """Whether a member may have a summary of it alone."""
        return await self._database.run(partial(_allows_private, chat_id))

    async def allow_private(self, chat_id: int, *, allowed: bool) -> None:
        await self._database.run(partial(_allow_private, chat_id, allowed))


def _zone(chat_id: int, db: Connection) -> str | None:
    row = db.execute("SELECT zone FROM group_zones WHERE chat_id = ?", (chat_id,)).fetchone()
    return row[0] if row else None


def set_zone(chat_id: int, zone: str, db: Connection) -> None:
    db.execute("INSERT OR REPLACE INTO group_zones (chat_id, zone) VALUES (?, ?)", (chat_id, zone))


def _allows_private(chat_id: int, db: Connection) -> bool:
    sql = "SELECT 1 FROM private_summaries_off WHERE chat_id = ?"
    return db.execute(sql, (chat_id,)).fetchone() is None


def _allow_private(chat_id: int, allowed: bool, db: Connection) -> None:  # noqa: FBT001 - by name, above
    if allowed:
        sql = "DELETE FROM private_summaries_off WHERE chat_id = ?"
    else:
        sql = "INSERT OR IGNORE INTO private_summaries_off (chat_id) VALUES (?)"
    db.execute(sql, (chat_id,))
