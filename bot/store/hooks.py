"""Hooks of tables whose rows cannot be erased or moved by a rule alone."""

from typing import Final

from sqlite_utils.db import Database as Connection

from bot.store.call_ledger import unname
from bot.store.quotas import drop_past

_MONTHS_KEPT: Final = 400 * 86_400.0  # seconds; a year and the month before it
# Where an update tells of its person and its chat: a message at its first level, a press one level below.
_SENDER: Final = ("from.id",)
_CHATS: Final = ("chat.id", "message.chat.id")


def forget_set_aside(db: Connection, user_id: int, chat_id: int | None) -> None:  # noqa: ARG001 - a hook's
    """Updates of the person, from whatever chat: few, and of use to the operator alone."""
    db.execute(f"DELETE FROM inbox WHERE {_set_aside(_SENDER)}", {"id": user_id})  # noqa: S608 - constants


def leave_set_aside(db: Connection, chat_id: int) -> None:
    db.execute(f"DELETE FROM inbox WHERE {_set_aside(_CHATS)}", {"id": chat_id})  # noqa: S608 - constants


def migrate_set_aside(db: Connection, old: int, new: int) -> None:
    for path in _CHATS:
        db.execute(
            f"UPDATE inbox SET body = (SELECT json_set(body, fullkey || '.{path}', :new) FROM json_each(body)"  # noqa: S608 - constants
            f" WHERE {_holds(path)}) WHERE {_set_aside((path,))}",
            {"id": old, "new": new},
        )


def _set_aside(paths: tuple[str, ...]) -> str:
    found = " OR ".join(map(_holds, paths))
    return f"state = 'dead' AND json_valid(body) AND EXISTS (SELECT 1 FROM json_each(body) WHERE {found})"  # noqa: S608 - constants


def _holds(path: str) -> str:
    return f"json_extract(body, fullkey || '.{path}') = :id"


def merge_conversations(db: Connection, old: int, new: int) -> None:
    """Where somebody has talked in both, the nodes come together, and the talk goes on where it was last."""
    pairs = db.execute(
        "SELECT before.id, after.id FROM conversations AS before JOIN conversations AS after USING (topic_id, user_id)"
        " WHERE before.chat_id = ? AND after.chat_id = ?",
        (old, new),
    ).fetchall()
    for before, after in pairs:
        if _newest(before, db) > _newest(after, db):
            older = "SELECT head_id, reset_after_id FROM conversations WHERE id = ?"
            db.execute(f"UPDATE conversations SET (head_id, reset_after_id) = ({older}) WHERE id = ?", (before, after))  # noqa: S608 - constants
        db.execute("UPDATE nodes SET conversation_id = ? WHERE conversation_id = ?", (after, before))
        db.execute("DELETE FROM conversations WHERE id = ?", (before,))


def _newest(conversation: int, db: Connection) -> int:
    sql = "SELECT coalesce(max(id), 0) FROM nodes WHERE conversation_id = ?"
    return int(db.execute(sql, (conversation,)).fetchone()[0])


def forget_deliveries(db: Connection, user_id: int, chat_id: int | None) -> None:
    """What the person asked for (in this chat, or of it), and what only the person sees.

    Answers' deliveries go with their conversations.
    """
    db.execute(
        "DELETE FROM deliveries WHERE answer_id IS NULL AND ?1 IN (user_id, receiver, iif(?2 IS NULL, chat_id, NULL))"
        " AND (?2 IS NULL OR ?2 IN (chat_id, source_chat_id))",
        (user_id, chat_id),
    )


def leave_deliveries(db: Connection, chat_id: int) -> None:
    sql = "DELETE FROM deliveries WHERE answer_id IS NULL AND (chat_id = ?1 OR source_chat_id = ?1)"
    db.execute(sql, (chat_id,))


def migrate_deliveries(db: Connection, old: int, new: int) -> None:
    db.execute("UPDATE deliveries SET source_chat_id = ? WHERE source_chat_id = ?", (new, old))


def unname_calls(db: Connection, user_id: int, chat_id: int | None) -> None:
    """What was spent stays in the sums of all; forgotten in one chat alone, a person keeps the own sums."""
    if chat_id is None:
        unname(user_id, db)


def unname_chat(db: Connection, chat_id: int) -> None:
    """Who pays is needed while a call is open, and goes when it is settled."""
    db.execute(
        "UPDATE calls SET chat_id = 0, subject = CASE WHEN outcome != 'open' AND subject = :subject THEN ''"
        " ELSE subject END WHERE chat_id = :chat",
        {"chat": chat_id, "subject": f"chat:{chat_id}"},
    )


def age_counters(db: Connection, now: float) -> int:
    """Those of a person or a chat when their day or month is over; those of all together much later."""
    dropped = drop_past(now, db)
    sql = "DELETE FROM spending WHERE period < strftime('%Y-%m', ?, 'unixepoch')"
    return int(dropped) + int(db.execute(sql, (now - _MONTHS_KEPT,)).rowcount)
