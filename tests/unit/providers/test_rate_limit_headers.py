import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.providers.rate_limit_headers import retry_after

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("reset", "seconds"),
    [
        ("7.66s", 7.66),
        ("20ms", 0.02),
        ("2m59.56s", 179.56),
        ("6m0s", 360.0),
        ("1h2m3s", 3723.0),
        ("30", 30.0),
        ("1800000045", 45.0),
        ("1800000045000", 45.0),
        ("1700000000", 0.0),
        ("", 0.0),
        ("soon", 0.0),
        ("-5", 0.0),
    ],
)
def test_a_reset_is_read_as_span_or_as_time(reset: str, seconds: float) -> None:
    headers = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": reset}
    assert retry_after(headers, NOW) == pytest.approx(seconds)


def test_the_longest_counts_of_what_is_all_gone_and_nothing_else() -> None:
    headers = {
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": "5",
        "x-ratelimit-remaining-tokens": "0",
        "x-ratelimit-reset-tokens": "9s",
        "x-ratelimit-remaining-requests": "14370",
        "x-ratelimit-reset-requests": "2m59.56s",
    }
    assert retry_after(headers, NOW) == 9.0
    assert retry_after({}, NOW) == 0.0


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_words_are_a_wait_or_none(remaining: str, reset: str) -> None:
    for left in ("0", remaining):
        assert retry_after({"x-ratelimit-remaining": left, "x-ratelimit-reset": reset}, NOW) >= 0.0
