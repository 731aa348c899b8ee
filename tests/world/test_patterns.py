"""No pattern of the product takes more than its share of time, whatever it reads."""

import re
from collections.abc import Mapping
from typing import Final

import pytest

from tests.world.growth import MOST, growth
from tests.world.patterns import MADE_LATER, Adversary, FoundPattern, adversaries, found, unread

BOUNDED: Final[Mapping[str, str]] = {
    r"\X": "counts the flags before it; where it is used, its text is bounded",
    r"<details(?:\s+open)?>\s*(?:\n\s*)?<summary>(.*?)</summary>\s*(?:\n|$)": "reads three lines at most",
}
"""Patterns whose time grows faster, and why that does no harm."""


def slowest(pattern: FoundPattern) -> tuple[float, Adversary | None]:
    """The first text on which it grows too fast."""
    work = pattern.work()
    for text in adversaries(pattern.source, pattern.compiled.flags):
        if (times := growth(work, text)) > MOST:
            return times, text
    return 0.0, None


@pytest.mark.slow
@pytest.mark.parametrize("pattern", [one for one in found() if one.source not in BOUNDED], ids=lambda one: one.place)
def test_twice_the_text_takes_about_twice_the_time(pattern: FoundPattern) -> None:
    times, text = slowest(pattern)
    assert text is None, f"{pattern.place}: {pattern.source!r} takes {times:.1f} times as long for twice the {text}"


def test_patterns_are_found_wherever_they_stand() -> None:
    patterns = found()
    places = {one.place.split(":")[0].split(" ")[0] for one in patterns}
    assert len(patterns) > 100
    assert len(places) > 30
    table, name, literal = "bot/groups/arguments.py", "bot/drawing/draw_request.py", "bot/cli.py"
    assert {table, name, literal, *MADE_LATER} <= places


def test_no_pattern_is_made_where_nobody_can_read_it() -> None:
    assert unread() == MADE_LATER.keys()


@pytest.mark.parametrize(
    ("source", "method"),
    [
        (r"(?:please\s+|can\s+you\s+(?:please\s+)?)*draw", "fullmatch"),  # exponential: "can you please " in two ways
        (r"(?:[a-z]+\s?)+:", "match"),
        (r"\d{6,}:[a-z]", "search"),  # quadratic: every digit may be the first
        (r"<(.*?)>", "findall"),
        (r"\s*(?:\n\s*)?<b>", "match"),
        (r"(?:ab|[^c]b)+d", "match"),
    ],
)
def test_what_grows_faster_is_told(source: str, method: str) -> None:
    times, text = slowest(FoundPattern("here", re.compile(source), {method}))
    assert times > MOST, text


@pytest.mark.parametrize(
    ("source", "method"),
    [
        (r"(?:please\s+|can\s+you\s+)*+draw", "fullmatch"),
        (r"(?:[a-z]++\s?)++:", "match"),
        (r"\d{6,32}:[a-z]", "search"),
        (r"<([^<>]*)>", "findall"),
        (r"(\w+)", "sub"),
    ],
)
def test_what_is_linear_is_let_pass(source: str, method: str) -> None:
    assert slowest(FoundPattern("here", re.compile(source), {method})) == (0.0, None)
