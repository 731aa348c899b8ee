"""Where a group's talk is parted: nothing lost, nothing too large, and nothing moved by what comes later."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.groups import prompts
from bot.groups.segmentation import SEGMENT_TOKENS, Segment, by_topic, cut
from bot.groups.summary import GroupMessage
from bot.groups.transcript import by_replies
from bot.providers.tokens import estimate
from tests.unit.groups.summary_models import NOON, chatter, histories, message

LATER = timedelta(days=365)


def segmented(messages: Sequence[GroupMessage], after: timedelta, starts: Collection[int] = ()) -> list[Segment]:
    """Of all topics, as they are ``after`` the last message."""
    now = messages[-1].at + after if messages else NOON
    return [each for told in by_topic(messages).values() for each in cut(told, now, starts)]


def closed(messages: Sequence[GroupMessage], after: timedelta = timedelta()) -> list[tuple[int, ...]]:
    return [tuple(m.id for m in each.messages) for each in segmented(messages, after) if each.closed]


@settings(deadline=None)
@given(histories(), st.sampled_from([timedelta(), LATER]))
def test_every_message_is_in_one_segment_of_its_topic(messages: list[GroupMessage], after: timedelta) -> None:
    found = segmented(messages, after)
    assert sorted(m.id for each in found for m in each.messages) == [m.id for m in messages]
    assert all(len({m.topic for m in each.messages}) == 1 for each in found)
    assert all([m.id for m in each.messages] == sorted(m.id for m in each.messages) for each in found)
    assert all(each.closed for told in by_topic(messages).values() for each in cut(told, NOON)[:-1])


@settings(deadline=None)
@given(histories(), st.sampled_from([timedelta(), LATER]))
def test_no_segment_is_larger_than_its_bound(messages: list[GroupMessage], after: timedelta) -> None:
    for each in segmented(messages, after):
        assert estimate(prompts.segment(each.messages).user) <= SEGMENT_TOKENS


@settings(deadline=None)
@given(histories(), st.data())
def test_what_comes_later_changes_no_closed_stretch(messages: list[GroupMessage], data: st.DataObject) -> None:
    end = data.draw(st.integers(0, len(messages)))
    now = closed(messages[:end])
    assert set(now) <= set(closed(messages))


@settings(deadline=None)
@given(histories(topics=(None,)), st.data())
def test_a_change_is_felt_in_its_own_segment_alone(messages: list[GroupMessage], data: st.DataObject) -> None:
    before = segmented(messages, LATER)
    if not messages:
        return
    changed = data.draw(st.sampled_from(messages))
    text = data.draw(st.sampled_from([None, "", "short", "汉" * 4_096]))
    after = [
        replace(each, text=text or "") if each is changed else each
        for each in messages
        if each is not changed or text is not None
    ]
    starts = [each.messages[0].id for each in before]
    found = segmented(after, LATER, starts) if after else []
    place = next(index for index, each in enumerate(before) if changed in each.messages)
    is_start_gone = text is None and before[place].messages[0] is changed
    for index, each in enumerate(before):
        assert each in found or index == place or (is_start_gone and index == place - 1)
    assert sorted(m.id for each in found for m in each.messages) == [m.id for m in after]


def test_an_edit_moves_no_later_border() -> None:
    messages = chatter(600)
    before = segmented(messages, timedelta())
    starts = [each.messages[0].id for each in before if each.closed]
    edited = [replace(each, text="汉" * 2_000) if each.id == 10 else each for each in messages]
    after = segmented(edited, timedelta(), starts)
    assert len(before) > 5
    assert after[-len(before) + 1 :] == before[1:]


def test_a_pause_ends_a_segment_that_is_worth_a_summary() -> None:
    morning, evening = chatter(60), chatter(60, first=700)
    assert closed([*morning, *evening]) == [tuple(m.id for m in morning)]
    assert closed(morning, timedelta(minutes=29)) == []
    assert closed(morning, timedelta(minutes=31)) == [tuple(m.id for m in morning)]


def test_small_talk_is_not_closed_by_pauses() -> None:
    assert closed([message(n, minutes=60 * n) for n in range(20)], LATER) == []


def test_a_full_segment_ends_where_it_was_quiet_and_tears_no_replies() -> None:
    messages = chatter(200, every=0.5)
    quiet = next(iter(closed(messages)))[-8]
    shifted = [replace(m, at=m.at + timedelta(minutes=10 if m.id > quiet else 0), reply_to=None) for m in messages]
    assert closed(shifted)[0][-1] == quiet
    talking = [replace(m, reply_to=quiet) if m.id in (quiet + 1, quiet + 2) else m for m in shifted]
    assert closed(talking)[0][-1] != quiet


@pytest.mark.parametrize("text", ["汉" * 32_768, "😀" * 4_096, "0" * 4_096, '"\n' * 4_096, "a!" * 4_096])
def test_one_long_message_fits_whatever_it_is_made_of(text: str) -> None:
    found = segmented([message(1), message(2, text), message(3)], LATER)
    assert sorted(m.id for each in found for m in each.messages) == [1, 2, 3]
    assert all(estimate(prompts.segment(each.messages).user) <= SEGMENT_TOKENS for each in found)
    sent = "".join(prompts.segment(each.messages).user for each in found)
    assert len(sent) > 1_000


def test_a_whole_message_of_4096_letters_is_sent_whole() -> None:
    text = "数据库备份" * 819 + "。"
    assert text in prompts.segment([message(1, text)]).user


def test_replies_follow_what_they_reply_to() -> None:
    messages = [
        message(1),
        message(2),
        message(3, reply_to=1),
        message(4, reply_to=3),
        message(5, reply_to=2),
        message(6, reply_to=1),
        message(7, reply_to=99),
        message(8, reply_to=9),
        message(9, reply_to=8),
    ]
    assert [m.id for m in by_replies(messages)] == [1, 3, 4, 6, 2, 5, 7, 8, 9]


@settings(deadline=None)
@given(histories(topics=(None,)))
def test_the_order_by_replies_loses_nothing(messages: list[GroupMessage]) -> None:
    assert sorted(m.id for m in by_replies(messages)) == [m.id for m in messages]
