"""What groups said, and what is made of it."""

from sqlite_utils.db import Database as Connection


def archive(db: Connection) -> None:
    """What was said in groups, the index of its words, the notes made of it, and who is not to be part of that."""
    db.execute(
        """
        CREATE TABLE group_messages (
            id INTEGER PRIMARY KEY,
            chat_id INTEGER NOT NULL,
            message_id INTEGER NOT NULL,
            topic_id INTEGER NOT NULL,
            author_id INTEGER NOT NULL,
            author TEXT NOT NULL,
            username TEXT NOT NULL,
            at REAL NOT NULL,
            kind TEXT NOT NULL,
            text TEXT NOT NULL,
            reply_to INTEGER,
            UNIQUE (chat_id, message_id)
        ) STRICT
        """
    )
    db.execute("CREATE INDEX group_messages_at ON group_messages (at)")
    db.execute("CREATE INDEX group_messages_author ON group_messages (author_id, chat_id, message_id)")
    db.execute("CREATE VIRTUAL TABLE group_words USING fts5 (chat, words, content = '', tokenize = 'unicode61')")
    db.execute(
        """
        CREATE TABLE summary_leaves (
            chat_id INTEGER NOT NULL,
            key TEXT NOT NULL,
            text TEXT NOT NULL,
            start INTEGER,
            first INTEGER NOT NULL,
            last INTEGER NOT NULL,
            messages TEXT NOT NULL,
            at REAL NOT NULL,
            PRIMARY KEY (chat_id, key)
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute(
        """
        CREATE TABLE summary_askers (
            chat_id INTEGER NOT NULL,
            user_id INTEGER NOT NULL,
            at REAL NOT NULL,
            PRIMARY KEY (chat_id, user_id)
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute(
        """
        CREATE TABLE group_topics (
            chat_id INTEGER NOT NULL,
            topic_id INTEGER NOT NULL,
            name TEXT NOT NULL,
            PRIMARY KEY (chat_id, topic_id)
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute(
        """
        CREATE TABLE left_out (
            user_id INTEGER NOT NULL,
            chat_id INTEGER NOT NULL,
            PRIMARY KEY (user_id, chat_id)
        ) STRICT, WITHOUT ROWID
        """
    )


def digests(db: Connection) -> None:
    """When each group gets a summary, who else wants it, and every run, of which there is one for each time."""
    db.execute(
        """
        CREATE TABLE digests (
            chat_id INTEGER PRIMARY KEY,
            topic_id INTEGER NOT NULL,
            username TEXT NOT NULL,
            clock TEXT NOT NULL,
            days TEXT NOT NULL,
            zone TEXT NOT NULL,
            pinned INTEGER NOT NULL,
            by INTEGER NOT NULL,
            language TEXT NOT NULL,
            next_due REAL NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE INDEX digests_due ON digests (next_due)")
    db.execute(
        """
        CREATE TABLE digest_runs (
            chat_id INTEGER NOT NULL,
            due REAL NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('running', 'sending', 'done', 'failed', 'skipped')),
            held_until REAL NOT NULL,
            PRIMARY KEY (chat_id, due)
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute("CREATE INDEX digest_runs_open ON digest_runs (held_until) WHERE state IN ('running', 'sending')")
    db.execute(
        """
        CREATE TABLE digest_subscribers (
            chat_id INTEGER NOT NULL,
            user_id INTEGER NOT NULL,
            PRIMARY KEY (chat_id, user_id)
        ) STRICT, WITHOUT ROWID
        """
    )


def group_zones(db: Connection) -> None:
    """A group has one clock, for its digest and for whoever asks what was said today."""
    db.execute(
        """
        CREATE TABLE group_zones (
            chat_id INTEGER PRIMARY KEY,
            zone TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute("INSERT INTO group_zones (chat_id, zone) SELECT chat_id, zone FROM digests")
    db.execute("ALTER TABLE digests DROP COLUMN zone")


def open_items(db: Connection) -> None:
    """What the last digest of a group left open, so that the next one tells what became of it."""
    db.execute(
        """
        CREATE TABLE open_loops (
            id INTEGER PRIMARY KEY,
            chat_id INTEGER NOT NULL,
            topic_id INTEGER NOT NULL,
            text TEXT NOT NULL,
            messages TEXT NOT NULL,
            people TEXT NOT NULL,
            rounds INTEGER NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE INDEX open_loops_chat ON open_loops (chat_id)")


def pending_summaries(db: Connection) -> None:
    """Buttons below summaries outlive a restart; and groups may want no summaries for one member alone."""
    db.execute(
        """
        CREATE TABLE pending_summaries (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            user_id INTEGER NOT NULL,
            chat_id INTEGER NOT NULL,
            at REAL NOT NULL,
            body TEXT NOT NULL,
            messages TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE TABLE private_summaries_off (chat_id INTEGER PRIMARY KEY) STRICT")


def asked_topics(db: Connection) -> None:
    """Who was told of one topic of a forum knows nothing of the others; until now what was asked counted for all."""
    db.execute("ALTER TABLE summary_askers RENAME TO asked_before")
    db.execute(
        """
        CREATE TABLE summary_askers (
            chat_id INTEGER NOT NULL,
            user_id INTEGER NOT NULL,
            topic_id INTEGER NOT NULL,
            at REAL NOT NULL,
            PRIMARY KEY (chat_id, user_id, topic_id)
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute("INSERT INTO summary_askers SELECT chat_id, user_id, 0, at FROM asked_before")
    db.execute("DROP TABLE asked_before")
