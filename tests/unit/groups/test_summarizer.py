"""A summary from request to result: what it costs, what it rests on, and what it survives."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.clock import FakeClock
from bot.domain.calls import NOBODY, CallContext, Payer, WaitTooLong
from bot.domain.chat import ChatRequest, Completion
from bot.domain.money import NO_MONEY
from bot.domain.quota import Budget
from bot.groups.notes_client import MemoryNotesCache
from bot.groups.segmentation import Section, Segment, by_topic, sections
from bot.groups.summarizer import Summaries, SummaryTask
from bot.groups.summary import (
    Authors,
    GroupMessage,
    Participant,
    Summary,
    SummaryEstimate,
    SummaryProgress,
    SummaryQuery,
    SummaryWindow,
)
from bot.playground.telegram.text import detected
from tests.unit.groups.summary_models import (
    HOSTILE_TEXT,
    MODEL,
    NOON,
    Answer,
    Scripted,
    careless,
    chatter,
    histories,
    honest,
    hostile,
    material,
    message,
)

ALL = SummaryQuery(SummaryWindow())
CHAT = -1001


class Bench:
    """A service over a scripted model; the clock stands where the last message was said."""

    def __init__(self, answer: Answer = honest) -> None:
        self.model = Scripted(answer)
        self.cache = MemoryNotesCache()
        self.clock = FakeClock(NOON.timestamp())
        self.summaries = Summaries(self.model, self.cache, self.clock)
        self.progress: list[SummaryProgress] = []

    def task(self, messages: Sequence[GroupMessage], request: SummaryQuery = ALL) -> SummaryTask:
        return SummaryTask(CHAT, messages, request, MODEL)

    async def run(self, messages: Sequence[GroupMessage], request: SummaryQuery = ALL) -> tuple[Summary, ...]:
        """The summaries; requests and tokens are counted anew."""
        self.model.requests, self.model.tokens = [], 0
        if messages:
            clock = FakeClock(max(self.clock.now(), messages[-1].at.timestamp()))
            self.summaries = Summaries(self.model, self.cache, clock)
        return await self.summaries.summarise(self.task(messages, request), CallContext(NOBODY), self.progress.append)

    async def one(self, messages: Sequence[GroupMessage], request: SummaryQuery = ALL) -> Summary:
        (summary,) = await self.run(messages, request)
        return summary


def cited(summary: Summary) -> set[int]:
    points = [*(p for topic in summary.topics for p in topic.points), *summary.decisions, *summary.questions]
    return {m for point in points for m in point.messages} | {m for each in summary.actions for m in each.messages}


def texts(summary: Summary) -> list[str]:
    points = [*(p for topic in summary.topics for p in topic.points), *summary.decisions, *summary.questions]
    return [
        *(topic.title for topic in summary.topics),
        *(point.text for point in points),
        *(text for each in summary.actions for text in (each.who, each.what, each.due)),
        *(each.name for each in summary.participants),
        summary.plain,
    ]


def kinds(request: ChatRequest) -> set[str]:
    """Which lines were sent."""
    return {name for line in material(request) for name in ("text", "note", "asked") if name in line}


def noted(bench: Bench) -> list[ChatRequest]:
    """The calls that made notes of a segment."""
    return [each for each in bench.model.requests if "Note what matters" in each.messages[0].text]


async def test_a_short_window_takes_one_call() -> None:
    bench = Bench()
    summary = await bench.one(chatter(30))
    assert len(bench.model.requests) == 1
    assert summary.count == 30
    assert summary.first == NOON
    assert summary.last == NOON.replace(minute=29)
    assert summary.topics
    assert sum(each.wrote for each in summary.participants) == 30
    assert summary.unread == 0
    assert summary.plain == ""


async def test_nothing_said_is_no_summary() -> None:
    bench = Bench()
    assert await bench.run([]) == ()
    assert await bench.run(chatter(5), SummaryQuery(SummaryWindow(first=99))) == ()
    assert bench.model.requests == []


async def test_closed_segments_go_as_notes_and_the_open_rest_as_it_is() -> None:
    bench = Bench()
    summary = await bench.one(chatter(300))
    *segments, last = bench.model.requests
    assert len(segments) == 2
    assert all(kinds(each) == {"text"} for each in segments)
    assert kinds(last) == {"note", "text"}
    assert cited(summary) <= set(range(1, 301))
    assert min(cited(summary)) < 150


async def test_what_was_summarised_once_is_not_sent_again() -> None:
    bench = Bench()
    messages = chatter(610)
    await bench.run(messages[:600])
    first = bench.model.tokens
    again = await bench.run(messages[:600])
    assert bench.model.requests == []
    assert again
    await bench.run(messages)
    assert len(bench.model.requests) == 1
    assert bench.model.tokens * 4 <= first


async def test_an_edit_costs_its_own_segment_alone() -> None:
    bench = Bench()
    messages = chatter(600)
    await bench.run(messages)
    await bench.run([replace(m, text="it was edited") if m.id == 200 else m for m in messages])
    (request,) = noted(bench)
    assert "it was edited" in request.messages[1].text


async def test_a_deletion_costs_its_own_segment_alone() -> None:
    bench = Bench()
    messages = chatter(600)
    await bench.run(messages)
    await bench.run([m for m in messages if m.id != 200])
    assert len(noted(bench)) == 1


async def test_the_end_of_the_archive_may_move() -> None:
    """Old messages expire: the first segment is cut short, and no other changes."""
    bench = Bench()
    messages = chatter(600)
    await bench.run(messages)
    await bench.run(messages[10:])
    assert len(noted(bench)) == 1


async def test_a_window_that_begins_inside_a_segment_takes_its_part_of_the_notes() -> None:
    bench = Bench()
    messages = chatter(600)
    await bench.run(messages)
    summary = await bench.one(messages, SummaryQuery(SummaryWindow(first=20)))
    assert len(bench.model.requests) == 1
    assert summary.count == 581
    assert min(cited(summary)) >= 20


async def test_of_a_segment_that_lies_mostly_outside_the_messages_themselves_are_sent() -> None:
    bench = Bench()
    messages = chatter(300)
    await bench.run(messages, SummaryQuery(SummaryWindow(last=20)))
    (request,) = bench.model.requests
    assert kinds(request) == {"text"}
    assert sum("text" in line for line in material(request)) == 20


async def test_one_whole_segment_is_answered_by_its_notes() -> None:
    bench = Bench()
    messages = chatter(60)
    quiet = [*messages, message(1000, minutes=60 * 24)]
    window = SummaryQuery(SummaryWindow(until=quiet[-1].at))
    summary = await bench.one(quiet, window)
    assert len(bench.model.requests) == 1
    assert summary.count == 60
    await bench.run(quiet, replace(window, brief=True))
    assert len(bench.model.requests) == 1
    await bench.run(quiet, replace(window, language="zh"))
    assert "Write in Chinese" in bench.model.requests[0].messages[0].text


async def test_members_have_their_names_again() -> None:
    def answer(request: ChatRequest) -> str:
        return json.dumps({"actions": [{"who": "U2", "what": "U2 tells U1, not U12", "due": "", "refs": [2]}]})

    messages = [
        message(1, author=7, name="Ada"),
        message(2, author=8, name="@Ben http://x.example/"),
        message(3, author=7, name="Ada L."),
    ]
    summary = await Bench(answer).one(messages)
    assert summary.actions[0].who == "Ben"
    assert summary.actions[0].what == "Ben tells Ada L\u2060.".replace("\u2060", "") + ", not U12"
    assert summary.participants == (Participant(7, "Ada L.", 2), Participant(8, "Ben", 1))


async def test_a_topic_is_summarised_where_it_was_asked_for_and_each_on_request() -> None:
    messages = [replace(m, topic=(None, 5, 9)[m.id % 3], reply_to=None) for m in chatter(30)]
    messages.append(message(31, topic=9))
    bench = Bench()
    assert (await bench.one(messages)).count == 10
    assert (await bench.one(messages, SummaryQuery(SummaryWindow(), topic=9))).topic == 9
    found = await bench.run(messages, SummaryQuery(SummaryWindow(), every_topic=True))
    assert [(each.topic, each.count) for each in found] == [(9, 11), (5, 10), (None, 10)]


async def test_only_what_the_named_said_is_read() -> None:
    messages = [replace(m, username="ada_l" if m.author_id == 3 else "") for m in chatter(400)]
    bench = Bench()
    summary = await bench.one(messages, SummaryQuery(SummaryWindow(last=5), Authors(frozenset({"ada_l"}))))
    assert summary.count == 5
    assert [each.id for each in summary.participants] == [3]
    assert {line["text"] for line in material(bench.model.requests[0]) if "text" in line} <= {
        m.text for m in messages if m.author_id == 3
    }


async def test_actions_leave_topics_out() -> None:
    bench = Bench()
    messages = chatter(300)
    messages[7] = replace(messages[7], text="I'll send the list by friday")
    await bench.run(messages)
    summary = await bench.one(messages, SummaryQuery(SummaryWindow(), actions=True))
    assert summary.topics == ()
    assert [(each.messages, each.due) for each in summary.actions] == [((8,), "by friday")]
    assert "note" not in kinds(bench.model.requests[-1])
    assert (await Bench(hostile).one(messages, SummaryQuery(SummaryWindow(), actions=True))).topics == ()


async def test_where_no_notes_tell_of_actions_nothing_is_asked() -> None:
    bench = Bench()
    messages = [replace(m, text="the cache is warm and the list is long") for m in chatter(300)]
    quiet = replace(messages[-1], at=messages[-1].at + timedelta(days=1))
    await bench.run([*messages[:-1], quiet], SummaryQuery(SummaryWindow(until=quiet.at)))
    summary = await bench.one([*messages[:-1], quiet], SummaryQuery(SummaryWindow(until=quiet.at), actions=True))
    assert bench.model.requests == []
    assert cited(summary) == set()


async def test_a_question_is_answered_from_what_it_is_about() -> None:
    bench = Bench()
    messages = chatter(900)
    messages[400] = replace(messages[400], text="we dropped kafka because nobody could run it")
    summary = await bench.one(messages, SummaryQuery(SummaryWindow(), question="why did we drop Kafka?"))
    (request,) = bench.model.requests
    assert material(request)[0] == {"asked": "why did we drop Kafka?"}
    assert sum("text" in line for line in material(request)) < 300
    assert [point.messages for topic in summary.topics for point in topic.points] == [(401,)]


async def test_a_chinese_question_finds_its_stretch() -> None:
    bench = Bench()
    messages = chatter(900)
    messages[400] = replace(messages[400], text="火锅店已经订好了，周五晚上七点")
    summary = await bench.one(messages, SummaryQuery(SummaryWindow(), question="火锅订在几点？"))
    assert 401 in cited(summary)


async def test_a_question_without_an_answer_has_none() -> None:
    summary = await Bench().one(chatter(30), SummaryQuery(SummaryWindow(), question="what about zebras?"))
    assert not summary.topics
    assert summary.unread == 0
    assert summary.answers


async def test_of_all_topics_those_alone_are_shown_that_answer_a_question() -> None:
    messages = [replace(m, topic=(None, 5)[m.id % 2], reply_to=None) for m in chatter(30)]
    messages.append(replace(message(31, topic=9), text="we dropped kafka because nobody could run it"))
    everywhere = SummaryQuery(SummaryWindow(), every_topic=True, question="why did we drop Kafka?")
    assert [each.topic for each in await Bench().run(messages, everywhere)] == [9]
    unanswered = replace(everywhere, question="what about zebras?")
    assert len(await Bench().run(messages, unanswered)) == 3


async def test_very_many_segments_are_merged_in_a_tree() -> None:
    bench = Bench()
    messages = chatter(7_500)
    summary = await bench.one(messages)
    merges = [request for request in bench.model.requests if kinds(request) == {"note"}]
    assert len(merges) >= 8
    assert cited(summary) <= set(range(1, 7_501))
    await bench.run(messages)
    assert bench.model.requests == []
    await bench.run(messages, SummaryQuery(SummaryWindow(first=1_000)))
    assert len(bench.model.requests) < 6


async def test_notes_in_another_language_are_kept_apart() -> None:
    bench = Bench()
    messages = [replace(m, text="我们决定周五发布，数据库备份还没有人看") for m in chatter(60)]
    await bench.run(messages)
    assert "Write in Chinese" in bench.model.requests[0].messages[0].text
    await bench.run(messages, SummaryQuery(SummaryWindow(), language="en"))
    assert "Write in English" in bench.model.requests[0].messages[0].text


async def test_a_plan_tells_what_will_be_asked() -> None:
    bench = Bench()
    messages = chatter(600)
    plan = await bench.summaries.plan(bench.task(messages))
    await bench.run(messages)
    assert plan.messages == 600
    assert plan.calls == len(bench.model.requests) == bench.progress[-1].calls == bench.progress[-1].done
    assert 0.7 * bench.model.tokens < plan.tokens < 1.5 * bench.model.tokens
    assert plan.cost.yuan == pytest.approx(bench.progress[-1].cost.yuan, rel=0.5)
    assert [each.done for each in bench.progress] == list(range(1, plan.calls + 1))
    assert (await bench.summaries.plan(bench.task(messages))).calls == 1
    assert await bench.summaries.plan(bench.task([])) == SummaryEstimate(0, 0, 0, NO_MONEY)


async def test_a_bad_answer_is_asked_for_once_more() -> None:
    def answer(request: ChatRequest) -> str:
        return honest(request) if len(request.messages) > 2 else "no idea"

    bench = Bench(answer)
    summary = await bench.one(chatter(20))
    assert summary.topics
    _, again = bench.model.requests
    assert [each.role for each in again.messages] == ["system", "user", "assistant", "user"]
    assert again.messages[2].text == "no idea"


async def test_words_without_notes_are_a_plain_summary_and_not_kept() -> None:
    bench = Bench(lambda _: f"U1 talked. {HOSTILE_TEXT}")
    summary = await bench.one([message(1, name="Ada"), message(2, author=2)])
    assert summary.plain.startswith("Ada talked.")
    assert not {entity["type"] for entity in detected(summary.plain)} & {"url", "mention", "bot_command"}
    assert cited(summary) == set()
    assert bench.cache.texts == {}


async def test_no_words_at_all_leave_everything_unread() -> None:
    summary = await Bench(lambda _: "").one(chatter(20))
    assert (summary.plain, summary.unread) == ("", 20)


async def test_where_only_the_last_call_fails_the_notes_are_shown() -> None:
    bench = Bench(lambda request: "sorry" if "note" in kinds(request) else honest(request))
    summary = await bench.one(chatter(300))
    assert summary.plain == ""
    assert cited(summary)
    assert 0 < summary.unread < 150


async def test_a_segment_that_gives_no_notes_is_told_and_tried_again() -> None:
    refused = 0

    def answer(request: ChatRequest) -> str:
        nonlocal refused
        is_first = kinds(request) == {"text"} and f'"text":"{messages[0].text}"' in request.messages[1].text
        refused += is_first
        return "sorry" if is_first else honest(request)

    messages = [replace(m, text=f"{m.id} {m.text}") for m in chatter(300)]
    bench = Bench(answer)
    summary = await bench.one(messages)
    assert 50 < summary.unread < 150
    assert min(cited(summary)) > summary.unread
    await bench.run(messages)
    assert refused == 4


async def test_an_error_is_raised_as_it_is_and_keeps_what_was_done() -> None:
    calls = 0

    def answer(request: ChatRequest) -> str:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise WaitTooLong(120)
        return honest(request)

    bench = Bench(answer)
    messages = chatter(600)
    with pytest.raises(WaitTooLong):
        await bench.run(messages)
    kept = len(bench.cache.texts)
    assert 2 <= kept == bench.progress[-1].done
    await bench.run(messages)
    assert len(bench.model.requests) == bench.progress[-1].calls == bench.progress[-1].done


async def test_every_call_is_made_for_the_one_who_asked() -> None:
    bench = Bench(lambda request: honest(request) if len(request.messages) > 2 else "no idea")
    payer = Payer(5, CHAT, Budget("user:5"), weight=2.0)
    await bench.summaries.summarise(bench.task(chatter(300)), CallContext(payer))
    assert len(bench.model.payers) > 3
    assert set(bench.model.payers) == {payer}


async def test_no_more_than_three_calls_run_at_once() -> None:
    bench = Bench()
    running, most, honest_chat = 0, 0, bench.model.complete

    async def chat(*args: Any, **more: Any) -> Completion:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        completion = await honest_chat(*args, **more)
        running -= 1
        return completion

    bench.model.complete = chat  # type: ignore[method-assign] # a model of this test
    await bench.run(chatter(900))
    assert most == 3


async def test_cancelling_ends_every_call() -> None:
    started, ended, full = 0, 0, asyncio.Event()
    bench = Bench()

    async def chat(*_: Any, **__: Any) -> Completion:
        nonlocal started, ended
        started += 1
        if started == 3:
            full.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended += 1
        raise AssertionError

    bench.model.complete = chat  # type: ignore[method-assign] # a model of this test
    task = asyncio.ensure_future(bench.run(chatter(900)))
    await full.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert started == ended == 3


def ids(section: Section) -> list[int]:
    """Those asked for, in each part of the section."""
    parts = (part.messages if isinstance(part, Segment) else part for part in section.parts)
    return sorted(m.id for part in parts for m in part if m.id in section.ids)


@st.composite
def requests(draw: st.DrawFn, messages: Sequence[GroupMessage]) -> SummaryQuery:
    at = st.none() | st.sampled_from([m.at for m in messages] or [NOON])
    number = st.none() | st.integers(1, 80)
    window = SummaryWindow(since=draw(at), until=draw(at), first=draw(number), last=draw(number))
    people = draw(st.sampled_from([Authors(), Authors(frozenset({"ada_l"})), Authors(ids=frozenset({1, 2}))]))
    return SummaryQuery(
        window, people, draw(st.sampled_from([None, 7])), draw(st.booleans()), brief=draw(st.booleans())
    )


@settings(deadline=None)
@given(st.data())
def test_no_message_of_the_window_is_lost_or_counted_twice(data: st.DataObject) -> None:
    messages = data.draw(histories())
    request = data.draw(requests(messages))
    starts = data.draw(st.sets(st.integers(1, 100), max_size=5))
    found = sections(messages, request, NOON, starts)
    for section in found:
        assert ids(section) == sorted(section.ids)
    written = [m for m in messages if request.every_topic or m.topic == request.topic]
    asked = [
        m.id
        for told in by_topic(written).values()
        for m in request.window.of([each for each in told if request.people.wrote(each)])
    ]
    assert sorted(m.id for section in found for m in section.messages) == sorted(asked)


@pytest.mark.parametrize("answer", [honest, careless, hostile])
@given(data=st.data())
@settings(max_examples=40, deadline=None)
async def test_every_point_rests_on_messages_of_the_window(answer: Answer, data: st.DataObject) -> None:
    messages = data.draw(histories(most=40))
    request = data.draw(requests(messages))
    for summary in await Bench(answer).run(messages, request):
        topic = [m for m in messages if m.topic == summary.topic and request.people.wrote(m)]
        window = request.window.of(topic)
        assert summary.count == len(window)
        assert cited(summary) <= {m.id for m in window}
        assert_harmless(summary)


def assert_harmless(summary: Summary) -> None:
    for text in texts(summary):
        assert len(text) <= 2 * 2_000
        assert not {entity["type"] for entity in detected(text)} & {"url", "mention", "bot_command", "email"}, text


@pytest.mark.parametrize("answer", [careless, hostile])
async def test_a_bad_model_makes_no_link_mention_or_command_of_a_long_day(answer: Callable[[ChatRequest], str]) -> None:
    messages = [replace(m, author="@evil_bot evil.example /start") for m in chatter(600)]
    bench = Bench(answer)
    summary = await bench.one(messages)
    assert cited(summary)
    assert_harmless(summary)
    assert sum(len(topic.points) for topic in summary.topics) <= 24
    assert sum(map(len, texts(summary))) < 25_000
    assert len(bench.model.requests) == 6
