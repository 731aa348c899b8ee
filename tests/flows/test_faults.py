"""What goes wrong on the way to Telegram and back."""

import asyncio

import pytest

from bot.playground.siliconflow import Script
from tests.flows.stage import Stage

NAME = "@silicon_local_bot"
LONG = "\n\n".join(f"Paragraph {n}: " + "so it goes on. " * 40 for n in range(20))


async def test_a_final_that_meets_a_flood_waits_as_long_as_it_is_told(stage: Stage) -> None:
    stage.telegram.faults.flood("sendMessage", 20)
    stage.siliconflow.answers.push("Here.")
    answer = await stage.answer_to(stage.ann, stage.room, "Are you there?")
    assert answer.text == "Here."
    first, second = stage.telegram.journal.of("sendMessage")
    assert second.time - first.time >= 20 / 20  # the bot's seconds are twenty times as short
    between = [call for call in stage.telegram.journal.of(chat=stage.room.id) if first.time < call.time < second.time]
    assert not between, "nothing may be sent while Telegram has refused"


async def test_frames_that_meet_a_flood_are_dropped(stage: Stage) -> None:
    stage.telegram.faults.flood("sendMessageDraft", 3)
    hold = asyncio.Event()
    stage.siliconflow.answers.push(Script(["One ", hold, "two."]))
    stage.say(stage.ann, stage.room, "Count")
    draft = await stage.draft(stage.room, lambda draft: draft.text.startswith("One"))
    refused, *later = stage.telegram.journal.of("sendMessageDraft")
    assert refused.code == 429
    assert later[0].time - refused.time >= 3 / 20
    hold.set()
    assert (await stage.lasting(stage.room, 0)).text == "One two."
    assert draft.id


async def test_a_reset_after_the_message_was_sent_does_not_send_it_twice(stage: Stage) -> None:
    stage.telegram.faults.reset("sendMessage", delivered=True)
    stage.siliconflow.answers.push("Once.", "Twice.")
    answer = await stage.answer_to(stage.ann, stage.room, "Say it")
    assert answer.text == "Once."
    stage.may_fail = True  # that the end is not known is told the operator
    assert (await stage.answer_to(stage.ann, stage.room, "And again")).text == "Twice."
    assert [message.text for message in stage.answers(stage.room)] == ["Once.", "Twice."]


@pytest.mark.parametrize("delivered", [True, False])
async def test_an_edit_whose_end_is_not_known_is_repeated(stage: Stage, delivered: bool) -> None:
    hold = asyncio.Event()
    stage.siliconflow.answers.push(Script(["One ", hold, "two."]))
    stage.say(stage.ann, stage.group, f"{NAME} count")
    await stage.next(stage.group, 0)
    stage.telegram.faults.reset("editMessageText", delivered=delivered)
    hold.set()
    assert (await stage.lasting(stage.group, 0)).text == "One two."
    await stage.answer_to(stage.bob, stage.group, f"{NAME} 你好")
    assert len(stage.answers(stage.group)) == 2


async def test_an_answer_waits_until_telegram_can_be_reached_again(stage: Stage) -> None:
    hold = asyncio.Event()
    stage.siliconflow.answers.push(Script(["Here I am."], hold=hold))
    stage.say(stage.ann, stage.room, "Are you there?")
    await stage.asked(1)
    port = int(stage.telegram.url.rpartition(":")[2])
    await stage.telegram.stop()
    hold.set()
    async with asyncio.timeout(10):
        await stage.siliconflow.journal.until(lambda journal: journal.chats[0].end == "answered")
    await stage.telegram.start(port=port)
    assert (await stage.lasting(stage.room, 0)).text == "Here I am."


async def test_a_person_who_has_blocked_the_bot_is_left_alone_and_the_next_is_answered(stage: Stage) -> None:
    hold = asyncio.Event()
    stage.siliconflow.answers.push(Script(["Here."], hold=hold))
    stage.say(stage.ann, stage.room, "Are you there?")
    await stage.asked(1)
    stage.telegram.world.block(stage.ann)
    hold.set()
    answer = await stage.answer_to(stage.bob, stage.telegram.world.private(stage.bob), "你好")
    assert "你好" in answer.text
    assert not stage.answers(stage.room)


async def test_a_notice_to_one_who_has_blocked_the_bot_is_no_failure(stage: Stage) -> None:
    stage.telegram.faults.refuse("sendMessage", "Forbidden: bot was blocked by the user", code=403, times=None)
    for command in ("/help", "/new", "/model", "/settings"):
        stage.say(stage.ann, stage.room, command)
    await stage.until(lambda: len(stage.telegram.journal.of("sendMessage")) == 4)
    await stage.stop()  # the fixture then finds that no update has failed
    assert len(stage.telegram.journal.of("sendMessage")) == 4


async def test_a_live_message_that_was_deleted_does_not_lose_the_answer(stage: Stage) -> None:
    hold = asyncio.Event()
    stage.siliconflow.answers.push(Script(["One ", hold, "two."]))
    stage.say(stage.ann, stage.group, f"{NAME} count")
    live = await stage.next(stage.group, 0)
    stage.telegram.world.delete(live)
    hold.set()
    assert (await stage.lasting(stage.group, 0)).text == "One two."


async def test_a_group_that_becomes_a_supergroup_keeps_its_answer(stage: Stage) -> None:
    basic = stage.telegram.world.group("Old friends", stage.ann, kind="group")
    hold = asyncio.Event()
    stage.siliconflow.answers.push(Script(["One ", hold, "two."]))
    stage.say(stage.ann, basic, f"{NAME} count")
    await stage.next(basic, 0)
    new = stage.telegram.world.migrate(stage.ann, basic)
    hold.set()
    assert (await stage.lasting(new, 0)).text == "One two."


async def test_an_answer_to_a_group_that_sends_the_bot_away_is_paid_once_and_given_up(stage: Stage) -> None:
    """What was asked there is erased while it is being answered."""
    hold = asyncio.Event()
    stage.siliconflow.answers.push(Script(["One ", hold, "two."]))
    stage.say(stage.ann, stage.group, f"{NAME} count")
    await stage.next(stage.group, 0)
    stage.telegram.world.leave(stage.bob, stage.group)
    assert "Hello" in (await stage.answer_to(stage.ann, stage.room, "Hello")).text
    hold.set()
    await stage.idle()
    assert len(stage.siliconflow.journal.chats) == 2


@pytest.mark.slow
async def test_a_server_that_enforces_its_limits_gets_a_long_answer_out_whole(stage: Stage) -> None:
    stage.telegram.flood.enabled = True
    stage.siliconflow.answers.push(LONG * 2)
    stage.say(stage.ann, stage.room, "Everything, please")
    await stage.until(lambda: sum(len(message.text) for message in stage.answers(stage.room)) > len(LONG) * 1.9)
    assert not stage.telegram.journal.duplicates
