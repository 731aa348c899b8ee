"""What was said in groups: kept for summaries and searches, with an index of its words."""

import math
from collections.abc import Sequence
from dataclasses import astuple, fields
from typing import Final

from sqlite_utils.db import Database as Connection

from bot.domain.group import EVERYWHERE, ArchivedMessage, ArchiveSpan, Seen
from bot.store.repository import Repository, transaction
from bot.store.rows import void_edited
from bot.store.words import add_words, chat_term, indexed, phrase, remove_words, terms

_EVERY_TOPIC: Final = -1
_DAY: Final = 86_400.0
_NEIGHBOURS: Final = 12  # messages before and after one that was found
_FOUND: Final = 40
_MOST_PAIRS = 100  # of characters or words that are looked for at once


class ArchiveRepository(Repository):
    @transaction
    def keep(self, db: Connection, message: ArchivedMessage) -> None:
        """Store it, or what it has become. Nothing is stored of those who are left out."""
        if _is_left_out(message.chat_id, message.author_id, db):
            return
        before = db.execute(
            "SELECT id, text FROM group_messages WHERE chat_id = ? AND message_id = ?",
            (message.chat_id, message.message_id),
        ).fetchone()
        if before is None:
            row = db.execute(_INSERT, astuple(message)).lastrowid
            add_words(row, message.chat_id, message.text, db)
        elif before[1] != message.text:
            _edit(before[0], before[1], message, db)

    @transaction
    def load(self, db: Connection, chat_id: int, span: ArchiveSpan, most: int) -> list[ArchivedMessage]:
        """In the order of their ids; the newest ``most`` of them."""
        return _load(chat_id, span, most, db)

    @transaction
    def around(self, db: Connection, chat_id: int, topic_id: int | None, words: str) -> list[ArchivedMessage]:
        """Messages that share words with these, and what was said around them; the newest where none does."""
        found = _hits(chat_id, " OR ".join(map(phrase, _pairs(words))), _FOUND, db)
        near = {number for message in found for number in _neighbours(message, db)} if found else set()
        newest = [message.message_id for message in _load(chat_id, ArchiveSpan(topic_id), 25 * _NEIGHBOURS, db)]
        wanted = ",".join(map(str, near or newest))
        return _messages(
            f"chat_id = ? AND message_id IN ({wanted}) AND (? IS NULL OR topic_id = ?) ORDER BY message_id",
            (chat_id, topic_id, topic_id),
            db,
        )

    @transaction
    def search(self, db: Connection, chat_id: int, words: str, most: int) -> list[ArchivedMessage]:
        """Those that hold all of the words, the newest first."""
        return _hits(chat_id, " AND ".join(map(phrase, terms(words))), most, db)

    @transaction
    def last_wrote(
        self, db: Connection, chat_id: int, topic_id: int | None, author_id: int, before: int
    ) -> Seen | None:
        """When the author last wrote in the topic, before the message of this id, or was given a summary of it; None
        for ``topic_id``: in any topic, or of all of them."""
        wrote = db.execute(
            "SELECT at, message_id FROM group_messages WHERE chat_id = ? AND author_id = ? AND message_id < ?"
            " AND (? IS NULL OR topic_id = ?) ORDER BY message_id DESC LIMIT 1",
            (chat_id, author_id, before, topic_id, topic_id),
        ).fetchone()
        asked = db.execute(
            "SELECT max(at) FROM summary_askers WHERE chat_id = ? AND user_id = ? AND topic_id IN (?, ?)",
            (chat_id, author_id, topic_id, _EVERY_TOPIC),
        ).fetchone()[0]
        if wrote is not None and (asked is None or wrote[0] >= asked):
            return Seen(*wrote)
        return None if asked is None else Seen(asked)

    @transaction
    def asked(self, db: Connection, chat_id: int, topic_id: int | None, user_id: int, at: float) -> None:
        """The user was given a summary of all up to ``at`` of this topic; None: of each topic."""
        topic = _EVERY_TOPIC if topic_id is None else topic_id
        row = {"chat_id": chat_id, "user_id": user_id, "topic_id": topic, "at": at}
        db.table("summary_askers").insert(row, replace=True)

    @transaction
    def name_topic(self, db: Connection, chat_id: int, topic_id: int, name: str) -> None:
        db.table("group_topics").insert({"chat_id": chat_id, "topic_id": topic_id, "name": name}, replace=True)

    @transaction
    def topics(self, db: Connection, chat_id: int) -> dict[int, str]:
        """The names of topics by their ids, as far as they are known."""
        return {row["topic_id"]: row["name"] for row in db.table("group_topics").rows_where("chat_id = ?", [chat_id])}


def _is_left_out(chat_id: int, author_id: int, db: Connection) -> bool:
    sql = "SELECT 1 FROM left_out WHERE user_id = ? AND chat_id IN (?, ?)"
    return db.execute(sql, (author_id, EVERYWHERE, chat_id)).fetchone() is not None


def _edit(row: int, text: str, message: ArchivedMessage, db: Connection) -> None:
    """Put what the message says now in the place of ``text``."""
    remove_words([(row, message.chat_id, text)], db)
    db.execute("UPDATE group_messages SET text = ?, kind = ? WHERE id = ?", (message.text, message.kind, row))
    add_words(row, message.chat_id, message.text, db)
    void_edited(message.chat_id, message.message_id, db)


def _load(chat_id: int, span: ArchiveSpan, most: int, db: Connection) -> list[ArchivedMessage]:
    starts = [start for start in (span.since, _time_of(chat_id, span, db), _newest(chat_id, span, db)) if start]
    since = max(starts) - _DAY if starts else 0.0
    return _messages(
        "chat_id = ? AND at >= ? AND (? IS NULL OR topic_id = ?) ORDER BY message_id DESC LIMIT ?",
        (chat_id, since, span.topic_id, span.topic_id, most),
        db,
    )[::-1]


def _time_of(chat_id: int, span: ArchiveSpan, db: Connection) -> float | None:
    """When the first of the span was written, or what came next where it is not kept; never, where nothing did."""
    if span.first is None:
        return None
    sql = "SELECT min(at) FROM group_messages WHERE chat_id = ? AND message_id >= ?"
    found: float | None = db.execute(sql, (chat_id, span.first)).fetchone()[0]
    return math.inf if found is None else found


def _newest(chat_id: int, span: ArchiveSpan, db: Connection) -> float | None:
    if span.last is None:
        return None
    found: tuple[float | None] = db.execute(
        "SELECT min(at) FROM (SELECT at FROM group_messages WHERE chat_id = ? AND (? IS NULL OR topic_id = ?)"
        " ORDER BY message_id DESC LIMIT ?)",
        (chat_id, span.topic_id, span.topic_id, span.last),
    ).fetchone()
    return found[0]


def _pairs(words: str) -> list[str]:
    """Different terms; longer runs of characters without spaces by twos: a question says them in other company."""
    found: list[str] = []
    for term in terms(words):
        spaced = indexed(term).split()
        found += ["".join(spaced[place : place + 2]) for place in range(max(1, len(spaced) - 1))]
    return list(dict.fromkeys(found))[:_MOST_PAIRS]


def _neighbours(message: ArchivedMessage, db: Connection) -> list[int]:
    sql = (
        "SELECT message_id FROM group_messages WHERE chat_id = ? AND topic_id = ? AND message_id {} ?"
        " ORDER BY message_id {} LIMIT ?"
    )
    place = (message.chat_id, message.topic_id, message.message_id, _NEIGHBOURS)
    rows = [*db.execute(sql.format("<=", "DESC"), place), *db.execute(sql.format(">", "ASC"), place)]
    return [row[0] for row in rows]


def _hits(chat_id: int, question: str, most: int, db: Connection) -> list[ArchivedMessage]:
    if not question:
        return []
    return _messages(
        "id IN (SELECT rowid FROM group_words WHERE group_words MATCH ? ORDER BY rowid DESC LIMIT ?)"
        " ORDER BY at DESC, message_id DESC",  # topics are taken in side by side, so rows stand in no order of time
        (f'chat : "{chat_term(chat_id)}" AND words : ({question})', most),
        db,
    )


def _messages(where: str, values: Sequence[object], db: Connection) -> list[ArchivedMessage]:
    rows = db.execute(f"SELECT {_COLUMNS} FROM group_messages WHERE {where}", tuple(values))  # noqa: S608 - constants
    return [ArchivedMessage(*row) for row in rows]


_COLUMNS = ", ".join(field.name for field in fields(ArchivedMessage))
_INSERT = f"INSERT INTO group_messages ({_COLUMNS}) VALUES ({', '.join('?' * len(fields(ArchivedMessage)))})"  # noqa: S608 - constants
