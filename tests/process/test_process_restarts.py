"""What becomes of conversations and of questions when the process is asked to end."""

import asyncio
from functools import partial

import pytest

from bot.playground.siliconflow import Script
from bot.playground.telegram import Chat
from tests.process.local_environment import LocalEnvironment


async def test_twenty_first_turn_knows_what_was_said_before_the_restart(around: LocalEnvironment) -> None:
    ann = around.telegram.world.person("Ann")
    room = around.telegram.world.private(ann)
    first = await around.start()
    for turn in range(20):
        around.telegram.world.say(ann, room, f"Remember: the number {turn}")
        await around.until(partial(has_answers, around, room, turn + 1))
    assert await first.stop() == 0
    await around.start()
    around.telegram.world.say(ann, room, "What did I tell you?")
    await around.until(partial(has_answers, around, room, 21))
    assert all(f"the number {turn}" in around.texts(room)[-1] for turn in range(20))
    sent = around.siliconflow.journal.chats[-1].messages
    assert [message["role"] for message in sent].count("assistant") == 20


def has_answers(around: LocalEnvironment, chat: Chat, count: int) -> bool:
    return len(around.texts(chat)) == count


@pytest.mark.slow
async def test_answers_that_are_being_given_are_finished_and_the_rest_is_left_to_the_next_start(
    around: LocalEnvironment,
) -> None:
    world = around.telegram.world
    rooms = [world.private(world.person(f"Person {number}")) for number in range(3)]
    let_go = asyncio.Event()
    around.answer(lambda question: Script(["Answer to ", question], hold=let_go))
    first = await around.start()
    for text in ("first", "second"):
        for room in rooms:
            world.say(world.ledger.people[room.id], room, f"{text} of {room.title}")
    await around.until_asked(3)
    await around.until(lambda: not world.updates.all())

    first.terminate()
    await first.says("Ending")
    let_go.set()
    assert await first.ended() == 0
    assert [around.texts(room) for room in rooms] == [[f"Answer to first of {room.title}"] for room in rooms]
    assert len(around.asked()) == 3

    await around.start()
    await around.until(lambda: all(len(around.texts(room)) == 2 for room in rooms))
    assert [around.texts(room)[1] for room in rooms] == [f"Answer to second of {room.title}" for room in rooms]
    assert len(around.asked()) == 6
    assert not around.telegram.journal.duplicates
