"""What the owners were told already, so that a restart does not repeat it."""

from sqlite_utils.db import Database as Connection

from bot.store.repository import Repository, transaction


class NoticeRepository(Repository):
    @transaction
    def first(self, db: Connection, name: str) -> bool:
        """Whether this is the first time that ``name`` is to be told; from now on it was."""
        return db.execute("INSERT OR IGNORE INTO notices (name) VALUES (?)", (name,)).rowcount > 0
