"""Every call to a provider: reserved in the ledger before it is made, settled when it is over.

A row and the counters of the quotas change in one transaction, so that the counters are always the sums of the rows.
"""

from dataclasses import astuple, dataclass, fields
from functools import partial
from typing import Literal

from sqlite_utils.db import Database as Connection

from bot.store.database import Database
from bot.store.quotas import Purse, Spent, refund, spend

Purpose = Literal["question", "picture", "summary", "upkeep"]


@dataclass(frozen=True, slots=True)
class NewCall:
    """``at``: Unix seconds. ``user_id`` 0: nobody's, as a scheduled run. ``pictures``, ``cost``: the most it can be."""

    at: float
    user_id: int
    chat_id: int
    purpose: Purpose
    model: str
    pictures: int = 0
    cost: int = 0


@dataclass(frozen=True, slots=True)
class Settled:
    """How a call ended. ``outcome``: ``answered``, ``stopped`` or the name of an error; times in milliseconds."""

    outcome: str
    account: str
    prompt_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    pictures: int = 0
    cost: int = 0
    first_ms: int | None = None
    total_ms: int | None = None


_SETTLED = ", ".join(field.name for field in fields(Settled))

_SUBJECT = "CASE WHEN user_id = 0 AND subject LIKE 'user:%' THEN '' ELSE subject END"
"""Who pays is needed while a call is open; after that, a call of one who was forgotten names nobody."""
_NOTE = (
    f"INSERT INTO calls (at, user_id, chat_id, purpose, model, subject, {_SETTLED})"  # noqa: S608 - constants
    f" VALUES (?, ?, ?, ?, ?, ?{', ?' * len(fields(Settled))})"
)


class LedgerRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, call: NewCall, purse: Purse) -> int:
        """Reserve what the call can cost at most; its number. Raises :class:`bot.store.quotas.QuotaReached`."""
        return await self._database.run(partial(_open, call, purse))

    async def settle(self, number: int, settled: Settled) -> int:
        """Count what it cost instead; what everybody has cost in the month of the call. Once for each number."""
        return await self._database.run(partial(_settle, number, settled))

    def note(self, call: NewCall, purse: Purse, settled: Settled) -> None:
        """Write a call that had nothing to reserve and cost nothing, when it is over. Not waited for."""
        self._database.submit_deferred(partial(_note, call, purse, settled))

    async def drop(self, number: int) -> None:
        """The call was never made."""
        await self._database.run(partial(_drop, number))

    async def failed(self, number: int, at: float, settled: Settled) -> None:
        """An attempt at the call, which went out at ``at``, failed; the reservation stays for the next one."""
        await self._database.run(partial(_failed, number, at, settled))

    async def end_lost(self) -> int:
        """Close the calls of earlier runs of the process at what was reserved; how many there were.

        They may have been made and billed, and nobody will ever know how long their answers became.
        """
        return await self._database.run(_end_lost)

    async def prune(self, before: float) -> int:
        """Delete calls and counters from before that time; how many calls went."""
        return await self._database.run(partial(_prune, before))


def _open(call: NewCall, purse: Purse, db: Connection) -> int:
    spend(purse, Spent(pictures=call.pictures, cost=call.cost), call.at, db)
    cursor = db.execute(
        "INSERT INTO calls (at, user_id, chat_id, purpose, model, pictures, cost, subject, outcome)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'open')",
        (*astuple(call), purse.subject),
    )
    return int(cursor.lastrowid or 0)  # only a cursor that inserted nothing has none


def _settle(number: int, settled: Settled, db: Connection) -> int:
    subject, at, reserved = _reserved(number, db)
    db.execute(
        f"UPDATE calls SET subject = {_SUBJECT}, ({_SETTLED})"  # noqa: S608 - constants
        f" = (?{', ?' * (len(astuple(settled)) - 1)}) WHERE id = ?",
        (*astuple(settled), number),
    )
    unused = reserved.minus(Spent(pictures=settled.pictures, cost=settled.cost))
    return refund(subject, unused, at, db).everybody.cost


def _note(call: NewCall, purse: Purse, settled: Settled, db: Connection) -> None:
    db.execute(_NOTE, (call.at, call.user_id, call.chat_id, call.purpose, call.model, purse.subject, *astuple(settled)))


def _drop(number: int, db: Connection) -> None:
    subject, at, reserved = _reserved(number, db)
    db.execute("DELETE FROM calls WHERE id = ?", (number,))
    refund(subject, reserved, at, db)


def _reserved(number: int, db: Connection) -> tuple[str, float, Spent]:
    row = db.execute(
        "SELECT subject, at, pictures, cost FROM calls WHERE id = ? AND outcome = 'open'", (number,)
    ).fetchone()
    if row is None:
        raise LookupError(f"call {number} is not open")
    return row[0], row[1], Spent(pictures=row[2], cost=row[3])


def _failed(number: int, at: float, settled: Settled, db: Connection) -> None:
    subject, _, _ = _reserved(number, db)
    db.execute(
        f"INSERT INTO calls (at, user_id, chat_id, purpose, model, subject, {_SETTLED})"  # noqa: S608 - constants
        f" SELECT ?, user_id, chat_id, purpose, model, {_SUBJECT}{', ?' * len(astuple(settled))}"
        " FROM calls WHERE id = ?",
        (at, *astuple(settled), number),
    )
    refund(subject, Spent(pictures=-settled.pictures, cost=-settled.cost), at, db)


def _end_lost(db: Connection) -> int:
    sql = f"UPDATE calls SET subject = {_SUBJECT}, outcome = 'lost' WHERE outcome = 'open'"  # noqa: S608 - constants
    return int(db.execute(sql).rowcount)


def _prune(before: float, db: Connection) -> int:
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
