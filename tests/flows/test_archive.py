"""What is kept of groups: who is told of it, what is found in it, and how people are left out of it."""

from datetime import UTC, datetime
from typing import Any

from bot.domain.group import ArchivedMessage, ArchiveSpan
from bot.playground.telegram import Message, Person
from bot.store import Store
from tests.flows.stage import Stage

NAME = "@silicon_local_bot"


async def search(stage: Stage, words: str, person: Person | None = None) -> Message:
    """Each person's messages are worked on in their order, so what the searcher said before is kept by then."""
    return await stage.reply_to(person or stage.ann, stage.group, f"/search{NAME} {words}")


async def archived(stage: Stage, chat: int | None = None) -> list[ArchivedMessage]:
    """What the file holds once the bot has ended."""
    await stage.stop()
    store = await Store.open(stage.path / "data/bot.db")
    try:
        return await store.archive.load(chat or stage.group.id, ArchiveSpan(), 1000)
    finally:
        await store.close()


async def test_messages_are_found_with_links_to_them(stage: Stage) -> None:
    stage.telegram.world.privacy = False
    said = stage.say(stage.bob, stage.group, "周六去北京吃烤鸭")
    stage.say(stage.ann, stage.group, "I like duck")
    found = await search(stage, "北京", stage.bob)
    assert "北京吃烤鸭" in found.text
    assert "Bob" in found.text
    assert "duck" not in found.text
    internal = str(stage.group.id).removeprefix("-100")
    assert [entity["url"] for entity in found.entities if entity["type"] == "text_link"] == [
        f"https://t.me/c/{internal}/{said.id}"
    ]
    assert "30 days" in (await search(stage, "上海")).text
    assert "/search release date" in (await search(stage, "")).text


async def test_edits_are_followed(stage: Stage) -> None:
    world = stage.telegram.world
    world.privacy = False
    said = stage.say(stage.ann, stage.group, "the meeting is on monday")
    await search(stage, "monday")
    world.edit(stage.ann, said, "the meeting is on friday")
    assert "friday" in (await search(stage, "meeting")).text
    assert "No message" in (await search(stage, "monday")).text


async def test_in_privacy_mode_only_what_is_meant_for_the_bot_is_kept(stage: Stage) -> None:
    stage.say(stage.ann, stage.group, "not for the bot")
    await stage.answer_to(stage.ann, stage.group, f"{NAME} for the bot")
    told = await stage.reply_to(stage.ann, stage.group, f"/privacy{NAME}")
    assert "administrator" in told.text
    assert "30 days" in told.text
    assert [message.text for message in await archived(stage)] == ["@silicon_local_bot for the bot"]


async def test_whoever_adds_the_bot_is_told_what_it_keeps_and_removal_erases_it(stage: Stage) -> None:
    world = stage.telegram.world
    world.privacy = False
    group = world.group("New", stage.bob, stage.ann, bot=None)
    world.join(stage.bob, group)
    hello = await stage.next(group, 0)
    assert "30 天" in hello.text
    assert "管理员" not in hello.text
    stage.say(stage.ann, group, "secret plans")
    await stage.reply_to(stage.ann, group, f"/search{NAME} secret")
    world.leave(stage.bob, group)
    world.join(stage.bob, group)
    await stage.next(group, 2)
    assert "No message" in (await stage.reply_to(stage.ann, group, f"/search{NAME} secret")).text


async def test_nothing_is_kept_or_said_of_it_where_the_archive_is_off(empty_stage: Stage) -> None:
    stage = empty_stage
    stage.telegram.world.privacy = False
    await stage.start(GROUP_ARCHIVE="off")
    stage.say(stage.ann, stage.group, "hello")
    assert "Nothing" in (await search(stage, "hello")).text
    assert "Nothing" in (await stage.reply_to(stage.ann, stage.group, f"/privacy{NAME}")).text
    assert "Nothing" in (await stage.reply_to(stage.ann, stage.group, f"/summarize{NAME}")).text
    assert await archived(stage) == []


async def test_only_groups_that_may_use_the_bot_are_kept(empty_stage: Stage) -> None:
    stage = empty_stage
    stage.telegram.world.privacy = False
    await stage.start(BOT_OWNER_IDS=str(stage.ann.id))
    stage.say(stage.ann, stage.group, "said by the owner, but in a group of others")
    await search(stage, "owner")
    assert await archived(stage) == []


async def test_forget_erases_after_it_was_confirmed_by_the_one_who_asked(stage: Stage) -> None:
    world = stage.telegram.world
    world.privacy = False
    stage.say(stage.ann, stage.group, "zanzibarite is what I keep in my cellar")
    stage.say(stage.bob, stage.group, "zanzibarite? wow")
    asking = await stage.reply_to(stage.ann, stage.group, f"/forget{NAME}")
    assert "只有" in (await stage.press(stage.bob, asking, "group")).text
    await stage.press(stage.ann, asking, "In this group")
    await stage.until(lambda: stage.now(asking).text == "Erased.")
    kept = b"".join(path.read_bytes() for path in (stage.path / "data").glob("bot.db*"))
    assert b"cellar" not in kept
    found = await search(stage, "zanzibarite")
    assert "wow" in found.text
    assert "cellar" not in found.text


async def test_a_private_conversation_is_forgotten_everywhere(stage: Stage) -> None:
    await stage.answer_to(stage.ann, stage.room, "Remember: the cat is called Murr")
    asking = await stage.reply_to(stage.ann, stage.room, "/forget")
    await stage.press(stage.ann, asking, "Everywhere")
    await stage.until(lambda: stage.now(asking).text == "Erased.")
    assert "You told me nothing" in (await stage.answer_to(stage.ann, stage.room, "What did I tell you?")).text
    kept = b"".join(path.read_bytes() for path in (stage.path / "data").glob("bot.db*"))
    assert b"Murr" not in kept


async def test_who_opts_out_is_not_kept_until_they_opt_in(stage: Stage) -> None:
    stage.telegram.world.privacy = False
    await stage.reply_to(stage.ann, stage.group, f"/optout{NAME}")
    stage.say(stage.ann, stage.group, "first")
    await stage.reply_to(stage.ann, stage.group, f"/optin{NAME}")
    stage.say(stage.ann, stage.group, "second")
    await stage.reply_to(stage.ann, stage.room, "/optout")
    stage.say(stage.ann, stage.group, "third")
    await stage.reply_to(stage.ann, stage.group, f"/privacy{NAME}")
    assert [message.text for message in await archived(stage)] == ["second"]


async def test_everything_that_can_be_said_is_kept_as_what_it_is(stage: Stage) -> None:
    world = stage.telegram.world
    world.privacy = False
    first = stage.say(stage.ann, stage.group, "look at this")
    world.send_photo(stage.bob, stage.group, caption="my garden", reply_to=first)
    world.send_voice(stage.bob, stage.group)
    world.say(stage.ann, stage.group, "by an admin", voice=stage.group)
    world.say(stage.ann, world.channel("Fox news", stage.ann, discussion=stage.group), "by a channel")
    chat, date = stage.group.raw(), int(datetime.now(UTC).timestamp())
    poll = {
        "id": "1", "question": "Lunch?", "is_closed": False, "is_anonymous": True, "type": "regular",
        "allows_multiple_answers": False, "total_voter_count": 0, "allows_revoting": True, "members_only": False,
        "options": [{"persistent_id": "a", "text": "Noodles", "voter_count": 0},
                    {"persistent_id": "b", "text": "Rice", "voter_count": 0}],
    }  # fmt: skip
    common = {"chat": chat, "date": date}
    told: list[dict[str, Any]] = [
        {"from": stage.bob.raw(), "poll": poll},
        {
            "from": stage.bob.raw(),
            "text": "somebody else's words",
            "forward_origin": {"type": "hidden_user", "date": date, "sender_user_name": "Eve"},
        },
        {"from": stage.bob.raw(), "new_chat_title": "Better friends"},
        {"from": stage.bob.raw() | {"is_bot": True}, "text": "by another bot"},
    ]
    for number, message in enumerate(told, start=900):
        world.inject({"message": {"message_id": number, **common, **message}})
    await search(stage, "nothing at all", stage.bob)
    kept = {(message.kind, message.text): message for message in await archived(stage)}
    assert list(kept) == [
        ("text", "look at this"),
        ("photo", "my garden"),
        ("voice", ""),
        ("text", "by an admin"),
        ("forward", "by a channel"),
        ("poll", "Lunch? / Noodles / Rice"),
        ("forward", "somebody else's words"),
    ]
    assert kept["photo", "my garden"].reply_to == first.id
    admin = kept["text", "by an admin"]
    assert (admin.author_id, admin.author) == (stage.group.id, "Friends")
    assert kept["forward", "by a channel"].author == "Fox news"


async def test_the_archive_moves_with_the_group_to_its_supergroup(stage: Stage) -> None:
    world = stage.telegram.world
    world.privacy = False
    small = world.group("Small", stage.ann, stage.bob, kind="group")
    stage.say(stage.ann, small, "we meet at noon")
    plain = await stage.reply_to(stage.ann, small, f"/search{NAME} noon")
    assert not [entity for entity in plain.entities if entity["type"] == "text_link"]
    large = world.migrate(stage.ann, small)
    stage.say(stage.ann, large, "noon it is")
    await stage.reply_to(stage.ann, large, f"/privacy{NAME}")
    found = await stage.reply_to(stage.ann, large, f"/search{NAME} noon")
    assert "we meet at noon" in found.text
    assert "noon it is" in found.text
    assert len([entity for entity in found.entities if entity["type"] == "text_link"]) == 1


async def test_search_belongs_into_groups(stage: Stage) -> None:
    assert "there" in (await stage.reply_to(stage.ann, stage.room, "/search cake")).text
    assert "/forget" in (await stage.reply_to(stage.ann, stage.room, "/privacy")).text
