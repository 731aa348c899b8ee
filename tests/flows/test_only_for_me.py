"""A summary for one member alone: where it appears, who may have it, and that nobody else ever sees it."""

import asyncio
from typing import Any

import pytest

from bot.playground.siliconflow import Script
from bot.playground.telegram import methods_sending
from bot.playground.telegram.parameters import Parameters
from tests.flows.hall import NAME, alone, command, ephemeral, gather, links, privately, public
from tests.flows.stage import Stage, labels

MINE = command("1d only for me")
EPHEMERAL = "ephemeral_message_parameters"


async def started(stage: Stage) -> None:
    """Ann's private chat with the bot has begun."""
    await stage.reply_to(stage.ann, stage.room, "/start")


async def begun(stage: Stage) -> asyncio.Event:
    """Ann has asked and sees the line; the summary comes once the event is set."""
    held = asyncio.Event()
    notes = '{"topics": [{"title": "T", "points": [{"text": "Notes", "refs": [1]}]}]}'
    stage.siliconflow.answers.push(Script([notes], hold=held))
    stage.say(stage.ann, stage.group, MINE)
    await stage.until(lambda: alone(stage, stage.ann))
    await stage.asked(1)
    return held


async def test_where_the_bot_is_an_administrator_it_is_seen_in_the_group_by_the_asker_alone(
    empty_stage: Stage,
) -> None:
    stage = empty_stage
    await gather(stage)
    count = len(stage.answers(stage.group))
    stage.say(stage.ann, stage.group, MINE)
    summary = await ephemeral(stage, stage.ann)
    assert "Post" in labels(summary)[0]
    assert alone(stage, stage.bob) == []
    assert len(stage.answers(stage.group)) == count
    assert stage.answers(stage.room) == []


async def test_it_is_posted_for_all_by_a_button_once(empty_stage: Stage) -> None:
    stage = empty_stage
    await gather(stage)
    stage.say(stage.ann, stage.group, MINE)
    summary = await ephemeral(stage, stage.ann)
    assert (await stage.press(stage.ann, summary, "Post")).text == "Posted."
    [posted] = public(stage)
    assert links(posted) == links(summary)
    await stage.until(lambda: not labels(stage.now(summary)))
    data = f"sum:post:{stage.ann.id}:"
    [button] = [button["callback_data"] for button in summary.buttons() if button["callback_data"].startswith(data)]
    assert "out of date" in (await stage.forge(stage.ann, posted, button)).text
    assert len(public(stage)) == 1


async def test_an_ordinary_member_sends_it_to_the_private_chat(empty_stage: Stage) -> None:
    stage = empty_stage
    await gather(stage, bot="member")
    await started(stage)
    stage.say(stage.ann, stage.group, MINE)
    await privately(stage, stage.ann)
    assert alone(stage, stage.ann) == []
    assert public(stage) == []


async def test_what_telegram_refuses_in_the_group_goes_to_the_private_chat(empty_stage: Stage) -> None:
    stage = empty_stage
    await gather(stage)
    await started(stage)
    stage.telegram.faults.refuse("sendMessage", "Bad Request: CHAT_ADMIN_REQUIRED", given=EPHEMERAL)
    stage.say(stage.ann, stage.group, MINE)
    await privately(stage, stage.ann)
    assert public(stage) == []


async def test_so_does_what_it_refuses_only_when_the_summary_is_made(empty_stage: Stage) -> None:
    stage = empty_stage
    await gather(stage)
    await started(stage)
    held = await begun(stage)
    for method in ("sendMessage", "sendRichMessage"):
        stage.telegram.faults.refuse(method, "Bad Request: CHAT_ADMIN_REQUIRED", given=EPHEMERAL, times=None)
    held.set()
    await privately(stage, stage.ann)
    await stage.until(lambda: alone(stage, stage.ann) == [])
    assert public(stage) == []


async def test_a_line_that_has_vanished_meanwhile_does_not_take_the_summary_with_it(empty_stage: Stage) -> None:
    """The summary gets the number that the line had."""
    stage = empty_stage
    await gather(stage)
    held = await begun(stage)
    [line] = alone(stage, stage.ann)
    stage.telegram.world.restart_client(stage.ann)
    held.set()
    summary = await ephemeral(stage, stage.ann)
    assert summary.ephemeral == line.ephemeral
    await stage.reply_to(stage.ann, stage.group, f"/privacy{NAME}")  # whose turn comes when all of that is done
    assert alone(stage, stage.ann) == [summary]


async def test_a_server_that_would_show_it_to_all_is_found_out_by_the_harmless_line(
    empty_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Servers of before 10.2 pass over the parameter that they do not know."""
    stage, deliver = empty_stage, methods_sending.deliver

    def deliver_to_all(state: Any, parameters: Parameters, *contents: Any) -> Any:
        known = {name: value for name, value in parameters.values.items() if name != EPHEMERAL}
        return deliver(state, Parameters(known, parameters.files), *contents)

    monkeypatch.setattr(methods_sending, "deliver", deliver_to_all)
    await gather(stage)
    await started(stage)
    count = len(stage.answers(stage.group))
    stage.say(stage.ann, stage.group, MINE)
    await privately(stage, stage.ann)
    assert len(stage.answers(stage.group)) == count
    assert [
        call.parameters["text"][:1] for call in stage.telegram.journal.of("sendMessage") if EPHEMERAL in call.parameters
    ] == ["📖"]


async def test_a_group_can_forbid_it_and_allow_it_again(empty_stage: Stage) -> None:
    stage = empty_stage
    await gather(stage)
    assert "themselves alone" in (await stage.reply_to(stage.ann, stage.group, command("private"))).text
    assert "管理员" in (await stage.reply_to(stage.bob, stage.group, command("私下 关"))).text
    assert "for all to see" in (await stage.reply_to(stage.ann, stage.group, command("private off"))).text
    refused = await stage.reply_to(stage.bob, stage.group, command("1d 仅我"))
    assert "都是公开的" in refused.text
    assert stage.siliconflow.journal.chats == []
    await stage.restart()
    assert "公开" in (await stage.reply_to(stage.bob, stage.group, command("1d 仅我"))).text
    await stage.reply_to(stage.ann, stage.group, command("private on"))
    stage.say(stage.bob, stage.group, command("1d 仅我"))
    assert "发到群里" in labels(await ephemeral(stage, stage.bob))[0]


@pytest.mark.parametrize("how", ["button", "in the group", "in the private chat"])
async def test_it_can_be_stopped_wherever_its_person_looks(empty_stage: Stage, how: str) -> None:
    stage = empty_stage
    await gather(stage)
    stage.siliconflow.answers.push(Script(["never said"], hold=asyncio.Event()))
    stage.say(stage.ann, stage.group, MINE)
    await stage.asked(1)
    [line] = alone(stage, stage.ann)
    if how == "button":
        assert (await stage.press(stage.ann, line, "Stop")).text == "Stopped."
    elif how == "in the group":
        stage.say(stage.bob, stage.group, f"/stop{NAME}")  # changes nothing
        stage.say(stage.ann, stage.group, f"/stop{NAME}")
    else:
        stage.say(stage.ann, stage.room, "/stop")
    await stage.closed_early()
    await stage.until(lambda: [message.text[:5] for message in alone(stage, stage.ann)] == ["– the"])
    assert not labels(alone(stage, stage.ann)[0])
    assert len(stage.siliconflow.journal.chats) == 1
    stage.say(stage.ann, stage.group, MINE)
    await stage.until(lambda: any(map(links, alone(stage, stage.ann))))
