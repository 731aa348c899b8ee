"""What models have refused, by model: kept until their entries change."""

from dataclasses import astuple

from sqlite_utils.db import Database as Connection

from bot.domain.model_adjustments import ModelAdjustment
from bot.store.repository import Repository, submitted, transaction


class RefusalRepository(Repository):
    """A :class:`bot.domain.model_adjustments.ModelAdjustmentRepository`."""

    @transaction
    def every(self, db: Connection) -> list[ModelAdjustment]:
        rows = db.execute("SELECT provider, model, entry, parameter, instead FROM refused_parameters")
        return [ModelAdjustment(*row) for row in rows]

    @submitted()
    def remember(self, db: Connection, adjustment: ModelAdjustment) -> None:
        db.execute(
            "INSERT OR REPLACE INTO refused_parameters (provider, model, entry, parameter, instead)"
            " VALUES (?, ?, ?, ?, ?)",
            astuple(adjustment),
        )

    @submitted()
    def forget_other_entries(self, db: Connection, provider: str, model: str, entry: str) -> None:
        db.execute(
            "DELETE FROM refused_parameters WHERE provider = ? AND model = ? AND entry != ?", (provider, model, entry)
        )
