"""A key that the provider refuses is a sentence to the person and one word to the owner."""

from bot.playground.siliconflow import refusals
from tests.flows.stage import Stage


async def test_an_owner_hears_once_that_the_key_is_refused(empty_stage: Stage) -> None:
    stage = empty_stage
    await stage.start(BOT_OWNER_IDS=str(stage.bob.id), BOT_ALLOWED_IDS=str(stage.ann.id))
    bobs_room = stage.telegram.world.private(stage.bob)
    await stage.reply_to(stage.bob, bobs_room, "/start")
    stage.siliconflow.faults.add(refusals.UNKNOWN_KEY, times=None)
    for _ in range(2):
        answer = await stage.answer_to(stage.ann, stage.room, "Hello")
        assert "look at the key" in answer.text
    await stage.until(lambda: any("siliconflow" in answer.text for answer in stage.answers(bobs_room)))
    told = [answer.text for answer in stage.answers(bobs_room) if "siliconflow" in answer.text]
    assert len(told) == 1
    assert "⚠️" in told[0]
