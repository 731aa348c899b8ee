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
from bot.playground.telegram.text import detected
from bot.providers.chat import ChatRequest
from bot.summaries import prompts
from bot.summaries.answers import parse
from bot.summaries.leaves import MemoryLeaves
from bot.summaries.loops import ROUNDS, Loop, carried, opened
from bot.summaries.messages import GroupMessage
from bot.summaries.notes import Action, Closing, Notes, Point
from bot.summaries.request import Request, Window
from bot.summaries.service import Summaries, Task
from bot.summaries.summary import Summary
from tests.unit.summaries_group import HOSTILE_TEXT, MODEL, NOON, Answer, Scripted, chatter, honest, material, message

ALL = Request(Window(), every_topic=True)
PROMISE = Loop(None, Notes(actions=(Action("U1", "tell U2", "friday", (3,)),), people=(70, 80)))
QUESTION = Loop(None, Notes(questions=(Point("who pays?", (4, 5)),)))
TALK = [
    message(11, "hello", author=90),
    message(12, "done", author=70, name="Ann", reply_to=3),
    message(13, "me", reply_to=5),
]
PROMPT = prompts.whole([TALK], ALL, "", [PROMISE, QUESTION])


def lines(prompt: prompts.Prompt) -> list[dict[str, Any]]:
    return [json.loads(line) for line in prompt.user.split("\n")]


async def told(
    answer: Answer, messages: Sequence[GroupMessage], loops: Sequence[Loop], store: MemoryLeaves | None = None
) -> tuple[Summary, ...]:
    clock = FakeClock(max((m.at.timestamp() for m in messages), default=NOON.timestamp()))
    names = {70: "Ann", 80: "@Bob https://evil.example"}
    task = Task(-1001, messages, ALL, MODEL, loops, names)
    return await Summaries(Scripted(answer), store or MemoryLeaves(), clock).summarise(task, CallContext(NOBODY))


def test_notes_leave_their_promises_and_questions_open_each_with_those_it_names() -> None:
    notes = Notes(
        decisions=(Point("U1 agreed", (1,)),),
        actions=(Action("U3", "tell U12, not U1 or U99", "", (2,)),),
        questions=(Point("who?", (3,)),),
        people=tuple(range(101, 113)),
    )
    promise, question = opened(notes, 7)
    assert promise == Loop(
        7, Notes(actions=(Action("U2", "tell U3, not U1 or U99", "", (2,)),), people=(101, 103, 112))
    )
    assert question == Loop(7, Notes(questions=(Point("who?", (3,)),)))


def test_loops_are_sent_first_under_aliases_and_a_reply_to_one_is_seen_as_such() -> None:
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


def test_without_loops_nothing_is_asked_about_them() -> None:
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
def test_only_loops_that_were_sent_are_closed_and_only_by_messages_that_were(
    closed: Any, expected: tuple[Closing, ...]
) -> None:
    notes = parse(json.dumps({"topics": [], "closed": closed}), PROMPT)
    assert notes is not None
    assert notes.closed == expected


def test_no_statement_rests_on_a_loop_alone() -> None:
    again = {"text": "who pays?", "refs": [2]}
    notes = parse(json.dumps({"questions": [again, {"text": "and when?", "refs": [2, 3]}]}), PROMPT)
    assert notes is not None
    assert notes.questions == (Point("and when?", (11,)),)


def test_what_is_not_closed_is_carried_on_and_told_for_the_last_time_in_the_end() -> None:
    rounds = [PROMISE]
    for _ in range(ROUNDS):
        (loop,) = carried(rounds, (), 0)
        rounds = [loop]
    assert loop.is_last
    assert carried([PROMISE, QUESTION], [Closing(1, (12,))], 0) == (replace(QUESTION, rounds=1),)


@given(st.lists(st.integers(0, ROUNDS - 1), max_size=60), st.integers(0, 20))
def test_there_are_never_more_than_a_prompt_can_hold_and_none_vanishes_unsaid(rounds: list[int], new: int) -> None:
    loops = [replace(QUESTION, rounds=each) for each in rounds]
    found = carried(loops, (), new)
    assert len(found) == len(loops)
    left = [loop for loop in found if not loop.is_last]
    assert len(left) + new <= 30
    assert all(loop.rounds > before.rounds for loop, before in zip(found, loops, strict=True))
    if len(loops) + new <= 30:
        assert [loop.rounds for loop in found] == [each + 1 for each in rounds]


async def test_a_summary_tells_what_was_closed_by_what_and_carries_the_rest_on() -> None:
    (summary,) = await told(honest, TALK, [PROMISE, replace(QUESTION, rounds=2)])
    (closed,) = summary.closed[:1]
    assert (closed.loop.item, closed.by) == (Action("Ann", "tell Bob", "friday", (3,)), (12,))
    assert [each.by for each in summary.closed] == [(12,), (13,)]
    assert summary.carried == summary.left == ()
    (summary,) = await told(honest, TALK[:1], [PROMISE, replace(QUESTION, rounds=2)])
    assert [loop.item for loop in summary.carried] == [Action("Ann", "tell Bob", "friday", (3,)), QUESTION.item]
    assert summary.left == (replace(PROMISE, rounds=1), replace(QUESTION, rounds=3))


async def test_new_promises_are_left_for_the_next_and_old_ones_no_more() -> None:
    messages = [message(11, "I'll bring the cake by friday", author=70), message(12, "who brings tea?", author=80)]
    (summary,) = await told(honest, messages, [replace(QUESTION, rounds=ROUNDS - 1)])
    assert summary.carried[0].is_last
    promise, question = summary.left
    assert promise.item == Action("U1", "I'll bring the cake by friday", "by friday", (11,))
    assert promise.notes.people == (70,)
    assert question.item == Point("who brings tea?", (12,))


async def test_loops_of_a_topic_stay_in_it() -> None:
    messages = [message(11, "hello", topic=7), message(12, "done", reply_to=3)]
    here, there = await told(honest, messages, [PROMISE, replace(QUESTION, topic=7), replace(QUESTION, topic=9)])
    assert [(s.topic, len(s.closed), len(s.carried)) for s in (here, there)] == [(7, 0, 1), (None, 1, 0)]


async def test_even_one_stretch_that_is_kept_is_asked_about_them() -> None:
    store = MemoryLeaves()
    messages = [*chatter(60), message(1000, minutes=60 * 24)]
    window = replace(ALL, window=Window(until=messages[-1].at))
    model = Scripted(honest)
    summaries = Summaries(model, store, FakeClock((messages[-1].at + timedelta(hours=1)).timestamp()))
    task = Task(-1001, messages, window, MODEL)
    await summaries.summarise(task, CallContext(NOBODY))
    with_loops = replace(task, loops=[QUESTION])
    expected = (await summaries.plan(with_loops)).calls
    count = len(model.requests)
    (summary,) = await summaries.summarise(with_loops, CallContext(NOBODY))
    assert len(model.requests) - count == expected == 1
    assert "loop" in material(model.requests[-1])[0]
    assert len(summary.carried) == 1


@pytest.mark.parametrize("text", ["no idea", "", "[]", '{"closed": 5, "topics": [{"points": 1}]}'])
async def test_a_model_that_gives_no_notes_closes_nothing(text: str) -> None:
    (summary,) = await told(lambda _: text, TALK, [PROMISE, QUESTION])
    assert [loop.rounds for loop in summary.left] == [1, 1]


async def test_a_hostile_answer_shows_nothing_that_can_be_pressed() -> None:
    def answer(_: ChatRequest) -> str:
        closed = [{"n": n, "refs": [HOSTILE_TEXT, 4, 10**6]} for n in range(-5, 50)]
        return json.dumps(
            {"topics": [], "actions": [{"who": HOSTILE_TEXT, "what": "x", "refs": [3]}], "closed": closed}
        )

    (summary,) = await told(answer, TALK, [PROMISE, QUESTION])
    assert [each.by for each in summary.closed] == [(12,), (12,)]
    for loop in (*(each.loop for each in summary.closed), *summary.left):
        item = loop.item
        for text in (item.who, item.what, item.due) if isinstance(item, Action) else (item.text,):
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
    assert len({closing.loop for closing in notes.closed}) == len(notes.closed)
    for closing in notes.closed:
        assert closing.loop in (1, 2)
        assert closing.messages
        assert set(closing.messages) <= {11, 12, 13}
