"""What is erased: of people who ask for it, of groups that sent the bot away, and of what is too old.

The file is overwritten where rows stood (``secure_delete``), the index is written anew without their words, and the
write-ahead log, which holds earlier states, is emptied.
"""

from collections.abc import Sequence
from functools import partial

from sqlite_utils.db import Database as Connection

from bot.store import deliveries, pending
from bot.store.archive import EVERYWHERE, unindex
from bot.store.database import Database
from bot.store.ledger import unname
from bot.store.loops import drop_gone, drop_named
from bot.store.people import PeopleRepository
from bot.store.quotas import drop_past

_DAY = 86_400.0
_OF_GROUPS = (
    "summary_leaves",
    "summary_askers",
    "group_topics",
    "group_zones",
    "private_summaries_off",
    "digests",
    "digest_subscribers",
    "open_loops",
    "pending_summaries",
)


class ErasureRepository:
    """``people`` remembers what it has read, and is told what is gone."""

    def __init__(self, database: Database, people: PeopleRepository) -> None:
        self._database = database
        self._people = people

    async def forget(self, user_id: int, chat_id: int = EVERYWHERE) -> None:
        """Erase what the user wrote (in this chat), the answers to it, the notes that rest on it, and what a digest
        left open that names the user.

        What was spent stays counted, or a quota could be had anew; forgotten everywhere, nobody is named by it once the
        quota's day and month are over.
        """
        await self._database.run(partial(_forget, user_id, chat_id))
        self._people.forget(user_id)
        await self._database.empty_log()

    async def leave_out(self, user_id: int, chat_id: int) -> None:
        """Keep nothing of what the user will write (in this chat)."""
        await self._database.run(partial(_leave_out, user_id, chat_id))

    async def take_in(self, user_id: int, chat_id: int) -> None:
        """Take back :meth:`leave_out`; for everywhere, all that was said of single chats as well."""
        await self._database.run(partial(_take_in, user_id, chat_id))

    async def forget_group(self, chat_id: int) -> None:
        """All that was archived of it, its clock and its digest."""
        await self._database.run(partial(_forget_group, chat_id))
        await self._database.empty_log()

    async def prune(self, before: float, now: float) -> None:
        """Messages from before a time, the notes that rest on them, answers that are a day old (Unix seconds), and what
        was counted for quotas whose day or month is over.
        """
        if await self._database.run(partial(_prune, before, now)):
            await self._database.empty_log()


def _forget(user_id: int, chat_id: int, db: Connection) -> None:
    everywhere = chat_id == EVERYWHERE
    _erase_messages("author_id = ? AND (? OR chat_id = ?)", (user_id, everywhere, chat_id), db)
    drop_named(user_id, None if everywhere else chat_id, db)
    deliveries.drop_of_user(user_id, None if everywhere else chat_id, db)
    whose = (user_id, everywhere, chat_id)
    mine = "(SELECT id FROM conversations WHERE user_id = ? AND (? OR chat_id = ?))"
    db.execute(f"UPDATE conversations SET tip = NULL WHERE id IN {mine}", whose)  # noqa: S608 - constants
    db.execute(f"UPDATE nodes SET parent_id = NULL WHERE conversation_id IN {mine}", whose)  # noqa: S608 - constants
    db.execute(f"DELETE FROM nodes WHERE conversation_id IN {mine}", whose)  # noqa: S608 - constants
    for table in ("conversations", "drawings", "summary_askers", "digest_subscribers", "pending_summaries"):
        db.execute(f"DELETE FROM {table} WHERE user_id = ? AND (? OR chat_id = ?)", whose)  # noqa: S608 - constants
    if everywhere:
        unname(user_id, db)
        for table in ("people", "model_choices"):
            db.execute(f"DELETE FROM {table} WHERE user_id = ?", (user_id,))  # noqa: S608 - constants
    db.execute(
        "DELETE FROM inbox WHERE state = 'dead' AND json_valid(body)"
        " AND EXISTS (SELECT 1 FROM json_each(body) WHERE json_extract(value, '$.from.id') = ?)",
        (user_id,),
    )


def _erase_messages(where: str, values: Sequence[object], db: Connection) -> bool:
    """Whether there were any."""
    rows = db.execute(f"SELECT id, chat_id, text, message_id FROM group_messages WHERE {where}", tuple(values))  # noqa: S608 - constants
    found = rows.fetchall()
    if not found:
        return False
    unindex([row[:3] for row in found], db)
    db.execute("CREATE TEMP TABLE gone (chat_id INTEGER, message_id INTEGER, PRIMARY KEY (chat_id, message_id))")
    db.conn.executemany("INSERT INTO gone VALUES (?, ?)", [(row[1], row[3]) for row in found])
    db.execute(
        "DELETE FROM summary_leaves AS leaf WHERE chat_id IN (SELECT chat_id FROM gone) AND EXISTS"
        " (SELECT 1 FROM json_each(messages) JOIN gone ON gone.message_id = value AND gone.chat_id = leaf.chat_id)"
    )
    drop_gone(db)
    pending.drop_gone(db)
    deliveries.drop_gone(db)
    db.conn.executemany("DELETE FROM group_messages WHERE id = ?", [(row[0],) for row in found])
    db.execute("DROP TABLE gone")
    db.execute("INSERT INTO group_words (group_words) VALUES ('optimize')")  # or the words stay until segments merge
    return True


def _leave_out(user_id: int, chat_id: int, db: Connection) -> None:
    db.execute("INSERT OR IGNORE INTO left_out (user_id, chat_id) VALUES (?, ?)", (user_id, chat_id))


def _take_in(user_id: int, chat_id: int, db: Connection) -> None:
    sql = "DELETE FROM left_out WHERE user_id = ? AND (? OR chat_id IN (?, ?))"
    db.execute(sql, (user_id, chat_id == EVERYWHERE, chat_id, EVERYWHERE))


def _forget_group(chat_id: int, db: Connection) -> None:
    """Who asked to be left out stays so, for the day on which the bot is let in again."""
    _erase_messages("chat_id = ?", (chat_id,), db)
    for table in _OF_GROUPS:
        db.execute(f"DELETE FROM {table} WHERE chat_id = ?", (chat_id,))  # noqa: S608 - constants
    deliveries.drop_of_chat(chat_id, db)


def _prune(before: float, now: float, db: Connection) -> bool:
    db.execute("DELETE FROM summary_leaves WHERE start IS NULL AND at < ?", (now - _DAY,))
    pending.drop_old(now, db)
    deliveries.drop_old(now, db)
    dropped = drop_past(now, db)
    return _erase_messages("at < ?", (before,), db) or dropped
