"""Where the provider's limits make people wait, they see it."""

import asyncio
import re
from collections.abc import Callable

from bot.clock import SystemClock
from bot.playground.siliconflow import LocalSiliconFlow, Script, refusals
from tests.flows.drawing import calls, drawn, is_line, settled, start
from tests.flows.hall import NAME, alone, command, gather
from tests.flows.stage import Stage


async def test_a_question_that_waits_shows_its_place_and_the_seconds(empty_stage: Stage) -> None:
    stage = empty_stage
    await stage.start(SILICONFLOW_RPM="1")
    bobs_room = stage.telegram.world.private(stage.bob)
    await stage.answer_to(stage.ann, stage.room, "One")
    stage.say(stage.ann, stage.room, "Two")
    next_one = await stage.draft(stage.room, lambda draft: "You are next" in draft.text)
    assert re.fullmatch(r"⏳ You are next, in about \d+ s", next_one.text)
    assert await moving(stage, lambda: draft.text if (draft := stage.telegram.world.draft(stage.room)) else "")
    stage.say(stage.bob, bobs_room, "三")
    behind = await stage.draft(bobs_room, lambda draft: "前面" in draft.text)
    assert re.fullmatch(r"⏳ 前面还有 1 位，大约 \d+ 秒", behind.text)
    stage.telegram.world.stop(bobs_room, behind.id)
    assert (await stage.lasting(bobs_room, 0)).text == "—— 已停止 ——"
    stage.say(stage.ann, stage.room, "/stop")
    assert (await stage.lasting(stage.room, 1)).text == "– stopped –"
    assert len(stage.siliconflow.journal.chats) == 1


async def test_one_who_asks_much_waits_for_himself_and_others_do_not_wait_for_him(empty_stage: Stage) -> None:
    stage = empty_stage
    await stage.start(SILICONFLOW_RPM="2", SILICONFLOW_RPS="0")
    for number in range(2):
        stage.say(stage.ann, stage.room, f"Mine {number}")
        stage.say(stage.ann, stage.group, f"@silicon_local_bot ours {number}")
    await stage.asked(2)
    bobs_room = stage.telegram.world.private(stage.bob)
    answer = await stage.answer_to(stage.bob, bobs_room, "Bob's own")
    assert "Bob's own" in answer.text
    assert len(stage.siliconflow.journal.chats) <= 4, (
        "in the next minute there was room for two, and one of them was his"
    )
    stage.say(stage.ann, stage.room, "/stop")
    stage.say(stage.ann, stage.group, "/stop@silicon_local_bot")
    await stage.until(
        lambda: any("stopped" in a.text for a in (*stage.answers(stage.room), *stage.answers(stage.group)))
    )


async def moving(stage: Stage, seen: Callable[[], str]) -> str:
    """The words around the seconds, once the seconds have become fewer under the same words."""
    told: dict[str, list[int]] = {}

    def has_moved() -> str | None:
        text = seen()
        found = re.search(r"\d+(?= (?:s|秒))", text)
        if found is None:
            return None
        words = text.replace(found[0], "N")
        told.setdefault(words, []).append(int(found[0]))
        return words if told[words][-1] < told[words][0] else None

    words = await stage.telegram.world.until(has_moved, 12.0)
    assert words is not None
    return words


async def test_a_summary_that_waits_says_so_in_its_line_and_can_be_stopped(empty_stage: Stage) -> None:
    stage = empty_stage
    await gather(stage, SILICONFLOW_RPM="1")
    await stage.answer_to(stage.bob, stage.telegram.world.private(stage.bob), "一")
    line = await stage.reply_to(stage.ann, stage.group, command("1d"))
    assert line.text.startswith("📖")
    words = await moving(stage, lambda: stage.now(line).text)
    assert words == "⏳ You are next, in about N s"
    assert (await stage.press(stage.bob, line, "Stop")).show_alert
    assert (await stage.press(stage.ann, line, "Stop")).text == "Stopped."
    await stage.until(lambda: stage.now(line).text.startswith("– the summary was stopped"))
    assert stage.now(line).keyboard is None
    assert len(stage.siliconflow.journal.chats) == 1


async def test_a_summary_for_one_member_alone_says_it_to_that_member(empty_stage: Stage) -> None:
    stage = empty_stage
    await gather(stage, SILICONFLOW_RPM="1")
    await stage.answer_to(stage.bob, stage.telegram.world.private(stage.bob), "一")
    stage.say(stage.bob, stage.telegram.world.private(stage.bob), "二")
    await stage.draft(stage.telegram.world.private(stage.bob), lambda draft: "下一个" in draft.text)
    stage.say(stage.ann, stage.group, command("1d only for me"))
    words = await moving(stage, lambda: "".join(message.text for message in alone(stage, stage.ann)))
    assert words == "⏳ 1 ahead of you, about N s"
    stage.say(stage.ann, stage.group, f"/stop{NAME}")
    await stage.until(lambda: any("stopped" in message.text for message in alone(stage, stage.ann)))
    stage.say(stage.bob, stage.telegram.world.private(stage.bob), "/stop")
    await stage.lasting(stage.telegram.world.private(stage.bob), 1)
    assert len(stage.siliconflow.journal.chats) == 1


async def test_a_question_in_a_group_waits_in_a_message_that_moves_and_can_be_stopped(empty_stage: Stage) -> None:
    stage = empty_stage
    await stage.start(SILICONFLOW_RPM="1")
    await stage.answer_to(stage.ann, stage.room, "One")
    live = await stage.reply_to(stage.ann, stage.group, f"{NAME} two")
    words = await moving(stage, lambda: stage.now(live).text)
    assert words == "⏳ You are next, in about N s"
    assert (await stage.press(stage.ann, stage.now(live), "Stop")).text == "Stopped."
    assert (await stage.lasting(stage.group, 0)).text == "– stopped –"
    assert len(stage.siliconflow.journal.chats) == 1


async def test_who_would_wait_longer_than_the_queue_may_last_is_answered_by_another_model(empty_stage: Stage) -> None:
    stage = empty_stage
    (stage.path / "bot.toml").write_text('[limits."Qwen/Qwen3-8B"]\nrpd = 1\n')  # the next one could go tomorrow
    await stage.start(BOT_CONFIG=str(stage.path / "bot.toml"))
    await stage.answer_to(stage.ann, stage.room, "One")
    answer = await stage.answer_to(stage.ann, stage.room, "Two")
    assert answer.text.splitlines()[-1] == "answered by GLM-4-9B-0414, because Qwen3-8B was busy"


async def test_several_keys_are_used_evenly_and_one_that_is_refused_is_left_out(empty_stage: Stage) -> None:
    stage = empty_stage
    keys = {"sk-one": "one", "sk-two": "two"}
    await stage.siliconflow.stop()
    stage.siliconflow = LocalSiliconFlow(SystemClock(), keys=keys, limits={"chat": {}})
    await stage.siliconflow.start()
    await stage.start(SILICONFLOW_API_KEY=",".join(keys))
    for number in range(4):
        await stage.answer_to(stage.ann, stage.room, f"Question {number}")
    assert [call.account for call in stage.siliconflow.journal.chats] == ["one", "two"] * 2
    stage.siliconflow.faults.add(refusals.UNKNOWN_KEY, times=1)
    for number in range(3):
        assert "More" in (await stage.answer_to(stage.ann, stage.room, f"More {number}")).text
    assert [call.account for call in stage.siliconflow.journal.chats[4:]] == ["one", "two", "two", "two"]
    await stage.stop()
    await stage.siliconflow.stop()


async def test_no_more_calls_run_at_once_than_the_file_allows(empty_stage: Stage) -> None:
    stage = empty_stage
    (stage.path / "bot.toml").write_text('[limits."Qwen/Qwen3-8B"]\nparallel = 1\n')
    await stage.start(BOT_CONFIG=str(stage.path / "bot.toml"))
    held = asyncio.Event()
    stage.siliconflow.answers.push(Script(["Here it is"], hold=held))
    stage.say(stage.ann, stage.room, "One")
    await stage.asked(1)
    bobs_room = stage.telegram.world.private(stage.bob)
    stage.say(stage.bob, bobs_room, "二")
    await stage.draft(bobs_room, lambda draft: "⏳" in draft.text)
    assert len(stage.siliconflow.journal.chats) == 1
    held.set()
    assert "Here it is" in (await stage.lasting(stage.room, 0)).text
    assert "二" in (await stage.lasting(bobs_room, 0)).text


async def test_a_drawing_that_waits_says_how_many_are_ahead_and_can_be_cancelled(empty_stage: Stage) -> None:
    stage = empty_stage
    await start(stage, SILICONFLOW_IPM="1")
    await drawn(stage, stage.ann, stage.room, "/draw a cat")
    stage.say(stage.ann, stage.room, "/draw a second cat")
    await stage.until(lambda: is_line(stage.answers(stage.room)[-1]))
    line = await stage.reply_to(stage.bob, stage.group, f"/draw{NAME} 一只猫")
    words = await moving(stage, lambda: stage.now(line).text)
    assert words == "⏳ 前面还有 1 位，大约 N 秒"
    assert (await stage.press(stage.bob, line, "取消")).text == "已停止。"
    stage.say(stage.ann, stage.room, "/stop")
    await settled(stage, stage.room)
    await settled(stage, stage.group)
    assert len(calls(stage)) == 1
