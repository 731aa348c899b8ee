import math
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, precondition, rule

from bot.domain.model import Metric
from bot.ratelimit.permit_request import DAY, HOUR, RULES, Cost
from bot.ratelimit.windows import WindowReservation, Windows

ONE = Cost()


def enter(windows: Windows, now: float, cost: Cost = ONE) -> WindowReservation:
    reservation = windows.hold(cost)
    reservation.enter(now)
    return reservation


def test_a_window_has_room_again_when_its_oldest_call_and_the_jitter_have_passed() -> None:
    windows = Windows({"rps": 2}, arrival_jitter=0.25)
    enter(windows, 10.0)
    enter(windows, 10.5)
    assert windows.room_at(10.6, ONE) == 11.25
    assert windows.room_at(11.25, ONE) == 0.0


def test_every_window_must_have_room() -> None:
    windows = Windows({"rps": 1, "rpm": 2}, arrival_jitter=0.0)
    enter(windows, 0.0)
    enter(windows, 5.0)
    assert windows.room_at(5.5, ONE) == 60.0


def test_windows_of_pictures_do_not_bound_chat() -> None:
    windows = Windows({"ipm": 1, "rpm": 10}, arrival_jitter=0.0)
    enter(windows, 0.0, Cost(1, 0, 1))
    assert windows.room_at(1.0, ONE) == 0.0
    assert windows.room_at(1.0, Cost(1, 0, 1)) == 60.0


def test_settled_tokens_keep_the_time_of_the_permit() -> None:
    windows = Windows({"tpm": 1000}, arrival_jitter=0.0)
    reservation = enter(windows, 0.0, Cost(1, 900))
    reservation.settle(Cost(1, 200))
    assert windows.room_at(30.0, Cost(1, 800)) == 0.0
    assert windows.room_at(30.0, Cost(1, 801)) == 60.0


def test_tokens_settled_after_they_left_the_window_change_nothing() -> None:
    windows = Windows({"tpm": 1000}, arrival_jitter=0.0)
    reservation = enter(windows, 0.0, Cost(1, 900))
    assert windows.room_at(60.0, Cost(1, 1000)) == 0.0
    reservation.settle(Cost(1, 100))
    assert windows.room_at(61.0, Cost(1, 1000)) == 0.0
    assert windows.room_at(61.0, Cost(1, 1000)) == 0.0


def test_a_call_that_is_held_takes_room_and_leaves_only_after_it_went_out() -> None:
    windows = Windows({"rps": 1}, arrival_jitter=0.0)
    reservation = windows.hold(ONE)
    assert windows.room_at(100.0, ONE) == math.inf
    reservation.enter(100.0)
    assert windows.room_at(100.5, ONE) == 101.0


def test_a_voided_call_was_never_there() -> None:
    windows = Windows({"rpm": 1, "tpm": 100, "ipm": 1}, arrival_jitter=0.0)
    enter(windows, 0.0, Cost(1, 100, 1)).void()
    windows.hold(Cost(1, 100, 1)).void()
    assert windows.room_at(0.0, Cost(1, 100, 1)) == 0.0


def test_more_than_the_whole_limit_waits_for_an_empty_window() -> None:
    windows = Windows({"tpm": 1000}, arrival_jitter=0.0)
    enter(windows, 0.0, Cost(1, 1))
    assert windows.room_at(0.0, Cost(1, 5000)) == 60.0
    assert windows.room_at(60.0, Cost(1, 5000)) == 0.0


def test_a_share_leaves_the_rest_of_the_window_free() -> None:
    windows = Windows({"rpm": 10}, arrival_jitter=0.0)
    for _ in range(8):
        enter(windows, 0.0)
    assert windows.room_at(1.0, ONE, share=0.8) == 60.0
    assert windows.room_at(1.0, ONE) == 0.0


def test_a_days_window_counts_by_the_minute_and_never_too_little() -> None:
    windows = Windows({"rpd": 1}, arrival_jitter=0.0)
    enter(windows, 10.0)
    assert windows.room_at(10.0, ONE) == 60.0 + DAY
    enter(windows, 20.0)
    assert windows.room_at(60.0 + DAY, ONE) == 0.0


def test_one_look_goes_no_further_than_it_may() -> None:
    windows = Windows({"tpm": 1000}, arrival_jitter=0.0)
    for step in range(1000):
        enter(windows, step / 100, Cost(1, 1))
    first = windows.room_at(10.0, Cost(1, 500))
    assert 60.0 < first < 64.99  # the true time
    while first:
        first = windows.room_at(now := first, Cost(1, 500))
    assert now == pytest.approx(64.99)


def test_a_margin_for_many_predictions_is_smaller_than_the_sum_of_their_margins() -> None:
    windows = Windows({"tpm": 10_000}, arrival_jitter=0.0)
    predicted = Cost(1, 1000, 0, 100.0**2)
    admitted = 0
    while not windows.room_at(0.0, predicted):
        windows.hold(predicted)
        admitted += 1
    assert admitted * 1000 + 5.5 * 100 * math.sqrt(admitted) <= 10_000
    assert admitted == 8
    assert admitted * predicted.most_tokens > 10_000


def test_a_settled_prediction_leaves_no_variance() -> None:
    windows = Windows({"tpm": 1000}, arrival_jitter=0.0)
    reservation = enter(windows, 0.0, Cost(1, 100, 0, 50.0))
    reservation.settle(Cost(1, 120))
    assert windows.variance == 0.0


def test_a_limit_of_zero_is_none() -> None:
    windows = Windows({"rps": 0})
    assert windows.room_at(0.0, ONE) == 0.0
    assert windows.share(ONE) == 1.0


def test_new_limits_keep_what_went_out() -> None:
    windows = Windows({"rpm": 5}, arrival_jitter=0.0)
    for _ in range(3):
        enter(windows, 0.0)
    windows.configure({"rpm": 3, "rps": 9})
    assert windows.room_at(1.0, ONE) == 60.0
    windows.configure({"rpm": 4})
    assert windows.room_at(1.0, ONE) == 0.0


def test_the_dominant_share_compares_windows_by_rate() -> None:
    windows = Windows({"rps": 3, "rpm": 100, "tpm": 50_000})
    assert windows.share(ONE) == pytest.approx(0.6)
    assert windows.share(Cost(1, 5000)) == pytest.approx(6.0)


@pytest.mark.parametrize(("ahead", "seconds"), [(1, 0.0), (2, 60.0), (3, 60.0), (4, 120.0), (5, 120.0)])
def test_the_expected_wait_counts_whole_windows(ahead: int, seconds: float) -> None:
    windows = Windows({"ipm": 2}, arrival_jitter=0.0)
    enter(windows, 0.0, Cost(1, 0, 1))
    enter(windows, 0.0, Cost(1, 0, 1))
    assert windows.wait(0.0, Cost(ahead, 0, ahead - 1)) == seconds


class AgainstBruteForce(RuleBasedStateMachine):
    """The windows beside a list of all calls, added up anew for each question."""

    entered: Bundle[int] = Bundle("entered")
    held: Bundle[int] = Bundle("held")
    limits: Mapping[Metric, int] = {
        "rps": 3,
        "rpm": 10,
        "rph": 14,
        "rpd": 20,
        "tpm": 500,
        "tpd": 3_000,
        "ipm": 2,
        "ipd": 9,
    }

    def __init__(self) -> None:
        super().__init__()
        assert set(self.limits) == set(RULES)
        self.now = 0.0
        self.jitter = 0.25
        self.windows = Windows(self.limits, self.jitter)
        self.real: list[WindowReservation] = []
        self.model: list[tuple[float, Cost]] = []
        self.gone: set[tuple[Metric, int]] = set()

    def leaves(self, metric: Metric, number: int) -> float:
        at, _ = self.model[number]
        coarse = RULES[metric].seconds >= HOUR and math.isfinite(at)
        return ((at // 60 + 1) * 60 if coarse else at) + RULES[metric].seconds + self.jitter

    def used(self, metric: Metric) -> float:
        counted: list[float] = [
            getattr(cost, RULES[metric].unit)
            for number, (_, cost) in enumerate(self.model)
            if (metric, number) not in self.gone and self.leaves(metric, number) > self.now
        ]
        return sum(counted)

    def fits(self, cost: Cost, share: float) -> bool:
        def room(metric: Metric, limit: int) -> bool:
            wanted = getattr(cost, RULES[metric].unit)
            return not wanted or self.used(metric) <= max(limit * share - wanted, 0)

        return all(room(metric, limit) for metric, limit in self.limits.items())

    @rule(quarters=st.integers(0, 300))
    def time_passes(self, quarters: int) -> None:
        self.now += quarters / 4

    @rule(hours=st.integers(1, 30))
    def much_time_passes(self, hours: int) -> None:
        self.now += hours * HOUR

    @rule(jitter=st.sampled_from([0.25, 0.3125, 0.390625, 1.0]))
    def the_jitter_is_learned(self, jitter: float) -> None:
        """What has left a window does not come back."""
        self.jitter = self.windows.arrival_jitter = jitter

    @rule(target=held, tokens=st.integers(0, 600), pictures=st.integers(0, 1), share=st.sampled_from([1.0, 0.8]))
    def somebody_asks(self, tokens: int, pictures: int, share: float) -> int:
        cost = Cost(1, tokens, pictures)
        at = self.windows.room_at(self.now, cost, share)
        assert (at == 0.0) == self.fits(cost, share)
        if at and at < math.inf:
            before, self.now = self.now, at - 1 / 1024
            assert not self.fits(cost, share)
            self.now = at
            assert self.fits(cost, share) or any(went == math.inf for went, _ in self.model)
            self.now = before
        self.real.append(self.windows.hold(cost if not at else Cost(0)))
        self.model.append((math.inf, cost if not at else Cost(0)))
        return len(self.model) - 1

    @rule(target=entered, number=consumes(held))
    def it_goes_out(self, number: int) -> int:
        self.real[number].enter(self.now)
        self.model[number] = self.now, self.model[number][1]
        return number

    @rule(number=entered, tokens=st.integers(0, 600))
    def it_is_settled(self, number: int, tokens: int) -> None:
        at, cost = self.model[number]
        self.real[number].settle(cost._replace(tokens=tokens))
        self.model[number] = at, cost._replace(tokens=tokens)

    @rule(number=consumes(held))
    def it_is_cancelled(self, number: int) -> None:
        self.real[number].void()
        self.model[number] = -math.inf, Cost(0)

    @precondition(lambda self: self.model)
    @invariant()
    def both_count_the_same(self) -> None:
        self.windows.expire(self.now)
        numbers = range(len(self.model))
        self.gone |= {(m, n) for m in self.limits for n in numbers if self.leaves(m, n) <= self.now}
        for window in self.windows:
            assert window.used == self.used(window.metric), window.metric


TestAgainstBruteForce = AgainstBruteForce.TestCase
TestAgainstBruteForce.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def test_the_expected_wait_looks_up_when_the_calls_ahead_will_have_left() -> None:
    windows = Windows({"rpm": 4}, arrival_jitter=0.0)
    for second in range(4):
        enter(windows, second * 10.0)
    assert [windows.wait(30.0, Cost(ahead)) for ahead in range(1, 6)] == [30.0, 40.0, 50.0, 60.0, 90.0]


@given(st.lists(st.integers(1, 40), min_size=1, max_size=30), st.integers(1, 2_000))
def test_the_expected_wait_for_tokens_grows_with_what_is_ahead(prompts: list[int], ahead: int) -> None:
    windows = Windows({"tpm": 1_000}, arrival_jitter=0.0)
    for number, tokens in enumerate(prompts):
        enter(windows, float(number), Cost(1, tokens))
    now = float(len(prompts))
    waits = [windows.wait(now, Cost(0, tokens)) for tokens in (ahead, ahead + 100)]
    assert 0.0 <= waits[0] <= waits[1] <= 180.0
