"""What was admitted, what it cost, and who may spend how much."""

from sqlite_utils.db import Database as Connection


def grants(db: Connection) -> None:
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


def ledger(db: Connection) -> None:
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


def refused_parameters(db: Connection) -> None:
    """A parameter that a model refused is known at the next start, so that its first question is not refused again."""
    db.execute(
        """
        CREATE TABLE refused_parameters (
            provider TEXT NOT NULL,
            model TEXT NOT NULL,
            parameter TEXT NOT NULL,
            instead TEXT NOT NULL,
            entry TEXT NOT NULL,
            PRIMARY KEY (provider, model, parameter)
        ) STRICT, WITHOUT ROWID
        """
    )
