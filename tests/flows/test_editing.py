"""An edited question is answered again in the place of its answer."""

import asyncio

from bot.playground.siliconflow import Script
from tests.flows.stage import Stage

NAME = "@silicon_local_bot"
LONG = "\n\n".join(f"Paragraph {n}: " + "so it goes on. " * 40 for n in range(20))


async def test_the_answer_to_an_edited_question_takes_the_place_of_the_first(stage: Stage) -> None:
    question = stage.say(stage.ann, stage.room, "What is the capital of Peru?")
    first = await stage.lasting(stage.room, 0)
    stage.siliconflow.answers.push("Bogotá")
    stage.telegram.world.edit(stage.ann, question, "What is the capital of Colombia?")
    await stage.until(lambda: stage.now(first).text == "Bogotá")
    assert len(stage.answers(stage.room)) == 1
    await stage.answer_to(stage.ann, stage.room, "And its people?")
    assert "Colombia" in stage.sent_upstream()
    assert "Peru" not in stage.sent_upstream()


async def test_an_edit_ends_the_answer_that_is_being_written(stage: Stage) -> None:
    stage.siliconflow.answers.push(Script(["Lima", asyncio.Event()]), "Bogotá")
    question = stage.say(stage.ann, stage.group, f"{NAME} the capital of Peru?")
    live = await stage.next(stage.group, 0)
    stage.telegram.world.edit(stage.ann, question, f"{NAME} the capital of Colombia?")
    await stage.until(lambda: stage.now(live).text == "Bogotá" and stage.now(live).keyboard is None)
    await stage.closed_early(0)
    assert len(stage.answers(stage.group)) == 1


async def test_an_edit_ends_a_private_answer_that_is_being_written(stage: Stage) -> None:
    stage.siliconflow.answers.push(Script(["Lima", asyncio.Event()]), "Bogotá")
    question = stage.say(stage.ann, stage.room, "The capital of Peru?")
    await stage.draft(stage.room, lambda draft: draft.text.startswith("Lima"))
    stage.telegram.world.edit(stage.ann, question, "The capital of Colombia?")
    assert (await stage.lasting(stage.room, 0)).text == "Bogotá"
    await stage.closed_early(0)


async def test_an_edit_that_changes_no_word_lets_the_answer_go_on(stage: Stage) -> None:
    """Telegram reports an edit when only a link's preview has changed."""
    hold = asyncio.Event()
    said = stage.say(stage.bob, stage.group, "The lake is deep.")
    stage.siliconflow.answers.push(Script(["It ", hold, "is."]))
    question = stage.say(stage.ann, stage.group, f"/ask{NAME} Is that so?", reply_to=said)
    live = await stage.next(stage.group, 0)
    stage.telegram.world.edit(stage.ann, question, question.text)
    await stage.answer_to(stage.bob, stage.group, f"{NAME} 你好")
    hold.set()
    await stage.until(lambda: stage.now(live).text == "It is.")
    await stage.until(lambda: stage.now(live).keyboard is None)
    assert len(stage.siliconflow.journal.chats) == 2


async def test_a_longer_answer_takes_more_messages(stage: Stage) -> None:
    question = stage.say(stage.ann, stage.room, "Short, please")
    first = await stage.lasting(stage.room, 0)
    stage.siliconflow.answers.push(LONG)
    stage.telegram.world.edit(stage.ann, question, "Long, please")

    def whole() -> bool:
        """A frame, which may end with the same words, has a button."""
        last = stage.answers(stage.room)[-1]
        return "Paragraph 19" in last.text and last.keyboard is None

    await stage.until(whole)
    parts = stage.answers(stage.room)
    assert parts[0].id == first.id
    assert " ".join("\n".join(part.text for part in parts).split()) == " ".join(LONG.split())


async def test_a_shorter_answer_takes_the_other_messages_away(stage: Stage) -> None:
    stage.siliconflow.answers.push(LONG, "Short.")
    question = stage.say(stage.ann, stage.room, "Long, please")
    await stage.until(lambda: "Paragraph 19" in "".join(message.text for message in stage.answers(stage.room)))
    stage.telegram.world.edit(stage.ann, question, "Short, please")
    await stage.until(lambda: [message.text for message in stage.answers(stage.room)] == ["Short."])


async def test_an_edited_command_with_its_question_on_the_next_line_is_understood(stage: Stage) -> None:
    question = stage.say(stage.ann, stage.room, "/ask\nOne?")
    first = await stage.lasting(stage.room, 0)
    stage.telegram.world.edit(stage.ann, question, "/ask\nTwo?")
    await stage.until(lambda: "Two?" in stage.now(first).text)
    assert stage.siliconflow.journal.chats[-1].messages[-1]["content"] == "Two?"


async def test_an_edit_of_what_was_no_question_is_left_alone(stage: Stage) -> None:
    stage.telegram.world.privacy = False
    talk = stage.say(stage.bob, stage.group, "Shall we go?")
    stage.telegram.world.edit(stage.bob, talk, f"{NAME} shall we go?")
    command = stage.say(stage.ann, stage.room, "/new")
    await stage.next(stage.room, 0)
    stage.telegram.world.edit(stage.ann, command, "new")
    await stage.answer_to(stage.ann, stage.room, "Hello")
    assert len(stage.siliconflow.journal.chats) == 1
    assert not stage.answers(stage.group)


async def test_the_answer_to_an_edited_question_may_become_rich(stage: Stage) -> None:
    question = stage.say(stage.ann, stage.room, "Words, please")
    first = await stage.lasting(stage.room, 0)
    stage.siliconflow.answers.push("| a | b |\n|---|---|\n| 1 | 2 |")
    stage.telegram.world.edit(stage.ann, question, "A table, please")
    await stage.until(lambda: stage.now(first).rich is not None)
    assert len(stage.answers(stage.room)) == 1
