"""The schema as numbered steps. Each runs once, in the transaction that records it; none is changed after release."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from sqlite_utils import Migrations
from sqlite_utils.db import Database as Connection

from bot.domain.database_state import DatabaseState
from bot.store.database import connect, open_prepared
from bot.store.file_modes import exposed
from bot.store.migrations import conversation_tables, drawing_tables, group_tables, ownership, usage_tables

# In the order in which they run: the only list of them.
_STEPS: Final[Sequence[tuple[str, Callable[[Connection], None]]]] = (
    ("0001_inbox", conversation_tables.inbox),
    ("0002_conversations", conversation_tables.conversations),
    ("0003_parts", conversation_tables.parts),
    ("0004_people", conversation_tables.people),
    ("0005_grants", usage_tables.grants),
    ("0006_ledger", usage_tables.ledger),
    ("0007_pictures", drawing_tables.pictures),
    ("0008_archive", group_tables.archive),
    ("0009_digests", group_tables.digests),
    ("0010_group_zones", group_tables.group_zones),
    ("0011_open_loops", group_tables.open_items),
    ("0012_pending_summaries", group_tables.pending_summaries),
    ("0013_summary_index", conversation_tables.summary_index),
    ("0014_asked_topics", group_tables.asked_topics),
    ("0015_numbered_nodes", ownership.numbered_nodes),
    ("0016_message_parts", conversation_tables.message_parts),
    ("0017_deliveries", conversation_tables.deliveries),
    ("0018_refused_parameters", usage_tables.refused_parameters),
)
steps = Migrations("siliconbot")
for _name, _step in _STEPS:
    steps(name=_name)(_step)


class NewerDatabase(Exception):
    """The file was written by a newer version of the program."""


def prepare(db: Connection) -> list[str]:
    """Apply what is missing and give its names; safe where several processes start at once.

    Raises :class:`NewerDatabase` where the file holds steps that this version does not know.
    """
    db.execute("BEGIN IMMEDIATE")
    try:
        known = {name for name, _ in _STEPS}
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
    wide = exposed(path)
    applied = _applied(path)
    pending = tuple(name for name in known if name not in applied)
    unknown = tuple(sorted(applied - set(known)))
    return DatabaseState(engine, exists=True, newest=known[-1], pending=pending, unknown=unknown, exposed=wide)


def _applied(path: Path) -> set[str]:
    connection = connect(path)
    try:
        connection.execute("BEGIN IMMEDIATE")  # refused where the file cannot be written
        connection.execute("ROLLBACK")
        return {step.name for step in steps.applied(connection)}
    finally:
        connection.close()
