"""Reserving, settling and giving back in any order is what a plain list says that is summed up anew each time."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar, cast

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule
from sqlite_utils import Database as Connection

from bot.domain.ledger import NewCall, Settled
from bot.domain.money import NO_MONEY, Money
from bot.domain.quota import Budget, Period, Quota, QuotaReached, Usage, period_end, period_start
from bot.store.call_ledger import LedgerRepository
from bot.store.database import Database
from bot.store.migrations import prepare
from bot.store.quotas import QuotaRepository

NOON = 1_800_014_400.0  # 2027-01-15 12:00 UTC
DAY = 86_400.0
BUDGETS = {
    "user:1": Budget("user:1", Quota(0, 3, Money(40), Money(90)), Money(150)),
    "user:2": Budget("user:2", Quota(), Money(150)),
    "chat:-3": Budget("chat:-3", Quota(0, 0, NO_MONEY, Money(70)), Money(150)),
}
USAGE = st.builds(Usage, st.just(0), st.integers(0, 2), st.integers(0, 50).map(Money))

T = TypeVar("T")


@dataclass(eq=False)
class Counted:
    subject: str
    at: float
    usage: Usage


class AtOnce:
    """A database on one connection, in whose thread each operation runs when it is called."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def run(self, operation: Callable[[Connection], T], **_: Any) -> Awaitable[T]:
        self._db.execute("SAVEPOINT piece")
        try:
            result = operation(self._db)
        except BaseException:
            self._db.execute("ROLLBACK TO piece")
            raise
        finally:
            self._db.execute("RELEASE piece")

        async def given() -> T:
            return result

        return given()


def now(operation: Awaitable[T]) -> T:
    """The result of an operation that has run already."""
    try:
        next(operation.__await__())
    except StopIteration as ended:
        return cast("T", ended.value)
    raise AssertionError


@cache
def empty() -> Connection:
    """Migrated once for all examples, which take copies."""
    db = Connection(memory=True)
    prepare(db)
    return db


class Quotas(RuleBasedStateMachine):
    calls = Bundle("calls")

    def __init__(self) -> None:
        super().__init__()
        self.db = Connection(memory=True)
        empty().conn.backup(self.db.conn)
        database = cast("Database", AtOnce(self.db))
        self.ledger, self.quotas = LedgerRepository(database), QuotaRepository(database)
        self.now = NOON
        self.counted: list[Counted] = []
        self.open: dict[int, Counted] = {}

    def teardown(self) -> None:
        self.db.close()

    @rule(target=calls, subject=st.sampled_from(sorted(BUDGETS)), usage=USAGE)
    def reserve(self, subject: str, usage: Usage) -> int:
        call = NewCall(self.now, 1, 1, "question", "m", usage.pictures, usage.cost)
        try:
            number = now(self.ledger.open(call, BUDGETS[subject]))
        except QuotaReached:
            assert not self.has_room(subject, usage)
            return 0
        assert self.has_room(subject, usage)
        self.open[number] = Counted(subject, self.now, usage)
        self.counted.append(self.open[number])
        return number

    @rule(number=consumes(calls), usage=USAGE)
    def settle(self, number: int, usage: Usage) -> None:
        if number in self.open:
            now(self.ledger.settle(number, Settled("answered", "a", pictures=usage.pictures, cost=usage.cost)))
            self.open.pop(number).usage = usage

    @rule(number=consumes(calls))
    def drop(self, number: int) -> None:
        if number in self.open:
            now(self.ledger.drop(number))
            self.counted.remove(self.open.pop(number))

    @rule(number=calls, usage=USAGE)
    def fail_once(self, number: int, usage: Usage) -> None:
        if number in self.open:
            now(
                self.ledger.failed(number, self.now, Settled("TimedOut", "a", pictures=usage.pictures, cost=usage.cost))
            )
            self.counted.append(Counted(self.open[number].subject, self.now, usage))

    @rule()
    def crash(self) -> None:
        assert now(self.ledger.end_lost()) == len(self.open)
        self.open.clear()

    @rule(hours=st.integers(1, 24 * 20))
    def wait(self, hours: int) -> None:
        self.now += hours * DAY / 24

    @invariant()
    def counters_are_the_sums(self) -> None:
        for subject in BUDGETS:
            expected = (self.sum(subject, "day"), self.sum(subject, "month"), self.sum(None, "month"))
            assert now(self.quotas.used(subject, self.now)) == expected

    @invariant()
    def rows_are_what_was_counted(self) -> None:
        pictures, cost = self.db.execute("SELECT total(pictures), total(cost) FROM calls").fetchone()
        everything = [counted.usage for counted in self.counted]
        assert (pictures, cost) == (
            sum(one.pictures for one in everything),
            sum(one.cost.micro_yuan for one in everything),
        )

    def has_room(self, subject: str, usage: Usage) -> bool:
        budget, today = BUDGETS[subject], self.sum(subject, "day")
        pictures, cost = usage.pictures, usage.cost.micro_yuan
        month, everybody = self.sum(subject, "month").cost, self.sum(None, "month").cost
        bounds = (
            (pictures, today.pictures, budget.quota.pictures_per_day),
            (cost, today.cost.micro_yuan, budget.quota.cost_per_day.micro_yuan),
            (cost, month.micro_yuan, budget.quota.cost_per_month.micro_yuan),
            (cost, everybody.micro_yuan, budget.total.micro_yuan),
        )
        return all(not added or not limit or used + added <= limit for added, used, limit in bounds)

    def sum(self, subject: str | None, period: Period) -> Usage:
        start, end = period_start(period, self.now), period_end(period, self.now)
        found = [c.usage for c in self.counted if subject in (None, c.subject) and start <= c.at < end]
        return Usage(0, sum(one.pictures for one in found), sum((one.cost for one in found), NO_MONEY))


Quotas.TestCase.settings = settings(max_examples=80, stateful_step_count=25, deadline=None)
TestQuotas = Quotas.TestCase
