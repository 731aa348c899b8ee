"""Reserving, settling and giving back in any order is what a plain list says that is summed up anew each time."""

from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule
from sqlite_utils import Database as Connection

from bot.store.ledger import NewCall, Settled, _drop, _end_lost, _failed, _open, _settle
from bot.store.migrations import prepare
from bot.store.quotas import Period, Purse, Quota, QuotaReached, Spent, _used, beginning, renewal

NOON = 1_800_014_400.0  # 2027-01-15 12:00 UTC
DAY = 86_400.0
PURSES = {
    "user:1": Purse("user:1", Quota(0, 3, 40, 90), 150),
    "user:2": Purse("user:2", Quota(), 150),
    "chat:-3": Purse("chat:-3", Quota(0, 0, 0, 70), 150),
}
SPENT = st.builds(Spent, st.just(0), st.integers(0, 2), st.integers(0, 50))


@dataclass(eq=False)
class Counted:
    subject: str
    at: float
    spent: Spent


class Quotas(RuleBasedStateMachine):
    calls = Bundle("calls")

    def __init__(self) -> None:
        super().__init__()
        self.db = Connection(memory=True)
        prepare(self.db)
        self.now = NOON
        self.counted: list[Counted] = []
        self.open: dict[int, Counted] = {}

    def teardown(self) -> None:
        self.db.close()

    @rule(target=calls, subject=st.sampled_from(sorted(PURSES)), spent=SPENT)
    def reserve(self, subject: str, spent: Spent) -> int:
        call = NewCall(self.now, 1, 1, "question", "m", spent.pictures, spent.cost)
        self.db.execute("SAVEPOINT piece")
        try:
            number = _open(call, PURSES[subject], self.db)
        except QuotaReached:
            self.db.execute("ROLLBACK TO piece")
            assert not self.has_room(subject, spent)
            return 0
        finally:
            self.db.execute("RELEASE piece")
        assert self.has_room(subject, spent)
        self.open[number] = Counted(subject, self.now, spent)
        self.counted.append(self.open[number])
        return number

    @rule(number=consumes(calls), spent=SPENT)
    def settle(self, number: int, spent: Spent) -> None:
        if number in self.open:
            _settle(number, Settled("answered", "a", pictures=spent.pictures, cost=spent.cost), self.db)
            self.open.pop(number).spent = spent

    @rule(number=consumes(calls))
    def drop(self, number: int) -> None:
        if number in self.open:
            _drop(number, self.db)
            self.counted.remove(self.open.pop(number))

    @rule(number=calls, spent=SPENT)
    def fail_once(self, number: int, spent: Spent) -> None:
        if number in self.open:
            _failed(number, self.now, Settled("TimedOut", "a", pictures=spent.pictures, cost=spent.cost), self.db)
            self.counted.append(Counted(self.open[number].subject, self.now, spent))

    @rule()
    def crash(self) -> None:
        assert _end_lost(self.db) == len(self.open)
        self.open.clear()

    @rule(hours=st.integers(1, 24 * 20))
    def wait(self, hours: int) -> None:
        self.now += hours * DAY / 24

    @invariant()
    def counters_are_the_sums(self) -> None:
        for subject in PURSES:
            expected = (self.sum(subject, "day"), self.sum(subject, "month"), self.sum(None, "month"))
            assert _used(subject, self.now, self.db) == expected

    @invariant()
    def rows_are_what_was_counted(self) -> None:
        pictures, cost = self.db.execute("SELECT total(pictures), total(cost) FROM calls").fetchone()
        everything = [counted.spent for counted in self.counted]
        assert (pictures, cost) == (sum(one.pictures for one in everything), sum(one.cost for one in everything))

    def has_room(self, subject: str, spent: Spent) -> bool:
        purse, today = PURSES[subject], self.sum(subject, "day")
        bounds = (
            (spent.pictures, today.pictures, purse.quota.pictures_per_day),
            (spent.cost, today.cost, purse.quota.cost_per_day),
            (spent.cost, self.sum(subject, "month").cost, purse.quota.cost_per_month),
            (spent.cost, self.sum(None, "month").cost, purse.total),
        )
        return all(not added or not limit or used + added <= limit for added, used, limit in bounds)

    def sum(self, subject: str | None, period: Period) -> Spent:
        start, end = beginning(period, self.now), renewal(period, self.now)
        found = [c.spent for c in self.counted if subject in (None, c.subject) and start <= c.at < end]
        return Spent(0, sum(one.pictures for one in found), sum(one.cost for one in found))


Quotas.TestCase.settings = settings(max_examples=80, stateful_step_count=25, deadline=None)
TestQuotas = Quotas.TestCase
