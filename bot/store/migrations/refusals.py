"""What models refuse."""

from sqlite_utils.db import Database as Connection


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
