"""Retention: rows are deleted when they are older than their table states."""

from sqlite_utils.db import Database as Connection

from bot.store.database import Database
from bot.store.picture_files import OrphanedFiles
from bot.store.repository import Repository, transaction
from bot.store.rows import delete_rows
from bot.store.rules import Kept, Table
from bot.store.tables import TABLES

_DAY = 86_400.0


class RetentionRepository(Repository):
    def __init__(self, database: Database, files: OrphanedFiles) -> None:
        super().__init__(database)
        self._files = files

    async def prune(self, now: float, archive_days: float) -> None:
        """Delete what is too old at ``now`` (Unix seconds); messages of groups are kept for ``archive_days``.

        Each table in a transaction of its own, so that nobody has to wait for all of them.
        """
        deleted = [await self._prune(table, now, archive_days) for table in TABLES]
        await self._files.drop()
        if any(deleted):
            await self._database.empty_log()

    @transaction
    def _prune(self, db: Connection, table: Table, now: float, archive_days: float) -> int:
        if isinstance(table.kept, Kept):
            return 0
        if not isinstance(table.kept, tuple):
            return table.kept(db, now)
        days = archive_days * _DAY
        return sum(
            delete_rows(
                table, f"{age.column} < ? AND {age.where}", (now - (days if age.seconds is None else age.seconds),), db
            )
            for age in table.kept
        )
