"""What was used, by subject and period, counted within the transaction that uses it; and which calls were admitted."""

from collections.abc import Sequence
from dataclasses import astuple

from sqlite_utils.db import Database as Connection

from bot.domain.ledger import PermitRow
from bot.domain.money import Money
from bot.domain.quota import EVERYBODY, NO_USAGE, Budget, Usage, Used, exceeded, period_names
from bot.store.repository import Repository, submitted, transaction


class QuotaRepository(Repository):
    @transaction
    def used(self, db: Connection, subject: str, at: float) -> Used:
        """On the day and in the month of ``at`` (Unix seconds), reservations included."""
        day, month = period_names(at)
        return Used(_of(subject, day, db), _of(subject, month, db), _of(EVERYBODY, month, db))


def spend(budget: Budget, added: Usage, at: float, db: Connection) -> None:
    """Count ``added`` on the day and in the month of ``at``. Raises :class:`bot.domain.quota.QuotaReached`."""
    after = _add(budget.subject, added, at, db)
    if (reached := exceeded(budget, added, after, at)) is not None:
        raise reached


def refund(subject: str, usage: Usage, at: float, db: Connection) -> Used:
    """Take back what was counted at ``at``; what is below zero is counted on top. What is used after that."""
    return _add(subject, NO_USAGE.minus(usage), at, db)


def drop_past(now: float, db: Connection) -> bool:
    """Drop what is held against no quota any more, and with it the names of those who were forgotten; if there was any.

    Until their day and month are over these counters stay, or a quota could be had anew.
    """
    over = "period NOT IN (date(:now, 'unixepoch'), strftime('%Y-%m', :now, 'unixepoch'))"
    sql = f"DELETE FROM spending WHERE subject != :everybody AND {over}"  # noqa: S608 - constants
    return db.execute(sql, {"now": now, "everybody": EVERYBODY}).rowcount > 0


def _add(subject: str, added: Usage, at: float, db: Connection) -> Used:
    day, month = period_names(at)
    rows = db.execute(
        "INSERT INTO spending (subject, period, questions, pictures, cost)"
        " VALUES (?1, ?2, ?5, ?6, ?7), (?1, ?3, ?5, ?6, ?7), (?4, ?3, ?5, ?6, ?7)"
        " ON CONFLICT (subject, period) DO UPDATE SET questions = questions + excluded.questions,"
        " pictures = pictures + excluded.pictures, cost = cost + excluded.cost RETURNING questions, pictures, cost",
        (subject, day, month, EVERYBODY, added.questions, added.pictures, added.cost.micro_yuan),
    ).fetchall()
    return Used(*map(_usage, rows))


def _of(subject: str, period: str, db: Connection) -> Usage:
    sql = "SELECT questions, pictures, cost FROM spending WHERE subject = ? AND period = ?"
    row = db.execute(sql, (subject, period)).fetchone()
    return _usage(row) if row else NO_USAGE


def _usage(row: Sequence[int]) -> Usage:
    questions, pictures, cost = row
    return Usage(questions, pictures, Money(cost))


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
