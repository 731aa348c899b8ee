"""Documents on their way to their messages."""

from sqlite_utils.db import Database as Connection


def deliveries(db: Connection) -> None:
    """Not only answers go on where a crash ended their delivery; whatever else does so is kept until it is there."""
    db.execute(
        """
        CREATE TABLE deliveries (
            id INTEGER PRIMARY KEY,
            kind TEXT NOT NULL,
            name TEXT NOT NULL,
            answer_id INTEGER UNIQUE REFERENCES nodes (id) ON DELETE CASCADE,
            chat_id INTEGER NOT NULL,
            topic_id INTEGER,
            reply_to INTEGER,
            receiver INTEGER,
            user_id INTEGER,
            source_chat_id INTEGER,
            body TEXT,
            at REAL NOT NULL,
            UNIQUE (kind, name),
            CHECK ((kind = 'answer') = (answer_id IS NOT NULL))
        ) STRICT
        """
    )
    db.execute("CREATE INDEX deliveries_unfinished ON deliveries (id) WHERE body IS NOT NULL")
    db.execute("CREATE INDEX deliveries_at ON deliveries (at) WHERE answer_id IS NULL")
    db.execute(
        """
        CREATE TABLE delivery_records (
            delivery_id INTEGER NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
            seq INTEGER NOT NULL,
            chat_id INTEGER NOT NULL,
            message_id INTEGER,
            state TEXT NOT NULL CHECK (state IN ('shown', 'attempting', 'sent', 'unknown')),
            PRIMARY KEY (delivery_id, seq)
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute(
        "CREATE INDEX delivery_records_message ON delivery_records (chat_id, message_id) WHERE message_id IS NOT NULL"
    )
    db.execute(
        "INSERT INTO deliveries (kind, name, answer_id, chat_id, at)"
        " SELECT 'answer', CAST(nodes.id AS TEXT), nodes.id, min(parts.chat_id), nodes.at"
        " FROM parts JOIN nodes ON nodes.id = answer_id GROUP BY nodes.id ORDER BY nodes.id"
    )
    db.execute(
        "INSERT INTO delivery_records (delivery_id, seq, chat_id, message_id, state)"
        " SELECT deliveries.id, seq, parts.chat_id, message_id, state"
        " FROM parts JOIN deliveries ON deliveries.answer_id = parts.answer_id"
    )
    db.execute("DROP TABLE parts")
