"""The schema as numbered steps. Each runs once, in the transaction that records it; none is changed after release."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from sqlite_utils import Migrations
from sqlite_utils.db import Database as Connection

from bot.store.database import open_prepared
from bot.store.migrations import drawing, grouping, ownership, parts_of_messages, refusals, spending, talking

# In the order in which they run: the only list of them.
_STEPS: Final[Sequence[tuple[str, Callable[[Connection], None]]]] = (
    ("0001_inbox", talking.inbox),
    ("0002_conversations", talking.conversations),
    ("0003_parts", talking.parts),
    ("0004_people", talking.people),
    ("0005_grants", spending.grants),
    ("0006_ledger", spending.ledger),
    ("0007_pictures", drawing.pictures),
    ("0008_archive", grouping.archive),
    ("0009_digests", grouping.digests),
    ("0010_group_zones", grouping.group_zones),
    ("0011_open_loops", grouping.open_loops),
    ("0012_pending_summaries", grouping.pending_summaries),
    ("0013_summary_index", talking.summary_index),
    ("0014_asked_topics", grouping.asked_topics),
    ("0015_numbered_nodes", ownership.numbered_nodes),
    ("0016_message_parts", parts_of_messages.message_parts),
    ("0018_refused_parameters", refusals.refused_parameters),
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
