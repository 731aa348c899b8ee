"""What the last digest of a group left open, kept until the next one: it goes with the messages that it rests on."""

import json
from collections.abc import Iterable
from typing import TypeAlias

from sqlite_utils.db import Database as Connection

from bot.domain.digest import OpenItem

StoredLoop: TypeAlias = OpenItem


def load(chat_id: int, db: Connection) -> tuple[list[StoredLoop], dict[int, str]]:
    """In the order in which they were stored, without those of another form; and by which names those whom they name
    last wrote."""
    rows = db.execute("SELECT topic_id, text, rounds FROM open_loops WHERE chat_id = ? ORDER BY id", (chat_id,))
    names = db.execute(
        "SELECT author_id, author FROM group_messages WHERE chat_id = ? AND author_id IN"
        " (SELECT value FROM open_loops, json_each(people) WHERE open_loops.chat_id = ?) ORDER BY message_id",
        (chat_id, chat_id),
    )
    loops = [item for row in rows if (item := OpenItem.restored(*row)) is not None]
    return loops, dict(names.fetchall())


def replace(chat_id: int, loops: Iterable[StoredLoop], db: Connection) -> None:
    """These in the place of those that were; not what rests on a message that is not there any more."""
    db.execute("DELETE FROM open_loops WHERE chat_id = ?", (chat_id,))
    db.conn.executemany(
        "INSERT INTO open_loops (chat_id, topic_id, text, messages, people, rounds) SELECT ?1, ?2, ?3, ?4, ?5, ?6"
        " WHERE NOT EXISTS (SELECT 1 FROM json_each(?4) WHERE value NOT IN"
        " (SELECT message_id FROM group_messages WHERE chat_id = ?1))",
        [
            (chat_id, loop.topic_id, loop.text, json.dumps(loop.messages), json.dumps(loop.people), loop.rounds)
            for loop in loops
        ],
    )


def drop_edited(chat_id: int, message_id: int, db: Connection) -> None:
    """A loop that rests on the message tells what it does not say any more."""
    db.execute(
        "DELETE FROM open_loops WHERE chat_id = ? AND EXISTS (SELECT 1 FROM json_each(messages) WHERE value = ?)",
        (chat_id, message_id),
    )


def drop_named(user_id: int, chat_id: int | None, db: Connection) -> None:
    """Those that name the user (in this chat, or anywhere)."""
    db.execute(
        "DELETE FROM open_loops WHERE (?1 IS NULL OR chat_id = ?1)"
        " AND EXISTS (SELECT 1 FROM json_each(people) WHERE value = ?2)",
        (chat_id, user_id),
    )


def drop_gone(db: Connection) -> None:
    """Those that rest on a message of the table ``gone``."""
    db.execute(
        "DELETE FROM open_loops AS loop WHERE EXISTS (SELECT 1 FROM json_each(messages)"
        " JOIN gone ON gone.message_id = value AND gone.chat_id = loop.chat_id)"
    )
