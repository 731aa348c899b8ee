"""What was used is told to whom it belongs: by /usage to a person, by /stats and of itself to the owners."""

import json
from collections.abc import Iterator

from bot.playground.siliconflow import refusals
from tests.flows.drawing import drawn, start, told
from tests.flows.stage import Stage

NAME = "@silicon_local_bot"
PAID = "/model deepseek-ai/DeepSeek-V3.2"


def menus(stage: Stage) -> Iterator[tuple[object, set[str]]]:
    """The lists of commands that were set: for whose chat (None: everybody), and their names."""
    for call in stage.telegram.journal.calls:
        if call.method == "setMyCommands" and call.code == 200:
            scope, commands = call.parameters.get("scope"), call.parameters["commands"]
            scope = json.loads(scope) if isinstance(scope, str) else scope
            commands = json.loads(commands) if isinstance(commands, str) else commands
            yield (scope or {}).get("chat_id"), {command["command"] for command in commands}


async def ask_paid(stage: Stage, question: str = "Hello") -> None:
    await stage.reply_to(stage.ann, stage.room, PAID)
    await stage.answer_to(stage.ann, stage.room, question)


async def test_usage_is_a_picture_with_the_words_below_it(stage: Stage) -> None:
    before = await stage.reply_to(stage.ann, stage.room, "/usage")
    assert before.media is None
    assert "questions 0" in before.text
    await stage.answer_to(stage.ann, stage.room, "Hello")
    await ask_paid(stage)
    usage = await stage.reply_to(stage.ann, stage.room, "/usage")
    assert usage.media is not None
    assert "photo" in usage.media
    assert "Today: questions 2" in usage.text
    assert "This month: questions 2" in usage.text
    assert "DeepSeek-V3.2: questions 1" in usage.text
    assert "¥0.0" in usage.text
    assert "Your questions today: 2 of 100, renews in" in usage.text
    assert "🟦 questions" in usage.text


async def test_where_the_picture_is_refused_the_words_come_alone(stage: Stage) -> None:
    await stage.answer_to(stage.ann, stage.room, "Hello")
    stage.telegram.faults.refuse("sendPhoto", "IMAGE_PROCESS_FAILED")
    usage = await stage.reply_to(stage.ann, stage.room, "/usage")
    assert usage.media is None
    assert "Today: questions 1" in usage.text
    assert "🟦" not in usage.text


async def test_usage_in_a_group_is_of_the_one_who_asks(stage: Stage) -> None:
    await stage.answer_to(stage.ann, stage.room, "Hello")
    usage = await stage.reply_to(stage.bob, stage.group, f"/usage{NAME}")
    assert "今天：0 个问题" in usage.text
    assert usage.reply_to is not None


async def test_a_chat_with_a_quota_of_its_own_pays_for_its_members(empty_stage: Stage) -> None:
    stage = empty_stage
    (stage.path / "bot.toml").write_text(f"[quotas.chats.{stage.group.id}]\nquestions_per_day = 1\n")
    await stage.start(BOT_CONFIG=str(stage.path / "bot.toml"))
    await stage.answer_to(stage.ann, stage.group, f"{NAME} one")
    refusal = await stage.reply_to(stage.bob, stage.group, f"{NAME} two")
    assert "本聊天" in refusal.text
    assert "1" in refusal.text
    usage = await stage.reply_to(stage.ann, stage.group, f"/usage{NAME}")
    assert "This chat's questions today: 1 of 1" in usage.text
    assert "Hello" in (await stage.answer_to(stage.ann, stage.room, "Hello")).text


async def test_when_the_money_of_the_month_is_gone_paid_models_stop_and_free_ones_do_not(empty_stage: Stage) -> None:
    """The owner is told, once."""
    stage = empty_stage
    await stage.start(QUOTA_YUAN_PER_MONTH="0.000001", BOT_OWNER_IDS=str(stage.bob.id))
    bobs_room = stage.telegram.world.private(stage.bob)
    await stage.reply_to(stage.bob, bobs_room, "/start")
    await stage.reply_to(stage.bob, bobs_room, f"/allow {stage.ann.id}")
    await stage.reply_to(stage.ann, stage.room, PAID)
    for _ in range(2):
        refusal = await stage.answer_to(stage.ann, stage.room, "Hello")
        assert "¥0 of ¥0.000001" in refusal.text
        assert "Free models" in refusal.text
    await stage.reply_to(stage.ann, stage.room, "/model Qwen/Qwen3-8B")
    assert "Hello" in (await stage.answer_to(stage.ann, stage.room, "Hello")).text
    assert [(exchange.body or {})["model"] for exchange in stage.siliconflow.journal.chats] == ["Qwen/Qwen3-8B"]
    told = [answer.text for answer in stage.answers(bobs_room) if "QUOTA_YUAN_PER_MONTH" in answer.text]
    assert len(told) == 1


async def test_an_owner_hears_when_most_of_the_months_money_is_spent_and_then_that_it_is_gone(
    empty_stage: Stage,
) -> None:
    """In every language until they have chosen one."""
    stage = empty_stage
    bobs_room = stage.telegram.world.private(stage.bob)
    owned = {"BOT_OWNER_IDS": str(stage.bob.id), "BOT_ALLOWED_IDS": str(stage.ann.id)}
    await start(stage, QUOTA_YUAN_PER_MONTH="0.12", **owned)
    await stage.reply_to(stage.bob, bobs_room, "/start")
    await drawn(stage, stage.ann, stage.room, "/draw a cat --model z-image-turbo")
    await stage.until(lambda: "QUOTA_YUAN_PER_MONTH" in stage.answers(bobs_room)[-1].text)
    nearly = stage.answers(bobs_room)[-1].text
    assert "83 % of the month's money is spent: ¥0.10 of ¥0.12" in nearly
    assert "本月金额已用 83 %：¥0.12 中的 ¥0.10" in nearly
    assert "¥0.10 of ¥0.12" in await told(stage, stage.ann, stage.room, "/draw a dog --model z-image-turbo")
    await stage.until(lambda: "⛔" in stage.answers(bobs_room)[-1].text)
    assert len(stage.answers(bobs_room)) == 3


async def test_a_quota_by_command_bounds_a_person_and_a_group_at_once(empty_stage: Stage) -> None:
    stage = empty_stage
    await start(stage, BOT_OWNER_IDS=str(stage.bob.id))
    bobs_room = stage.telegram.world.private(stage.bob)
    said = await stage.reply_to(stage.bob, bobs_room, f"/allow {stage.ann.id} pictures_per_day=1 yuan_per_month=0.05")
    assert "每天 1 张图片" in said.text
    assert "每月 ¥0.05" in said.text
    refusal = await told(stage, stage.ann, stage.room, "/draw a cat --model z-image-turbo")
    assert refusal.startswith("Your money for this month: ¥0 of ¥0.05 used. It renews in ")
    assert refusal.endswith("A free model still draws (/draw alone lists them).")
    await drawn(stage, stage.ann, stage.room, "/draw a cat")
    assert "Your pictures today: 1 of 1 used" in await told(stage, stage.ann, stage.room, "/draw a dog")
    await stage.reply_to(stage.bob, bobs_room, f"/allow {stage.group.id} questions_per_day=1")
    await stage.answer_to(stage.ann, stage.group, f"{NAME} one")
    assert "This chat's questions today: 1 of 1" in (await stage.reply_to(stage.ann, stage.group, f"{NAME} two")).text


async def test_an_owner_hears_once_that_the_balance_is_gone(empty_stage: Stage) -> None:
    stage = empty_stage
    await stage.start(BOT_OWNER_IDS=str(stage.bob.id))
    bobs_room = stage.telegram.world.private(stage.bob)
    await stage.reply_to(stage.bob, bobs_room, "/start")
    stage.siliconflow.faults.add(refusals.NO_BALANCE, times=None)
    for _ in range(2):
        await stage.answer_to(stage.bob, stage.group, f"{NAME} hello")
    await stage.until(lambda: any("30001" in answer.text for answer in stage.answers(bobs_room)))
    assert len([answer for answer in stage.answers(bobs_room) if "siliconflow" in answer.text]) == 1


async def test_owners_see_what_everybody_uses_by_ids_and_counts_alone(empty_stage: Stage) -> None:
    stage = empty_stage
    await stage.start(BOT_OWNER_IDS=str(stage.ann.id), BOT_ALLOWED_IDS=str(stage.bob.id), QUOTA_YUAN_PER_MONTH="50")
    await stage.answer_to(stage.bob, stage.telegram.world.private(stage.bob), "秘密")
    await stage.answer_to(stage.ann, stage.room, "Hello !451")
    stats = await stage.reply_to(stage.ann, stage.room, "/stats")
    assert "Today: questions 1" in stats.text
    assert "Qwen3-8B: questions 1" in stats.text
    assert "Moderated 1" in stats.text
    assert f"{stage.bob.id}: questions 1" in stats.text
    assert "of ¥50" in stats.text
    for private in ("秘密", "Bob"):
        assert private not in stats.text


async def test_owners_let_people_in_and_out_at_once_and_for_good(empty_stage: Stage) -> None:
    stage = empty_stage
    await stage.start(BOT_OWNER_IDS=str(stage.ann.id))
    bobs_room = stage.telegram.world.private(stage.bob)
    assert str(stage.bob.id) in (await stage.reply_to(stage.bob, bobs_room, "你好")).text
    allowed = await stage.reply_to(stage.ann, stage.room, f"/allow {stage.bob.id} questions_per_day=1")
    assert "questions a day 1" in allowed.text
    assert "你好" in (await stage.answer_to(stage.bob, bobs_room, "你好")).text
    await stage.restart(BOT_OWNER_IDS=str(stage.ann.id))
    assert "1" in (await stage.answer_to(stage.bob, bobs_room, "还有")).text
    assert len(stage.siliconflow.journal.chats) == 1
    await stage.reply_to(stage.ann, stage.room, f"/deny {stage.bob.id}")
    assert str(stage.bob.id) in (await stage.reply_to(stage.bob, bobs_room, "你好")).text
    assert "BOT_OWNER_IDS" in (await stage.reply_to(stage.ann, stage.room, f"/deny {stage.ann.id}")).text
    for words in ("/allow", "/allow Bob", f"/allow {stage.bob.id} king", "/deny"):
        assert f"{words.split()[0]} ID" in (await stage.reply_to(stage.ann, stage.room, words)).text


async def test_others_get_no_hint_of_the_owners_commands(empty_stage: Stage) -> None:
    stage = empty_stage
    await stage.start(BOT_OWNER_IDS=str(stage.ann.id), BOT_ALLOWED_IDS=f"{stage.bob.id},{stage.group.id}")
    bobs_room = stage.telegram.world.private(stage.bob)
    unknown = (await stage.reply_to(stage.bob, bobs_room, "/nonsense")).text
    for command in ("/stats", f"/allow {stage.bob.id} owner", "/deny 1"):
        assert (await stage.reply_to(stage.bob, bobs_room, command)).text == unknown
    stage.say(stage.ann, stage.group, f"/stats{NAME}")
    stage.say(stage.bob, stage.group, f"/stats{NAME}")
    await stage.answer_to(stage.bob, stage.group, f"{NAME} hello")
    assert len(stage.answers(stage.group)) == 1
    await stage.reply_to(stage.ann, stage.room, "/start")
    for chat, commands in menus(stage):
        assert ("stats" in commands) == (chat == stage.ann.id)
    assert stage.ann.id in dict(menus(stage))
