"""An answer can be ended, by its person alone, and what was written stays."""

import asyncio

import pytest

from bot.playground.siliconflow import Script
from tests.flows.stage import Stage

NAME = "@silicon_local_bot"


@pytest.fixture
def endless(stage: Stage) -> Script:
    """An answer that begins and never ends by itself."""
    script = Script(["Once upon a time", asyncio.Event(), "never said"])
    stage.siliconflow.answers.push(script)
    return script


@pytest.mark.usefixtures("endless")
async def test_telegrams_own_button_ends_the_call_and_keeps_what_was_written(stage: Stage) -> None:
    stage.say(stage.ann, stage.room, "Tell me a story")
    draft = await stage.draft(stage.room, lambda draft: draft.text.startswith("Once"))
    stage.telegram.world.stop(stage.room, draft.id)
    answer = await stage.lasting(stage.room, 0)
    assert answer.text == "Once upon a time\n\n– stopped –"
    await stage.closed_early()
    await stage.answer_to(stage.ann, stage.room, "Go on")
    assert "Once upon a time" in stage.sent_upstream()
    assert "stopped" not in stage.sent_upstream()


@pytest.mark.usefixtures("endless")
async def test_the_button_below_a_message_does_the_same(stage: Stage) -> None:
    stage.say(stage.ann, stage.group, f"{NAME} tell me a story")
    live = await stage.next(stage.group, 0)
    assert (await stage.press(stage.ann, live, "Stop")).text == "Stopped."
    answer = await stage.lasting(stage.group, 0)
    assert answer.id == live.id
    assert answer.text == "Once upon a time\n\n– stopped –"
    await stage.closed_early()


@pytest.mark.usefixtures("endless")
async def test_stop_does_the_same_and_does_not_wait_its_turn(stage: Stage) -> None:
    stage.say(stage.ann, stage.group, f"{NAME} tell me a story")
    await stage.next(stage.group, 0)
    stage.say(stage.ann, stage.group, f"/stop{NAME}")
    assert (await stage.lasting(stage.group, 0)).text == "Once upon a time\n\n– stopped –"
    await stage.closed_early()


@pytest.mark.usefixtures("endless")
async def test_a_press_or_stop_of_somebody_else_changes_nothing(stage: Stage) -> None:
    stage.say(stage.ann, stage.group, f"{NAME} tell me a story")
    live = await stage.next(stage.group, 0)
    refused = await stage.press(stage.bob, live, "Stop")
    assert refused.show_alert
    assert "别人" in refused.text
    await stage.until(lambda: stage.now(live).text.startswith("Once upon a time"))
    nothing = await stage.reply_to(stage.bob, stage.group, f"/stop{NAME}")
    assert nothing.text == "现在没有正在写的回答。"
    assert stage.siliconflow.journal.chats[-1].end is None
    await stage.press(stage.ann, stage.now(live), "Stop")
    await stage.closed_early()


async def test_before_the_first_word_a_stop_is_confirmed(stage: Stage) -> None:
    stage.siliconflow.answers.push(Script(["never said"], hold=asyncio.Event()))
    stage.say(stage.ann, stage.room, "Tell me a story")
    await stage.asked(1)
    answer = await stage.reply_to(stage.ann, stage.room, "/stop")
    assert answer.text == "– stopped –"
    await stage.closed_early()


async def test_stop_with_nothing_to_stop_says_so(stage: Stage) -> None:
    assert "Nothing" in (await stage.reply_to(stage.ann, stage.room, "/stop")).text


async def test_a_stop_button_left_behind_by_a_crash_does_no_harm(stage: Stage) -> None:
    answer = await stage.answer_to(stage.ann, stage.group, f"{NAME} hello")
    pressed = await stage.forge(stage.ann, answer, f"stop:{stage.ann.id}")
    assert "Nothing" in pressed.text


async def test_the_next_question_of_one_who_stopped_is_answered(stage: Stage) -> None:
    stage.siliconflow.answers.push(Script(["never said"], hold=asyncio.Event()))
    stage.say(stage.ann, stage.room, "Tell me a story")
    await stage.asked(1)
    stage.say(stage.ann, stage.room, "What is the time?")
    stage.say(stage.ann, stage.room, "/stop")
    answer = await stage.lasting(stage.room, 1)
    assert "What is the time?" in answer.text
