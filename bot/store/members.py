"""Who was let in or shut out by command, and on which terms."""

from dataclasses import astuple, dataclass
from functools import partial

from sqlite_utils.db import Database as Connection

from bot.store.database import Database
from bot.store.quotas import UNSAID, Terms


@dataclass(frozen=True, slots=True)
class Member:
    """``id``: of a user or a chat. ``role`` empty: what everybody has."""

    id: int
    allowed: bool
    role: str = ""
    terms: Terms = UNSAID


class MemberRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[Member]:
        return await self._database.run(_all)

    async def save(self, member: Member) -> None:
        """In the place of what was said of the same id before."""
        await self._database.run(partial(_save, member), durable=True)


def _all(db: Connection) -> list[Member]:
    rows = db.execute(
        "SELECT id, allowed, role, questions_per_day, pictures_per_day, cost_per_day, cost_per_month FROM members"
    )
    return [Member(row[0], bool(row[1]), row[2], Terms(*row[3:])) for row in rows]


def _save(member: Member, db: Connection) -> None:
    db.execute(
        "INSERT OR REPLACE INTO members"
        " (id, allowed, role, questions_per_day, pictures_per_day, cost_per_day, cost_per_month)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (member.id, member.allowed, member.role, *astuple(member.terms)),
    )
