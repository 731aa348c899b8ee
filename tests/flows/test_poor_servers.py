"""Bot API servers that say less, or know less, than Telegram."""

import asyncio
from collections.abc import Callable

import pytest

from bot.playground.siliconflow import Script
from bot.playground.telegram import Fault, Faults
from tests.flows.stage import Stage

NAME = "@silicon_local_bot"
LONG = "\n\n".join(f"Paragraph {n}: " + "so it goes on. " * 40 for n in range(20))


@pytest.mark.parametrize("poor", [Faults.minimal, Faults.only_true])
async def test_results_may_be_small(stage: Stage, poor: Callable[[Faults, str], Fault]) -> None:
    for method in ("sendMessage", "sendRichMessage", "editMessageText"):
        poor(stage.telegram.faults, method)
    stage.siliconflow.answers.push(LONG, "| a | b |\n|---|---|\n| 1 | 2 |")
    stage.say(stage.ann, stage.room, "Everything")
    await stage.until(lambda: "Paragraph 19" in "".join(message.text for message in stage.answers(stage.room)))
    count = len(stage.answers(stage.room))
    assert (await stage.answer_to(stage.ann, stage.room, "A table")).rich is not None
    assert "/ask" in (await stage.reply_to(stage.ann, stage.room, "/help")).text
    assert len(stage.answers(stage.room)) == count + 2
    assert not stage.telegram.journal.duplicates


async def test_a_server_that_gives_a_number_gets_edits(stage: Stage) -> None:
    stage.telegram.faults.minimal("sendMessage")
    stage.telegram.faults.minimal("editMessageText")
    hold = asyncio.Event()
    stage.siliconflow.answers.push(Script(["One ", hold, "two."]))
    stage.say(stage.ann, stage.group, f"{NAME} count")
    await stage.next(stage.group, 0)
    hold.set()
    assert (await stage.lasting(stage.group, 0)).text == "One two."
    assert len(stage.answers(stage.group)) == 1


async def test_a_server_that_gives_no_number_gets_one_frame_and_the_answer(stage: Stage) -> None:
    stage.telegram.faults.only_true("sendMessage")
    first, second = asyncio.Event(), asyncio.Event()
    stage.siliconflow.answers.push(Script(["One ", first, "two ", second, "three."]))
    stage.say(stage.ann, stage.group, f"{NAME} count")
    await stage.next(stage.group, 0)
    first.set()
    stage.say(stage.bob, stage.group, f"{NAME} 你好")  # answered with a frame of its own, or without one
    await stage.until(lambda: any("你好" in each.text and not each.keyboard for each in stage.answers(stage.group)))
    second.set()
    await stage.until(lambda: stage.answers(stage.group)[-1].text == "One two three.")
    assert len([message for message in stage.answers(stage.group) if message.text.startswith("One")]) == 2


async def test_a_server_that_knows_only_messages_is_enough(empty_stage: Stage) -> None:
    stage = empty_stage
    for method in ("setMyCommands", "sendMessageDraft", "sendRichMessage", "sendChatAction", "editMessageText"):
        stage.telegram.faults.unknown(method)
    await stage.start()
    stage.siliconflow.answers.push("| a | b |\n|---|---|\n| 1 | 2 |")
    stage.say(stage.ann, stage.room, "A table")
    stage.say(stage.ann, stage.room, "Good morning")

    def lasting() -> str:  # a frame keeps its button there, and the answer is a message of its own
        return "\n".join(message.text for message in stage.answers(stage.room) if message.keyboard is None)

    await stage.until(lambda: "Good morning" in lasting())
    assert "1 │ 2" in lasting()


async def test_a_bot_without_a_name_answers_commands_and_replies(empty_stage: Stage) -> None:
    stage = empty_stage
    fault = stage.telegram.faults.minimal("getMe", times=None)
    fault.result = lambda result: {"id": result["id"], "first_name": result["first_name"]}
    await stage.start()
    stage.telegram.world.privacy = False
    first = await stage.answer_to(stage.ann, stage.group, "/ask One?")
    await stage.answer_to(stage.ann, stage.group, "Two?", reply_to=first)
    stage.say(stage.ann, stage.group, "@bob @ is this for you?")
    await stage.answer_to(stage.ann, stage.room, "@bob three?")
    questions = [chat.messages[-1]["content"] for chat in stage.siliconflow.journal.chats]
    assert questions == ["One?", "Two?", "@bob three?"]
