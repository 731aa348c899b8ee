"""What makes erasure safe."""

from typing import Final

from sqlite_utils.db import Database as Connection

_COPIED: Final = {
    "conversations": "id, chat_id, topic_id, user_id, tip, left_behind",
    "nodes": "id, conversation_id, parent_id, kind, state, turn, chat_id, message_id, text, thinking, model, tokens,"
    " prompt_tokens, cached_tokens, output_tokens, at, counted",
    "parts": "answer_id, seq, chat_id, message_id, state",
}


def numbered_nodes(db: Connection) -> None:
    """Numbers of nodes are not given twice: what is erased while it is being answered would else end in the place of
    somebody's next answer. The tables refer to each other, so all three are written anew."""
    db.execute("PRAGMA defer_foreign_keys = ON")  # until the end of this transaction
    for table in _COPIED:
        db.execute(f"ALTER TABLE {table} RENAME TO old_{table}")
    _create(db)
    for table, columns in _COPIED.items():
        db.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM old_{table}")  # noqa: S608 - constants
    db.execute("UPDATE old_conversations SET tip = NULL")
    for table in ("old_parts", "old_nodes", "old_conversations"):  # with their indices
        db.execute(f"DROP TABLE {table}")
    _index(db)


def _create(db: Connection) -> None:
    db.execute(
        """
        CREATE TABLE conversations (
            id INTEGER PRIMARY KEY,
            chat_id INTEGER NOT NULL,
            topic_id INTEGER NOT NULL,
            user_id INTEGER NOT NULL,
            tip INTEGER REFERENCES nodes (id),
            left_behind INTEGER NOT NULL DEFAULT 0,
            UNIQUE (chat_id, topic_id, user_id)
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE nodes (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            conversation_id INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
            parent_id INTEGER REFERENCES nodes (id),
            kind TEXT NOT NULL CHECK (kind IN ('question', 'answer', 'summary')),
            state TEXT NOT NULL CHECK (state IN ('open', 'done', 'cut', 'failed')),
            turn TEXT UNIQUE,
            chat_id INTEGER,
            message_id INTEGER,
            text TEXT NOT NULL DEFAULT '',
            thinking TEXT NOT NULL DEFAULT '',
            model TEXT,
            tokens INTEGER NOT NULL DEFAULT 0,
            prompt_tokens INTEGER,
            cached_tokens INTEGER,
            output_tokens INTEGER,
            at REAL NOT NULL,
            counted TEXT
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE parts (
            answer_id INTEGER NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
            seq INTEGER NOT NULL,
            chat_id INTEGER NOT NULL,
            message_id INTEGER,
            state TEXT NOT NULL CHECK (state IN ('shown', 'attempting', 'sent', 'unknown')),
            PRIMARY KEY (answer_id, seq)
        ) STRICT, WITHOUT ROWID
        """
    )


def _index(db: Connection) -> None:
    """As before, and one for what is looked up when a node is deleted."""
    for index in (
        "nodes_parent ON nodes (parent_id)",
        "nodes_conversation ON nodes (conversation_id, id)",
        "nodes_message ON nodes (chat_id, message_id) WHERE message_id IS NOT NULL",
        "nodes_summary ON nodes (parent_id) WHERE kind = 'summary'",
        "parts_message ON parts (chat_id, message_id) WHERE message_id IS NOT NULL",
        "conversations_tip ON conversations (tip) WHERE tip IS NOT NULL",
    ):
        db.execute(f"CREATE INDEX {index}")
