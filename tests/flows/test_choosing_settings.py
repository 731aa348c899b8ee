"""/settings: every field, by buttons and by words."""

import pytest

from tests.flows.stage import Stage, labels

NAME = "@silicon_local_bot"

PERSONAS = """
[personas.a_pirate_with_the_longest_name_x]
title = { zh = "海盗", en = "Pirate" }
prompt = "You are a pirate."
temperature = 1.1
"""


async def test_the_overview_shows_every_setting(stage: Stage) -> None:
    panel = await stage.reply_to(stage.ann, stage.room, "/settings")
    assert labels(panel) == ["🌐 Language", "🎭 Persona", "🌡 Temperature", "💭 Thinking", "📐 Formatting"]
    for line in (
        "Language: as in Telegram",
        "Persona: helpful assistant",
        "Temperature: normal (0.7)",
        "Thinking: off",
    ):
        assert line in panel.text


async def test_a_language_holds_at_once_and_after_a_restart(stage: Stage) -> None:
    panel = await stage.reply_to(stage.ann, stage.room, "/settings")
    await stage.press(stage.ann, panel, "Language")
    answered = await stage.press(stage.ann, panel, "简体中文")
    assert answered.text == "已保存。"
    assert "你的设置" in stage.now(panel).text
    assert "🌐 语言" in labels(stage.now(panel))
    await stage.restart()
    assert "直接写" in (await stage.reply_to(stage.ann, stage.room, "/help")).text
    await stage.press(stage.ann, panel, "语言")
    await stage.press(stage.ann, panel, "跟随")
    assert "Your settings" in stage.now(panel).text


async def test_temperature_and_thinking_reach_the_provider(stage: Stage) -> None:
    panel = await stage.reply_to(stage.ann, stage.room, "/settings")
    await stage.press(stage.ann, panel, "Temperature")
    await stage.press(stage.ann, panel, "0.0")
    assert "Temperature: 0\n" in stage.now(panel).text
    await stage.press(stage.ann, panel, "Thinking")
    await stage.press(stage.ann, panel, "on")
    await stage.press(stage.ann, panel, "Temperature")
    assert "✅ 0.0" in labels(stage.now(panel))
    await stage.answer_to(stage.ann, stage.room, "Hello")
    body = stage.siliconflow.journal.chats[-1].body or {}
    assert body["temperature"] == 0
    assert body["enable_thinking"] is True


async def test_a_persona_of_ones_own_reaches_the_provider(stage: Stage) -> None:
    prompt = "You are Murr, a cat.\nYou speak in verse: always."
    saved = await stage.reply_to(stage.ann, stage.room, f"/settings persona {prompt}")
    assert saved.text.startswith("✅")
    await stage.restart()
    await stage.answer_to(stage.ann, stage.room, "Hello")
    assert stage.siliconflow.journal.chats[-1].messages[0] == {"role": "system", "content": prompt}
    panel = await stage.reply_to(stage.ann, stage.room, "/settings")
    assert "Murr" in panel.text
    await stage.press(stage.ann, panel, "Persona")
    await stage.press(stage.ann, panel, "helpful assistant")
    await stage.answer_to(stage.ann, stage.room, "Hello")
    assert "Murr" not in stage.siliconflow.journal.chats[-1].messages[0]["content"]


async def test_a_persona_may_stand_on_the_next_line(stage: Stage) -> None:
    assert (await stage.reply_to(stage.ann, stage.room, "/settings persona\nYou are a cat.")).text.startswith("✅")


async def test_a_persona_that_is_too_long_or_missing_is_explained(stage: Stage) -> None:
    long = await stage.reply_to(stage.ann, stage.room, "/settings persona " + "x" * 2001)
    assert "2000" in long.text
    assert "2001" in long.text
    assert "/settings persona" in (await stage.reply_to(stage.ann, stage.room, "/settings persona")).text


async def test_a_configured_persona_can_be_chosen(empty_stage: Stage) -> None:
    (empty_stage.path / "bot.toml").write_text(PERSONAS)
    await empty_stage.start(BOT_CONFIG=str(empty_stage.path / "bot.toml"))
    panel = await empty_stage.reply_to(empty_stage.ann, empty_stage.room, "/settings")
    await empty_stage.press(empty_stage.ann, panel, "Persona")
    await empty_stage.press(empty_stage.ann, panel, "Pirate")
    assert "Persona: Pirate" in empty_stage.now(panel).text
    await empty_stage.answer_to(empty_stage.ann, empty_stage.room, "Hello")
    body = empty_stage.siliconflow.journal.chats[-1].body or {}
    assert body["messages"][0]["content"] == "You are a pirate."
    assert body["temperature"] == 1.1


async def test_the_same_button_twice_and_the_way_back_do_not_fail(stage: Stage) -> None:
    panel = await stage.reply_to(stage.ann, stage.room, "/settings")
    await stage.press(stage.ann, panel, "Formatting")
    opened = stage.now(panel)
    for _ in range(2):
        await stage.forge(stage.ann, opened, f"s:{stage.ann.id}:rich:?")
    assert stage.now(panel).text == opened.text
    await stage.press(stage.ann, panel, "Back")
    assert stage.now(panel).text == panel.text


async def test_a_strangers_press_changes_nothing(stage: Stage) -> None:
    panel = await stage.reply_to(stage.ann, stage.group, f"/settings{NAME}")
    refused = await stage.press(stage.bob, panel, "Language")
    assert refused.show_alert
    assert "/settings" in refused.text
    assert stage.now(panel) == panel


@pytest.mark.parametrize(
    "data", ["{}:nonsense:?", "{}:nonsense:on", "{}:persona:on", "{}:temperature:9", "{}:rich:None"]
)
async def test_forged_data_changes_nothing_and_does_not_fail(stage: Stage, data: str) -> None:
    panel = await stage.reply_to(stage.ann, stage.room, "/settings")
    answered = await stage.forge(stage.ann, panel, "s:" + data.format(stage.ann.id))
    assert "out of date" in answered.text
    assert (await stage.reply_to(stage.ann, stage.room, "/settings")).text == panel.text


async def test_buttons_below_a_message_that_is_too_old_are_out_of_date(stage: Stage) -> None:
    chat = {"id": stage.ann.id, "type": "private", "first_name": "Ann"}
    for number, data in enumerate(
        (f"s:{stage.ann.id}:rich:?", f"m:{stage.ann.id}:families::0", f"stop:{stage.ann.id}")
    ):
        query = {"id": str(number + 1), "from": stage.ann.raw(), "chat_instance": "1", "data": data}
        query["message"] = {"chat": chat, "message_id": 1, "date": 0}
        stage.telegram.world.inject({"callback_query": query})
    await stage.until(lambda: len(stage.telegram.journal.of("answerCallbackQuery")) == 3)
    told = [call.parameters["text"] for call in stage.telegram.journal.of("answerCallbackQuery")]
    assert sum("out of date" in text for text in told) == 2
    assert sum("Nothing is being written" in text for text in told) == 1
