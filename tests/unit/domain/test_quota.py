"""Which quota is hit is decided from values alone, without a database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.money import NO_MONEY, Money
from bot.domain.quota import NO_USAGE, Budget, Quota, Usage, Used, exceeded

NOON = 1_800_014_400.0  # 2027-01-15 12:00 UTC
ANN = "user:5"
COSTS = st.integers(0, 100).map(Money)
USAGES = st.builds(Usage, st.integers(0, 9), st.integers(0, 9), COSTS)
QUOTAS = st.builds(Quota, st.integers(0, 9), st.integers(0, 9), COSTS, COSTS)


def used(usage: Usage) -> Used:
    return Used(usage, usage, usage)


@pytest.mark.parametrize(
    ("budget", "what", "whose", "period"),
    [
        (Budget(ANN, Quota(questions_per_day=2)), "questions", "user", "day"),
        (Budget(ANN, Quota(pictures_per_day=2)), "pictures", "user", "day"),
        (Budget(ANN, Quota(cost_per_day=Money(8))), "cost", "user", "day"),
        (Budget("chat:-7", Quota(cost_per_month=Money(8))), "cost", "chat", "month"),
        (Budget(ANN, total=Money(8)), "cost", "all", "month"),
    ],
)
def test_the_bound_that_is_passed_is_named(budget: Budget, what: str, whose: str, period: str) -> None:
    reached = exceeded(budget, Usage(1, 1, Money(3)), used(Usage(3, 3, Money(9))), NOON)
    assert reached is not None
    assert (reached.what, reached.whose, reached.period) == (what, whose, period)
    assert (reached.used, reached.limit) == ((Money(6), Money(8)) if what == "cost" else (2, 2))
    assert reached.wait == reached.renews - NOON > 0


def test_what_reaches_a_bound_exactly_has_room() -> None:
    budget = Budget(ANN, Quota(3, 3, Money(9), Money(9)), Money(9))
    assert exceeded(budget, Usage(1, 1, Money(3)), used(Usage(3, 3, Money(9))), NOON) is None


@given(QUOTAS, COSTS, USAGES)
def test_what_adds_nothing_is_never_refused(quota: Quota, total: Money, after: Usage) -> None:
    assert exceeded(Budget(ANN, quota, total), NO_USAGE, used(after), NOON) is None


@given(USAGES, USAGES)
def test_without_a_bound_everything_has_room(added: Usage, after: Usage) -> None:
    assert exceeded(Budget(ANN), added, used(after), NOON) is None


@given(QUOTAS, USAGES)
def test_who_is_refused_was_within_the_bound_or_over_it_before(quota: Quota, added: Usage) -> None:
    reached = exceeded(Budget(ANN, quota), added, used(added), NOON)
    if reached is not None:
        assert reached.used in (0, NO_MONEY)
