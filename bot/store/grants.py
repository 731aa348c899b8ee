"""What was admitted to the providers: kept so that a restart does not double the rate."""

from dataclasses import dataclass
from functools import partial

from sqlite_utils.db import Database as Connection

from bot.store.database import Database


@dataclass(frozen=True, slots=True)
class GrantRow:
    """One admitted call: ``at`` in Unix seconds; ``tokens`` reserved at first, then as used."""

    id: str
    at: float
    account: str
    model: str
    tokens: int
    pictures: int


class GrantRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, row: GrantRow) -> None:
        await self._database.run(partial(_record, row), hasty=True)

    async def settle(self, grant_id: str, tokens: int) -> None:
        """Not waited for: what is forgotten by a crash is counted at its reservation."""
        self._database.hand_in_late(partial(_settle, grant_id, tokens))

    async def recent(self, since: float) -> list[GrantRow]:
        return await self._database.run(partial(_recent, since))

    async def prune(self, before: float) -> int:
        """Delete what no window reaches back to any more; how many rows went."""
        return await self._database.run(partial(_prune, before))


def _record(row: GrantRow, db: Connection) -> None:
    db.execute(
        "INSERT INTO grants (id, at, account, model, tokens, pictures) VALUES (?, ?, ?, ?, ?, ?)",
        (row.id, row.at, row.account, row.model, row.tokens, row.pictures),
    )


def _settle(grant_id: str, tokens: int, db: Connection) -> None:
    db.execute("UPDATE grants SET tokens = ? WHERE id = ?", (tokens, grant_id))


def _recent(since: float, db: Connection) -> list[GrantRow]:
    rows = db.execute("SELECT id, at, account, model, tokens, pictures FROM grants WHERE at >= ? ORDER BY at", (since,))
    return [GrantRow(*row) for row in rows]


def _prune(before: float, db: Connection) -> int:
    return int(db.execute("DELETE FROM grants WHERE at < ?", (before,)).rowcount)
