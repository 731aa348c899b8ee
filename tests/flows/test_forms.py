"""An answer arrives in the best form that Telegram takes, whole, in order, and once."""

import asyncio
import re

import pytest

from bot.playground.siliconflow import Script
from tests.flows.stage import Stage

TABLE = "Planets:\n\n| Planet | Moons |\n|---|---|\n| Mars | 2 |"
LONG = "\n\n".join(f"Paragraph {n}: " + "the quick brown fox jumps over the lazy dog. " * 5 for n in range(60))


@pytest.mark.parametrize("said", [TABLE, "$$\nE = mc^2\n$$", "- [x] done\n- [ ] open"])
async def test_what_entities_cannot_show_arrives_as_a_rich_message(stage: Stage, said: str) -> None:
    stage.siliconflow.answers.push(said)
    answer = await stage.answer_to(stage.ann, stage.room, "Show me")
    assert answer.rich is not None
    assert not answer.text


async def test_what_entities_can_show_arrives_as_text(stage: Stage) -> None:
    stage.siliconflow.answers.push("# Title\n\n*One* and `two`\n\n```python\nprint()\n```")
    answer = await stage.answer_to(stage.ann, stage.room, "Show me")
    assert answer.rich is None
    assert {entity["type"] for entity in answer.entities} >= {"italic", "code", "pre"}


async def test_a_refused_rich_message_arrives_as_text_with_the_same_content(stage: Stage) -> None:
    stage.telegram.faults.refuse("sendRichMessage", "Bad Request: RICH_MESSAGE_URL_INVALID")
    stage.siliconflow.answers.push(TABLE, TABLE)
    answer = await stage.answer_to(stage.ann, stage.room, "Show me")
    assert answer.rich is None
    assert re.search(r"Mars.*2", answer.text, re.DOTALL)
    assert (await stage.answer_to(stage.ann, stage.room, "Again")).rich is not None, "one refusal is not for ever"


async def test_a_server_without_rich_messages_is_asked_once(stage: Stage) -> None:
    stage.telegram.faults.unknown("sendRichMessage")
    stage.siliconflow.answers.push(TABLE, TABLE)
    for turn in range(2):
        answer = await stage.answer_to(stage.ann, stage.room, f"Show me {turn}")
        assert "Mars" in answer.text
    assert len(stage.telegram.journal.of("sendRichMessage")) == 1


async def test_refused_entities_arrive_as_plain_text(stage: Stage) -> None:
    refusal = "Bad Request: can't parse entities: entity beginning at byte offset 0 is wrong"
    stage.telegram.faults.refuse("sendMessage", refusal)
    stage.siliconflow.answers.push("**Bold** words")
    answer = await stage.answer_to(stage.ann, stage.room, "Show me")
    assert answer.text == "Bold words"
    assert not answer.entities


async def test_a_long_answer_arrives_whole_in_parts_and_in_order(stage: Stage) -> None:
    assert len(LONG) > 10_000
    stage.siliconflow.answers.push(LONG)
    stage.say(stage.ann, stage.room, "Tell me everything")
    await stage.until(lambda: "Paragraph 59" in "".join(message.text for message in stage.answers(stage.room)))
    parts = stage.answers(stage.room)
    assert len(parts) >= 3
    assert all(len(part.text) <= 4096 for part in parts)
    assert " ".join("\n".join(part.text for part in parts).split()) == " ".join(LONG.split())


async def test_in_a_group_a_long_answer_grows_out_of_its_live_message(stage: Stage) -> None:
    hold = asyncio.Event()
    stage.siliconflow.answers.push(Script([LONG[:200], hold, LONG[200:]]))
    question = stage.say(stage.ann, stage.group, "@silicon_local_bot Tell me everything")
    live = await stage.next(stage.group, 0)
    hold.set()
    await stage.until(lambda: "Paragraph 59" in stage.answers(stage.group)[-1].text)
    parts = stage.answers(stage.group)
    assert parts[0].id == live.id
    assert parts[0].text.startswith("Paragraph 0")
    assert [part.reply_to for part in parts] == [question.id] + [None] * (len(parts) - 1)
    assert " ".join("\n".join(part.text for part in parts).split()) == " ".join(LONG.split())


async def test_formatting_can_be_turned_down_to_text(stage: Stage) -> None:
    panel = await stage.reply_to(stage.ann, stage.room, "/settings")
    await stage.press(stage.ann, panel, "Formatting")
    await stage.press(stage.ann, panel, "off")
    stage.siliconflow.answers.push(TABLE)
    answer = await stage.answer_to(stage.ann, stage.room, "Show me")
    assert answer.rich is None
    assert "Mars" in answer.text


@pytest.mark.parametrize("said", ["#", "\u200b\u200b", "```\n```"])
async def test_an_answer_that_shows_nothing_is_no_silence(stage: Stage, said: str) -> None:
    stage.siliconflow.answers.push(said)
    answer = await stage.answer_to(stage.ann, stage.room, "Say nothing")
    assert "gave no answer" in answer.text
