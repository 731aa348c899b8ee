"""The buttons of summaries outlive a restart, and go with what they rest on."""

import asyncio
import sqlite3
from contextlib import closing

import pytest

from bot.playground.telegram import Message
from tests.flows.hall import NAME, command, ephemeral, gather, links, privately, public
from tests.flows.stage import Stage, labels

OUTDATED = "out of date"


@pytest.fixture
def _cautious(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every summary is taken for a large one."""
    monkeypatch.setattr("bot.groups.summary_requests._MANY_CALLS", 0)


async def estimate(stage: Stage) -> Message:
    asking = await stage.reply_to(stage.ann, stage.group, command("1d"))
    assert asking.text.startswith("📏")
    return asking


async def private(stage: Stage) -> Message:
    """A summary in Ann's private chat, with the button to post it."""
    await gather(stage, bot="member")
    await stage.reply_to(stage.ann, stage.room, "/start")
    stage.say(stage.ann, stage.group, command("1d only for me"))
    return await privately(stage, stage.ann)


@pytest.mark.usefixtures("_cautious")
async def test_an_estimate_is_gone_on_with_after_a_restart_once(empty_stage: Stage) -> None:
    stage = empty_stage
    await gather(stage)
    asking = await estimate(stage)
    assert labels(asking) == ["Go on", "🤫 Only for me"]
    [go, _] = [button["callback_data"] for button in asking.buttons()]
    await stage.restart()
    assert not stage.siliconflow.journal.chats
    await stage.press(stage.ann, asking, "Go on")
    await stage.until(lambda: public(stage))
    assert labels(stage.now(asking)) == []
    assert OUTDATED in (await stage.forge(stage.ann, asking, go)).text
    assert len(public(stage)) == 1


@pytest.mark.usefixtures("_cautious")
async def test_two_presses_at_once_are_one(empty_stage: Stage) -> None:
    stage = empty_stage
    await gather(stage)
    asking = await estimate(stage)
    answers = await asyncio.gather(*(stage.press(stage.ann, asking, "Go on") for _ in range(2)))
    assert sorted(OUTDATED in answer.text for answer in answers) == [False, True]
    await stage.until(lambda: public(stage))
    assert len(public(stage)) == 1


@pytest.mark.usefixtures("_cautious")
async def test_an_estimate_may_turn_into_a_summary_for_the_asker_alone(empty_stage: Stage) -> None:
    stage = empty_stage
    await gather(stage)
    asking = await estimate(stage)
    assert "别人" in (await stage.press(stage.bob, asking, "Only for me")).text
    await stage.press(stage.ann, asking, "Only for me")
    await ephemeral(stage, stage.ann)
    assert public(stage) == []


@pytest.mark.usefixtures("_cautious")
async def test_where_that_is_forbidden_it_is_not_offered(empty_stage: Stage) -> None:
    stage = empty_stage
    await gather(stage)
    asking = await estimate(stage)
    await stage.reply_to(stage.ann, stage.group, command("private off"))
    assert "for all to see" in (await stage.press(stage.ann, asking, "Only for me")).text
    assert labels(await estimate(stage)) == ["Go on"]


async def test_a_private_summary_is_posted_after_a_restart(empty_stage: Stage) -> None:
    stage = empty_stage
    summary = await private(stage)
    calls = len(stage.siliconflow.journal.chats)
    await stage.restart()
    assert (await stage.press(stage.ann, summary, "Post")).text == "Posted."
    [posted] = public(stage)
    assert links(posted) == links(summary)
    assert (posted.text, posted.rich) == (summary.text, summary.rich)
    assert len(stage.siliconflow.journal.chats) == calls
    await stage.until(lambda: not labels(stage.now(summary)))


async def test_who_has_left_the_group_posts_nothing(empty_stage: Stage) -> None:
    stage = empty_stage
    summary = await private(stage)
    stage.group.members[stage.ann.id] = "left"
    assert OUTDATED in (await stage.press(stage.ann, summary, "Post")).text
    assert public(stage) == []


async def test_where_the_bot_was_removed_the_summary_stays_with_the_asker(empty_stage: Stage) -> None:
    stage = empty_stage
    summary = await private(stage)
    stage.telegram.faults.refuse("sendMessage", "Bad Request: not enough rights to send text messages to the chat")
    stage.telegram.faults.refuse("sendRichMessage", "Bad Request: not enough rights to send text messages to the chat")
    assert "cannot write" in (await stage.press(stage.ann, summary, "Post")).text


@pytest.mark.parametrize("how", ["forgotten", "edited", "old"])
async def test_what_is_posted_rests_on_what_is_still_there(empty_stage: Stage, how: str) -> None:
    stage = empty_stage
    summary = await private(stage)
    if how == "forgotten":
        asking = await stage.reply_to(stage.bob, stage.group, f"/forget{NAME}")
        await stage.press(stage.bob, asking, "本群里的")
    elif how == "edited":
        said = next(m for m in stage.telegram.world.messages(stage.group) if m.sender == stage.bob.id)
        stage.telegram.world.edit(stage.bob, said, "Nobody has to test it")
        await stage.reply_to(stage.bob, stage.group, f"/privacy{NAME}")
    else:
        await stage.stop()
        with closing(sqlite3.connect(stage.path / "data" / "bot.db")) as db:
            db.execute("UPDATE pending_summaries SET at = at - 180000")
            db.commit()
        await stage.start()
    assert OUTDATED in (await stage.press(stage.ann, summary, "Post")).text
    assert public(stage) == []


@pytest.mark.usefixtures("_cautious")
async def test_who_asked_can_have_it_forgotten(empty_stage: Stage) -> None:
    stage = empty_stage
    await gather(stage)
    asking = await estimate(stage)
    forget = await stage.reply_to(stage.ann, stage.group, f"/forget{NAME}")
    await stage.press(stage.ann, forget, "In this group")
    assert OUTDATED in (await stage.press(stage.ann, asking, "Go on")).text
