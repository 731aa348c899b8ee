"""What stands behind /summarize is understood, in both languages, in any order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.group import Seen
from bot.groups.arguments import ArgumentContext, parse
from bot.groups.summary import Authors, SummaryQuery, SummaryWindow
from tests.unit.groups.summary_models import message

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 24, 15, 30, tzinfo=SHANGHAI)
HERE = ArgumentContext(NOW, topic=5)
REPLYING = replace(HERE, replied=40, replied_author=9)


def utc(day: int, hour: int, minute: int = 0) -> datetime:
    """The instant of a time in Shanghai."""
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)


def window(text: str, context: ArgumentContext = HERE) -> SummaryWindow:
    return parse(text, context).window


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (
            ["200", "last 200", "200 messages", "200 条", "最近200条", "最近 200 条消息", "２００"],
            SummaryWindow(last=200),
        ),
        (
            ["3h", "3 hours", "last 3 hours", "past 3h", "最近 3 小时", "3小时", "近3个小时"],
            SummaryWindow(since=utc(24, 12, 30)),
        ),
        (["30 min", "半小时", "最近半个小时"], SummaryWindow(since=utc(24, 15))),
        (["90m", "90 min", "90 minutes", "90 分钟"], SummaryWindow(since=utc(24, 14))),
        (["2d", "2 days", "2 天", "最近2天", "最近两天", "两天内"], SummaryWindow(since=utc(22, 15, 30))),
        (["1w", "1 week", "last week", "1周", "一周"], SummaryWindow(since=utc(17, 15, 30))),
        (["today", "TODAY", "今天"], SummaryWindow(since=utc(24, 0))),
        (["yesterday", "昨天"], SummaryWindow(since=utc(23, 0), until=utc(24, 0))),
        (["since 14:00", "自 14:00", "从14：00起"], SummaryWindow(since=utc(24, 14))),
        (["since 16:00", "自 16:00"], SummaryWindow(since=utc(23, 16))),
        (["since yesterday", "从昨天起"], SummaryWindow(since=utc(23, 0))),
    ],
)
def test_a_window_can_be_said_in_many_ways(texts: list[str], expected: SummaryWindow) -> None:
    for text in texts:
        assert parse(text, HERE) == SummaryQuery(expected, topic=5), text


def test_nothing_means_since_one_last_took_part() -> None:
    seen = NOW - timedelta(hours=7)
    assert window("", replace(HERE, seen=Seen(seen.timestamp()))) == SummaryWindow(since=seen)
    assert window("") == SummaryWindow(since=utc(23, 15, 30))
    assert window("brief", replace(HERE, seen=Seen(seen.timestamp()))) == SummaryWindow(since=seen)


def test_all_topics_are_told_from_when_the_asker_was_last_in_any() -> None:
    here = replace(HERE, seen=Seen(utc(24, 12).timestamp(), 7), seen_all=Seen(utc(24, 10).timestamp()))
    assert window("", here) == SummaryWindow(since=utc(24, 12), first=8)
    assert window("all", here) == SummaryWindow(since=utc(24, 10))
    assert window("all", replace(here, seen_all=None)) == SummaryWindow(since=utc(23, 15, 30))


def test_all_windows_apply() -> None:
    assert window("200 3h today") == SummaryWindow(since=utc(24, 12, 30), last=200)
    assert window("昨天 50 条") == SummaryWindow(since=utc(23, 0), until=utc(24, 0), last=50)


def test_a_reply_means_from_there_on() -> None:
    assert parse("", REPLYING) == SummaryQuery(SummaryWindow(first=40), topic=5)
    assert window("brief actions", REPLYING) == SummaryWindow(first=40)
    assert window("why not?", REPLYING) == SummaryWindow(first=40)


@pytest.mark.parametrize("text", ["today", "200", "3h", "them today", "她 今天"])
def test_a_reply_with_a_window_means_what_its_author_said(text: str) -> None:
    request = parse(text, REPLYING)
    assert request.people == Authors(ids=frozenset({9}))
    assert request.window.first is None


def test_a_reply_with_them_alone_is_about_a_day_of_its_author() -> None:
    request = parse("them", replace(REPLYING, seen=Seen(NOW.timestamp() - 60.0)))
    assert request.people == Authors(ids=frozenset({9}))
    assert request.window == SummaryWindow(since=utc(23, 15, 30))


def test_people_are_named() -> None:
    request = parse("@Ada_L @ben123 200", HERE)
    assert request.people == Authors(frozenset({"ada_l", "ben123"}))
    assert parse("@Ada_L @500000001", HERE).people == Authors(frozenset({"ada_l"}), frozenset({500000001}))
    assert request.people.wrote(message(1, username="ADA_l"))
    assert not request.people.wrote(message(1, username="other"))
    assert Authors(ids=frozenset({1})).wrote(message(1, author=1))
    assert Authors().wrote(message(1))


def test_a_question_looks_at_all_that_is_kept_unless_a_window_is_named() -> None:
    assert parse("why did we drop Redis?", HERE) == SummaryQuery(
        SummaryWindow(), topic=5, question="why did we drop Redis?"
    )
    assert parse("3h why did we drop Redis?", HERE).window == SummaryWindow(since=utc(24, 12, 30))
    assert parse("今天为什么不用 Redis？", HERE) == SummaryQuery(
        SummaryWindow(since=utc(24, 0)), topic=5, question="为什么不用 Redis？"
    )


def test_arguments_may_follow_the_question_mark() -> None:
    request = parse("why did we drop Redis? today brief", HERE)
    assert request == SummaryQuery(
        SummaryWindow(since=utc(24, 0)), topic=5, brief=True, question="why did we drop Redis?"
    )
    assert parse("Redis? or the old one", HERE).question == "Redis? or the old one"
    assert parse("did we meet at 200?", HERE).question == "did we meet at 200?"


@pytest.mark.parametrize("text", ["actionable things", "allow", "3hx", "200x", "todayish", "20:00", "0", "0h", "@a"])
def test_what_only_begins_like_an_argument_is_a_question(text: str) -> None:
    assert parse(text, HERE).question == text


def test_punctuation_alone_is_no_question() -> None:
    assert parse("?", HERE).question == ""
    assert parse("? …", HERE).question == ""


def test_clocks_that_change_are_counted_in_real_time() -> None:
    """On 25 October 2026, Berlin's clocks went back at 3:00."""
    now = datetime(2026, 10, 25, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    assert window("12h", ArgumentContext(now)).since == datetime(2026, 10, 24, 23, tzinfo=UTC)
    assert window("today", ArgumentContext(now)).since == datetime(2026, 10, 24, 22, tzinfo=UTC)


PARTS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "window": [("", {}), ("200", {"last": 200}), ("昨天", {"until": utc(24, 0)}), ("最近 3 小时", {"last": None})],
    "people": [("", {}), ("@ada_l", {})],
    "topics": [("", {"every_topic": False}), ("all", {"every_topic": True}), ("全部", {"every_topic": True})],
    "mode": [("", {"actions": False}), ("actions", {"actions": True}), ("待办", {"actions": True})],
    "length": [("", {"brief": False}), ("brief", {"brief": True}), ("简短", {"brief": True})],
    "language": [("", {"language": None}), ("in english", {"language": "en"}), ("用中文", {"language": "zh"})],
    "question": [
        ("", {"question": ""}),
        ("why so late?", {"question": "why so late?"}),
        ("谁说的", {"question": "谁说的"}),
    ],
}


def test_every_combination_in_this_order_and_the_other() -> None:
    for chosen in product(*PARTS.values()):
        words = [text for text, _ in chosen]
        for line in (" ".join(words), " ".join([*words[-2::-1], words[-1]])):
            request = parse(line, HERE)
            expected = {name: value for part in chosen[2:] for name, value in part[1].items()}
            assert {name: getattr(request, name) for name in expected} == expected, line
            assert all(getattr(request.window, name) == value for name, value in chosen[0][1].items()), line
            assert bool(request.people) == bool(chosen[1][0]), line


ARGUMENTS = ["200", "3h", "today", "自", "14:00", "昨天", "?", "all", "999999h", "9999999h", "最近", "半天", "@ada_l"]
NAIVE = datetime(2000, 1, 1), datetime(2100, 1, 1)  # noqa: DTZ001 - hypothesis adds the zone


@settings(deadline=None)
@given(
    st.text(max_size=60) | st.lists(st.sampled_from(ARGUMENTS)).map(" ".join),
    st.datetimes(*NAIVE, timezones=st.sampled_from([UTC, SHANGHAI])),
)
def test_any_text_is_a_request(text: str, now: datetime) -> None:
    request = parse(text, ArgumentContext(now, replied=3, replied_author=4, seen=Seen(now.timestamp())))
    assert request.question in text
    assert request.window.last is None or request.window.last > 0
    assert request.window.since is None or request.window.since <= now


def test_a_window_holds_what_it_says() -> None:
    messages = [message(n, minutes=n) for n in range(10)]
    at = [each.at for each in messages]

    def ids(window: SummaryWindow) -> list[int]:
        return [each.id for each in window.of(messages)]

    assert ids(SummaryWindow()) == list(range(10))
    assert ids(SummaryWindow(since=at[3], until=at[6])) == [3, 4, 5]
    assert ids(SummaryWindow(first=8)) == [8, 9]
    assert ids(SummaryWindow(last=2, until=at[6])) == [4, 5]
    assert ids(SummaryWindow(last=50)) == list(range(10))


@pytest.mark.parametrize(
    "text",
    [
        "for me",
        "3h only for me",
        "today privately",
        "why? just for me only",
        "仅我 今天",
        "只给我看",
        "仅我可见",
        "私下",
    ],
)
def test_it_may_be_for_the_asker_alone(text: str) -> None:
    assert parse(text, HERE).privately == ("just" not in text)


def test_a_question_may_be_about_me() -> None:
    request = parse("what is there for me to do", HERE)
    assert request.question == "what is there for me to do"
    assert not request.privately
