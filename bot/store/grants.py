"""What was admitted to the providers: kept so that a restart does not double the rate."""

from dataclasses import astuple, dataclass

from sqlite_utils.db import Database as Connection

from bot.store.repository import Repository, submitted, transaction


@dataclass(frozen=True, slots=True)
class GrantRow:
    """One admitted call: ``at`` in Unix seconds; ``tokens`` reserved at first, then as used."""

    id: str
    at: float
    account: str
    model: str
    tokens: int
    pictures: int


class GrantRepository(Repository):
    @transaction(ignores_deferred=True)
    def record(self, db: Connection, row: GrantRow) -> None:
        db.execute(
            "INSERT INTO grants (id, at, account, model, tokens, pictures) VALUES (?, ?, ?, ?, ?, ?)", astuple(row)
        )

    @submitted(deferred=True)
    def settle(self, db: Connection, grant_id: str, tokens: int) -> None:
        """Not waited for: what is forgotten by a crash is counted at its reservation."""
        db.execute("UPDATE grants SET tokens = ? WHERE id = ?", (tokens, grant_id))

    @transaction
    def recent(self, db: Connection, since: float) -> list[GrantRow]:
        rows = db.execute(
            "SELECT id, at, account, model, tokens, pictures FROM grants WHERE at >= ? ORDER BY at", (since,)
        )
        return [GrantRow(*row) for row in rows]
