"""The commands that people are shown: in Telegram's menus, in /help, and in answer to one that there is not."""

import re

import pytest

from bot.playground.telegram import Chat, Person
from handlers import COMMANDS
from tests.flows.stage import Stage

NAME = "@silicon_local_bot"
PRIVATE = [command.name for command in COMMANDS if "private" in command.offered]


def offered(stage: Stage, person: Person, chat: Chat) -> list[str]:
    """As the person's client shows them."""
    return [command["command"] for command in stage.telegram.world.menus.shown(chat, person)]


def helped(text: str) -> list[str]:
    """The commands that begin a line."""
    return re.findall(r"^/(\w+)", text, re.MULTILINE)


async def test_each_place_is_shown_what_works_there(empty_stage: Stage) -> None:
    """Ann has made the group, Bob is a member of it."""
    stage = empty_stage
    await stage.start()
    await stage.until(lambda: "digest" in offered(stage, stage.ann, stage.group))
    assert offered(stage, stage.ann, stage.room) == PRIVATE
    assert offered(stage, stage.bob, stage.group) == ["summarize", "search", *PRIVATE]
    assert offered(stage, stage.ann, stage.group) == ["summarize", "search", "digest", *PRIVATE]


async def test_a_menu_is_in_the_language_of_whom_it_is_shown(stage: Stage) -> None:
    await stage.until(lambda: "digest" in offered(stage, stage.ann, stage.group))
    menus = stage.telegram.world.menus
    assert menus.shown(stage.group, stage.ann)[0]["description"] == "Sum up what the group said"
    assert menus.shown(stage.group, stage.bob)[0]["description"] == "总结群里说了什么"


async def test_an_owner_is_shown_more_once_their_chat_is_there(empty_stage: Stage) -> None:
    stage = empty_stage
    await stage.start(BOT_OWNER_IDS=str(stage.ann.id))
    await stage.reply_to(stage.ann, stage.room, "/start")
    await stage.until(lambda: offered(stage, stage.ann, stage.room) == [*PRIVATE, "stats", "allow", "deny"])
    assert "stats" not in offered(stage, stage.ann, stage.group)
    assert helped((await stage.reply_to(stage.ann, stage.room, "/help")).text)[-3:] == ["stats", "allow", "deny"]


async def test_help_lists_what_the_place_has(stage: Stage) -> None:
    private = (await stage.reply_to(stage.ann, stage.room, "/help")).text
    assert helped(private) == PRIVATE
    assert "In groups there are also /summarize · /search · /digest." in private
    group = (await stage.reply_to(stage.bob, stage.group, f"/help{NAME}")).text
    assert helped(group) == ["summarize", "search", "digest", *PRIVATE]
    assert "别人的问题不在其中" in group


@pytest.mark.parametrize("command", ["/Ask", "/ASK", "/aSk@SILICON_local_bot"])
async def test_a_command_in_capitals_is_the_command(stage: Stage, command: str) -> None:
    assert (await stage.answer_to(stage.ann, stage.room, f"{command} What is recursion?")).text
    [call] = stage.siliconflow.journal.chats
    assert call.messages[-1]["content"] == "What is recursion?"


async def test_every_command_may_begin_with_a_capital(stage: Stage) -> None:
    assert (await stage.reply_to(stage.ann, stage.room, "/Start")).text.startswith("Hello!")
    assert helped((await stage.reply_to(stage.ann, stage.room, "/HELP")).text) == PRIVATE
    assert "use it in groups" in (await stage.reply_to(stage.ann, stage.room, "/Digest")).text
    assert "Model for this chat" in (await stage.reply_to(stage.ann, stage.room, "/Model")).text


async def test_a_question_edited_into_capitals_is_answered_anew(stage: Stage) -> None:
    await stage.answer_to(stage.ann, stage.room, "/ask One?")
    asked = next(each for each in stage.telegram.world.messages(stage.room) if each.text == "/ask One?")
    stage.telegram.world.edit(stage.ann, asked, "/ASK Two?")
    await stage.asked(2)
    assert stage.siliconflow.journal.chats[-1].messages[-1]["content"] == "Two?"


async def test_an_unknown_command_is_told_its_nearest(stage: Stage) -> None:
    unknown = (await stage.reply_to(stage.ann, stage.room, "/nonsense")).text
    near = (await stage.reply_to(stage.ann, stage.room, "/Setings")).text
    assert near == f"{unknown}\nDid you mean /settings?"
    stage.say(stage.ann, stage.group, "/setings")
    await stage.answer_to(stage.ann, stage.group, f"{NAME} hello")
    assert len(stage.answers(stage.group)) == 1, "in groups it may be another bot's"


async def test_commands_of_groups_say_so_elsewhere(stage: Stage) -> None:
    for name in ("summarize", "search", "digest"):
        assert f"/{name}" in (await stage.reply_to(stage.ann, stage.room, f"/{name}")).text
