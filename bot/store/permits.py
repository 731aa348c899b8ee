"""What was admitted to the providers: kept so that a restart does not double the rate."""

from dataclasses import astuple

from sqlite_utils.db import Database as Connection

from bot.domain.permit_log import PermitRow
from bot.store.repository import Repository, submitted, transaction


class PermitRepository(Repository):
    @transaction(ignores_deferred=True)
    def record(self, db: Connection, row: PermitRow) -> None:
        db.execute(
            "INSERT INTO grants (id, at, account, model, tokens, pictures) VALUES (?, ?, ?, ?, ?, ?)", astuple(row)
        )

    @submitted(deferred=True)
    def settle(self, db: Connection, permit_id: str, tokens: int) -> None:
        """Not waited for: what is forgotten by a crash is counted at its reservation."""
        db.execute("UPDATE grants SET tokens = ? WHERE id = ?", (tokens, permit_id))

    @transaction
    def recent(self, db: Connection, since: float) -> list[PermitRow]:
        rows = db.execute(
            "SELECT id, at, account, model, tokens, pictures FROM grants WHERE at >= ? ORDER BY at", (since,)
        )
        return [PermitRow(*row) for row in rows]
