"""/digest: set by administrators, sent once at its time, whatever happens to the process."""

import json
import sqlite3
import time
from contextlib import closing

import pytest

from bot.playground.telegram import Message
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


async def test_one_that_was_cut_off_while_it_was_sent_is_reported_and_not_sent_again(talk: Stage) -> None:
    await come_due(talk)
    await settled(talk)
    await talk.stop()
    update(talk, "UPDATE digest_runs SET state = 'sending', held_until = ?", 0.0)
    count = len(talk.answers(talk.group))
    await talk.start()
    assert "interrupted" in (await talk.next(talk.group, count)).text
    assert len(digests(talk)) == 1


async def test_one_that_was_cut_off_before_it_was_sent_is_sent(talk: Stage) -> None:
    await come_due(talk)
    await settled(talk)
    await talk.stop()
    update(talk, "UPDATE digest_runs SET state = 'running', held_until = ?", 0.0)
    calls = len(talk.siliconflow.journal.chats)
    await talk.start()
    await talk.until(lambda: len(digests(talk)) == 2)
    assert len(talk.siliconflow.journal.chats) == calls, "what was summed up is kept"


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
    assert "groups" in (await talk.reply_to(talk.ann, talk.room, "/digest 20:00")).text
