"""Money: whole micro-yuan, nothing lost in sums, nothing undercharged."""

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.money import NO_MONEY, Money

AMOUNTS = st.integers(-(10**15), 10**15).map(Money)


@given(st.integers(0, 10**13))
@example(8_221_857_593)
def test_six_decimals_of_a_yuan_are_read_exactly(micro_yuan: int) -> None:
    written = f"{micro_yuan // 10**6}.{micro_yuan % 10**6:06}"
    assert Money.from_yuan(float(written)) == Money(micro_yuan)
    assert Money.costing_yuan(float(written)) == Money(micro_yuan)


@given(st.integers(0, 10**9), st.integers(1, 10**4))
def test_a_cost_is_never_less_than_its_price_nor_a_micro_yuan_more(tokens: int, cents: int) -> None:
    price = Fraction(tokens * cents, 100)
    assert price <= Money.costing(tokens * (cents / 100)).micro_yuan < price + 1


@pytest.mark.parametrize("yuan", [0.07, 0.1, 0.29, 0.3, 1.1])
def test_the_error_of_a_float_costs_nothing(yuan: float) -> None:
    assert Money.costing_yuan(yuan) == Money.from_yuan(yuan)


@given(AMOUNTS, AMOUNTS, st.integers(0, 1000))
def test_sums_and_multiples_are_exact(one: Money, other: Money, times: int) -> None:
    assert one + other - other == one
    assert sum([one] * times, NO_MONEY) == one * times == times * one
    assert (one < other) == (one.micro_yuan < other.micro_yuan)
    assert bool(one) == (one != NO_MONEY)
    assert one + -one == NO_MONEY


def test_a_share_is_rounded_down_so_that_a_bound_is_not_told_too_early() -> None:
    assert [Money(part).percent_of(Money(1000)) for part in (0, 799, 800, 1000, 1009)] == [0, 79, 80, 100, 100]
    with pytest.raises(ZeroDivisionError):
        Money(1).percent_of(NO_MONEY)


@pytest.mark.parametrize(("micro_yuan", "text"), [(0, "0"), (1, "0.000001"), (500_000, "0.5"), (12_000_000, "12")])
def test_it_is_written_in_yuan(micro_yuan: int, text: str) -> None:
    assert str(Money(micro_yuan)) == text
