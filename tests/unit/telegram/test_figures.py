"""The picture of /usage: always a picture, whatever the numbers."""

import io

from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.domain.money import NO_MONEY, Money
from bot.telegram.figures import BLUE, GREEN, ORANGE, Day, _ceiling, chart

COUNTS = st.integers(0, 10**7)
DAYS = st.lists(
    st.builds(Day, st.just("01-15"), COUNTS, COUNTS, st.integers(0, 10**12).map(Money)), min_size=1, max_size=31
)


def colours(days: list[Day]) -> set[str]:
    with Image.open(io.BytesIO(chart(days))) as image:
        assert image.format == "PNG"
        found = image.getcolors(image.width * image.height)
    assert found is not None
    return {"#{:02x}{:02x}{:02x}".format(*colour) for _, colour in found if isinstance(colour, tuple)}


@settings(max_examples=30, deadline=None)
@given(DAYS)
def test_each_kind_that_was_used_has_its_colour(days: list[Day]) -> None:
    shown = colours(days)
    assert (BLUE in shown) == any(day.questions for day in days)
    assert (ORANGE in shown) <= any(day.pictures for day in days)
    assert (GREEN in shown) == any(day.cost for day in days)


def test_one_question_among_a_million_can_be_seen() -> None:
    assert BLUE in colours([Day("01-14", 0, 10**6, NO_MONEY), Day("01-15", 1, 0, NO_MONEY)])


@given(st.floats(0, 1e9), st.booleans())
def test_the_scale_reaches_and_does_not_dwarf_the_highest(highest: float, whole: bool) -> None:
    scale = _ceiling(highest, whole=whole)
    assert scale >= highest
    assert scale <= max(2.5 * highest, 2 if whole else 1e-6)
    assert not whole or scale % 2 == 0
