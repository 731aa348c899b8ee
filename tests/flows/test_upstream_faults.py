"""What the provider does wrong reaches people as one sentence, and hurts no other question."""

import pytest

from bot.playground.siliconflow import Script, refusals
from bot.playground.siliconflow.faults import Fault, Quirks, Reset
from tests.flows.stage import Stage

ONE_MODEL = '[fallbacks]\n"Qwen/Qwen3-8B" = []\n'  # with nothing to fall back to, the fault itself is shown


@pytest.fixture
async def lone(empty_stage: Stage) -> Stage:
    (empty_stage.path / "bot.toml").write_text(ONE_MODEL)
    await empty_stage.start(BOT_CONFIG=str(empty_stage.path / "bot.toml"))
    return empty_stage


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (refusals.invalid("the value sk-secret-0123456789 is wrong"), "did not take this question"),
        (refusals.UNKNOWN_KEY, "did not accept the bot's account"),
        (refusals.NO_BALANCE, "balance at the provider is used up"),
        (refusals.FORBIDDEN, "/model"),
        (refusals.MODEL_DISABLED, "not available any more"),
        (refusals.NO_SUCH_MODEL, "not available any more"),
        (refusals.MODERATED, "reasons of content"),
        (refusals.NO_THINKING_SWITCH, "cannot do what was asked"),
        (refusals.INTERNAL, "/retry"),
        (refusals.OVERLOADED, "is overloaded"),
        (refusals.TIMED_OUT, "did not answer in time"),
        (refusals.GATEWAY_PAGE, "/retry"),
        (Reset(), "cannot be reached"),
        (Quirks(empty_answer=True), "gave no answer"),
    ],
)
async def test_a_fault_is_one_sentence_and_the_next_question_works(lone: Stage, fault: Fault, words: str) -> None:
    rule = lone.siliconflow.faults.add(fault, times=None)
    excuse = await lone.answer_to(lone.ann, lone.room, "Hello")
    assert words in excuse.text
    assert "\n" not in excuse.text
    for raw in ("{", "<", "sk-", "20015", "50507"):
        assert raw not in excuse.text
    lone.siliconflow.faults.remove(rule)
    assert "Again" in (await lone.answer_to(lone.ann, lone.room, "Again")).text


async def test_an_answer_that_breaks_off_keeps_what_came(stage: Stage) -> None:
    answer = await stage.answer_to(stage.ann, stage.room, "Hello !cut")
    assert answer.text.startswith("No model")
    assert answer.text.endswith("– the connection broke off here; /retry asks again –")


async def test_an_answer_that_was_cut_for_length_says_so(stage: Stage) -> None:
    stage.siliconflow.answers.push(Script(["And so"], finish="length"))
    answer = await stage.answer_to(stage.ann, stage.room, "Tell me everything")
    assert answer.text.startswith("And so\n\n– cut at the longest answer")


async def test_a_model_that_stands_in_is_named_in_one_quiet_line(stage: Stage) -> None:
    stage.siliconflow.faults.add(refusals.NO_SUCH_MODEL, model="Qwen/Qwen3-8B")
    answer = await stage.answer_to(stage.ann, stage.room, "Hello")
    last = answer.text.splitlines()[-1]
    assert last == "answered by GLM-4-9B-0414, because Qwen3-8B was not available"
    assert "italic" in {entity["type"] for entity in answer.entities}
    await stage.answer_to(stage.ann, stage.room, "And again")
    assert "answered by" not in stage.sent_upstream()


async def test_a_model_that_stands_in_for_a_busy_one_says_so(stage: Stage) -> None:
    stage.siliconflow.faults.add(refusals.OVERLOADED, model="Qwen/Qwen3-8B", times=None)
    answer = await stage.answer_to(stage.ann, stage.room, "Hello")
    assert answer.text.splitlines()[-1] == "answered by GLM-4-9B-0414, because Qwen3-8B was busy"


async def test_one_persons_fault_is_not_anothers(stage: Stage) -> None:
    stage.say(stage.ann, stage.room, "Hello !silent")
    answer = await stage.answer_to(stage.bob, stage.telegram.world.private(stage.bob), "你好")
    assert "你好" in answer.text
    await stage.reply_to(stage.ann, stage.room, "/stop")
