"""What the owners were told already, so that a restart does not repeat it."""

from functools import partial

from sqlite_utils.db import Database as Connection

from bot.store.database import Database


class NoticeRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def first(self, name: str) -> bool:
        """Whether this is the first time that ``name`` is to be told; from now on it was."""
        return await self._database.run(partial(_first, name))


def _first(name: str, db: Connection) -> bool:
    return bool(db.execute("INSERT OR IGNORE INTO notices (name) VALUES (?)", (name,)).rowcount)
