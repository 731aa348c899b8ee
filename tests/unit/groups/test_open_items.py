"""What a digest left open is told again until it is closed, however badly the model answers, and not for ever."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.clock import FakeClock
from bot.domain.calls import NOBODY, CallContext
from bot.domain.chat import ChatRequest
from bot.domain.digest import ROUNDS, OpenItem
from bot.domain.notes import ActionItem, Closing, GroupNotes, SummaryPoint
from bot.groups import prompts
from bot.groups.group_answer import parse
from bot.groups.notes_client import MemoryNotesCache
from bot.groups.open_items import carried_over, handed_on, opened
from bot.groups.summarizer import Summaries, SummaryTask
from bot.groups.summary import GroupMessage, Summary, SummaryQuery, SummaryWindow
from bot.playground.telegram.text import detected
from tests.unit.groups.summary_models import (
    HOSTILE_TEXT,
    MODEL,
    NOON,
    Answer,
    Scripted,
    chatter,
    honest,
    material,
    message,
)

ALL = SummaryQuery(SummaryWindow(), every_topic=True)
PROMISE = OpenItem(None, GroupNotes(actions=(ActionItem("U1", "tell U2", "friday", (3,)),), people=(70, 80)))
QUESTION = OpenItem(None, GroupNotes(questions=(SummaryPoint("who pays?", (4, 5)),)))
TALK = [
    message(11, "hello", author=90),
    message(12, "done", author=70, name="Ann", reply_to=3),
    message(13, "me", reply_to=5),
]
PROMPT = prompts.whole([TALK], ALL, "", [PROMISE, QUESTION])


def lines(prompt: prompts.NotesPrompt) -> list[dict[str, Any]]:
    return [json.loads(line) for line in prompt.user.split("\n")]


async def told(
    answer: Answer,
    messages: Sequence[GroupMessage],
    items: Sequence[OpenItem],
    cache: MemoryNotesCache | None = None,
) -> tuple[Summary, ...]:
    clock = FakeClock(max((m.at.timestamp() for m in messages), default=NOON.timestamp()))
    names = {70: "Ann", 80: "@Bob https://evil.example"}
    task = SummaryTask(-1001, messages, ALL, MODEL, items, names)
    return await Summaries(Scripted(answer), cache or MemoryNotesCache(), clock).summarise(task, CallContext(NOBODY))


def test_notes_leave_their_promises_and_questions_open_each_with_those_it_names() -> None:
    notes = GroupNotes(
        decisions=(SummaryPoint("U1 agreed", (1,)),),
        actions=(ActionItem("U3", "tell U12, not U1 or U99", "", (2,)),),
        questions=(SummaryPoint("who?", (3,)),),
        people=tuple(range(101, 113)),
    )
    promise, question = opened(notes, 7)
    assert promise == OpenItem(
        7, GroupNotes(actions=(ActionItem("U2", "tell U3, not U1 or U99", "", (2,)),), people=(101, 103, 112))
    )
    assert question == OpenItem(7, GroupNotes(questions=(SummaryPoint("who?", (3,)),)))


def test_open_items_are_sent_first_under_aliases_and_a_reply_to_one_is_seen_as_such() -> None:
    assert lines(PROMPT) == [
        {"n": 1, "loop": "tell U2", "who": "U1", "due": "friday"},
        {"n": 2, "loop": "who pays?"},
        {"time": "Tue 2026-11-24 12:00"},
        {"n": 3, "by": "U3", "text": "hello"},
        {"n": 4, "by": "U1", "re": 1, "text": "done"},
        {"n": 5, "by": "U4", "re": 2, "text": "me"},
    ]
    assert PROMPT.refs == ((), (), (11,), (12,), (13,))
    assert PROMPT.people == (70, 80, 90, 1)
    assert '"closed":[{"n":1,"refs":[2]}]' in PROMPT.system


def test_without_open_items_nothing_is_asked_about_them() -> None:
    assert '"closed"' not in prompts.whole([TALK], ALL, "").system


@pytest.mark.parametrize(
    ("closed", "expected"),
    [
        ([{"n": 1, "refs": [4]}], (Closing(1, (12,)),)),
        ([{"n": "#2", "refs": "5"}, {"n": 1, "refs": [4, 5, 99]}], (Closing(2, (13,)), Closing(1, (12, 13)))),
        ([{"n": 1, "refs": [4]}, {"n": 1, "refs": [5]}], (Closing(1, (12,)),)),
        ([{"n": 1, "refs": [1, 2]}, {"n": 2, "refs": []}, {"n": 2}], ()),
        ([{"n": n, "refs": [3]} for n in (0, -1, 3, 99, True, None, "x", [1], 1.0)], ()),
        ({"n": 1, "refs": [4]}, ()),
        ("1", ()),
        (None, ()),
        ([[1, 4], 1, None], ()),
    ],
)
def test_only_open_items_that_were_sent_are_closed_and_only_by_messages_that_were(
    closed: Any, expected: tuple[Closing, ...]
) -> None:
    notes = parse(json.dumps({"topics": [], "closed": closed}), PROMPT)
    assert notes is not None
    assert notes.closed == expected


def test_no_statement_rests_on_a_open_item_alone() -> None:
    again = {"text": "who pays?", "refs": [2]}
    notes = parse(json.dumps({"questions": [again, {"text": "and when?", "refs": [2, 3]}]}), PROMPT)
    assert notes is not None
    assert notes.questions == (SummaryPoint("and when?", (11,)),)


def test_what_is_not_closed_is_carried_on_and_told_for_the_last_time_in_the_end() -> None:
    rounds = [PROMISE]
    for _ in range(ROUNDS):
        (found,) = carried_over(rounds, (), 0)
        rounds = [found]
    assert found.is_last
    assert carried_over([PROMISE, QUESTION], [Closing(1, (12,))], 0) == (replace(QUESTION, rounds=1),)


@given(st.lists(st.integers(0, ROUNDS - 1), max_size=60), st.integers(0, 20))
def test_there_are_never_more_than_a_prompt_can_hold_and_none_vanishes_unsaid(rounds: list[int], new: int) -> None:
    open_items = [replace(QUESTION, rounds=each) for each in rounds]
    found = carried_over(open_items, (), new)
    assert len(found) == len(open_items)
    left = [each for each in found if not each.is_last]
    assert len(left) + new <= 30
    assert all(each.rounds > before.rounds for each, before in zip(found, open_items, strict=True))
    if len(open_items) + new <= 30:
        assert [each.rounds for each in found] == [each + 1 for each in rounds]


async def test_a_summary_tells_what_was_closed_by_what_and_carries_the_rest_on() -> None:
    (summary,) = await told(honest, TALK, [PROMISE, replace(QUESTION, rounds=2)])
    (closed,) = summary.closed[:1]
    assert (closed.item.item, closed.by) == (ActionItem("Ann", "tell Bob", "friday", (3,)), (12,))
    assert [each.by for each in summary.closed] == [(12,), (13,)]
    assert summary.carried_over == summary.left == ()
    (summary,) = await told(honest, TALK[:1], [PROMISE, replace(QUESTION, rounds=2)])
    assert [each.item for each in summary.carried_over] == [
        ActionItem("Ann", "tell Bob", "friday", (3,)),
        QUESTION.item,
    ]
    assert summary.left == (replace(PROMISE, rounds=1), replace(QUESTION, rounds=3))


async def test_new_promises_are_left_for_the_next_and_old_ones_no_more() -> None:
    messages = [message(11, "I'll bring the cake by friday", author=70), message(12, "who brings tea?", author=80)]
    (summary,) = await told(honest, messages, [replace(QUESTION, rounds=ROUNDS - 1)])
    assert summary.carried_over[0].is_last
    promise, question = summary.left
    assert promise.item == ActionItem("U1", "I'll bring the cake by friday", "by friday", (11,))
    assert promise.notes.people == (70,)
    assert question.item == SummaryPoint("who brings tea?", (12,))


async def test_open_items_of_a_topic_stay_in_it() -> None:
    messages = [message(11, "hello", topic=7), message(12, "done", reply_to=3)]
    here, there = await told(honest, messages, [PROMISE, replace(QUESTION, topic=7), replace(QUESTION, topic=9)])
    assert [(s.topic, len(s.closed), len(s.carried_over)) for s in (here, there)] == [(7, 0, 1), (None, 1, 0)]


async def test_even_one_segment_that_is_kept_is_asked_about_them() -> None:
    store = MemoryNotesCache()
    messages = [*chatter(60), message(1000, minutes=60 * 24)]
    window = replace(ALL, window=SummaryWindow(until=messages[-1].at))
    model = Scripted(honest)
    summaries = Summaries(model, store, FakeClock((messages[-1].at + timedelta(hours=1)).timestamp()))
    task = SummaryTask(-1001, messages, window, MODEL)
    await summaries.summarise(task, CallContext(NOBODY))
    with_open_items = replace(task, open_items=[QUESTION])
    expected = (await summaries.plan(with_open_items)).calls
    count = len(model.requests)
    (summary,) = await summaries.summarise(with_open_items, CallContext(NOBODY))
    assert len(model.requests) - count == expected == 1
    assert "loop" in material(model.requests[-1])[0]
    assert len(summary.carried_over) == 1


@pytest.mark.parametrize("text", ["no idea", "", "[]", '{"closed": 5, "topics": [{"points": 1}]}'])
async def test_a_model_that_gives_no_notes_closes_nothing(text: str) -> None:
    (summary,) = await told(lambda _: text, TALK, [PROMISE, QUESTION])
    assert [each.rounds for each in summary.left] == [1, 1]


async def test_a_hostile_answer_shows_nothing_that_can_be_pressed() -> None:
    def answer(_: ChatRequest) -> str:
        closed = [{"n": n, "refs": [HOSTILE_TEXT, 4, 10**6]} for n in range(-5, 50)]
        return json.dumps(
            {"topics": [], "actions": [{"who": HOSTILE_TEXT, "what": "x", "refs": [3]}], "closed": closed}
        )

    (summary,) = await told(answer, TALK, [PROMISE, QUESTION])
    assert [each.by for each in summary.closed] == [(12,), (12,)]
    for open_item in (*(each.item for each in summary.closed), *summary.left):
        item = open_item.item
        for text in (item.who, item.what, item.due) if isinstance(item, ActionItem) else (item.text,):
            assert not {entity["type"] for entity in detected(text)} & {"url", "mention", "bot_command", "email"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 9) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["n", "refs", "x"]), inner, max_size=3),
    max_leaves=20,
)


@settings(deadline=None)
@given(JSON)
def test_whatever_is_closed_was_open_and_is_closed_by_what_was_said(value: Any) -> None:
    notes = parse(json.dumps({"topics": [], "closed": value}), PROMPT)
    assert notes is not None
    assert len({closing.item for closing in notes.closed}) == len(notes.closed)
    for closing in notes.closed:
        assert closing.item in (1, 2)
        assert closing.messages
        assert set(closing.messages) <= {11, 12, 13}


def test_what_a_digest_leaves_open_is_handed_on_with_what_was_silent() -> None:
    here, there = replace(PROMISE, topic=7), QUESTION
    at = Summary(7, (), (), (), (), (), 1, NOON, NOON, "m")
    assert handed_on([here, there], []) == [here, there]
    assert handed_on([here, there], [at]) == [there]
    assert handed_on([here, there], [replace(at, left=(replace(here, rounds=3),))]) == [there, replace(here, rounds=3)]


def test_an_open_item_is_restored_as_it_was_stored() -> None:
    for item in (replace(PROMISE, topic=7, rounds=2), QUESTION):
        assert OpenItem.restored(item.topic_id, item.text, item.rounds) == item
    for other in ("{", "{}", '{"decisions":[{"text":"yes","messages":[1]}]}'):
        assert OpenItem.restored(7, other, 0) is None
