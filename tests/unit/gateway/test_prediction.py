import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.gateway.limited_chat import OutputPrediction


def test_while_nothing_is_known_all_is_reserved() -> None:
    prediction = OutputPrediction()
    for _ in range(9):
        prediction.observe("a", 10)
    assert prediction.expect("a", 500) == (500, 0.0)


def test_kinds_are_kept_apart() -> None:
    prediction = OutputPrediction()
    for _ in range(10):
        prediction.observe("a", 10)
    assert prediction.expect("a", 500) == (10, 0.0)
    assert prediction.expect("b", 500) == (500, 0.0)


def test_no_more_is_expected_than_there_can_be() -> None:
    prediction = OutputPrediction()
    for _ in range(10):
        prediction.observe("a", 1000)
    assert prediction.expect("a", 500)[0] == 500


def test_it_follows_when_answers_become_longer() -> None:
    prediction = OutputPrediction()
    for tokens in [10] * 200 + [1000] * 400:
        prediction.observe("a", tokens)
    assert prediction.expect("a", 5000)[0] > 950


@given(st.lists(st.integers(0, 10_000), min_size=10, max_size=100))
def test_of_few_answers_it_takes_the_plain_mean_and_more_than_the_plain_variance(answers: list[int]) -> None:
    prediction = OutputPrediction()
    for tokens in answers:
        prediction.observe("a", tokens)
    mean, variance = prediction.expect("a", 10**9)
    assert mean == pytest.approx(statistics.fmean(answers), abs=1.001)
    assert variance == pytest.approx(statistics.pvariance(answers) * (1 + 20 / len(answers)), rel=1e-6, abs=1e-6)
