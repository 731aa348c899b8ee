"""What is erased: of people who ask for it, of groups that were left, and what is too old; as the tables state.

The file is overwritten where rows stood (``secure_delete``), the index is written anew without their words, and the
write-ahead log, which holds earlier states, is emptied."""

from sqlite_utils.db import Database as Connection

from bot.domain.group import EVERYWHERE
from bot.store.database import Database
from bot.store.people import PeopleRepository
from bot.store.picture_files import OrphanedFiles
from bot.store.repository import Repository, transaction
from bot.store.rows import delete_rows
from bot.store.rules import Kept, OnForget, OnLeave, TableRules
from bot.store.tables import TABLES

_DAY = 86_400.0


class ErasureRepository(Repository):
    """``people`` remembers what it has read, and is told what is gone."""

    def __init__(self, database: Database, people: PeopleRepository, files: OrphanedFiles) -> None:
        super().__init__(database)
        self._people = people
        self._files = files

    async def forget(self, user_id: int, chat_id: int = EVERYWHERE) -> None:
        """Erase what the user wrote (in this chat), the answers to it, the notes that rest on it, and what a digest
        left open that names the user.

        What was spent stays counted, or a quota could be had anew; forgotten everywhere, nobody is named by it once the
        quota's day and month are over.
        """
        await self._forget(user_id, None if chat_id == EVERYWHERE else chat_id)
        self._people.forget(user_id)
        await self._clean_up()

    async def forget_group(self, chat_id: int) -> None:
        """Erase what was archived of it, its clock and its digest, and what was asked and drawn in it."""
        await self._forget_group(chat_id)
        self._people.forget_chat(chat_id)
        await self._clean_up()

    @transaction
    def leave_out(self, db: Connection, user_id: int, chat_id: int) -> None:
        """Keep nothing of what the user will write (in this chat)."""
        db.execute("INSERT OR IGNORE INTO left_out (user_id, chat_id) VALUES (?, ?)", (user_id, chat_id))

    @transaction
    def take_in(self, db: Connection, user_id: int, chat_id: int) -> None:
        """Take back :meth:`leave_out`; for everywhere, all that was said of single chats as well."""
        where, values = "user_id = ?", [user_id]
        if chat_id != EVERYWHERE:
            where, values = f"{where} AND chat_id IN (?, ?)", [user_id, chat_id, EVERYWHERE]
        db.table("left_out").delete_where(where, values)

    async def _clean_up(self) -> None:
        await self._files.drop()
        await self._database.empty_log()

    @transaction
    def _forget(self, db: Connection, user_id: int, chat_id: int | None) -> None:
        for table in TABLES:
            _forget_in(table, user_id, chat_id, db)

    @transaction
    def _forget_group(self, db: Connection, chat_id: int) -> None:
        for table in TABLES:
            if not isinstance(table.leave, OnLeave):
                table.leave(db, chat_id)
            elif table.leave is OnLeave.DELETE and table.chat and not table.parent:
                delete_rows(table, f"{table.chat} = ?", (chat_id,), db)


def _forget_in(table: TableRules, user_id: int, chat_id: int | None, db: Connection) -> None:
    """``chat_id`` None: everywhere; a table without chats is concerned by that alone."""
    if not isinstance(table.forget, OnForget):
        table.forget(db, user_id, chat_id)
        return
    is_kept_here = not table.chat or table.forget is OnForget.DELETE_EVERYWHERE
    if table.parent or table.forget is OnForget.KEEP or (chat_id is not None and is_kept_here):
        return
    here, values = ("", ()) if chat_id is None else (f" AND {table.chat} = ?", (chat_id,))
    if table.people:
        named = f"EXISTS (SELECT 1 FROM json_each({table.people}) WHERE value = ?)"  # noqa: S608 - the tables'
        delete_rows(table, named + here, (user_id, *values), db)
    if table.person and table.forget is OnForget.UNNAME:
        sql = f"UPDATE {table.name} SET {table.person} = 0 WHERE {table.person} = ?{here}"  # noqa: S608 - the tables'
        db.execute(sql, (user_id, *values))
    elif table.person:
        delete_rows(table, f"{table.person} = ?{here}", (user_id, *values), db)
    if table.chat and chat_id is None:  # the private chat is the person's; it has the same id
        delete_rows(table, f"{table.chat} = ?", (user_id,), db)


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
    def _prune(self, db: Connection, table: TableRules, now: float, archive_days: float) -> int:
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
