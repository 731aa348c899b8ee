"""/model: seeing what there is, choosing, and what a choice holds for."""

import pytest

from tests.flows.stage import Stage, labels

NAME = "@silicon_local_bot"


def model_asked(stage: Stage) -> str:
    return str((stage.siliconflow.journal.chats[-1].body or {})["model"])


async def test_the_keyboard_shows_families_then_models_with_price_context_and_abilities(stage: Stage) -> None:
    panel = await stage.reply_to(stage.ann, stage.room, "/model")
    assert "Qwen3-8B" in panel.text
    assert "free · 128K context · thinks" in panel.text
    assert any(label.startswith("Qwen (") for label in labels(panel))
    await stage.press(stage.ann, panel, "Qwen (")
    shown = labels(stage.now(panel))
    assert "✅ Qwen3-8B · 128K 🆓 free 💭" in shown
    assert "Qwen3-32B · 128K ¥1/4 💭" in shown
    assert "Qwen3.5-4B · 256K 🆓 free 👁💭" in shown


async def test_a_long_family_has_pages(stage: Stage) -> None:
    panel = await stage.reply_to(stage.ann, stage.room, "/model")
    await stage.press(stage.ann, panel, "Qwen (")
    first = set(labels(stage.now(panel)))
    await stage.press(stage.ann, panel, "▶")
    second = set(labels(stage.now(panel)))
    assert not {label for label in first & second if "·" in label}
    await stage.press(stage.ann, panel, "2/")  # the same page again: nothing to change, and no error
    assert set(labels(stage.now(panel))) == second
    await stage.press(stage.ann, panel, "◀ All")
    assert any(label.startswith("Qwen (") for label in labels(stage.now(panel)))
    hint = await stage.press(stage.ann, panel, "🔍")
    assert "/model glm" in hint.text


async def test_a_choice_is_confirmed_and_holds_after_a_restart(stage: Stage) -> None:
    panel = await stage.reply_to(stage.ann, stage.room, "/model")
    await stage.press(stage.ann, panel, "DeepSeek (")
    await stage.press(stage.ann, panel, "DeepSeek-V3.2")
    confirmed = stage.now(panel)
    assert "From now on DeepSeek-V3.2 answers here" in confirmed.text
    assert "¥4 in, ¥6 out" in confirmed.text
    assert confirmed.keyboard is None
    await stage.restart()
    await stage.answer_to(stage.ann, stage.room, "Hello")
    assert model_asked(stage) == "deepseek-ai/DeepSeek-V3.2"


async def test_a_choice_is_one_persons_in_one_chat(stage: Stage) -> None:
    await stage.reply_to(stage.ann, stage.group, f"/model{NAME} Qwen/Qwen3-32B")
    await stage.answer_to(stage.ann, stage.group, f"{NAME} hello")
    assert model_asked(stage) == "Qwen/Qwen3-32B"
    await stage.answer_to(stage.bob, stage.group, f"{NAME} hello")
    assert model_asked(stage) == "Qwen/Qwen3-8B"
    await stage.answer_to(stage.ann, stage.room, "Hello")
    assert model_asked(stage) == "Qwen/Qwen3-8B"


async def test_the_thread_is_kept_when_the_model_changes(stage: Stage) -> None:
    await stage.answer_to(stage.ann, stage.room, "Remember: the door code is 4711")
    await stage.reply_to(stage.ann, stage.room, "/model glm-4-9b")
    answer = await stage.answer_to(stage.ann, stage.room, "What did I tell you?")
    assert "4711" in answer.text
    assert model_asked(stage) == "THUDM/GLM-4-9B-0414"


async def test_several_models_that_fit_are_offered(stage: Stage) -> None:
    found = await stage.reply_to(stage.ann, stage.room, "/model deepseek v4")
    assert "deepseek v4" in found.text
    assert len(labels(found)) == 2
    await stage.press(stage.ann, found, "DeepSeek-V4-Pro")
    await stage.answer_to(stage.ann, stage.room, "Hello")
    assert model_asked(stage) == "deepseek-ai/DeepSeek-V4-Pro"


async def test_a_name_that_nothing_has_leads_to_the_families(stage: Stage) -> None:
    none = await stage.reply_to(stage.ann, stage.room, "/model https://example.org/gpt-17")
    assert "No model" in none.text
    assert any(label.startswith("Qwen (") for label in labels(none))
    assert none.preview == {"is_disabled": True}


async def test_the_name_of_a_model_that_draws_leads_to_the_command_that_draws(stage: Stage) -> None:
    hint = await stage.reply_to(stage.ann, stage.room, "/model kolors")
    assert "/draw --model Kolors" in hint.text
    assert "/draw" in (await stage.reply_to(stage.ann, stage.room, "/model")).text


async def test_the_model_in_use_is_not_announced_as_new(stage: Stage) -> None:
    assert "already" in (await stage.reply_to(stage.ann, stage.room, "/model Qwen/Qwen3-8B")).text


async def test_a_retired_name_leads_to_its_successor(stage: Stage) -> None:
    await stage.reply_to(stage.ann, stage.room, "/model GLM-4-9B-0414")
    switched = await stage.reply_to(stage.ann, stage.room, "/model Qwen/Qwen2-7B-Instruct")
    assert "From now on Qwen3-8B" in switched.text
    await stage.answer_to(stage.ann, stage.room, "Hello")
    assert model_asked(stage) == "Qwen/Qwen3-8B"


async def test_a_strangers_press_changes_nothing(stage: Stage) -> None:
    panel = await stage.reply_to(stage.ann, stage.group, f"/model{NAME}")
    refused = await stage.press(stage.bob, panel, "DeepSeek (")
    assert refused.show_alert
    assert "/model" in refused.text
    assert stage.now(panel) == panel


@pytest.mark.parametrize(
    "what", ["m:{ann}:model:0123456789ab:0", "m:{ann}:nonsense::0", "m:{ann}:family:zz:99999999999"]
)
async def test_forged_data_changes_nothing_and_does_not_fail(stage: Stage, what: str) -> None:
    panel = await stage.reply_to(stage.ann, stage.room, "/model")
    answered = await stage.forge(stage.ann, panel, what.format(ann=stage.ann.id))
    assert "out of date" in answered.text
    await stage.answer_to(stage.ann, stage.room, "Hello")
    assert model_asked(stage) == "Qwen/Qwen3-8B"


@pytest.mark.parametrize("data", ["m", "m:x:model::0", "m:1:2:3:4:5:6", "s:a:b", "stop", "\U0001f600" * 16, "s:::"])
async def test_data_of_no_known_form_is_answered_too(stage: Stage, data: str) -> None:
    panel = await stage.reply_to(stage.ann, stage.room, "/model")
    assert "out of date" in (await stage.forge(stage.ann, panel, data)).text
