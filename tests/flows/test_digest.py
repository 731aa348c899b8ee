"""/digest: set by administrators, sent once at its time, whatever happens to the process."""

import json
import re
import sqlite3
import time
from contextlib import closing

import pytest

from bot.playground.siliconflow import refusals
from bot.playground.telegram import Message, Person
from tests.flows.stage import Stage

NAME = "@silicon_local_bot"


@pytest.fixture
async def talk(empty_stage: Stage) -> Stage:
    """A group in which things were said, and whose owner, Ann, has ordered a digest."""
    stage = empty_stage
    stage.telegram.world.privacy = False
    stage.group.members[stage.telegram.world.bot.id] = "administrator"
    await stage.start()
    for number in range(5):
        stage.say(stage.ann, stage.group, f"The release {number} moves to friday, that is decided")
    told = await stage.reply_to(stage.ann, stage.group, f"/digest{NAME} 21:00 pin UTC")
    assert "21:00 (UTC)" in told.text
    return stage


def update(stage: Stage, sql: str, *values: float) -> None:
    with closing(sqlite3.connect(stage.path / "data/bot.db")) as db, db:
        db.execute(sql, values)


def forget_deliveries(stage: Stage) -> None:
    """As if no digest had ever been on its way: one of the same minute is another one."""
    update(stage, "UPDATE deliveries SET name = name || ' ' || id WHERE kind = 'digest'")


async def come_due(stage: Stage, late: float = 60.0) -> None:
    """As if the digest had been due so many seconds ago, while the bot was down."""
    await stage.stop()
    due = time.time() - late
    clock = time.strftime("%H:%M", time.gmtime(due))
    update(stage, f"UPDATE digests SET clock = '{clock}', next_due = ?", due - due % 60)  # noqa: S608 - a test's own
    update(stage, "UPDATE group_messages SET at = at - ?", late + 600)
    await stage.start()


def shown(message: Message) -> str:
    return message.text or json.dumps(message.rich, ensure_ascii=False)


def digests(stage: Stage) -> list[Message]:
    return [message for message in stage.answers(stage.group) if message.text == "🗞 What was said"]


async def settled(stage: Stage) -> None:
    """Wait until no run is open."""
    await stage.until(lambda: "release" in shown(stage.answers(stage.group)[-1]))
    await stage.restart()
    await stage.reply_to(stage.ann, stage.group, f"/privacy{NAME}")


async def test_a_digest_due_while_the_bot_was_down_comes_once(talk: Stage) -> None:
    await come_due(talk)
    await settled(talk)
    assert len(digests(talk)) == 1
    assert talk.group.pinned == [digests(talk)[0].id]


async def test_one_that_is_too_late_is_skipped_and_that_is_said(talk: Stage) -> None:
    await come_due(talk, late=7200)
    told = await talk.next(talk.group, 1)
    assert "too late" in told.text
    assert not digests(talk)
    assert not talk.siliconflow.journal.chats


async def test_one_that_was_cut_off_once_it_had_arrived_is_neither_reported_nor_sent_again(talk: Stage) -> None:
    await come_due(talk)
    await settled(talk)
    await talk.stop()
    update(talk, "UPDATE digest_runs SET state = 'sending', held_until = ?", 0.0)
    talk.group.pinned.clear()
    count = len(talk.answers(talk.group))
    await talk.start()
    await talk.until(lambda: talk.group.pinned == [digests(talk)[0].id])
    assert len(talk.answers(talk.group)) == count


async def test_one_that_was_cut_off_when_nothing_was_kept_of_it_is_reported_and_not_sent_again(talk: Stage) -> None:
    await come_due(talk)
    await settled(talk)
    await talk.stop()
    update(talk, "UPDATE digest_runs SET state = 'sending', held_until = ?", 0.0)
    forget_deliveries(talk)
    count = len(talk.answers(talk.group))
    await talk.start()
    assert "interrupted" in (await talk.next(talk.group, count)).text
    assert len(digests(talk)) == 1


async def test_one_that_was_cut_off_before_it_was_sent_is_sent(talk: Stage) -> None:
    await come_due(talk)
    await settled(talk)
    await talk.stop()
    update(talk, "UPDATE digest_runs SET state = 'running', held_until = ?", 0.0)
    forget_deliveries(talk)
    calls = len(talk.siliconflow.journal.chats)
    await talk.start()
    await talk.until(lambda: len(digests(talk)) == 2)
    assert len(talk.siliconflow.journal.chats) == calls, "what was summed up is kept"


async def test_one_that_fails_is_said_and_stops_no_other(talk: Stage) -> None:
    talk.may_fail = True
    other = talk.telegram.world.group("Others", talk.ann, bot="administrator")
    talk.say(talk.ann, other, "The release moves to friday, that is decided")
    await talk.reply_to(talk.ann, other, f"/digest{NAME} 21:00 UTC")
    talk.siliconflow.faults.add(refusals.MODERATED, times=1)
    await come_due(talk)
    await talk.until(lambda: all(len(talk.answers(chat)) > 1 for chat in (talk.group, other)))
    assert sorted(talk.answers(chat)[1].text for chat in (talk.group, other)) == [
        "🗞 The digest could not be made this time. /summarize tries again.",
        "🗞 What was said",
    ]


async def test_members_get_their_copy_as_long_as_they_are_members(talk: Stage) -> None:
    world = talk.telegram.world
    eve = world.person("Eve", language="en")
    for person in (talk.bob, eve):
        await talk.reply_to(person, world.private(person), "/start")
        await talk.reply_to(person, talk.group, f"/digest{NAME} me")
    talk.group.members[eve.id] = "left"
    await come_due(talk)
    await settled(talk)
    assert len(talk.answers(world.private(talk.bob))) == 3
    assert len(talk.answers(world.private(eve))) == 1


async def test_only_administrators_set_it(talk: Stage) -> None:
    assert "管理员" in (await talk.reply_to(talk.bob, talk.group, f"/digest{NAME} 20:00")).text
    assert "管理员" in (await talk.reply_to(talk.bob, talk.group, f"/digest{NAME} off")).text
    assert "21:00" in (await talk.reply_to(talk.bob, talk.group, f"/digest{NAME}")).text
    assert "No digest" in (await talk.reply_to(talk.ann, talk.group, f"/digest{NAME} off")).text
    assert "no digest" in (await talk.reply_to(talk.ann, talk.group, f"/digest{NAME} nonsense")).text
    assert "没有" in (await talk.reply_to(talk.bob, talk.group, f"/digest{NAME} me")).text
    assert "groups" in (await talk.reply_to(talk.ann, talk.room, "/digest 20:00")).text


async def arrived(stage: Stage, number: int) -> Message:
    """The page of the digest of this number, once it is done and the bot runs on."""
    await stage.until(lambda: len(digests(stage)) == number)
    await stage.restart()
    await stage.reply_to(stage.ann, stage.group, f"/privacy{NAME}")
    messages = stage.answers(stage.group)
    return messages[messages.index(digests(stage)[-1]) + 1]


def linked(message: Message) -> list[int]:
    """The messages to which it links, in its order."""
    raw = json.dumps([message.entities, message.rich])
    return [int(number) for number in re.findall(r"https://t\.me/c/\d+/(\d+)", raw)]


async def another_day(stage: Stage) -> None:
    """As if a day had passed since what was said and told."""
    await stage.stop()
    update(stage, "UPDATE digest_runs SET due = due - ?", 86_400.0)
    forget_deliveries(stage)
    update(stage, "UPDATE group_messages SET at = at - ?", 86_400.0)
    await stage.start()


async def said(stage: Stage, *messages: tuple[Person, str, Message | None]) -> list[Message]:
    """In this order; all of it is kept by the bot when this returns."""
    found = [stage.say(person, stage.group, text, reply_to=reply) for person, text, reply in messages]
    await stage.reply_to(stage.ann, stage.group, f"/privacy{NAME}")
    return found


async def test_what_a_digest_leaves_open_is_closed_or_carried_on_by_the_next(talk: Stage) -> None:
    ann, bob = talk.ann, talk.bob
    cake, cups, _ = await said(
        talk, (ann, "I'll bring the cake", None), (bob, "I'll buy cups by friday", None), (bob, "thanks", None)
    )
    await come_due(talk)
    first = await arrived(talk, 1)
    assert "📌" in shown(first)
    assert "🔁" not in shown(first)
    await another_day(talk)
    (done,) = await said(talk, (ann, "it is done, two of them", cake))
    await come_due(talk)
    second = await arrived(talk, 2)
    _, _, rest = shown(second).partition("☑️")
    settled, _, still = rest.partition("🔁")
    assert ("cake" in settled, "cups" in settled) == (True, False)
    assert ("cake" in still, "cups" in still) == (False, True)
    assert linked(second)[-3:] == [cake.id, done.id, cups.id]
    assert "Bob" in still
    assert "Bob" not in talk.sent_upstream()
    await another_day(talk)
    asked = await talk.reply_to(bob, talk.group, f"/forget{NAME}")
    await talk.press(bob, asked, "本群")
    await said(talk, (ann, "so what", None))
    await come_due(talk)
    assert "cups" not in shown(await arrived(talk, 3))
    assert "cups" not in talk.sent_upstream()


async def test_the_groups_clock_is_one_for_its_digest_and_for_summaries(talk: Stage) -> None:
    told = await talk.reply_to(talk.ann, talk.group, f"/digest{NAME} Asia/Tokyo")
    assert "Every day at 21:00 (Asia/Tokyo)" in told.text
    assert "管理员" in (await talk.reply_to(talk.bob, talk.group, f"/digest{NAME} UTC")).text
    await talk.reply_to(talk.ann, talk.group, f"/digest{NAME} off")
    assert "clock is Asia/Tokyo" in (await talk.reply_to(talk.ann, talk.group, f"/digest{NAME}")).text
    count = len(talk.answers(talk.group))
    talk.say(talk.ann, talk.group, f"/summarize{NAME} 5")
    page = await talk.next(talk.group, count)
    await talk.until(lambda: "release" in shown(talk.now(page)))
    assert "Asia/Tokyo" in shown(talk.now(page))
    assert "(Asia/Tokyo)" in (await talk.reply_to(talk.ann, talk.group, f"/digest{NAME} 9:00")).text


@pytest.mark.parametrize(("hour", "is_today"), [(22, True), (1, False)])
async def test_today_begins_by_the_groups_clock(talk: Stage, hour: int, is_today: bool) -> None:
    """What was said twenty hours ago was said today where it is 22:00 now, and not where it is 1:00."""
    ahead = (hour - time.gmtime().tm_hour + 12) % 24 - 12
    zone = f"Etc/GMT{-ahead:+d}"  # whose signs are those of POSIX
    assert zone in (await talk.reply_to(talk.ann, talk.group, f"/digest{NAME} {zone}")).text
    await talk.stop()
    update(talk, "UPDATE group_messages SET at = at - ?", 20 * 3600)
    await talk.start()
    count = len(talk.answers(talk.group))
    talk.say(talk.ann, talk.group, f"/summarize{NAME} today")
    told = await talk.next(talk.group, count)
    await talk.until(lambda: not shown(talk.now(told)).startswith("📖"))
    assert ("release" in shown(talk.now(told)), "Nothing was said" in shown(talk.now(told))) == (is_today, not is_today)


async def test_an_order_that_cannot_be_read_changes_nothing_and_is_told_so(talk: Stage) -> None:
    told = await talk.reply_to(talk.ann, talk.group, f"/digest{NAME} 25:00 please")
    assert told.text.startswith("I cannot read “25:00 please” as a time")
    assert "21:00 (UTC)" in told.text
    assert "cannot read" not in (await talk.reply_to(talk.ann, talk.group, f"/digest{NAME}")).text


async def test_a_digest_says_into_which_topic_it_goes_and_whether_it_is_pinned(talk: Stage) -> None:
    talk.group.is_forum = True
    topic = talk.telegram.world.topic(talk.ann, talk.group, "Lunch")
    told = await talk.reply_to(talk.ann, talk.group, f"/digest{NAME} 21:00", thread=topic)
    assert "into “Lunch” · not pinned" in told.text
    told = await talk.reply_to(talk.ann, talk.group, f"/digest{NAME} 21:00 pin")
    assert "\npinned\n" in told.text
