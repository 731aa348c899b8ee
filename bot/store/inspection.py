"""What state the database is in, found out without changing it."""

from pathlib import Path

from bot.domain.database_state import DatabaseState
from bot.store.database import connect
from bot.store.migrations import steps


def inspect(path: Path) -> DatabaseState:
    """The state of the file at ``path``. Raises what SQLite raises where it is no database or cannot be written."""
    blank = connect(Path(":memory:"))
    try:
        known = tuple(step.name for step in steps.pending(blank))
        engine = str(blank.execute("SELECT sqlite_version()").fetchone()[0])
    finally:
        blank.close()
    if not path.exists():
        return DatabaseState(engine, exists=False, newest=known[-1])
    applied = _applied(path)
    pending = tuple(name for name in known if name not in applied)
    unknown = tuple(sorted(applied - set(known)))
    return DatabaseState(engine, exists=True, newest=known[-1], pending=pending, unknown=unknown)


def _applied(path: Path) -> set[str]:
    connection = connect(path)
    try:
        connection.execute("BEGIN IMMEDIATE")  # refused where the file cannot be written
        connection.execute("ROLLBACK")
        return {step.name for step in steps.applied(connection)}
    finally:
        connection.close()
