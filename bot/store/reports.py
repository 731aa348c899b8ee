"""What was used, summed up from the ledger: numbers and ids, never words."""

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from sqlite_utils.db import Database as Connection

from bot.store.database import Database
from bot.store.quotas import beginning

_MOST_ACTIVE = 10
_DAY = 86_400.0

_SUMS = """
    coalesce(sum(purpose = 'question' AND outcome IN ('answered', 'stopped')), 0), coalesce(sum(pictures), 0),
    coalesce(sum(prompt_tokens), 0), coalesce(sum(cached_tokens), 0), coalesce(sum(output_tokens), 0),
    coalesce(sum(cost), 0)
FROM calls WHERE outcome != 'open' AND at >= :since AND (:user IS NULL OR user_id = :user)
"""


class Sums(NamedTuple):
    """``cached`` tokens are part of ``prompt``; ``cost`` in micro-yuan."""

    questions: int = 0
    pictures: int = 0
    prompt: int = 0
    cached: int = 0
    output: int = 0
    cost: int = 0

    @property
    def tokens(self) -> int:
        return self.prompt + self.output


@dataclass(frozen=True, slots=True)
class Report:
    """Of one person, or of all. ``models``: this month's, the dearest first. ``days``: by date of UTC, where any."""

    today: Sums
    month: Sums
    models: list[tuple[str, Sums]]
    days: dict[str, Sums]


@dataclass(frozen=True, slots=True)
class Extremes:
    """This month's, of all: how many calls ended by which error, and who used most."""

    errors: list[tuple[str, int]]
    people: list[tuple[int, Sums]]


class ReportRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, user_id: int | None, now: float, days: int) -> Report:
        """Of a person, or of all (None), at ``now`` (Unix seconds); the last ``days`` days one by one."""
        return await self._database.run(partial(_report, user_id, now, days))

    async def extremes(self, now: float) -> Extremes:
        return await self._database.run(partial(_extremes, now))


def _report(user_id: int | None, now: float, days: int, db: Connection) -> Report:
    today, month = beginning("day", now), beginning("month", now)
    models = _grouped("model", user_id, month, db)
    return Report(
        today=_sum(user_id, today, db),
        month=_sum(user_id, month, db),
        models=[(str(name), sums) for name, sums in models if any(sums)],
        days=dict(_grouped("date(at, 'unixepoch')", user_id, today - (days - 1) * _DAY, db)),
    )


def _sum(user_id: int | None, since: float, db: Connection) -> Sums:
    return Sums(*db.execute(f"SELECT {_SUMS}", {"since": since, "user": user_id}).fetchone())


def _grouped(by: str, user_id: int | None, since: float, db: Connection) -> "list[tuple[str, Sums]]":
    sql = f"SELECT {by}, {_SUMS} GROUP BY 1 ORDER BY 7 DESC, 2 DESC, 3 DESC, 4 DESC"
    return [(row[0], Sums(*row[1:])) for row in db.execute(sql, {"since": since, "user": user_id})]


def _extremes(now: float, db: Connection) -> Extremes:
    month = beginning("month", now)
    errors = db.execute(
        "SELECT outcome, count(*) FROM calls WHERE at >= ? AND outcome NOT IN ('open', 'answered', 'stopped')"
        " GROUP BY outcome ORDER BY 2 DESC, 1",
        (month,),
    )
    people = [(int(user), sums) for user, sums in _grouped("user_id", None, month, db) if int(user)]
    return Extremes([(str(name), int(count)) for name, count in errors], people[:_MOST_ACTIVE])
