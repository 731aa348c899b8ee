"""What is said in conversations, as parts."""

from sqlite_utils.db import Database as Connection


def message_parts(db: Connection) -> None:
    """A message is parts, of which text is one kind; and the columns of conversations say what they hold.

    With a rowid: texts of some kilobytes are read in half the time where they stand in the leaves of a table (2026-11).
    Rows belong to the person whose conversation their node is of, and are kept as long as the node.
    """
    db.execute(
        """
        CREATE TABLE message_parts (
            node_id INTEGER NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
            seq INTEGER NOT NULL,
            kind TEXT NOT NULL
                CHECK (kind IN ('text', 'picture', 'audio', 'document', 'tool_call', 'tool_result')),
            text TEXT NOT NULL,
            name TEXT,
            call_id TEXT,
            media_type TEXT,
            telegram_file_id TEXT,
            file_key TEXT,
            byte_count INTEGER,
            width INTEGER,
            height INTEGER,
            seconds REAL,
            PRIMARY KEY (node_id, seq),
            CHECK ((kind IN ('tool_call', 'tool_result')) = (call_id IS NOT NULL)),
            CHECK ((kind IN ('picture', 'audio', 'document')) = (media_type IS NOT NULL))
        ) STRICT
        """
    )
    db.execute(
        "INSERT INTO message_parts (node_id, seq, kind, text)"
        " SELECT id, 0, 'text', text FROM nodes WHERE text != '' ORDER BY id"
    )
    db.execute("ALTER TABLE nodes DROP COLUMN text")
    db.execute("ALTER TABLE nodes RENAME COLUMN turn TO idempotency_key")
    db.execute("ALTER TABLE conversations RENAME COLUMN tip TO head_id")
    db.execute("ALTER TABLE conversations RENAME COLUMN left_behind TO reset_after_id")
