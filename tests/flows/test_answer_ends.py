"""How an answer ended is said below it, in the language of the person."""

import pytest

from bot.playground.siliconflow import Script
from bot.playground.siliconflow.refusals import Refusal
from tests.flows.stage import Stage


@pytest.mark.parametrize(
    ("finish", "english", "chinese"),
    [
        ("content_filter", "– the provider withheld the rest for reasons of content –", "服务商没有给出其余部分"),
        ("refusal", "– the model declined to go on –", "模型不愿继续回答"),
    ],
)
async def test_an_answer_that_was_withheld_says_so(stage: Stage, finish: str, english: str, chinese: str) -> None:
    stage.siliconflow.answers.push(*[Script(["First, the"], finish=finish)] * 2)  # type: ignore[arg-type]  # a parameter
    answer = await stage.answer_to(stage.ann, stage.room, "How is it done?")
    assert answer.text == f"First, the\n\n{english}"
    answer = await stage.answer_to(stage.bob, stage.telegram.world.private(stage.bob), "怎么做？")
    assert chinese in answer.text


async def test_an_answer_of_which_nothing_came_is_told_from_an_empty_one(stage: Stage) -> None:
    stage.siliconflow.answers.push(Script([], finish="content_filter"))
    answer = await stage.answer_to(stage.ann, stage.room, "How is it done?")
    assert "reasons of content" in answer.text


async def test_what_was_taken_for_the_answer_and_was_thinking_is_taken_back(stage: Stage) -> None:
    stage.siliconflow.answers.push(Script(["First I ", "consider…", "</think>\n\n", "Paris."]))
    answer = await stage.answer_to(stage.ann, stage.room, "The capital of France?")
    assert answer.text == "Paris."


async def test_a_refused_parameter_is_known_after_a_restart(stage: Stage) -> None:
    text = '{"code":20015,"message":"Value error, temperature is not supported for this model."}'
    stage.siliconflow.faults.add(Refusal(400, text))
    await stage.answer_to(stage.ann, stage.room, "Hello")
    await stage.restart()
    await stage.answer_to(stage.ann, stage.room, "Hello again")
    assert "temperature" not in (stage.siliconflow.journal.chats[-1].body or {})


async def test_a_smaller_model_than_was_told_gets_less_and_is_known_to_be_small(stage: Stage) -> None:
    for number in range(6):
        stage.siliconflow.answers.push(f"Answer {number}. " + "long words " * 60)
        await stage.answer_to(stage.ann, stage.room, f"Question {number} " + "and more words " * 60)
    text = '{"code":20015,"message":"max_total_tokens (3210) must be less than or equal to max_seq_len (1024)"}'
    stage.siliconflow.faults.add(Refusal(400, text))
    assert "more" in (await stage.answer_to(stage.ann, stage.room, "And one more")).text
    sent = [len(str(exchange.messages)) for exchange in stage.siliconflow.journal.chats[-2:]]
    assert sent[1] < sent[0] / 2


async def test_the_next_model_answers_where_a_200_holds_no_answer(stage: Stage) -> None:
    stage.siliconflow.faults.add(Refusal(200, '{"success":false}'), model="Qwen/Qwen3-8B", times=None)
    answer = await stage.answer_to(stage.ann, stage.room, "Hello")
    assert answer.text.splitlines()[-1].startswith("answered by")
