"""How an answer shows while it comes: drafts in private chats, one edited message elsewhere."""

import asyncio

from bot.playground.siliconflow import Script
from bot.playground.telegram import Message
from tests.flows.stage import Stage, labels

NAME = "@silicon_local_bot"


async def test_an_answer_grows_in_a_draft_and_ends_as_one_message(stage: Stage) -> None:
    first, second = asyncio.Event(), asyncio.Event()
    stage.siliconflow.answers.push(Script(["Black holes ", first, "are **dense**", second, " stars."]))
    stage.say(stage.ann, stage.room, "What is a black hole?")
    draft = await stage.draft(stage.room, lambda draft: draft.text.startswith("Black holes"))
    assert draft.can_stop
    assert draft.keep_on_stop
    first.set()
    grown = await stage.draft(stage.room, lambda draft: draft.text.startswith("Black holes are dense"))
    assert grown.id == draft.id
    assert grown.entities[0]["type"] == "bold"
    second.set()
    answer = await stage.lasting(stage.room, 0)
    assert answer.text == "Black holes are dense stars."
    assert len(stage.answers(stage.room)) == 1
    assert stage.telegram.world.draft(stage.room) is None


async def test_the_last_draft_is_a_beginning_of_the_lasting_message(stage: Stage) -> None:
    hold = asyncio.Event()
    stage.siliconflow.answers.push(Script(["Half a li", hold, "ne.\n\n| a | b |\n|---|---|\n| 1 | 2 |"]))
    stage.say(stage.ann, stage.room, "A table, please")
    await stage.draft(stage.room, lambda draft: draft.text.endswith("…"))
    hold.set()
    answer = await stage.lasting(stage.room, 0)
    assert answer.rich is not None
    drafts = [call.parameters["text"] for call in stage.telegram.journal.of("sendMessageDraft")]
    assert drafts[-1].startswith("Half a line.")
    assert "…" not in drafts[-1]


async def test_a_draft_is_kept_alive_while_nothing_new_comes(stage: Stage) -> None:
    hold = asyncio.Event()
    stage.siliconflow.answers.push(Script(["One", hold, " two"]))
    stage.say(stage.ann, stage.room, "Count")
    await stage.draft(stage.room, lambda draft: draft.text == "One")
    await stage.draft(stage.room, lambda draft: draft.text == "One …")
    hold.set()
    assert (await stage.lasting(stage.room, 0)).text == "One two"


async def test_it_is_shown_that_something_happens_before_the_first_word(stage: Stage) -> None:
    hold = asyncio.Event()
    stage.siliconflow.answers.push(Script(["Here."], hold=hold))
    stage.say(stage.ann, stage.room, "Are you there?")
    await stage.draft(stage.room, lambda draft: draft.text == "")
    await stage.draft(stage.room, lambda draft: "Thinking" in draft.text)
    hold.set()
    assert (await stage.lasting(stage.room, 0)).text == "Here."


async def test_in_a_group_the_first_words_are_a_reply_with_a_button_and_the_whole_has_none(stage: Stage) -> None:
    first, second = asyncio.Event(), asyncio.Event()
    stage.siliconflow.answers.push(Script(["One ", first, "two ", second, "three."]))
    question = stage.say(stage.ann, stage.group, f"{NAME} count")
    live = await stage.next(stage.group, 0)
    assert live.reply_to == question.id
    assert labels(live) == ["⏹ Stop"]
    first.set()
    await stage.until(lambda: stage.now(live).text.startswith("One two"))
    assert labels(stage.now(live)) == ["⏹ Stop"]
    second.set()
    answer = await stage.lasting(stage.group, 0)
    assert answer.id == live.id
    assert answer.text == "One two three."
    assert len(stage.answers(stage.group)) == 1
    assert not stage.telegram.journal.of("sendMessageDraft")


async def test_without_drafts_a_private_answer_is_edited_too(stage: Stage) -> None:
    stage.telegram.faults.unknown("sendMessageDraft")
    first, second = asyncio.Event(), asyncio.Event()
    stage.siliconflow.answers.push(Script(["One ", first, "two."]), Script(["Three ", second, "four."]))
    stage.say(stage.ann, stage.room, "Count")
    live = await stage.next(stage.room, 0)
    assert labels(live) == ["⏹ Stop"]
    first.set()
    assert (await stage.lasting(stage.room, 0)).text == "One two."
    stage.say(stage.ann, stage.room, "Go on")
    await stage.next(stage.room, 1)
    second.set()
    assert (await stage.lasting(stage.room, 1)).text == "Three four."
    assert len(stage.telegram.journal.of("sendMessageDraft")) == 1, "the method is asked for once"


async def test_thinking_shows_while_it_lasts_and_is_not_part_of_the_answer(stage: Stage) -> None:
    await stage.reply_to(stage.ann, stage.room, "/settings")
    await _switch_thinking(stage, "on")
    hold = asyncio.Event()
    script = Script(["Forty-two."], thinking=["Six times ", hold, "seven."])
    stage.siliconflow.answers.push(script)
    stage.say(stage.ann, stage.room, "What is the answer?")
    draft = await stage.draft(stage.room, lambda draft: "Six times" in draft.text)
    assert "Thinking" in draft.text
    assert draft.entities[0]["type"] == "blockquote"
    hold.set()
    answer = await stage.lasting(stage.room, 1)
    assert answer.text == "Forty-two."
    await stage.answer_to(stage.ann, stage.room, "Sure?")
    assert "Six times" not in stage.sent_upstream()
    assert stage.siliconflow.journal.chats[0].body is not None
    assert stage.siliconflow.journal.chats[0].body["enable_thinking"] is True


async def test_thinking_stands_in_an_expandable_quote_where_settings_ask_for_it(stage: Stage) -> None:
    await stage.reply_to(stage.ann, stage.room, "/settings")
    await _switch_thinking(stage, "shown")
    stage.siliconflow.answers.push(Script(["Forty-two."], thinking=["Six times seven."]))
    answer = await stage.answer_to(stage.ann, stage.room, "What is the answer?")
    assert answer.text.startswith("Six times seven.")
    assert answer.text.endswith("Forty-two.")
    assert [entity["type"] for entity in answer.entities] == ["expandable_blockquote"]
    await stage.answer_to(stage.ann, stage.room, "Sure?")
    assert "Six times" not in stage.sent_upstream()


async def test_two_answers_in_one_group_do_not_mix(stage: Stage) -> None:
    hold = asyncio.Event()
    stage.siliconflow.answers.push(*[lambda call: Script([f"To {call.question.text}: ", hold, "done."])] * 2)
    stage.say(stage.ann, stage.group, f"{NAME} Ann")
    stage.say(stage.bob, stage.group, f"{NAME} Bob")
    await stage.until(lambda: len(stage.answers(stage.group)) == 2)
    hold.set()

    def all_done() -> bool:
        return all(message.keyboard is None for message in stage.answers(stage.group))

    await stage.until(all_done)
    assert sorted(message.text for message in stage.answers(stage.group)) == ["To Ann: done.", "To Bob: done."]


async def _switch_thinking(stage: Stage, label: str) -> None:
    panel: Message = stage.answers(stage.room)[0]
    await stage.press(stage.ann, panel, "Thinking")
    [data] = [
        button["callback_data"]
        for button in stage.now(panel).buttons()
        if button["text"].removeprefix("✅ ").startswith("on, and" if label == "shown" else "on")
    ][-1 if label == "shown" else 0 :][:1]
    await stage.forge(stage.ann, stage.now(panel), data)


async def test_an_answer_that_ends_while_its_first_frame_is_on_its_way_shows_once(stage: Stage) -> None:
    first = stage.telegram.faults.hold("sendMessage", delivered=False)
    hold = asyncio.Event()
    stage.siliconflow.answers.push(Script(["One ", hold, "two."]))
    stage.say(stage.ann, stage.group, f"{NAME} count")
    await stage.until(lambda: first.hits)
    hold.set()
    async with asyncio.timeout(10):
        await stage.siliconflow.journal.until(lambda journal: journal.chats[0].end == "answered")
    await stage.answer_to(stage.bob, stage.group, f"{NAME} 你好")  # by then the first answer is stored
    first.release()
    await stage.until(lambda: "One two." in [message.text for message in stage.answers(stage.group)])
    assert len(stage.answers(stage.group)) == 2
