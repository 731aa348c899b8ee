"""The ledger: a row for every call. A row and the counters of the quotas change in one transaction, so that the
counters are always the sums of the rows.
"""

from dataclasses import fields
from typing import Any, Final

from sqlite_utils.db import Database as Connection

from bot.domain.ledger import NewCall, Settled
from bot.domain.money import Money
from bot.domain.quota import Budget, Usage
from bot.store.quotas import refund, spend
from bot.store.repository import Repository, submitted, transaction

_NAMES: Final = tuple(field.name for field in fields(Settled))
_SETTLED: Final = ", ".join(_NAMES)
_MARKS: Final = ", ".join("?" * len(_NAMES))

_SUBJECT: Final = "CASE WHEN user_id = 0 AND subject LIKE 'user:%' THEN '' ELSE subject END"
"""Who pays is needed while a call is open; after that, a call of one who was forgotten names nobody."""


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

    @transaction
    def prune(self, db: Connection, before: float) -> int:
        """Delete calls and counters from before that time (Unix seconds); how many calls went."""
        db.execute("DELETE FROM spending WHERE period < strftime('%Y-%m', ?, 'unixepoch')", (before,))
        return int(db.execute("DELETE FROM calls WHERE at < ? AND outcome != 'open'", (before,)).rowcount)


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
