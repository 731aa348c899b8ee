import pytest

from bot.domain.model import Metric
from bot.ratelimit.bucket import Throttle
from bot.ratelimit.permit_request import DAY, Cost
from bot.ratelimit.windows import Windows


def fill(windows: Windows, now: float, calls: int) -> None:
    for _ in range(calls):
        windows.hold(Cost()).enter(now)


def limit(windows: Windows, metric: str) -> float:
    return next(window.limit for window in windows if window.metric == metric)


@pytest.fixture
def windows() -> Windows:
    return Windows({"rps": 3, "rpm": 100}, arrival_jitter=0.2)


def test_pauses_double_with_each_refusal_in_a_row_up_to_a_minute(windows: Windows) -> None:
    throttle = Throttle(windows, lambda: 1.0)
    pauses = []
    for _ in range(8):
        throttle.refused(1000.0, "rpm", None)
        pauses.append(throttle.paused_until - 1000.0)
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]


def test_an_answer_ends_the_row(windows: Windows) -> None:
    throttle = Throttle(windows, lambda: 1.0)
    throttle.refused(0.0, "rpm", None)
    throttle.answered()
    throttle.refused(100.0, "rpm", None)
    assert throttle.paused_until == 101.0


@pytest.mark.parametrize(("asked", "pause"), [(7.5, 7.5), (-3.0, 0.0), (float("inf"), DAY), (float("nan"), 0.0)])
def test_the_provider_says_how_long_within_reason(windows: Windows, asked: float, pause: float) -> None:
    throttle = Throttle(windows, lambda: 1.0)
    throttle.refused(10.0, "rpm", asked)
    assert throttle.paused_until == 10.0 + pause


def test_a_days_limit_pauses_for_longer(windows: Windows) -> None:
    throttle = Throttle(windows, lambda: 1.0)
    for _ in range(20):
        throttle.refused(0.0, "rpd", None)
    assert throttle.paused_until == DAY / 60


def test_a_limit_is_lowered_by_a_tenth_and_not_again_within_half_a_minute(windows: Windows) -> None:
    throttle = Throttle(windows, lambda: 0.0)
    fill(windows, 0.0, 100)
    throttle.refused(1.0, "rpm", None)
    throttle.refused(2.0, "rpm", None)
    assert limit(windows, "rpm") == 90.0
    throttle.refused(31.0, "rpm", None)
    assert limit(windows, "rpm") == 81.0


def test_what_had_gone_out_tells_where_the_true_limit_is(windows: Windows) -> None:
    throttle = Throttle(windows, lambda: 0.0)
    fill(windows, 0.0, 80)
    throttle.refused(1.0, "rpm", None)
    assert limit(windows, "rpm") == pytest.approx(72.0)


def test_others_on_the_same_account_do_not_stop_us(windows: Windows) -> None:
    throttle = Throttle(windows, lambda: 0.0)
    fill(windows, 0.0, 2)
    throttle.refused(1.0, "rpm", None)
    assert limit(windows, "rpm") == pytest.approx(63.0)


def test_after_five_quiet_minutes_it_rises_and_halts_below_what_was_refused(windows: Windows) -> None:
    throttle = Throttle(windows, lambda: 0.0)
    fill(windows, 0.0, 80)
    throttle.refused(0.0, "rpm", None)
    throttle.recover(299.0)
    assert limit(windows, "rpm") == pytest.approx(72.0)
    for second in range(300, 1800, 10):
        throttle.recover(float(second))
    assert limit(windows, "rpm") == pytest.approx(79.0)
    for second in range(1800, 5000, 10):
        throttle.recover(float(second))
    assert limit(windows, "rpm") == 100.0


def test_a_refusal_without_a_reason_means_the_fullest_window(windows: Windows) -> None:
    throttle = Throttle(windows, lambda: 0.0)
    fill(windows, 0.0, 2)
    throttle.refused(0.5, None, None)
    assert limit(windows, "rps") < 3
    assert limit(windows, "rpm") == 100.0


def refuse_when_full(throttle: Throttle, windows: Windows, now: float) -> None:
    """Three calls were within the limit by our own log, and one of them is refused all the same."""
    fill(windows, now, 3)
    throttle.refused(now + 0.5, "rps", None)


def test_a_refusal_with_a_full_short_window_widens_the_jitter_and_leaves_the_limit(windows: Windows) -> None:
    throttle = Throttle(windows, lambda: 0.0)
    refuse_when_full(throttle, windows, 0.0)
    assert windows.arrival_jitter == pytest.approx(0.25)
    assert limit(windows, "rps") == 3.0


@pytest.mark.parametrize(("metric", "calls"), [("rps", 1), ("rpm", 100)])
def test_one_that_was_not_full_or_is_long_proves_nothing_of_the_jitter(
    windows: Windows, metric: Metric, calls: int
) -> None:
    throttle = Throttle(windows, lambda: 0.0)
    fill(windows, 0.0, calls)
    throttle.refused(0.5, metric, None)
    assert windows.arrival_jitter == 0.2
    assert limit(windows, metric) < {"rps": 3, "rpm": 100}[metric]


def test_refusals_of_the_same_moment_widen_the_jitter_once(windows: Windows) -> None:
    throttle = Throttle(windows, lambda: 0.0)
    for _ in range(4):
        refuse_when_full(throttle, windows, 0.0)
    assert windows.arrival_jitter == pytest.approx(0.25)


def test_where_three_steps_do_not_help_the_limit_is_lowered_too(windows: Windows) -> None:
    throttle = Throttle(windows, lambda: 0.0)
    for step in range(3):
        refuse_when_full(throttle, windows, 10.0 * step)
    assert limit(windows, "rps") == 3.0
    refuse_when_full(throttle, windows, 30.0)
    assert windows.arrival_jitter == pytest.approx(0.2 * 1.25**4)
    assert limit(windows, "rps") == pytest.approx(2.7)


def test_a_limit_that_was_lowered_is_not_taken_for_a_jitter(windows: Windows) -> None:
    throttle = Throttle(windows, lambda: 0.0)
    fill(windows, 0.0, 2)
    throttle.refused(0.5, "rps", None)
    lowered = limit(windows, "rps")
    fill(windows, 40.0, 2)
    throttle.refused(40.5, "rps", None)
    assert limit(windows, "rps") < lowered


def test_the_jitter_never_exceeds_a_second(windows: Windows) -> None:
    throttle = Throttle(windows, lambda: 0.0)
    for step in range(20):
        refuse_when_full(throttle, windows, 40.0 * step)
    assert windows.arrival_jitter == 1.0


def test_the_jitter_goes_back_by_a_step_an_hour_to_where_it_began(windows: Windows) -> None:
    throttle = Throttle(windows, lambda: 0.0)
    refuse_when_full(throttle, windows, 0.0)
    refuse_when_full(throttle, windows, 10.0)
    jitters = []
    for now in (10.0, 3600.0, 3611.0, 3700.0, 7212.0, 20_000.0):
        throttle.recover(now)
        jitters.append(windows.arrival_jitter)
    assert jitters == pytest.approx([0.3125, 0.3125, 0.25, 0.25, 0.2, 0.2])


def test_the_hour_begins_anew_with_each_proof(windows: Windows) -> None:
    throttle = Throttle(windows, lambda: 0.0)
    refuse_when_full(throttle, windows, 0.0)
    refuse_when_full(throttle, windows, 3000.0)
    throttle.recover(3601.0)
    assert windows.arrival_jitter == pytest.approx(0.3125)


def test_a_metric_that_has_no_window_only_pauses(windows: Windows) -> None:
    throttle = Throttle(windows, lambda: 1.0)
    throttle.refused(0.0, "tpm", None)
    assert throttle.paused_until == 1.0
    assert [window.limit for window in windows] == [3.0, 100.0]
