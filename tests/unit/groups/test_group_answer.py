"""Whatever a model answers, the notes hold only what rests on messages that were sent, and may be shown."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.notes import ActionItem, GroupNotes, SummaryPoint, SummaryTopic, from_json, to_json
from bot.groups import prompts
from bot.groups.group_answer import parse, prose
from bot.groups.prompts import AnswerBounds
from bot.playground.telegram.text import detected
from tests.unit.groups.summary_models import HOSTILE_TEXT, message

PROMPT = prompts.segment([message(id_, "x", author=id_ // 10) for id_ in (11, 12, 21, 31)])
GOOD: dict[str, Any] = {
    "topics": [{"title": "Redis", "points": [{"text": "U1 dropped it", "refs": [1, 3]}]}],
    "decisions": [{"text": "no cache", "refs": [2]}],
    "actions": [{"who": "U2", "what": "tell ops", "due": "friday", "refs": [4]}],
    "questions": [{"text": "who pays?", "refs": [4, 1]}],
}
NOTES = GroupNotes(
    (SummaryTopic("Redis", (SummaryPoint("U1 dropped it", (11, 21)),)),),
    (SummaryPoint("no cache", (12,)),),
    (ActionItem("U2", "tell ops", "friday", (31,)),),
    (SummaryPoint("who pays?", (11, 31)),),
    (1, 2, 3),
)
TEXT = json.dumps(GOOD)


def texts(notes: GroupNotes) -> list[str]:
    found: list[str] = []

    def note(text: str) -> str:
        found.append(text)
        return text

    notes.rewritten(note)
    return found


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        f"```json\n{TEXT}\n```",
        f"Here you are: {TEXT} Anything else?",
        f"I thought about {{this}} and {{}}.\n\n{TEXT}",
        json.dumps({"answer": GOOD})[len('{"answer": ') : -1],
        json.dumps({"answer": GOOD}),
        json.dumps(GOOD, indent=2).replace("Redis", "Re\tdis").replace("Re\tdis", "Redis"),
    ],
)
def test_the_notes_are_found_wherever_they_stand(text: str) -> None:
    assert parse(text, PROMPT) == NOTES


@pytest.mark.parametrize(
    "refs", [["1"], "1", 1, ["[1]"], ["#1"], [1, 1, 99], [1, 0, -1, True, None, 2.5, {}, "x", "-3"]]
)
def test_numbers_are_read_in_many_forms_and_wrong_ones_dropped(refs: Any) -> None:
    notes = parse(json.dumps({"decisions": [{"text": "yes", "refs": refs}]}), PROMPT)
    assert notes is not None
    assert notes.decisions == (SummaryPoint("yes", (11,)),)


@pytest.mark.parametrize("refs", [[], None, [0], [5], [99], ["U1"], [[1]], {"n": 1}, "many"])
def test_a_statement_that_rests_on_nothing_is_dropped(refs: Any) -> None:
    kept = {"text": "kept", "refs": [1]}
    notes = parse(json.dumps({"decisions": [{"text": "gone", "refs": refs}, kept]}), PROMPT)
    assert notes is not None
    assert notes.decisions == (SummaryPoint("kept", (11,)),)
    assert parse(json.dumps({"decisions": [{"text": "gone", "refs": refs}]}), PROMPT) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I cannot do that.",
        "{}",
        "[]",
        "null",
        "{{{{",
        '{"topics": 5}',
        '{"a":' * 5_000,
        '{"decisions":[' + "9" * 5_000,
    ],
)
def test_what_holds_no_notes_gives_none(text: str) -> None:
    assert parse(text, PROMPT) is None


def test_nothing_of_note_is_an_answer() -> None:
    assert parse('{"topics":[],"decisions":[],"actions":[],"questions":[]}', PROMPT) == GroupNotes(people=(1, 2, 3))


@settings(deadline=None)
@given(st.integers(0, len(TEXT)))
def test_of_an_answer_that_was_cut_off_the_whole_part_is_kept(end: int) -> None:
    notes = parse(TEXT[:end], PROMPT)
    if notes is not None:
        assert set(texts(notes)) <= {*texts(NOTES), ""}
    assert (notes is not None) == (end >= TEXT.index("]", TEXT.index("refs")) + 1)


def test_entries_of_wrong_kinds_are_passed_over() -> None:
    mixed = {
        "topics": ["x", {"title": 5, "points": [5, GOOD["topics"][0]["points"][0]]}, {"title": "empty", "points": []}],
        "decisions": {"text": "x", "refs": [1]},
        "actions": [{"who": ["U1", 5, "U2"], "what": "go", "refs": [1]}, {"who": "U1", "refs": [1]}],
        "questions": None,
    }
    notes = parse(json.dumps(mixed), PROMPT)
    assert notes is not None
    assert notes.topics == (SummaryTopic("", (SummaryPoint("U1 dropped it", (11, 21)),)),)
    assert notes.actions == (ActionItem("U1, U2", "go", "", (11,)),)
    assert not notes.decisions


def test_every_list_and_text_is_bounded() -> None:
    bounds = PROMPT.bounds
    point = {"text": "word " * 100, "refs": [1, 2, 3, 4] * 10}
    notes = parse(
        json.dumps(
            {
                "topics": [{"title": "t" * 300, "points": [point] * 3}] * 10,
                "decisions": [point] * 20,
                "actions": [{"who": "w" * 300, "what": "go " * 100, "due": "d" * 300, "refs": [1]}] * 20,
                "questions": [point] * 20,
            }
        ),
        PROMPT,
    )
    assert notes is not None
    assert len(notes.topics) <= bounds.topics
    assert sum(len(topic.points) for topic in notes.topics) == bounds.points
    assert len(notes.decisions) == len(notes.actions) == len(notes.questions) == bounds.others
    assert max(map(len, texts(notes))) <= bounds.length


def test_a_ref_to_a_note_leads_to_the_messages_that_the_note_rests_on() -> None:
    merged = prompts.merge([NOTES, replace(NOTES, decisions=(), actions=(), questions=())], "")
    notes = parse(json.dumps({"decisions": [{"text": "all", "refs": [1, 2, 5]}]}), merged)
    assert notes is not None
    assert notes.decisions == (SummaryPoint("all", (11, 12, 21)),)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.just(HOSTILE_TEXT),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["topics", "points", "title", "text", "refs", "who", "what", "due", "decisions", "actions", "x"]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=30,
)


@settings(deadline=None)
@given(JSON | st.fixed_dictionaries(dict.fromkeys(GOOD, JSON)))
def test_any_json_gives_notes_that_are_safe_or_none(value: Any) -> None:
    notes = parse(json.dumps(value), PROMPT)
    if notes is None:
        return
    assert notes.messages <= {11, 12, 21, 31}
    for text in texts(notes):
        assert not {entity["type"] for entity in detected(text)} & {"url", "mention", "bot_command", "email"}


@settings(deadline=None)
@given(st.text())
def test_any_text_is_survived(text: str) -> None:
    parse(text, PROMPT)
    assert len(prose(text)) <= 2 * 2_000


def test_what_is_kept_is_read_back_as_it_was() -> None:
    assert from_json(to_json(NOTES)) == NOTES


@pytest.mark.parametrize("text", ["", "{", "[]", '{"topics":[{"title":5,"points":"x"}]}', "null"])
def test_what_was_not_kept_by_us_is_not_read(text: str) -> None:
    assert from_json(text) is None


def test_notes_within_a_window_rest_on_its_messages_alone() -> None:
    inside = NOTES.within({11, 31})
    assert inside == GroupNotes(
        (SummaryTopic("Redis", (SummaryPoint("U1 dropped it", (11,)),)),),
        (),
        NOTES.actions,
        NOTES.questions,
        NOTES.people,
    )
    assert not NOTES.within(())
    assert NOTES.within(range(100)) == NOTES


def test_bounds_are_asked_for_in_the_prompt() -> None:
    bounds: AnswerBounds = prompts.SEGMENT_BOUNDS
    assert f"At most {bounds.topics} topics, {bounds.points} points in all" in PROMPT.system


def test_links_nested_too_deep_leave_nothing_to_press() -> None:
    text = prose("[" * 40 + "@ann" + "](b)" * 40)
    assert not set("[]@/`*_") & set(text)
    assert "ann" in text


def test_of_a_link_in_links_the_label_stays() -> None:
    assert prose("see [[[the notes](a)](b)](c) and more") == "see the notes and more"


def test_tries_end_when_much_was_read() -> None:
    few, many = ('{"x":' * 5 + "[" + "[]," * count + f"!{TEXT}" for count in (20, 20_000))
    assert parse(few, PROMPT) == NOTES
    assert parse(many, PROMPT) is None
