"""What is remembered, by whom, and for how long."""

from tests.flows.stage import Stage

NAME = "@silicon_local_bot"


async def test_after_twenty_turns_and_a_restart_the_next_turn_knows_the_first(stage: Stage) -> None:
    await stage.answer_to(stage.ann, stage.room, "Remember: the cat is called Murr")
    for turn in range(19):
        await stage.answer_to(stage.ann, stage.room, f"Question {turn}")
    await stage.restart()
    answer = await stage.answer_to(stage.ann, stage.room, "What did I tell you?")
    assert "the cat is called Murr" in answer.text
    sent = stage.siliconflow.journal.chats[-1].messages
    assert len(sent) == 1 + 20 * 2 + 1
    assert "Remember: the cat is called Murr" in sent[1]["content"]


async def test_two_people_in_one_group_share_nothing(stage: Stage) -> None:
    await stage.answer_to(stage.ann, stage.group, f"{NAME} Remember: the door code is 4711")
    answer = await stage.answer_to(stage.bob, stage.group, f"{NAME} What did I tell you?")
    assert "You told me nothing" in answer.text
    assert "4711" not in stage.sent_upstream()
    assert "4711" in (await stage.answer_to(stage.ann, stage.group, f"{NAME} What did I tell you?")).text


async def test_what_is_said_in_private_is_not_known_in_a_group(stage: Stage) -> None:
    await stage.answer_to(stage.ann, stage.room, "Remember: the door code is 4711")
    await stage.answer_to(stage.ann, stage.group, f"{NAME} What did I tell you?")
    assert "4711" not in stage.sent_upstream()


async def test_new_leaves_the_conversation_behind(stage: Stage) -> None:
    fresh = await stage.reply_to(stage.ann, stage.room, "/new")
    assert "already" in fresh.text
    await stage.answer_to(stage.ann, stage.room, "Remember: the door code is 4711")
    done = await stage.reply_to(stage.ann, stage.room, "/new")
    assert "afresh" in done.text
    await stage.answer_to(stage.ann, stage.room, "What did I tell you?")
    assert "4711" not in stage.sent_upstream()


async def test_a_reply_to_an_older_answer_goes_on_from_there(stage: Stage) -> None:
    first = await stage.answer_to(stage.ann, stage.room, "Remember: one")
    await stage.answer_to(stage.ann, stage.room, "Remember: two")
    await stage.answer_to(stage.ann, stage.room, "What did I tell you?", reply_to=first)
    said = stage.sent_upstream()
    assert "Remember: one" in said
    assert "Remember: two" not in said


async def test_a_reply_to_an_answer_that_failed_goes_on_from_the_newest(stage: Stage) -> None:
    await stage.answer_to(stage.ann, stage.group, f"{NAME} Remember: one")
    excuse = await stage.answer_to(stage.ann, stage.group, f"{NAME} Fail !451")
    await stage.answer_to(stage.ann, stage.group, "What did I tell you?", reply_to=excuse)
    messages = stage.siliconflow.journal.chats[-1].messages
    assert "Remember: one" in messages[1]["content"]
    assert all(message["content"] for message in messages)


async def test_a_second_question_waits_for_the_first(stage: Stage) -> None:
    stage.say(stage.ann, stage.room, "First")
    stage.say(stage.ann, stage.room, "Second")
    await stage.lasting(stage.room, 1)
    assert [message["role"] for message in stage.siliconflow.journal.chats[-1].messages] == [
        "system",
        "user",
        "assistant",
        "user",
    ]
