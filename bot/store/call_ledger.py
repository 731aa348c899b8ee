"""The ledger: a row for every call, changed in one transaction with the counters of quotas; and sums of them."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Final

from sqlite_utils.db import Database as Connection

from bot.domain.ledger import NewCall, Settled, UsageBreakdown, UsageExtremes, UsageTotals
from bot.domain.money import Money
from bot.domain.quota import Budget, Usage, period_start
from bot.store.quotas import refund, spend
from bot.store.repository import Repository, submitted, transaction

_NAMES: Final = tuple(field.name for field in fields(Settled))
_SETTLED: Final = ", ".join(_NAMES)
_MARKS: Final = ", ".join("?" * len(_NAMES))

_SUBJECT: Final = (
    "CASE WHEN user_id = 0 AND subject LIKE 'user:%' OR chat_id = 0 AND subject LIKE 'chat:%' THEN '' ELSE subject END"
)
"""Who pays is needed while a call is open; after that, a call of a person or chat that was forgotten names nobody."""

_MOST_ACTIVE: Final = 10
_DAY: Final = 86_400.0
_SUMS: Final = """
    coalesce(sum(purpose = 'question' AND outcome IN ('answered', 'stopped')), 0), coalesce(sum(pictures), 0),
    coalesce(sum(prompt_tokens), 0), coalesce(sum(cached_tokens), 0), coalesce(sum(output_tokens), 0),
    coalesce(sum(cost), 0)
FROM calls WHERE outcome != 'open' AND at >= :since AND (:user IS NULL OR user_id = :user)
"""


class LedgerRepository(Repository):
    @transaction
    def open(self, db: Connection, call: NewCall, budget: Budget) -> int:
        """Reserve what the call can cost at most; its number. Raises :class:`bot.domain.quota.QuotaReached`."""
        spend(budget, Usage(pictures=call.pictures, cost=call.cost), call.at, db)
        cursor = db.execute(
            "INSERT INTO calls (at, user_id, chat_id, purpose, model, subject, pictures, cost, outcome)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'open')",
            (*_whose(call, budget), call.pictures, call.cost.micro_yuan),
        )
        return int(cursor.lastrowid or 0)  # only a cursor that inserted nothing has none

    @transaction
    def settle(self, db: Connection, number: int, settled: Settled) -> Money:
        """Count what it cost instead; what everybody has cost in the month of the call. Once for each number."""
        subject, at, reserved = _reserved(number, db)
        db.execute(
            f"UPDATE calls SET subject = {_SUBJECT}, ({_SETTLED}) = ({_MARKS}) WHERE id = ?",  # noqa: S608 - constants
            (*_values(settled), number),
        )
        unused = reserved.minus(Usage(pictures=settled.pictures, cost=settled.cost))
        return refund(subject, unused, at, db).everybody.cost

    @submitted(deferred=True)
    def note(self, db: Connection, call: NewCall, budget: Budget, settled: Settled) -> None:
        """Write a call that had nothing to reserve and cost nothing, when it is over. Not waited for."""
        db.execute(
            f"INSERT INTO calls (at, user_id, chat_id, purpose, model, subject, {_SETTLED})"  # noqa: S608 - constants
            f" VALUES (?, ?, ?, ?, ?, ?, {_MARKS})",
            (*_whose(call, budget), *_values(settled)),
        )

    @transaction
    def drop(self, db: Connection, number: int) -> None:
        """The call was never made."""
        subject, at, reserved = _reserved(number, db)
        db.execute("DELETE FROM calls WHERE id = ?", (number,))
        refund(subject, reserved, at, db)

    @transaction
    def failed(self, db: Connection, number: int, at: float, settled: Settled) -> None:
        """An attempt at the call, which went out at ``at``, failed; the reservation stays for the next one."""
        subject, _, _ = _reserved(number, db)
        db.execute(
            f"INSERT INTO calls (at, user_id, chat_id, purpose, model, subject, {_SETTLED})"  # noqa: S608 - constants
            f" SELECT ?, user_id, chat_id, purpose, model, {_SUBJECT}, {_MARKS} FROM calls WHERE id = ?",
            (at, *_values(settled), number),
        )
        refund(subject, Usage(pictures=-settled.pictures, cost=-settled.cost), at, db)

    @transaction
    def end_lost(self, db: Connection) -> int:
        """Close the calls of earlier runs of the process at what was reserved; how many there were.

        They may have been made and billed, and nobody will ever know how long their answers became.
        """
        sql = f"UPDATE calls SET subject = {_SUBJECT}, outcome = 'lost' WHERE outcome = 'open'"  # noqa: S608 - constants
        return int(db.execute(sql).rowcount)


def unname(user_id: int, db: Connection) -> None:
    """Leave what the calls of a user cost, for the sums of all, and no trace of whose they were.

    The counters of the quotas stay: see :func:`bot.store.quotas.drop_past`.
    """
    db.execute(
        "UPDATE calls SET user_id = 0, chat_id = CASE chat_id WHEN :user THEN 0 ELSE chat_id END,"
        " subject = CASE WHEN outcome != 'open' AND subject = :subject THEN '' ELSE subject END"
        " WHERE user_id = :user OR chat_id = :user",
        {"user": user_id, "subject": f"user:{user_id}"},
    )
    db.execute("REINDEX calls_user")  # pages that were split keep copies of ids in their unused parts


def _whose(call: NewCall, budget: Budget) -> tuple[object, ...]:
    return call.at, call.user_id, call.chat_id, call.purpose, call.model, budget.subject


def _values(settled: Settled) -> tuple[Any, ...]:
    """The columns of :data:`_SETTLED`."""
    return tuple(value.micro_yuan if isinstance(value := getattr(settled, name), Money) else value for name in _NAMES)


def _reserved(number: int, db: Connection) -> tuple[str, float, Usage]:
    row = db.execute(
        "SELECT subject, at, pictures, cost FROM calls WHERE id = ? AND outcome = 'open'", (number,)
    ).fetchone()
    if row is None:
        raise LookupError(f"call {number} is not open")
    subject, at, pictures, cost = row
    return subject, at, Usage(pictures=pictures, cost=Money(cost))


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
