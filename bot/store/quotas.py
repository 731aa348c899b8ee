"""What may be used and what was, by subject and period; counted within the transaction that uses it.

Days and months begin at 00:00 UTC. Money is in micro-yuan.
"""

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final, Literal, NamedTuple

from sqlite_utils.db import Database as Connection

from bot.store.database import Database

What = Literal["questions", "pictures", "cost"]
Whose = Literal["user", "chat", "all"]
Period = Literal["day", "month"]

EVERYBODY: Final = "all"


@dataclass(frozen=True, slots=True)
class Quota:
    """What a subject may use; 0: any amount."""

    questions_per_day: int = 0
    pictures_per_day: int = 0
    cost_per_day: int = 0
    cost_per_month: int = 0


UNBOUND: Final = Quota()
_BOUNDS: Final = tuple(field.name for field in fields(Quota))


@dataclass(frozen=True, slots=True)
class Terms:
    """A quota as far as somebody has said what it is; None: not said, so that what holds in general holds."""

    questions_per_day: int | None = None
    pictures_per_day: int | None = None
    cost_per_day: int | None = None
    cost_per_month: int | None = None

    def over(self, quota: Quota) -> Quota:
        said = {name: value for name in _BOUNDS if (value := getattr(self, name)) is not None}
        return replace(quota, **said) if said else quota


UNSAID: Final = Terms()


@dataclass(frozen=True, slots=True)
class Purse:
    """``subject``: who pays, ``user:ID`` or ``chat:ID``. ``total``: what everybody together may cost in a month."""

    subject: str
    quota: Quota = UNBOUND
    total: int = 0


class Spent(NamedTuple):
    questions: int = 0
    pictures: int = 0
    cost: int = 0

    def minus(self, other: "Spent") -> "Spent":
        return Spent(self.questions - other.questions, self.pictures - other.pictures, self.cost - other.cost)


class QuotaReached(Exception):
    """There is no room for it; nothing was stored. ``renews``: when there will be (Unix seconds), ``wait`` s later."""

    def __init__(self, what: What, whose: Whose, period: Period, used: int, limit: int, at: float) -> None:
        super().__init__(f"{used} of {limit} {what} used, by {whose} in this {period}")
        self.what: Final = what
        self.whose: Final = whose
        self.period: Final = period
        self.used: Final = used
        self.limit: Final = limit
        self.renews: Final = renewal(period, at)
        self.wait: Final = self.renews - at


class Used(NamedTuple):
    """What a subject has used today and this month, and what everybody has this month."""

    today: Spent
    month: Spent
    everybody: Spent


class QuotaRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def used(self, subject: str, at: float) -> Used:
        """On the day and in the month of ``at``, reservations included."""
        return await self._database.run(partial(_used, subject, at))


def spend(purse: Purse, spent: Spent, at: float, db: Connection) -> None:
    """Count ``spent`` on the day and in the month of ``at``. Raises :class:`QuotaReached`.

    Only what grows is held against its bound: what is free can be had when the money is gone.
    """
    today, month, everybody = _add(purse.subject, spent, at, db)
    quota = purse.quota
    whose: Whose = "chat" if purse.subject.startswith("chat:") else "user"
    bounds: tuple[tuple[What, Whose, Period, int, int], ...] = (
        ("questions", whose, "day", today.questions, quota.questions_per_day),
        ("pictures", whose, "day", today.pictures, quota.pictures_per_day),
        ("cost", whose, "day", today.cost, quota.cost_per_day),
        ("cost", whose, "month", month.cost, quota.cost_per_month),
        ("cost", "all", "month", everybody.cost, purse.total),
    )
    for what, holder, period, after, limit in bounds:
        added = getattr(spent, what)
        if added > 0 and 0 < limit < after:
            raise QuotaReached(what, holder, period, after - added, limit, at)


def refund(subject: str, spent: Spent, at: float, db: Connection) -> Used:
    """Take back what was counted at ``at``; what is below zero is counted on top. What is used after that."""
    return _add(subject, Spent().minus(spent), at, db)


def drop_past(now: float, db: Connection) -> bool:
    """Drop what is held against no quota any more, and with it the names of those who were forgotten; if there was any.

    Until their day and month are over these counters stay, or a quota could be had anew.
    """
    over = "period NOT IN (date(:now, 'unixepoch'), strftime('%Y-%m', :now, 'unixepoch'))"
    sql = f"DELETE FROM spending WHERE subject != :everybody AND {over}"  # noqa: S608 - constants
    return db.execute(sql, {"now": now, "everybody": EVERYBODY}).rowcount > 0


def renewal(period: Period, at: float) -> float:
    """When the day or the month of ``at`` ends (Unix seconds)."""
    day = datetime.fromtimestamp(at, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if period == "day":
        return (day + timedelta(days=1)).timestamp()
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1).timestamp()


def beginning(period: Period, at: float) -> float:
    """When the day or the month of ``at`` began (Unix seconds)."""
    day = datetime.fromtimestamp(at, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return (day if period == "day" else day.replace(day=1)).timestamp()


def _names(at: float) -> tuple[str, str]:
    day = datetime.fromtimestamp(at, UTC).date().isoformat()
    return day, day[:7]


def _add(subject: str, spent: Spent, at: float, db: Connection) -> Used:
    day, month = _names(at)
    rows = db.execute(
        "INSERT INTO spending (subject, period, questions, pictures, cost)"
        " VALUES (?1, ?2, ?5, ?6, ?7), (?1, ?3, ?5, ?6, ?7), (?4, ?3, ?5, ?6, ?7)"
        " ON CONFLICT (subject, period) DO UPDATE SET questions = questions + excluded.questions,"
        " pictures = pictures + excluded.pictures, cost = cost + excluded.cost RETURNING questions, pictures, cost",
        (subject, day, month, EVERYBODY, *spent),
    ).fetchall()
    return Used(*(Spent(*row) for row in rows))


def _used(subject: str, at: float, db: Connection) -> Used:
    day, month = _names(at)
    return Used(*(_of(key, db) for key in ((subject, day), (subject, month), (EVERYBODY, month))))


def _of(key: tuple[str, str], db: Connection) -> Spent:
    row = db.execute("SELECT questions, pictures, cost FROM spending WHERE subject = ? AND period = ?", key).fetchone()
    return Spent(*row) if row else Spent()
