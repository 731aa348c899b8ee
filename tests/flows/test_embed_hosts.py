"""The bot mounted in somebody else's application: it answers what is its own, and the host goes on as before."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.playground.siliconflow import Script
from tests.flows.drawing import content, drawn, upstream
from tests.flows.hosting import BUTTON, AiogramHost, Host, PtbHost, embedded
from tests.flows.stage import Stage

NAME = "@silicon_local_bot"


@pytest.fixture
def stage(empty_stage: Stage) -> Stage:
    """Without a bot of its own: only the host fetches updates."""
    return empty_stage


@pytest.fixture(params=[AiogramHost, PtbHost])
async def host(request: pytest.FixtureRequest, stage: Stage) -> AsyncIterator[Host]:
    host: Host = request.param(stage)
    await host.start(embedded(stage))
    yield host
    await host.stop()


async def settle(stage: Stage) -> None:
    """The number of a message is kept once the call that sent it has returned, which is before the next command."""
    await stage.reply_to(stage.ann, stage.room, "/usage")


async def test_questions_are_answered_in_a_stream_and_the_hosts_handlers_still_work(stage: Stage, host: Host) -> None:
    for words in ("/start", "/help", "good morning", "/unknown"):
        assert (await stage.reply_to(stage.ann, stage.room, words)).text == f"host: {words}"
    hold = asyncio.Event()
    stage.siliconflow.answers.push(Script(["Black holes ", hold, "are **dense**."]))
    stage.say(stage.ann, stage.room, "/ask What is a black hole?")
    await stage.draft(stage.room, lambda draft: draft.text.startswith("Black holes"))
    other = stage.telegram.world.private(stage.bob)
    assert (await stage.reply_to(stage.bob, other, "still there?")).text == "host: still there?"
    hold.set()
    answer = await stage.lasting(stage.room, 4)
    assert answer.text == "Black holes are dense."
    assert [entity["type"] for entity in answer.entities] == ["bold"]
    assert host.heard == ["/start", "/help", "good morning", "/unknown", "still there?"]
    assert not stage.telegram.journal.of("setMyCommands")


async def test_a_model_is_chosen_by_buttons_and_the_hosts_buttons_are_its_own(stage: Stage, host: Host) -> None:
    panel = await stage.reply_to(stage.ann, stage.room, "/model")
    await stage.press(stage.ann, panel, "DeepSeek (")
    await stage.press(stage.ann, panel, "DeepSeek-V3.2")
    assert "From now on DeepSeek-V3.2 answers here" in stage.now(panel).text
    buttons = await stage.reply_to(stage.ann, stage.room, "/buttons")
    assert (await stage.press(stage.ann, buttons, "mine")).text == "host: pressed"
    assert host.heard == [BUTTON]


async def test_a_picture_is_drawn(stage: Stage, host: Host) -> None:
    picture = await drawn(stage, stage.ann, stage.room, "/draw a lighthouse at dusk")
    assert [content(stage, picture)] == upstream(stage)
    await settle(stage)
    changed = await drawn(stage, stage.ann, stage.room, "at night", reply_to=picture)
    assert changed.id != picture.id
    assert host.heard == []


async def test_a_group_is_summed_up_from_what_came_through_the_host(stage: Stage, host: Host) -> None:
    stage.telegram.world.privacy = False
    said = ["Let us meet on Friday at six", "Friday is fine, I bring the tickets", "Then the cinema at the river"]
    stage.say(stage.ann, stage.group, said[0])
    stage.say(stage.bob, stage.group, said[1])
    last = stage.say(stage.ann, stage.group, "Then the theatre")
    stage.telegram.world.edit(stage.ann, last, said[2])
    await host.until_heard(3)
    count = len(stage.answers(stage.group))
    stage.say(stage.ann, stage.group, f"/summarize{NAME} 10")
    summary = await stage.next(stage.group, count)
    await stage.until(lambda: "t.me/c/" in str(stage.now(summary).entities) + str(stage.now(summary).rich))
    assert all(words in stage.sent_upstream() for words in said)
    assert [words for words in host.heard if words in said[:2]] == said[:2]
    assert not any("/summarize" in words for words in host.heard)


async def test_replies_go_to_whoever_wrote_what_they_reply_to_and_mentions_to_the_host(
    stage: Stage, host: Host
) -> None:
    answer = await stage.answer_to(stage.ann, stage.group, f"/ask{NAME} Name a prime")
    await settle(stage)
    await stage.answer_to(stage.ann, stage.group, "And the next one?", reply_to=answer)
    assert "Name a prime" in stage.sent_upstream()
    mine = await stage.reply_to(stage.ann, stage.room, "hello")
    stage.say(stage.ann, stage.room, "who are you?", reply_to=mine)
    stage.say(stage.ann, stage.group, f"/unknown{NAME}", reply_to=answer)
    stage.say(stage.ann, stage.group, f"{NAME} are you there?")
    await host.until_heard(4)
    assert sorted(host.heard) == [f"/unknown{NAME}", f"{NAME} are you there?", "hello", "who are you?"]


async def test_an_edited_question_is_answered_again(stage: Stage, host: Host) -> None:
    asked = stage.say(stage.ann, stage.room, "/ask Name a prime")
    answer = await stage.lasting(stage.room, 0)
    stage.siliconflow.answers.push(Script(["Four is even."]))
    stage.telegram.world.edit(stage.ann, asked, "/ask Name an even number")
    await stage.until(lambda: stage.now(answer).text == "Four is even.")
    assert host.heard == []


async def test_telegrams_own_button_stops_an_answer(stage: Stage, host: Host) -> None:
    stage.siliconflow.answers.push(Script(["Once upon a time", asyncio.Event(), "never said"]))
    stage.say(stage.ann, stage.room, "/ask Tell me a story")
    draft = await stage.draft(stage.room, lambda draft: draft.text.startswith("Once"))
    stage.telegram.world.stop(stage.room, draft.id)
    assert (await stage.lasting(stage.room, 0)).text == "Once upon a time\n\n– stopped –"


async def test_a_question_in_a_rich_message_is_read(stage: Stage, host: Host) -> None:
    blocks = [{"type": "paragraph", "text": ["/ask ", {"type": "bold", "text": "why"}, " is the sky blue?"]}]
    stage.telegram.world.say_rich(stage.ann, stage.room, blocks)
    await stage.lasting(stage.room, 0)
    assert "why is the sky blue?" in stage.sent_upstream()
    assert host.heard == []


async def test_a_group_is_told_what_is_kept_and_the_host_hears_of_it_too(stage: Stage, host: Host) -> None:
    group = stage.telegram.world.group("New", stage.ann, bot=None)
    stage.telegram.world.join(stage.ann, group)
    assert "30 days" in (await stage.next(group, 0)).text
    await host.until_heard(1)
    assert host.heard == ["moved"]


@pytest.mark.parametrize("kind", [AiogramHost, PtbHost])
async def test_an_answer_that_the_hosts_end_cuts_off_is_given_after_its_next_start(
    stage: Stage, kind: type[Host]
) -> None:
    host = kind(stage)
    await host.start(embedded(stage))
    try:  # a host that goes on after a failure would keep the tests from ending
        stage.siliconflow.answers.push(Script(["Once ", asyncio.Event(), "never said"]))
        stage.say(stage.ann, stage.room, "/ask Tell me a story")
        await stage.draft(stage.room, lambda draft: draft.text.startswith("Once"))
    finally:
        async with asyncio.timeout(10):
            await host.stop()  # although that answer would never end
    await stage.closed_early()
    assert stage.answers(stage.room) == []
    stage.siliconflow.answers.push(Script(["Once and for all."]))
    await host.start(embedded(stage))
    try:
        assert (await stage.lasting(stage.room, 0)).text == "Once and for all."
    finally:
        await host.stop()
    assert host.heard == []
