"""A process killed while it makes a digest or a summary, or brings it to its chat: it arrives once, paid once."""

import asyncio
import json
import time
from contextlib import closing
from functools import partial

import pytest

from bot.playground.siliconflow import Script
from bot.playground.telegram import Chat, Person
from bot.store.database import connect
from tests.process.local_environment import BotProcess, LocalEnvironment

TITLE = "🗞 What was said"


async def talk(around: LocalEnvironment) -> tuple[Person, Chat, BotProcess]:
    """A group in which Ann said something, and the bot that runs."""
    world = around.telegram.world
    world.privacy = False
    ann = world.person("Ann")
    group = world.group("Friends", ann, bot="administrator")
    run = await around.start()
    for number in range(5):
        world.say(ann, group, f"The release {number} moves to friday, that is decided")
    return ann, group, run


async def ordered(around: LocalEnvironment) -> Chat:
    """A group in which something was said, with a digest that was due a minute ago, when nothing ran."""
    ann, group, run = await talk(around)
    world = around.telegram.world
    world.say(ann, group, f"/digest@{world.bot.username} 21:00 UTC pin")
    await around.until(partial(around.texts, group))
    assert await run.stop() == 0
    due = time.time() - 60
    due -= due % 60
    with closing(connect(around.database)) as db:
        clock = time.strftime("%H:%M", time.gmtime(due))
        db.execute("UPDATE digests SET clock = ?, next_due = ?", (clock, due))
        db.execute("UPDATE group_messages SET at = at - 3600")
        db.conn.commit()
    return group


def let_go(around: LocalEnvironment) -> None:
    """As if the time had passed for which the killed process held its run."""
    with closing(connect(around.database)) as db:
        db.execute("UPDATE digest_runs SET held_until = 0")
        db.conn.commit()


def pages(around: LocalEnvironment, chat: Chat) -> int:
    """How many messages have links to what was said."""
    answers = around.telegram.world.answers(chat)
    return sum("https://t.me/c/" in json.dumps([message.entities, message.rich]) for message in answers)


def titles(around: LocalEnvironment, chat: Chat) -> int:
    return around.texts(chat).count(TITLE)


@pytest.mark.slow
async def test_killed_while_the_model_works_the_digest_arrives_once(around: LocalEnvironment) -> None:
    group = await ordered(around)
    around.siliconflow.answers.push(Script(["never finished"], hold=asyncio.Event()))
    killed = await around.start()
    await around.until_asked(1)
    await killed.kill()
    let_go(around)
    await around.start()
    await around.until(lambda: titles(around, group) == 1)
    assert around.stored("SELECT count(*) FROM digest_runs") == [(1,)]


@pytest.mark.slow
async def test_killed_while_it_is_sent_the_digest_arrives_once_and_is_pinned(around: LocalEnvironment) -> None:
    group = await ordered(around)
    sending = around.telegram.faults.hold("sendMessage", delivered=False, times=None, given="entities")
    run = await around.start()
    await around.until(lambda: titles(around, group) == 1 and sending.hits)
    await run.kill()
    assert around.stored("SELECT state FROM digest_runs") == [("sending",)]
    around.telegram.faults.clear()
    let_go(around)
    again = await around.start()
    await around.until(lambda: group.pinned)
    assert await again.stop() == 0
    assert around.stored("SELECT state FROM digest_runs") == [("done",)]
    assert (titles(around, group), pages(around, group)) == (1, 1)
    assert len(around.siliconflow.journal.chats) == 1


@pytest.mark.parametrize("delivered", [False, pytest.param(True, marks=pytest.mark.slow)])
async def test_killed_before_it_is_shown_a_summary_arrives_once_and_is_paid_once(
    around: LocalEnvironment, *, delivered: bool
) -> None:
    """It takes the place of a line that is there, which can be done twice: nobody sees it."""
    ann, group, run = await talk(around)
    showing = around.telegram.faults.hold("editMessageText", delivered=delivered, times=None, given="entities")
    around.telegram.world.say(ann, group, f"/summarize@{around.telegram.world.bot.username} 1d")
    await around.until(lambda: showing.hits)
    await run.kill()
    assert around.stored("SELECT count(*) FROM deliveries WHERE kind = 'summary' AND body IS NOT NULL") == [(1,)]
    around.telegram.faults.clear()
    again = await around.start()
    await around.until(lambda: pages(around, group))
    around.telegram.world.say(ann, group, f"/privacy@{around.telegram.world.bot.username}")  # comes after the summary
    await around.until(lambda: len(around.texts(group)) == 2)
    assert await again.stop() == 0
    assert pages(around, group) == 1
    assert len(around.siliconflow.journal.chats) == 1
    assert around.stored("SELECT count(*) FROM deliveries WHERE body IS NOT NULL") == [(0,)]
