"""Messages of kinds the bot cannot work with, and updates that nobody has foreseen."""

from typing import Any

import pytest

from bot.chat.answer import AnswerGenerator
from tests.flows.stage import Stage

NAME = "@silicon_local_bot"


def nested(depth: int) -> dict[str, Any]:
    """A paragraph whose text is formatted so many times over."""
    text: Any = "the innermost words"
    for level in range(depth):
        text = {"type": ("bold", "italic", "underline", "strikethrough")[level % 4], "text": text}
    return {"type": "paragraph", "text": text}


@pytest.mark.parametrize("kind", ["send_voice", "send_sticker"])
async def test_an_unknown_kind_gets_one_sentence_in_private_and_silence_in_a_group(stage: Stage, kind: str) -> None:
    stage.telegram.world.privacy = False
    send = getattr(stage.telegram.world, kind)
    send(stage.ann, stage.room)
    notice = await stage.next(stage.room, 0)
    assert "cannot work with this kind" in notice.text
    send(stage.bob, stage.group)
    await stage.answer_to(stage.bob, stage.group, f"{NAME} 你好")
    assert len(stage.answers(stage.group)) == 1


async def test_a_file_gets_one_sentence(stage: Stage) -> None:
    stage.telegram.world.send_document(stage.ann, stage.room, b"x", "report.pdf", caption="Summarise this")
    assert "cannot work with this kind" in (await stage.next(stage.room, 0)).text


async def test_an_album_gets_one_sentence_and_not_one_for_each_picture(stage: Stage) -> None:
    picture = {"from": stage.ann.raw(), "chat": stage.room.raw(), "date": 1, "media_group_id": "7"}
    photo = [{"file_id": "x", "file_unique_id": "x", "width": 1, "height": 1}]
    stage.say(stage.ann, stage.room, "/start")
    await stage.next(stage.room, 0)
    for number in range(3):
        stage.telegram.world.inject({"message": {**picture, "message_id": 900 + number, "photo": photo}})
    stage.say(stage.ann, stage.room, "And now a question")
    assert "And now a question" in (await stage.lasting(stage.room, 2)).text


async def test_a_rich_message_is_understood(stage: Stage) -> None:
    table = {"type": "table", "cells": [[{"text": "Mars"}, {"text": ["2 ", {"type": "bold", "text": "moons"}]}]]}
    blocks: list[dict[str, Any]] = [{"type": "heading", "size": 1, "text": "Is this right?"}, table]
    stage.telegram.world.say_rich(stage.ann, stage.room, blocks)
    await stage.lasting(stage.room, 0)
    assert stage.siliconflow.journal.chats[-1].messages[-1]["content"] == "Is this right?\nMars | 2 moons"


async def test_a_rich_message_that_names_the_bot_or_asks_is_a_question_in_a_group(stage: Stage) -> None:
    stage.telegram.world.privacy = False
    for text in ("We were at the lake", f"{NAME}, how deep is it?", f"/ask{NAME} how wide is it?", "/ask@other_bot no"):
        stage.telegram.world.say_rich(stage.ann, stage.group, [{"type": "paragraph", "text": text}])
    await stage.until(lambda: len(stage.answers(stage.group)) == 2)
    await stage.answer_to(stage.ann, stage.group, f"{NAME} done")
    questions = [chat.messages[-1]["content"] for chat in stage.siliconflow.journal.chats]
    assert questions == [", how deep is it?", "how wide is it?", "done"]


async def test_a_question_about_a_rich_message_carries_its_words(stage: Stage) -> None:
    blocks: list[dict[str, Any]] = [nested(16), {"type": "unheard of", "x": [1]}]
    said = stage.telegram.world.say_rich(stage.bob, stage.group, blocks)
    await stage.answer_to(stage.ann, stage.group, f"/ask{NAME} What does this mean?", reply_to=said)
    assert "> the innermost words" in stage.sent_upstream()


async def test_what_cannot_be_decoded_stops_nobody(stage: Stage) -> None:
    stage.may_fail = True  # the undecodable update is told the operator
    world = stage.telegram.world
    await stage.answer_to(stage.ann, stage.room, "Before")
    world.say_rich(stage.ann, stage.room, [nested(16), {"type": "unheard of", "text": {"type": "unheard of too"}}])
    world.inject({"message": {"message_id": "not a number", "chat": {"id": "nor this"}}})
    world.inject({"widget_query": {"id": "1", "from": stage.ann.raw()}})
    world.inject({"message": None})
    world.inject({"poll_answer": 17})
    await stage.lasting(stage.room, 1)
    answer = await stage.answer_to(stage.ann, stage.room, "After")
    assert "After" in answer.text
    assert len(stage.answers(stage.room)) == 3
    assert "the innermost words" in stage.sent_upstream(1)


async def test_a_question_that_is_set_aside_is_told_and_does_not_count(
    empty_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise KeyError("a defect of ours")

    stage = empty_stage
    stage.may_fail = True  # the operator is told of the defect
    await stage.start(QUOTA_QUESTIONS_PER_DAY="1")
    with monkeypatch.context() as broken:
        broken.setattr(AnswerGenerator, "generate", fail)
        excuse = await stage.answer_to(stage.ann, stage.room, "One?")
    assert "went wrong on my side" in excuse.text
    assert "Two?" in (await stage.answer_to(stage.ann, stage.room, "Two?")).text


async def test_another_bot_is_ignored(stage: Stage) -> None:
    other = stage.telegram.world.person("Other", is_bot=True)
    message = {"message_id": 5, "from": other.raw(), "chat": stage.group.raw(), "date": 1, "text": f"/ask{NAME} hello"}
    entities = [{"type": "bot_command", "offset": 0, "length": 4 + len(NAME)}]
    stage.telegram.world.inject({"message": {**message, "entities": entities}})
    await stage.answer_to(stage.ann, stage.group, f"{NAME} hello")
    assert len(stage.answers(stage.group)) == 1
    assert len(stage.siliconflow.journal.chats) == 1


async def test_anonymous_admins_have_an_identity_of_their_own(stage: Stage) -> None:
    """They speak through one account that is shared by the anonymous admins of all groups."""
    account = {"id": 1_087_968_824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
    other = stage.telegram.world.group("Others", stage.ann)
    for number, group in enumerate((stage.group, other)):
        text = f"{NAME} Remember: secret {number}" if group is stage.group else f"{NAME} What did I tell you?"
        message = {"message_id": 50, "from": account, "sender_chat": group.raw(), "chat": group.raw(), "date": 1}
        entities = [{"type": "mention", "offset": 0, "length": len(NAME)}]
        stage.telegram.world.inject({"message": {**message, "text": text, "entities": entities}})
        await stage.lasting(group, 0)
    assert "You told me nothing" in stage.answers(other)[0].text
