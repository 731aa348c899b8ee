"""Who may use the bot, and how much."""

from tests.flows.stage import Stage

NAME = "@silicon_local_bot"


async def test_a_stranger_is_told_how_to_be_let_in_and_the_provider_is_not_asked(empty_stage: Stage) -> None:
    stage = empty_stage
    await stage.start(BOT_OWNER_IDS=str(stage.bob.id))
    refusal = await stage.reply_to(stage.ann, stage.room, "Hello")
    assert str(stage.ann.id) in refusal.text
    panel = await stage.reply_to(stage.bob, stage.group, f"/model{NAME}")
    pressed = await stage.press(stage.ann, panel, "Qwen (")
    assert str(stage.ann.id) in pressed.text
    assert stage.now(panel) == panel
    stage.say(stage.ann, stage.group, f"{NAME} hello")
    await stage.answer_to(stage.bob, stage.group, f"{NAME} hello")
    assert len(stage.answers(stage.group)) == 2
    assert len(stage.siliconflow.journal.chats) == 1


async def test_people_and_groups_can_be_allowed(empty_stage: Stage) -> None:
    stage = empty_stage
    await stage.start(BOT_ALLOWED_IDS=f"{stage.ann.id},{stage.group.id}")
    assert "Hello" in (await stage.answer_to(stage.ann, stage.room, "Hello")).text
    assert "hello" in (await stage.answer_to(stage.bob, stage.group, f"{NAME} hello")).text
    refusal = await stage.reply_to(stage.bob, stage.telegram.world.private(stage.bob), "Hello")
    assert str(stage.bob.id) in refusal.text


async def test_the_day_has_so_many_questions_and_owners_have_more(empty_stage: Stage) -> None:
    stage = empty_stage
    await stage.start(QUOTA_QUESTIONS_PER_DAY="2", BOT_OWNER_IDS=str(stage.bob.id), BOT_ALLOWED_IDS=str(stage.ann.id))
    for turn in range(2):
        await stage.answer_to(stage.ann, stage.room, f"Question {turn}")
    for words in ("Question 2", "/retry"):
        refusal = await stage.reply_to(stage.ann, stage.room, words)
        assert "2" in refusal.text
        assert "00:00 UTC" in refusal.text
        assert "\n" not in refusal.text
    for turn in range(3):
        await stage.answer_to(stage.bob, stage.telegram.world.private(stage.bob), f"问题 {turn}")
    assert len(stage.siliconflow.journal.chats) == 5


async def test_a_question_that_got_no_answer_does_not_count(empty_stage: Stage) -> None:
    stage = empty_stage
    await stage.start(QUOTA_QUESTIONS_PER_DAY="1")
    assert "reasons of content" in (await stage.answer_to(stage.ann, stage.room, "One !451")).text
    assert "Two" in (await stage.answer_to(stage.ann, stage.room, "Two")).text
    await stage.reply_to(stage.ann, stage.room, "Three")
    assert len(stage.siliconflow.journal.chats) == 2, "the third was refused by the bot"


async def test_commands_work_when_the_day_is_used_up(empty_stage: Stage) -> None:
    stage = empty_stage
    await stage.start(QUOTA_QUESTIONS_PER_DAY="1")
    await stage.answer_to(stage.ann, stage.room, "One")
    assert "/ask" in (await stage.reply_to(stage.ann, stage.room, "/help")).text
    assert "afresh" in (await stage.reply_to(stage.ann, stage.room, "/new")).text


async def test_a_groups_rights_and_quota_go_along_when_it_becomes_a_supergroup(empty_stage: Stage) -> None:
    """Also where nothing of groups is archived."""
    stage = empty_stage
    await stage.start(BOT_OWNER_IDS=str(stage.bob.id), GROUP_ARCHIVE="off")
    small = stage.telegram.world.group("Small", stage.ann, kind="group")
    room = stage.telegram.world.private(stage.bob)
    await stage.reply_to(stage.bob, room, "/start")
    await stage.reply_to(stage.bob, room, f"/allow {small.id} questions_per_day=2")
    assert "one" in (await stage.answer_to(stage.ann, small, f"{NAME} one")).text
    large = stage.telegram.world.migrate(stage.ann, small)
    assert "two" in (await stage.answer_to(stage.ann, large, f"{NAME} two")).text
    assert "00:00 UTC" in (await stage.reply_to(stage.ann, large, f"{NAME} three")).text
    assert len(stage.siliconflow.journal.chats) == 2
