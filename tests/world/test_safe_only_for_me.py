"""What one person and the bot alone see stays so: it is kept nowhere, and answered where nobody else reads it.

A reply to an ephemeral message is ephemeral itself, with the number 0 (Bot API 10.2, ReplyParameters).
"""

from collections.abc import Callable
from typing import Any

import pytest

from bot.playground.telegram import Message
from tests.flows import conftest as flows
from tests.flows.hall import NAME, alone, command, ephemeral, gather, public
from tests.flows.stage import Stage

empty_stage = flows.empty_stage
"""A fixture of the flows."""

SECRET = "zirconium"
REFUSED = "neither keep nor answer"


async def whispered(stage: Stage, bot: str = "administrator", **variables: str) -> Message:
    """A summary that Ann alone sees in the group."""
    await gather(stage, bot=bot, **variables)
    stage.say(stage.ann, stage.group, command("1d only for me"))
    return await ephemeral(stage, stage.ann)


def told(stage: Stage) -> list[str]:
    return [message.text for message in alone(stage, stage.ann) if message.sender == stage.telegram.world.bot.id]


async def assert_stays_private(stage: Stage, calls: int, said: list[Message]) -> None:
    """Nobody else saw it, no model was asked, and nothing of it is in the archive or anywhere else in the file."""
    await stage.reply_to(stage.ann, stage.group, f"/privacy{NAME}")  # whose turn comes when all of that is done
    assert "找到" not in (await stage.reply_to(stage.bob, stage.group, f"/search{NAME} {SECRET}")).text
    assert len([each for each in stage.siliconflow.journal if each.method == "POST"]) == calls
    assert public(stage) == []
    assert [each.text for each in stage.answers(stage.group) if each not in said and REFUSED in each.text] == []
    assert alone(stage, stage.bob) == []
    assert stage.answers(stage.room) == []
    await stage.stop()
    kept = b"".join(path.read_bytes() for path in stage.path.glob("data/bot.db*"))
    assert f"{SECRET}-mine".encode() not in kept


@pytest.mark.parametrize(
    "words",
    [
        f"{SECRET}-mine: who pays for that?",
        f"{NAME} {SECRET}-mine, please",
        f"/ask{NAME} {SECRET}-mine",
        f"/ask {SECRET}-mine",
        f"/draw{NAME} {SECRET}-mine",
        f"/search{NAME} {SECRET}-mine",
        f"/summarize{NAME} about {SECRET}-mine",
        f"/nothing {SECRET}-mine",
        "draw it larger",
    ],
)
async def test_a_reply_is_refused_in_words_that_its_writer_alone_sees(empty_stage: Stage, words: str) -> None:
    stage = empty_stage
    summary = await whispered(stage)
    calls, before = len(stage.siliconflow.journal.chats), list(stage.answers(stage.group))
    reply = stage.say(stage.ann, stage.group, words, reply_to=summary)
    assert (reply.id, reply.only_for) == (0, stage.ann.id)
    await stage.until(lambda: any(REFUSED in text for text in told(stage)))
    await assert_stays_private(stage, calls, before)


@pytest.mark.parametrize("kind", ["photo", "document", "voice", "sticker", "rich", "reply to the refusal"])
async def test_so_is_a_reply_of_any_kind(empty_stage: Stage, kind: str) -> None:
    stage, world = empty_stage, empty_stage.telegram.world
    summary = await whispered(stage)
    calls, before = len(stage.siliconflow.journal.chats), list(stage.answers(stage.group))
    caption = f"{NAME} {SECRET}-mine"
    sends: dict[str, Callable[[Message], Any]] = {
        "photo": lambda to: world.send_photo(stage.ann, stage.group, caption=caption, reply_to=to),
        "document": lambda to: world.send_document(stage.ann, stage.group, b"x", "a.txt", caption=caption, reply_to=to),
        "voice": lambda to: world.send_voice(stage.ann, stage.group, reply_to=to),
        "sticker": lambda to: world.send_sticker(stage.ann, stage.group, reply_to=to),
        "rich": lambda to: world.say_rich(
            stage.ann, stage.group, [{"type": "paragraph", "text": caption}], reply_to=to
        ),
    }
    sends["reply to the refusal"] = lambda to: stage.say(stage.ann, stage.group, caption, reply_to=to)
    send = sends[kind]
    assert send(summary).only_for == stage.ann.id
    await stage.until(lambda: any(REFUSED in text for text in told(stage)))
    if kind == "reply to the refusal":
        refusal = next(message for message in alone(stage, stage.ann) if REFUSED in message.text)
        send(refusal)
        await stage.until(lambda: sum(REFUSED in text for text in told(stage)) == 2)
    await assert_stays_private(stage, calls, before)


async def test_where_it_cannot_be_said_in_the_group_it_is_said_in_the_private_chat(empty_stage: Stage) -> None:
    stage = empty_stage
    await stage.start()
    await stage.reply_to(stage.ann, stage.room, "/start")
    await stage.stop()
    summary = await whispered(stage)
    calls = len(stage.siliconflow.journal.chats)
    stage.telegram.faults.refuse(
        "sendMessage", "Bad Request: CHAT_ADMIN_REQUIRED", given="ephemeral_message_parameters", times=None
    )
    stage.say(stage.ann, stage.group, f"{NAME} {SECRET}-mine", reply_to=summary)
    await stage.until(lambda: REFUSED in stage.answers(stage.room)[-1].text)
    assert len(stage.siliconflow.journal.chats) == calls
    assert not any(REFUSED in message.text for message in stage.answers(stage.group))


async def test_where_it_can_be_said_nowhere_nothing_is_said_to_all(empty_stage: Stage) -> None:
    stage = empty_stage
    summary = await whispered(stage)
    calls, before = len(stage.siliconflow.journal.chats), list(stage.answers(stage.group))
    stage.telegram.faults.refuse(
        "sendMessage", "Bad Request: CHAT_ADMIN_REQUIRED", given="ephemeral_message_parameters", times=None
    )
    stage.say(stage.ann, stage.group, f"{NAME} {SECRET}-mine", reply_to=summary)
    await stage.idle()
    await assert_stays_private(stage, calls, before)


async def test_edits_of_such_messages_are_left_alone(empty_stage: Stage) -> None:
    stage = empty_stage
    summary = await whispered(stage)
    calls, before = len(stage.siliconflow.journal.chats), list(stage.answers(stage.group))
    reply = stage.say(stage.ann, stage.group, f"{NAME} {SECRET}-mine", reply_to=summary)
    await stage.until(lambda: any(REFUSED in text for text in told(stage)))
    raw = stage.telegram.world.ledger.raw(reply) | {"edit_date": reply.date + 1, "text": f"{NAME} {SECRET}-mine, now"}
    stage.telegram.world.inject({"edited_message": raw})
    await assert_stays_private(stage, calls, before)
    assert sum(REFUSED in text for text in told(stage)) == 1


async def test_nobody_replies_to_what_another_alone_sees(empty_stage: Stage) -> None:
    stage = empty_stage
    summary = await whispered(stage)
    with pytest.raises(ValueError, match="sees no such"):
        stage.say(stage.bob, stage.group, "What is it?", reply_to=summary)


async def test_a_public_question_is_answered_as_ever(empty_stage: Stage) -> None:
    stage = empty_stage
    await whispered(stage)
    assert "Lisbon" in (await stage.answer_to(stage.ann, stage.group, f"{NAME} Lisbon")).text
