"""The schema as numbered steps. Each runs once, in the transaction that records it; none is changed after release."""

from pathlib import Path

from sqlite_utils import Migrations
from sqlite_utils.db import Database as Connection

from bot.store.database import open_prepared

steps = Migrations("siliconbot")


class NewerDatabase(Exception):
    """The file was written by a newer version of the program."""


@steps(name="0001_inbox")
def _inbox(db: Connection) -> None:
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


@steps(name="0002_conversations")
def _conversations(db: Connection) -> None:
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


@steps(name="0003_parts")
def _parts(db: Connection) -> None:
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


@steps(name="0004_people")
def _people(db: Connection) -> None:
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


@steps(name="0005_grants")
def _grants(db: Connection) -> None:
    """What was admitted to the providers, so that a restart does not forget how much of a window is used."""
    db.execute(
        """
        CREATE TABLE grants (
            id TEXT PRIMARY KEY,
            at REAL NOT NULL,
            account TEXT NOT NULL,
            model TEXT NOT NULL,
            tokens INTEGER NOT NULL,
            pictures INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute("CREATE INDEX grants_at ON grants (at)")


@steps(name="0006_ledger")
def _ledger(db: Connection) -> None:
    """Every call and its price, what counts against quotas, who was let in by command, what owners were told."""
    db.execute(
        """
        CREATE TABLE calls (
            id INTEGER PRIMARY KEY,
            at REAL NOT NULL,
            user_id INTEGER NOT NULL,
            chat_id INTEGER NOT NULL,
            subject TEXT NOT NULL,
            purpose TEXT NOT NULL,
            model TEXT NOT NULL,
            account TEXT NOT NULL DEFAULT '',
            outcome TEXT NOT NULL,
            prompt_tokens INTEGER NOT NULL DEFAULT 0,
            cached_tokens INTEGER NOT NULL DEFAULT 0,
            output_tokens INTEGER NOT NULL DEFAULT 0,
            pictures INTEGER NOT NULL DEFAULT 0,
            cost INTEGER NOT NULL DEFAULT 0,
            first_ms INTEGER,
            total_ms INTEGER
        ) STRICT
        """
    )
    db.execute("CREATE INDEX calls_at ON calls (at)")
    db.execute("CREATE INDEX calls_user ON calls (user_id, at)")
    db.execute("CREATE INDEX calls_open ON calls (id) WHERE outcome = 'open'")
    db.execute(
        """
        CREATE TABLE spending (
            subject TEXT NOT NULL,
            period TEXT NOT NULL,
            questions INTEGER NOT NULL,
            pictures INTEGER NOT NULL,
            cost INTEGER NOT NULL,
            PRIMARY KEY (subject, period)
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute("ALTER TABLE nodes ADD COLUMN counted TEXT")  # the subject that a question counts against
    db.execute(
        "UPDATE nodes SET counted = (SELECT 'user:' || user_id FROM conversations WHERE id = conversation_id)"
        " WHERE kind = 'answer' AND state = 'open'"
    )
    db.execute(
        "INSERT INTO spending (subject, period, questions, pictures, cost)"
        " SELECT 'user:' || user_id, day, questions, 0, 0 FROM question_counts"
    )
    db.execute("DROP TABLE question_counts")
    db.execute(
        """
        CREATE TABLE members (
            id INTEGER PRIMARY KEY,
            allowed INTEGER NOT NULL,
            role TEXT NOT NULL,
            questions_per_day INTEGER,
            pictures_per_day INTEGER,
            cost_per_day INTEGER,
            cost_per_month INTEGER
        ) STRICT
        """
    )
    db.execute("CREATE TABLE notices (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID")


@steps(name="0007_pictures")
def _pictures(db: Connection) -> None:
    """A drawing is one wish and has one or several pictures; messages tell which picture they are about.

    Numbers are not given twice, since buttons carry them.
    """
    db.execute(
        """
        CREATE TABLE drawings (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            turn TEXT NOT NULL UNIQUE,
            chat_id INTEGER NOT NULL,
            topic_id INTEGER NOT NULL,
            user_id INTEGER NOT NULL,
            words TEXT NOT NULL,
            improve INTEGER NOT NULL,
            state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done')),
            line_id INTEGER,
            at REAL NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE INDEX drawings_user ON drawings (user_id, chat_id)")
    db.execute(
        """
        CREATE TABLE pictures (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            drawing_id INTEGER NOT NULL REFERENCES drawings (id) ON DELETE CASCADE,
            parent_id INTEGER REFERENCES pictures (id) ON DELETE SET NULL,
            state TEXT NOT NULL DEFAULT 'open'
                CHECK (state IN ('open', 'drawn', 'attempting', 'sent', 'unknown', 'failed')),
            recipe TEXT NOT NULL,
            address TEXT,
            media_type TEXT NOT NULL DEFAULT '',
            width INTEGER NOT NULL DEFAULT 0,
            height INTEGER NOT NULL DEFAULT 0,
            photo INTEGER NOT NULL DEFAULT 0,
            seconds REAL NOT NULL DEFAULT 0,
            cost INTEGER NOT NULL DEFAULT 0,
            photo_id TEXT,
            document_id TEXT
        ) STRICT
        """
    )
    db.execute("CREATE INDEX pictures_drawing ON pictures (drawing_id)")
    db.execute("CREATE INDEX pictures_parent ON pictures (parent_id) WHERE parent_id IS NOT NULL")
    db.execute(
        """
        CREATE TABLE picture_messages (
            chat_id INTEGER NOT NULL,
            message_id INTEGER NOT NULL,
            picture_id INTEGER NOT NULL REFERENCES pictures (id) ON DELETE CASCADE,
            shows TEXT NOT NULL CHECK (shows IN ('picture', 'album', 'words')),
            PRIMARY KEY (chat_id, message_id)
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute("CREATE INDEX picture_messages_picture ON picture_messages (picture_id)")


@steps(name="0008_archive")
def _archive(db: Connection) -> None:
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


@steps(name="0009_digests")
def _digests(db: Connection) -> None:
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


def prepare(db: Connection) -> list[str]:
    """Apply what is missing and give its names; safe where several processes start at once.

    Raises :class:`NewerDatabase` where the file holds steps that this version does not know.
    """
    db.execute("BEGIN IMMEDIATE")
    try:
        known = {step.name for step in steps._migrations}  # noqa: SLF001 - the library offers no other list of all
        unknown = sorted(step.name for step in steps.applied(db) if step.name not in known)
        if unknown:
            raise NewerDatabase(f"the database is newer than this program (it holds {', '.join(unknown)})")
        pending = [step.name for step in steps.pending(db)]
        steps.apply(db)
        db.execute("COMMIT")
    except BaseException:
        db.rollback()
        raise
    return pending


def migrate(path: Path) -> list[str]:
    """Bring the file at ``path`` to the newest schema; the names of the steps that were missing.

    Raises :class:`NewerDatabase` and OSError.
    """
    applied: list[str] = []
    open_prepared(path, lambda db: applied.extend(prepare(db))).close()
    return applied
