"""Where the provider's limits make people wait, they see it."""

import re

from tests.flows.stage import Stage


async def test_a_question_that_waits_shows_its_place_and_the_seconds(empty_stage: Stage) -> None:
    stage = empty_stage
    await stage.start(SILICONFLOW_RPM="1")
    bobs_room = stage.telegram.world.private(stage.bob)
    await stage.answer_to(stage.ann, stage.room, "One")
    stage.say(stage.ann, stage.room, "Two")
    next_one = await stage.draft(stage.room, lambda draft: "You are next" in draft.text)
    assert re.fullmatch(r"⏳ You are next, in about \d+ s", next_one.text)
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
