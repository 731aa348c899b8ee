"""A process killed while it makes a digest: the digest arrives once, or is reported, and never comes twice."""

import asyncio
import time
from contextlib import closing
from functools import partial

import pytest

from bot.playground.siliconflow import Script
from bot.playground.telegram import Chat
from bot.store.database import connect
from tests.process.local_environment import LocalEnvironment

TITLE = "🗞 What was said"
LOST = "interrupted"


async def ordered(around: LocalEnvironment) -> Chat:
    """A group in which something was said, with a digest that was due a minute ago, when nothing ran."""
    world = around.telegram.world
    world.privacy = False
    ann = world.person("Ann")
    group = world.group("Friends", ann, bot="administrator")
    run = await around.start()
    for number in range(5):
        world.say(ann, group, f"The release {number} moves to friday, that is decided")
    world.say(ann, group, f"/digest@{world.bot.username} 21:00 UTC")
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
async def test_killed_while_it_is_sent_the_digest_is_reported_and_not_sent_again(around: LocalEnvironment) -> None:
    group = await ordered(around)
    run = await around.start()
    await around.until(lambda: titles(around, group) == 1)
    await run.kill()
    on_received = around.stored("SELECT state FROM digest_runs") == [("done",)]
    let_go(around)
    again = await around.start()
    if not on_received:
        await around.until(lambda: any(LOST in text for text in around.texts(group)))
    assert await again.stop() == 0
    assert titles(around, group) == 1
