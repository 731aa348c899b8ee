"""What a digest left open, into the store and back."""

from dataclasses import replace
from datetime import UTC, datetime

from bot.store.loops import StoredLoop
from bot.summaries.loops import Loop
from bot.summaries.notes import Action, Notes, Point, to_json
from bot.summaries.summary import Summary
from handlers.open_loops import left, read

PROMISE = Loop(7, Notes(actions=(Action("U1", "cake", "friday", (3, 4)),), people=(70,)), 2)
QUESTION = Loop(None, Notes(questions=(Point("who pays?", (5,)),)))
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SUMMARY = Summary(7, (), (), (), (), (), 1, NOON, NOON, "m")


def test_loops_come_back_as_they_were_left() -> None:
    stored = left([], [replace(SUMMARY, left=(PROMISE,)), replace(SUMMARY, topic=None, left=(QUESTION,))])
    assert [(each.topic_id, each.messages, each.people, each.rounds) for each in stored] == [
        (7, (3, 4), (70,), 2),
        (0, (5,), (), 0),
    ]
    assert read(stored) == (PROMISE, QUESTION)


def test_where_nothing_was_said_they_stay_as_they_were() -> None:
    assert read(left([PROMISE, QUESTION], [])) == (PROMISE, QUESTION)
    assert read(left([PROMISE, QUESTION], [SUMMARY])) == (QUESTION,)
    assert read(left([PROMISE, QUESTION], [replace(SUMMARY, left=(replace(PROMISE, rounds=3),))])) == (
        QUESTION,
        replace(PROMISE, rounds=3),
    )


def test_what_was_stored_in_another_form_is_passed_over() -> None:
    good = StoredLoop(7, to_json(PROMISE.notes), (3, 4), (70,), 2)
    assert read([replace(good, text="{"), replace(good, text="{}"), good]) == (PROMISE,)
