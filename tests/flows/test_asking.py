"""The ways to ask: in private, in groups, about a message; and the commands around it."""

import asyncio

from bot.playground.siliconflow.script import Script
from tests.flows.stage import Stage

NAME = "@silicon_local_bot"


async def test_a_question_is_answered_without_a_word_of_ceremony(stage: Stage) -> None:
    answer = await stage.answer_to(stage.ann, stage.room, "What is a black hole?")
    assert "What is a black hole?" in answer.text
    assert answer.reply_to is None


async def test_start_and_help_are_short_and_in_the_language_of_the_person(stage: Stage) -> None:
    bobs_room = stage.telegram.world.private(stage.bob)
    for command in ("/start", "/help"):
        english = await stage.reply_to(stage.ann, stage.room, command)
        chinese = await stage.reply_to(stage.bob, bobs_room, command)
        assert "/model" in english.text
        assert "/model" in chinese.text
        assert "你" in chinese.text
        assert "你" not in english.text.replace("把这句话翻译成英文：海上生明月", "")
        assert max(len(english.text), len(chinese.text)) < 800


async def test_in_a_group_start_and_help_speak_of_groups(stage: Stage) -> None:
    start = await stage.reply_to(stage.ann, stage.group, f"/start{NAME}")
    helped = await stage.reply_to(stage.bob, stage.group, f"/help{NAME}")
    assert "group" in start.text
    assert "提到我" in helped.text


async def test_ask_takes_a_question_in_a_private_chat(stage: Stage) -> None:
    answer = await stage.answer_to(stage.ann, stage.room, "/ask Why is the sky blue?")
    assert "Why is the sky blue?" in answer.text
    assert stage.siliconflow.journal.chats[-1].messages[-1]["content"] == "Why is the sky blue?"


async def test_ask_alone_says_how_to_use_it(stage: Stage) -> None:
    usage = await stage.reply_to(stage.ann, stage.room, "/ask")
    assert "/ask why is the sky blue?" in usage.text
    in_group = await stage.reply_to(stage.bob, stage.group, f"/ask{NAME}")
    assert "/ask 天空为什么是蓝的？" in in_group.text
    assert not stage.siliconflow.journal.chats


async def test_in_a_group_command_mention_and_reply_to_the_bot_are_questions(stage: Stage) -> None:
    first = await stage.answer_to(stage.ann, stage.group, f"/ask{NAME} One?")
    second = await stage.answer_to(stage.ann, stage.group, f"Hey {NAME}, two?")
    await stage.idle()
    third = await stage.answer_to(stage.ann, stage.group, "Three?", reply_to=second)
    questions = [chat.messages[-1]["content"] for chat in stage.siliconflow.journal.chats]
    assert questions == ["One?", "Hey , two?", "Three?"]
    asked = {message.text: message.id for message in stage.telegram.world.messages(stage.group, sender=stage.ann)}
    assert [first.reply_to, second.reply_to, third.reply_to] == list(asked.values())


async def test_ordinary_talk_in_a_group_is_ignored(stage: Stage) -> None:
    stage.telegram.world.privacy = False
    stage.say(stage.ann, stage.group, "Shall we go to the lake?")
    stage.say(stage.bob, stage.group, "@somebody_else what do you think?")
    stage.say(stage.bob, stage.group, "/ask@another_bot what do you think?")
    stage.telegram.world.send_sticker(stage.bob, stage.group)
    await stage.answer_to(stage.ann, stage.group, f"{NAME} are you there?")
    assert len(stage.answers(stage.group)) == 1
    assert len(stage.siliconflow.journal.chats) == 1


async def test_ask_as_a_reply_takes_that_message_as_what_the_question_is_about(stage: Stage) -> None:
    said = stage.say(stage.bob, stage.group, "The lake is 40 m deep.\nAnd cold.")
    await stage.answer_to(stage.ann, stage.group, f"/ask{NAME} Is that true?", reply_to=said)
    assert stage.sent_upstream().endswith("> The lake is 40 m deep.\n> And cold.\n\nIs that true?")


async def test_ask_alone_as_a_reply_asks_that_message(stage: Stage) -> None:
    said = stage.say(stage.bob, stage.group, "How deep is the lake?")
    await stage.answer_to(stage.ann, stage.group, f"/ask{NAME}", reply_to=said)
    assert stage.siliconflow.journal.chats[-1].messages[-1]["content"] == "How deep is the lake?"


async def test_what_only_looks_like_a_command_is_asked(stage: Stage) -> None:
    answer = await stage.answer_to(stage.ann, stage.room, "/usr/bin is what?")
    assert "/usr/bin is what?" in answer.text


async def test_an_unknown_command_gets_a_sentence_in_private_and_silence_in_a_group(stage: Stage) -> None:
    reply = await stage.reply_to(stage.ann, stage.room, "/frobnicate now")
    assert "/help" in reply.text
    stage.say(stage.ann, stage.group, f"/frobnicate{NAME}")
    await stage.answer_to(stage.ann, stage.group, f"{NAME} hello")
    assert len(stage.answers(stage.group)) == 1
    assert len(stage.siliconflow.journal.chats) == 1


async def test_retry_answers_the_last_question_again(stage: Stage) -> None:
    nothing = await stage.reply_to(stage.ann, stage.room, "/retry")
    assert "no question" in nothing.text
    stage.siliconflow.answers.push("heads", "tails")
    await stage.answer_to(stage.ann, stage.room, "Toss a coin")
    again = await stage.answer_to(stage.ann, stage.room, "/retry")
    assert again.text == "tails"
    assert stage.sent_upstream(0) == stage.sent_upstream(1)


async def test_without_any_choice_a_free_model_answers_and_does_not_think(stage: Stage) -> None:
    await stage.answer_to(stage.ann, stage.room, "Hello")
    body = stage.siliconflow.journal.chats[-1].body or {}
    assert body["model"] == "Qwen/Qwen3-8B"
    assert body["enable_thinking"] is False
    assert body["stream"] is True


async def test_each_topic_has_a_conversation_of_its_own_and_is_answered_there(stage: Stage) -> None:
    forum = stage.telegram.world.group("Forum", stage.ann, stage.bob, forum=True)
    lake = stage.telegram.world.topic(stage.ann, forum, "Lake")
    city = stage.telegram.world.topic(stage.ann, forum, "City")
    first = await stage.answer_to(stage.ann, forum, f"{NAME} remember: the lake is deep", thread=lake)
    usage = await stage.reply_to(stage.ann, forum, f"/ask{NAME}", thread=city)
    second = await stage.answer_to(stage.ann, forum, f"{NAME} What did I tell you?", thread=city)
    third = await stage.answer_to(stage.ann, forum, f"{NAME} What did I tell you?", thread=lake)
    assert [each.thread for each in (first, usage, second, third)] == [lake, city, city, lake]
    assert "You told me nothing" in second.text
    assert "the lake is deep" in third.text


async def test_a_topic_of_a_private_chat_is_answered_there(stage: Stage) -> None:
    stage.telegram.world.private_topics = True
    hold = asyncio.Event()
    stage.siliconflow.answers.push(Script(["One ", hold, "two"]))
    question = stage.say(stage.ann, stage.room, "Hello")
    await stage.draft(stage.room, lambda draft: draft.text.startswith("One"), question.thread)
    hold.set()
    answer = await stage.lasting(stage.room, 0)
    assert answer.text == "One two"
    assert answer.thread == question.thread is not None


async def test_a_deleted_topic_does_not_lose_the_answer(stage: Stage) -> None:
    forum = stage.telegram.world.group("Forum", stage.ann, forum=True)
    topic = stage.telegram.world.topic(stage.ann, forum, "Lake")
    hold = asyncio.Event()
    stage.siliconflow.answers.push(Script(["It is deep."], hold=hold))
    stage.say(stage.ann, forum, f"{NAME} How deep?", thread=topic)
    await stage.asked(1)
    stage.telegram.world.delete_topic(forum, topic)
    hold.set()
    answer = await stage.lasting(forum, 0)
    assert answer.text == "It is deep."
    assert answer.thread is None
