"""What is on the screen after blocks have grown, changed and gone; and what a pipe gets of the same."""

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.playground.terminal.printing.cells import width
from bot.playground.terminal.screen import Screen

COLUMNS = 20
ANSWER = ("message", 1)
DRAFT = ("draft", 1)
UP = re.compile(r"\x1b\[(\d+)A\r\x1b\[J")

lines = st.lists(st.text("ab你👍 ", max_size=45), max_size=5)


@pytest.fixture(autouse=True)
def _size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(COLUMNS))
    monkeypatch.setenv("LINES", "400")


def seen(written: str) -> list[str]:
    """The lines of a terminal of COLUMNS columns, each as it was written, with the rows that it takes."""
    rows: list[str] = []
    position = 0
    while position < len(written):
        if up := UP.match(written, position):
            goal = sum(map(height, rows)) - int(up[1])
            while rows and sum(map(height, rows)) > goal:
                rows.pop()
            assert sum(map(height, rows)) == goal, "it would begin in the middle of a line"
            position = up.end()
        else:
            end = written.index("\n", position)
            rows.append(written[position:end])
            position = end + 1
    return rows


def height(line: str) -> int:
    """Rows of a line, character by character: a wide one does not stand in the last column."""
    rows = [0]
    for character in line:
        if rows[-1] + width(character) > COLUMNS:
            rows.append(0)
        rows[-1] += width(character)
    return len(rows)


def screen(*, redraws: bool) -> tuple[Screen, io.StringIO]:
    out = io.StringIO()
    return Screen(out, redraws=redraws), out


@given(st.lists(lines, min_size=1, max_size=6), lines)
def test_on_a_terminal_only_the_newest_form_of_the_last_block_is_seen(forms: list[list[str]], final: list[str]) -> None:
    shown, out = screen(redraws=True)
    shown.say("before")
    for form in forms:
        shown.show(DRAFT, "Bot", form, settled=False)
    shown.show(ANSWER, "Bot #1", final, instead_of=DRAFT)
    assert seen(out.getvalue()) == ["before", "", "Bot #1", *final, ""]


def test_another_block_ends_the_one_before_it() -> None:
    shown, out = screen(redraws=True)
    shown.show(ANSWER, "Bot", ["one"])
    shown.say("meanwhile")
    shown.show(ANSWER, "Bot, edited", ["two"])
    assert seen(out.getvalue()) == ["Bot", "one", "", "meanwhile", "", "Bot, edited", "two", ""]


def test_what_is_typed_gives_way_to_the_message_that_it_becomes() -> None:
    shown, out = screen(redraws=True)
    shown.show(DRAFT, "Bot", ["half"], settled=False)
    out.write("a typed line of more than twenty\n")
    shown.typed("a typed line of more than twenty")
    shown.show(ANSWER, "Bot", ["whole"], instead_of=DRAFT)
    assert seen(out.getvalue()) == ["Bot", "whole", ""]


def test_only_the_last_block_can_be_taken_away() -> None:
    shown, out = screen(redraws=True)
    shown.say("before")
    shown.show(ANSWER, "", ["progress"])
    assert not shown.gone(DRAFT)
    assert shown.gone(ANSWER)
    assert not shown.gone(ANSWER)
    assert seen(out.getvalue()) == ["before", ""]


def test_a_draft_that_is_higher_than_the_screen_shows_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINES", "10")
    shown, out = screen(redraws=True)
    for count in (20, 30):
        shown.show(DRAFT, "Bot", [str(number) for number in range(count)], settled=False)
    assert seen(out.getvalue()) == ["Bot", *map(str, range(23, 30)), ""]


def test_a_pipe_gets_each_line_of_a_growing_answer_once() -> None:
    shown, out = screen(redraws=False)
    shown.show(DRAFT, "Bot", ["fir"], settled=False)
    shown.show(DRAFT, "Bot", ["first", "sec"], settled=False)
    shown.show(DRAFT, "Bot", ["first", "second", "thi"], settled=False)
    shown.show(ANSWER, "Bot #1", ["first", "second", "third"], instead_of=DRAFT)
    assert out.getvalue().split("\n") == ["Bot", "first", "second", "third", "", ""]


def test_a_pipe_gets_an_answer_anew_that_did_not_come_as_it_began() -> None:
    shown, out = screen(redraws=False)
    shown.show(DRAFT, "Bot", ["a draft", "and"], settled=False)
    shown.show(DRAFT, "Bot", ["another", "and"], settled=False)
    shown.show(ANSWER, "Bot #1", ["the answer"], instead_of=DRAFT)
    shown.show(ANSWER, "Bot #1, edited", ["the other answer"])
    assert out.getvalue().split("\n") == [
        "Bot", "a draft", "", "Bot #1", "the answer", "", "Bot #1, edited", "the other answer", "", "",
    ]  # fmt: skip


@given(st.lists(lines, max_size=6), lines)
def test_a_pipe_gets_no_escape_sequence_and_the_whole_answer(forms: list[list[str]], final: list[str]) -> None:
    shown, out = screen(redraws=False)
    for form in forms:
        shown.show(DRAFT, "Bot", form, settled=False)
    shown.typed("nothing")
    shown.show(ANSWER, "Bot #1", final, instead_of=DRAFT)
    assert "\x1b" not in out.getvalue()
    assert "\n".join([*final, "", ""]) in out.getvalue()
