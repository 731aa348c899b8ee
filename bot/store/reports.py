"""What was used, summed up from the ledger: numbers and ids, never words."""

from collections.abc import Sequence
from typing import Final

from sqlite_utils.db import Database as Connection

from bot.domain.ledger import UsageBreakdown, UsageExtremes, UsageTotals
from bot.domain.money import Money
from bot.domain.quota import period_start
from bot.store.repository import Repository, transaction

_MOST_ACTIVE: Final = 10
_DAY: Final = 86_400.0

_SUMS: Final = """
    coalesce(sum(purpose = 'question' AND outcome IN ('answered', 'stopped')), 0), coalesce(sum(pictures), 0),
    coalesce(sum(prompt_tokens), 0), coalesce(sum(cached_tokens), 0), coalesce(sum(output_tokens), 0),
    coalesce(sum(cost), 0)
FROM calls WHERE outcome != 'open' AND at >= :since AND (:user IS NULL OR user_id = :user)
"""


class ReportRepository(Repository):
    @transaction
    def of(self, db: Connection, user_id: int | None, now: float, days: int) -> UsageBreakdown:
        """Of a person, or of all (None), at ``now`` (Unix seconds); the last ``days`` days one by one."""
        today, month = period_start("day", now), period_start("month", now)
        models = _grouped("model", user_id, month, db)
        return UsageBreakdown(
            today=_sum(user_id, today, db),
            month=_sum(user_id, month, db),
            models=[(str(name), totals) for name, totals in models if any(totals)],
            days=dict(_grouped("date(at, 'unixepoch')", user_id, today - (days - 1) * _DAY, db)),
        )

    @transaction
    def extremes(self, db: Connection, now: float) -> UsageExtremes:
        """Of the month of ``now`` (Unix seconds)."""
        month = period_start("month", now)
        errors = db.execute(
            "SELECT outcome, count(*) FROM calls WHERE at >= ? AND outcome NOT IN ('open', 'answered', 'stopped')"
            " GROUP BY outcome ORDER BY 2 DESC, 1",
            (month,),
        )
        people = [(int(user), totals) for user, totals in _grouped("user_id", None, month, db) if int(user)]
        return UsageExtremes([(str(name), int(count)) for name, count in errors], people[:_MOST_ACTIVE])


def _sum(user_id: int | None, since: float, db: Connection) -> UsageTotals:
    return _totals(db.execute(f"SELECT {_SUMS}", {"since": since, "user": user_id}).fetchone())


def _grouped(by: str, user_id: int | None, since: float, db: Connection) -> list[tuple[str, UsageTotals]]:
    sql = f"SELECT {by}, {_SUMS} GROUP BY 1 ORDER BY 7 DESC, 2 DESC, 3 DESC, 4 DESC"
    return [(row[0], _totals(row[1:])) for row in db.execute(sql, {"since": since, "user": user_id})]


def _totals(row: Sequence[int]) -> UsageTotals:
    questions, pictures, prompt, cached, output, cost = row
    return UsageTotals(questions, pictures, prompt, cached, output, Money(cost))
