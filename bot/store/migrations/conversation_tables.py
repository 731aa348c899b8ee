"""Updates, conversations, what is said in them, and documents on their way to their messages."""

from sqlite_utils.db import Database as Connection


def inbox(db: Connection) -> None:
    """Updates are kept from before Telegram is told of their arrival until they are answered."""
    db.execute(
        """
        CREATE TABLE inbox (
            bot_id INTEGER NOT NULL,
            update_id INTEGER NOT NULL,
            body TEXT NOT NULL,
            received REAL NOT NULL,
            state TEXT NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'running', 'done', 'dead')),
            starts INTEGER NOT NULL DEFAULT 0,
            failures INTEGER NOT NULL DEFAULT 0,
            error TEXT,
            PRIMARY KEY (bot_id, update_id)
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute("CREATE INDEX inbox_open ON inbox (bot_id, update_id) WHERE state IN ('new', 'running')")
    db.execute("CREATE INDEX inbox_received ON inbox (received)")


def conversations(db: Connection) -> None:
    """Conversations are trees of questions, answers and summaries, one tree per person, chat and topic."""
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
            id INTEGER PRIMARY KEY,
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
            at REAL NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE INDEX nodes_parent ON nodes (parent_id)")
    db.execute("CREATE INDEX nodes_conversation ON nodes (conversation_id, id)")
    db.execute("CREATE INDEX nodes_message ON nodes (chat_id, message_id) WHERE message_id IS NOT NULL")


def parts(db: Connection) -> None:
    """What of an answer stands in which message, so that a delivery goes on where it ended and edits reach it."""
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
    db.execute("CREATE INDEX parts_message ON parts (chat_id, message_id) WHERE message_id IS NOT NULL")


def people(db: Connection) -> None:
    """What people have chosen; a NULL is a choice not made."""
    db.execute(
        """
        CREATE TABLE people (
            user_id INTEGER PRIMARY KEY,
            language TEXT,
            persona TEXT,
            temperature REAL,
            thinking TEXT,
            rich TEXT
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE model_choices (
            user_id INTEGER NOT NULL,
            chat_id INTEGER NOT NULL,
            model TEXT NOT NULL,
            PRIMARY KEY (user_id, chat_id)
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute(
        """
        CREATE TABLE question_counts (
            user_id INTEGER NOT NULL,
            day TEXT NOT NULL,
            questions INTEGER NOT NULL,
            PRIMARY KEY (user_id, day)
        ) STRICT, WITHOUT ROWID
        """
    )


def summary_index(db: Connection) -> None:
    """The way to each question asks at each of its nodes whether a summary stands for what is above: mostly none."""
    db.execute("CREATE INDEX nodes_summary ON nodes (parent_id) WHERE kind = 'summary'")


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
