"""The group that the playground begins with: the same each time, of the past, and worth a summary."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from aiogram.types import Update

from bot.clock import FakeClock
from bot.domain.calls import NOBODY, CallContext
from bot.groups.notes_client import MemoryNotesCache
from bot.groups.summarizer import Summaries, SummaryTask
from bot.groups.summary import GroupMessage, Summary, SummaryQuery, SummaryWindow
from bot.playground.telegram import LocalTelegram
from bot.playground.telegram.seed import Seeded, seed, seed_weekend, talk
from tests.unit.groups.summary_models import MODEL, Scripted, honest

CLOCK = FakeClock()


@pytest.fixture
def telegram() -> LocalTelegram:
    return LocalTelegram("4242:local", CLOCK, flood=False)


@pytest.fixture
def seeded(telegram: LocalTelegram) -> Seeded:
    return seed(telegram.world)


def test_it_is_several_hundred_messages_over_two_days_that_end_just_now(seeded: Seeded) -> None:
    dates = [message.date for message in seeded.messages]
    assert len(dates) > 350
    assert dates == sorted(dates)
    assert dates[-1] == CLOCK.now() - 300
    assert timedelta(days=1) < timedelta(seconds=dates[-1] - dates[0]) < timedelta(days=2)


def test_it_is_the_same_each_time(seeded: Seeded) -> None:
    again = seed(LocalTelegram("4242:local", CLOCK, flood=False).world)
    assert again.messages == seeded.messages


def test_time_goes_on_as_before(telegram: LocalTelegram, seeded: Seeded) -> None:
    message = telegram.world.say(seeded.people["Lin"], seeded.chat, "现在")
    assert message.date == CLOCK.now()
    assert message.id == seeded.messages[-1].id + 1


def test_replies_follow_what_they_reply_to_in_the_same_topic(seeded: Seeded) -> None:
    earlier: dict[int, int | None] = {}
    replies = 0
    for message in seeded.messages:
        if message.reply_to is not None:
            replies += 1
            assert earlier[message.reply_to] == message.thread
        earlier[message.id] = message.thread
    assert replies > 100


def test_no_label_is_given_twice_in_a_topic() -> None:
    labels = Counter((said.topic, said.label) for said in talk() if said.label)
    assert set(labels.values()) == {1}


def test_everybody_speaks_in_every_topic_there_is(seeded: Seeded) -> None:
    assert len(seeded.topics) == 4
    spoken = {(message.thread, message.sender) for message in seeded.messages}
    assert spoken == {
        (thread, person.id) for thread in (None, *seeded.topics.values()) for person in seeded.people.values()
    }


def test_both_languages_are_spoken(seeded: Seeded) -> None:
    chinese = sum(any("\u4e00" <= char <= "\u9fff" for char in message.text) for message in seeded.messages)
    assert 0.3 < chinese / len(seeded.messages) < 0.7


def test_nobody_commands_or_links(seeded: Seeded) -> None:
    assert {entity["type"] for message in seeded.messages for entity in message.entities} <= {"hashtag"}


def test_the_bot_is_told_of_all_of_it(telegram: LocalTelegram, seeded: Seeded) -> None:
    updates = [Update.model_validate(pending.update) for pending in telegram.world.updates.all()]
    told = [update.message for update in updates if update.message is not None and update.message.text]
    assert [message.message_id for message in told] == [message.id for message in seeded.messages]
    assert {message.is_topic_message for message in told if message.message_thread_id} == {True}


def group(seeded: Seeded) -> list[GroupMessage]:
    names = {person.id: person for person in seeded.people.values()}
    return [
        GroupMessage(
            message.id,
            message.sender,
            names[message.sender].first_name,
            datetime.fromtimestamp(message.date, UTC),
            message.text,
            message.thread,
            message.reply_to,
            names[message.sender].username or "",
        )
        for message in seeded.messages
    ]


async def summarised(seeded: Seeded, request: SummaryQuery) -> tuple[Summary, ...]:
    service = Summaries(Scripted(honest), MemoryNotesCache(), CLOCK)
    return await service.summarise(SummaryTask(seeded.chat.id, group(seeded), request, MODEL), CallContext(NOBODY))


def texts(seeded: Seeded, ids: tuple[int, ...]) -> str:
    return "\n".join(message.text for message in seeded.messages if message.id in ids)


async def test_why_redis_was_dropped_can_be_asked_in_both_languages(seeded: Seeded) -> None:
    for question, reason in (
        ("why did we drop Redis?", "filled up three times"),
        ("为什么去掉 Redis？", "停机时间争取压到"),
    ):
        request = SummaryQuery(SummaryWindow(), topic=seeded.topics["Release 2.0 发布"], question=question)
        (summary,) = await summarised(seeded, request)
        points = [point for topic in summary.topics for point in topic.points]
        assert any(reason in texts(seeded, point.messages) for point in points)


async def test_a_summary_of_each_topic_finds_what_was_decided_promised_and_left_open(seeded: Seeded) -> None:
    found = await summarised(seeded, SummaryQuery(SummaryWindow(), every_topic=True))
    assert {each.topic for each in found} == {None, *seeded.topics.values()}
    release = next(each for each in found if each.topic == seeded.topics["Release 2.0 发布"])
    assert any("下周二上午 10 点发布" in point.text for point in release.decisions)
    assert any("周四" in action.due for action in release.actions)
    assert any("pricing page" in point.text for each in found for point in each.questions)
    trip = next(each for each in found if each.topic == seeded.topics["Trip 团建"])
    assert any("家属" in point.text for point in trip.questions)


@pytest.fixture
def weekend(telegram: LocalTelegram) -> Seeded:
    names = ("Ann", "小明", "Bob")
    return seed_weekend(telegram.world, {name: telegram.world.person(name) for name in names})


def test_the_friends_talked_this_morning_until_just_now(weekend: Seeded) -> None:
    dates = [message.date for message in weekend.messages]
    assert dates == sorted(dates)
    assert dates[-1] == CLOCK.now() - 300
    assert timedelta(hours=1) < timedelta(seconds=dates[-1] - dates[0]) < timedelta(hours=12)


def test_all_of_the_friends_speak_and_reply_in_one_group_without_topics(weekend: Seeded) -> None:
    assert (weekend.chat.is_forum, weekend.topics) == (False, {})
    assert {message.sender for message in weekend.messages} == {person.id for person in weekend.people.values()}
    assert sum(message.reply_to is not None for message in weekend.messages) > 10
    labels = Counter(said.label for said in talk("weekend") if said.label)
    assert set(labels.values()) == {1}
