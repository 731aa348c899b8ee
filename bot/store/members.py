"""Who was let in or shut out by command, and within which quota."""

from sqlite_utils.db import Database as Connection

from bot.domain.member import Member
from bot.domain.money import Money
from bot.domain.quota import QuotaOverride
from bot.store.repository import Repository, transaction


class MemberRepository(Repository):
    @transaction
    def all(self, db: Connection) -> list[Member]:
        rows = db.execute(
            "SELECT id, allowed, role, questions_per_day, pictures_per_day, cost_per_day, cost_per_month FROM members"
        )
        return [_member(*row) for row in rows]

    @transaction(durable=True)
    def save(self, db: Connection, member: Member) -> None:
        """In the place of what was said of the same id before."""
        quota = member.quota
        db.execute(
            "INSERT OR REPLACE INTO members"
            " (id, allowed, role, questions_per_day, pictures_per_day, cost_per_day, cost_per_month)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                *(member.id, member.allowed, member.role, quota.questions_per_day, quota.pictures_per_day),
                *(None if cost is None else cost.micro_yuan for cost in (quota.cost_per_day, quota.cost_per_month)),
            ),
        )


def _member(
    number: int,
    allowed: int,
    role: str,
    questions: int | None,
    pictures: int | None,
    day: int | None,
    month: int | None,
) -> Member:
    costs = [None if cost is None else Money(cost) for cost in (day, month)]
    return Member(number, bool(allowed), role, QuotaOverride(questions, pictures, *costs))
