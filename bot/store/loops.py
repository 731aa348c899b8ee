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
