"""What a call costs."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.money import BEIJING, NO_MONEY, Hours, Money, Price, Tier, TokenUsage

NOON = datetime(2026, 10, 1, 12, tzinfo=BEIJING)
FLASH = Price(3, 9, 0.3, hours=(Hours(2, 8, 1.5, 4.5, 0.15),))
TIERED = Price(0.4, 3.2, tiers=(Tier(128_000, 1.6, 12.8), Tier(256_000, 3, 20)))


def test_input_and_output_have_their_prices() -> None:
    assert Price(1, 4).cost(TokenUsage(1_000_000, 500_000), NOON) == Money.from_yuan(3.0)


def test_cached_input_has_its_own_price_where_there_is_one() -> None:
    usage = TokenUsage(1_000_000, 0, cached=400_000)
    assert Price(1, 4, 0.1).cost(usage, NOON) == Money.from_yuan(0.64)
    assert Price(1, 4).cost(usage, NOON) == Money.from_yuan(1.0)
    assert Price(1, 4, 0.0).cost(usage, NOON) == Money.from_yuan(0.6)


@pytest.mark.parametrize(
    ("prompt", "rate"), [(127_999, 0.4), (128_000, 1.6), (255_999, 1.6), (256_000, 3), (900_000, 3)]
)
def test_whole_prompt_chooses_the_tier(prompt: int, rate: float) -> None:
    assert TIERED.cost(TokenUsage(prompt, 0), NOON) == Money.costing(prompt * rate)


@pytest.mark.parametrize(
    ("hour", "minute", "yuan"), [(1, 59, 12.0), (2, 0, 6.0), (7, 59, 6.0), (8, 0, 12.0), (23, 0, 12.0)]
)
def test_hour_is_the_one_in_beijing(hour: int, minute: int, yuan: float) -> None:
    at = datetime(2026, 10, 1, hour, minute, tzinfo=BEIJING)
    assert FLASH.cost(TokenUsage(1_000_000, 1_000_000), at) == Money.from_yuan(yuan)
    assert FLASH.cost(TokenUsage(1_000_000, 1_000_000), at.astimezone(UTC)) == Money.from_yuan(yuan)


@pytest.mark.parametrize(("hour", "held"), [(22, True), (23, True), (0, True), (5, True), (6, False), (12, False)])
def test_hours_may_pass_midnight(hour: int, held: bool) -> None:
    assert Hours(22, 6, 1, 1).hold(hour) is held


def test_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        Price(1, 1).cost(TokenUsage(1, 1), datetime(2026, 10, 1, 12))  # noqa: DTZ001  # the point of the test


def test_free_is_free_of_everything() -> None:
    assert Price().free
    assert not Price(picture=0.1).free
    assert not Price(tiers=(Tier(1, 1, 1),)).free


@given(
    price=st.sampled_from([Price(), Price(1, 4, 0.1), FLASH, TIERED]),
    prompt=st.integers(0, 10**7),
    output=st.integers(0, 10**7),
    cached=st.integers(0, 10**7),
    hours=st.integers(0, 1_000),
)
def test_no_call_costs_less_than_nothing_or_more_than_the_dearest(
    price: Price, prompt: int, output: int, cached: int, hours: int
) -> None:
    cost = price.cost(TokenUsage(prompt, output, cached), NOON + timedelta(hours=hours))
    dear_prompt, dear_output = price.dearest
    assert NO_MONEY <= cost <= Money.costing(prompt * dear_prompt + output * dear_output)
