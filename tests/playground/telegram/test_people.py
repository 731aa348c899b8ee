"""What people do reaches the bot as Telegram would tell it, and two independent clients can read it."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import telegram as ptb
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramBadRequest, TelegramMigrateToChat, TelegramRetryAfter
from aiogram.types import (
    ChatFullInfo,
    InputRichBlockParagraph,
    InputRichBlockUnion,
    InputRichMessage,
    RichTextBold,
    Update,
)

from bot.clock import FakeClock
from bot.playground.telegram import LocalTelegram

TOKEN = "4242:local"
Json = dict[str, Any]


class Directory:
    def __init__(self, telegram: LocalTelegram, session: aiohttp.ClientSession) -> None:
        self.telegram = telegram
        self.world = telegram.world
        self.ada = self.world.person("Ada", username="ada_l")
        self.ben = self.world.person("Ben", language="zh-hans")
        self._session = session
        self._offset = 0

    async def call(self, method: str, **parameters: Any) -> Json:
        async with self._session.post(f"{self.telegram.url}/bot{TOKEN}/{method}", json=parameters) as response:
            body: Json = await response.json()
        return body

    async def result(self, method: str, **parameters: Any) -> Any:
        body = await self.call(method, **parameters)
        assert body["ok"], body
        return body["result"]

    async def news(self) -> list[Json]:
        """The updates since the last time, each read by both clients."""
        updates: list[Json] = await self.result("getUpdates", offset=self._offset)
        for update in updates:
            self._offset = update["update_id"] + 1
            kind = next(name for name in update if name != "update_id")
            assert Update.model_validate(update).event_type == kind
            if kind != "stopped_message_generation":  # newer than the second client
                assert getattr(ptb.Update.de_json(update, None), kind) is not None
        return updates

    async def texts(self) -> list[str]:
        return [update["message"]["text"] for update in await self.news()]


@pytest.fixture
async def town() -> AsyncIterator[Directory]:
    telegram = LocalTelegram(TOKEN, FakeClock(), flood=False)
    await telegram.start()
    async with aiohttp.ClientSession() as session:
        yield Directory(telegram, session)
    await telegram.stop()


@pytest.fixture
async def aiogram(town: Directory) -> AsyncIterator[Bot]:
    session = AiohttpSession(api=TelegramAPIServer.from_base(town.telegram.url))
    bot = Bot(TOKEN, session=session)
    yield bot
    await session.close()


async def test_a_command_is_marked_in_utf16_units(town: Directory) -> None:
    town.world.say(town.ada, town.world.private(town.ada), "🦊 /ask @silicon_local_bot #tag a@b.example")
    [update] = await town.news()
    assert [(each["type"], each["offset"], each["length"]) for each in update["message"]["entities"]] == [
        ("bot_command", 3, 4),
        ("mention", 8, 18),
        ("hashtag", 27, 4),
        ("email", 32, 11),
    ]
    assert update["message"]["from"]["language_code"] == "en"


async def test_privacy_mode_lets_only_what_is_meant_for_the_bot_through(town: Directory) -> None:
    group = town.world.group("Fox fans", town.ada, town.ben)
    answer = await town.result("sendMessage", chat_id=group.id, text="here I am")
    mine = group.messages[answer["message_id"]]
    town.world.say(town.ada, group, "between us")
    town.world.say(town.ada, group, "/ask@silicon_local_bot a")
    town.world.say(town.ada, group, "/ask@other_bot b")
    town.world.say(town.ada, group, "/ask c")
    town.world.say(town.ada, group, "hey @silicon_local_bot d")
    town.world.say(town.ben, group, "e", reply_to=mine)
    other = town.world.person("Other", username="other_bot", is_bot=True)
    town.world.say(other, group, "/ask@silicon_local_bot from a bot")
    town.world.say(town.ada, group, "/ask f")
    assert await town.texts() == ["/ask@silicon_local_bot a", "/ask c", "hey @silicon_local_bot d", "e"]


async def test_without_privacy_the_bot_hears_people(town: Directory) -> None:
    town.world.privacy = False
    town.world.say(town.ada, town.world.group("G", town.ada), "between us")
    assert await town.texts() == ["between us"]
    assert (await town.result("getMe"))["can_read_all_group_messages"] is True


async def test_an_administrator_hears_everything(town: Directory) -> None:
    group = town.world.group("G", town.ada)
    town.world.join(town.ada, group, "administrator")
    town.world.say(town.ada, group, "between us")
    membership, message = await town.news()
    assert membership["my_chat_member"]["new_chat_member"]["status"] == "administrator"
    assert message["message"]["text"] == "between us"


async def test_a_removed_bot_is_told_and_can_do_no_more(town: Directory) -> None:
    group = town.world.group("G", town.ada)
    town.world.leave(town.ada, group)
    update, farewell = await town.news()
    assert update["my_chat_member"]["old_chat_member"]["status"] == "member"
    assert farewell["message"]["left_chat_member"]["id"] == town.world.bot.id
    body = await town.call("sendMessage", chat_id=group.id, text="x")
    assert body["description"] == "Forbidden: bot was kicked from the supergroup chat"
    town.world.say(town.ada, group, "@silicon_local_bot still there?")
    assert await town.news() == []


async def test_a_stranger_seen_in_a_group_cannot_be_written_to(town: Directory) -> None:
    town.world.group("G", town.ada)
    body = await town.call("sendMessage", chat_id=town.ada.id, text="x")
    assert body["description"] == "Forbidden: bot can't initiate conversation with a user"
    body = await town.call("sendMessage", chat_id=town.ben.id, text="x")
    assert body["description"] == "Bad Request: chat not found"


async def test_replies_nest_one_level_and_thread_in_supergroups(town: Directory) -> None:
    town.world.privacy = False
    group = town.world.group("G", town.ada, town.ben)
    first = town.world.say(town.ada, group, "1")
    second = town.world.say(town.ben, group, "2", reply_to=first)
    town.world.say(town.ada, group, "3", reply_to=second)
    message = (await town.news())[-1]["message"]
    assert message["message_thread_id"] == first.id
    assert "is_topic_message" not in message
    assert message["reply_to_message"]["text"] == "2"
    assert "reply_to_message" not in message["reply_to_message"]


async def test_an_edit_by_its_author_is_told(town: Directory) -> None:
    chat = town.world.private(town.ada)
    message = town.world.say(town.ada, chat, "frist")
    town.world.edit(town.ada, message, "first")
    update = (await town.news())[-1]
    assert (update["edited_message"]["message_id"], update["edited_message"]["text"]) == (message.id, "first")
    with pytest.raises(ValueError, match="own"):
        town.world.edit(town.ben, message, "x")


async def test_files_arrive_with_what_clients_require(town: Directory) -> None:
    chat = town.world.private(town.ada)
    town.world.send_photo(town.ada, chat, caption="/ask this")
    town.world.send_document(town.ada, chat, b"a,b", "t.csv")
    town.world.send_voice(town.ada, chat)
    town.world.send_sticker(town.ada, chat)
    photo, document, voice, sticker = [update["message"] for update in await town.news()]
    assert photo["caption_entities"][0]["type"] == "bot_command"
    assert document["document"]["file_name"] == "t.csv"
    assert voice["voice"]["duration"] == 1
    assert sticker["sticker"]["type"] == "regular"


async def test_topics_keep_their_messages_together(town: Directory) -> None:
    forum = town.world.group("F", town.ada, forum=True, bot="administrator")
    thread = town.world.topic(town.ada, forum, "Foxes")
    question = town.world.say(town.ada, forum, "q", thread=thread)
    created, update = await town.news()
    assert created["message"]["forum_topic_created"]["name"] == "Foxes"
    assert (update["message"]["message_thread_id"], update["message"]["is_topic_message"]) == (thread, True)
    reply = await town.result("sendMessage", chat_id=forum.id, text="a", reply_parameters={"message_id": question.id})
    assert (reply["message_thread_id"], reply["is_topic_message"]) == (thread, True)
    general = await town.call("sendMessage", chat_id=forum.id, text="a", message_thread_id=1)
    assert general["description"] == "Bad Request: message thread not found"
    await town.result("sendChatAction", chat_id=forum.id, action="typing", message_thread_id=1)
    town.world.delete_topic(forum, thread)
    gone = await town.call("sendMessage", chat_id=forum.id, text="a", message_thread_id=thread)
    assert gone["description"] == "Bad Request: message thread not found"


async def test_private_topics_open_by_themselves_and_are_named_later(town: Directory) -> None:
    chat = town.world.private(town.ada)
    off = await town.call("createForumTopic", chat_id=town.world.say(town.ada, chat, "x").chat, name="n")
    assert off["description"] == "Bad Request: the chat is not a forum"
    town.world.private_topics = True
    message = town.world.say(town.ada, chat, "tell me about foxes")
    created = (await town.news())[-2]["message"]["forum_topic_created"]
    assert created["is_name_implicit"] is True
    await town.result("editForumTopic", chat_id=chat.id, message_thread_id=message.thread, name="Foxes")
    draft = {"chat_id": chat.id, "draft_id": 1, "message_thread_id": message.thread, "can_stop": True}
    await town.result("sendMessageDraft", text="F", **draft)
    assert town.world.draft(chat) is None
    town.world.stop(chat, 1, thread=message.thread)
    assert (await town.news())[-1]["stopped_message_generation"]["message_thread_id"] == message.thread
    opened = await town.result("createForumTopic", chat_id=chat.id, name="New")
    await town.result("sendMessage", chat_id=chat.id, text="seed", message_thread_id=opened["message_thread_id"])


async def test_a_migrated_group_names_its_new_chat(town: Directory, aiogram: Bot) -> None:
    group = town.world.group("G", town.ada, kind="group")
    supergroup = town.world.migrate(town.ada, group)
    assert (await town.news())[0]["message"]["migrate_to_chat_id"] == supergroup.id
    with pytest.raises(TelegramMigrateToChat) as caught:
        await aiogram.send_message(group.id, "x")
    assert caught.value.migrate_to_chat_id == supergroup.id


async def test_chats_and_members_are_described(town: Directory) -> None:
    group = town.world.group("G", town.ada, town.ben, username="fox_fans", bot="administrator")
    full = await town.result("getChat", chat_id="@Fox_Fans")
    assert ChatFullInfo.model_validate(full).title == "G"
    assert ptb.ChatFullInfo.de_json(full, None).username == "fox_fans"
    administrators = await town.result("getChatAdministrators", chat_id=group.id)
    assert [ptb.ChatMember.de_json(each, None).status for each in administrators] == ["creator", "administrator"]
    assert await town.result("getChatMemberCount", chat_id=group.id) == 3
    who = {"chat_id": group.id, "user_id": town.ben.id}
    assert (await town.result("getChatMember", **who))["status"] == "member"
    await town.result("leaveChat", chat_id=group.id)
    assert (await town.news())[-1]["my_chat_member"]["new_chat_member"]["status"] == "left"


async def test_pins_and_reactions_need_their_message(town: Directory) -> None:
    group = town.world.group("G", town.ada, bot="administrator")
    message = town.world.say(town.ada, group, "x")
    where = {"chat_id": group.id, "message_id": message.id}
    await town.result("setMessageReaction", reaction=[{"type": "emoji", "emoji": "👍"}], **where)
    odd = await town.call("setMessageReaction", reaction=[{"type": "emoji", "emoji": "🦊"}], **where)
    assert odd["description"] == "Bad Request: REACTION_INVALID"
    await town.result("pinChatMessage", **where)
    assert (await town.result("getChat", chat_id=group.id))["pinned_message"]["text"] == "x"
    await town.result("unpinChatMessage", **where)
    assert (await town.call("unpinChatMessage", **where))["error_code"] == 400


async def test_commands_are_kept_by_scope_and_language(town: Directory) -> None:
    commands = [{"command": "ask", "description": "问"}]
    await town.result("setMyCommands", commands=commands, language_code="zh")
    assert await town.result("getMyCommands", language_code="zh") == commands
    assert await town.result("getMyCommands") == []
    await town.result("deleteMyCommands", language_code="zh")
    assert await town.result("getMyCommands", language_code="zh") == []
    bad = await town.call("setMyCommands", commands=[{"command": "Ask!", "description": "x"}])
    assert bad["description"] == "Bad Request: BOT_COMMAND_INVALID"


ORDER = [
    {"type": "default"},
    {"type": "all_group_chats"},
    {"type": "all_chat_administrators"},
    {"type": "chat"},
    {"type": "chat_administrators"},
    {"type": "chat_member"},
]


def named(name: str) -> list[Json]:
    return [{"command": name, "description": name}]


async def test_in_a_group_the_narrowest_scope_is_shown_and_in_it_ones_own_language(town: Directory) -> None:
    """core.telegram.org/bots/api#determining-list-of-commands, from its last line upwards."""
    group = town.world.group("Friends", town.ben, town.ada)
    for place, scope in enumerate(ORDER):
        ids = {"chat_id": group.id} if "chat" in str(scope["type"]).split("_")[:1] else {}
        given = scope | ids | ({"user_id": town.ben.id} if scope["type"] == "chat_member" else {})
        for language in ("", "zh"):
            name = f"{language or 'any'}_{place}"
            await town.result("setMyCommands", commands=named(name), scope=given, language_code=language)
            assert town.world.menus.shown(group, town.ben) == named(name)
            assert await town.result("getMyCommands", scope=given, language_code=language) == named(name)
    assert town.world.menus.shown(group, town.ada) == named("any_3"), "no administrator, and of another language"


async def test_in_a_private_chat_the_chats_own_list_precedes_that_of_all(town: Directory) -> None:
    room = town.world.private(town.ben)
    town.world.say(town.ben, room, "hello")
    for scope in ({}, {"type": "all_private_chats"}, {"type": "chat", "chat_id": room.id}):
        for language in ("", "zh"):
            name = f"{language}{scope.get('type', 'default')}"
            await town.result("setMyCommands", commands=named(name), scope=scope, language_code=language)
            assert town.world.menus.shown(room, town.ben) == named(name)
    await town.result("setMyCommands", commands=named("groups"), scope={"type": "all_group_chats"}, language_code="zh")
    assert town.world.menus.shown(room, town.ben) == named("zhchat")
    await town.result("setMyCommands", commands=[], scope={"type": "chat", "chat_id": room.id}, language_code="zh")
    assert town.world.menus.shown(room, town.ben) == named("chat"), "an empty list is as none"


async def test_scopes_of_chats_need_their_chat(town: Directory) -> None:
    """Of a person who never wrote there is none yet."""
    wrong: tuple[tuple[Json, str], ...] = (
        ({"type": "chat", "chat_id": town.ben.id}, "chat not found"),
        ({"type": "chat"}, "chat_id is empty"),
        ({"type": "everybody"}, "can't parse BotCommandScope: Unsupported type specified"),
    )
    for scope, reason in wrong:
        refused = await town.call("setMyCommands", commands=named("ask"), scope=scope)
        assert refused["description"] == f"Bad Request: {reason}"
    town.world.say(town.ben, town.world.private(town.ben), "hello")
    for kind in ("chat_administrators", "chat_member"):
        scope = {"type": kind, "chat_id": town.ben.id, "user_id": town.ben.id}
        refused = await town.call("setMyCommands", commands=named("ask"), scope=scope)
        assert refused["description"] == "Bad Request: can't use specified scope in private chats"


async def test_aiogram_speaks_with_it(town: Directory, aiogram: Bot) -> None:
    chat = town.world.private(town.ada)
    town.world.say(town.ada, chat, "hi")
    [update] = await aiogram.get_updates()
    assert update.message is not None
    sent = await aiogram.send_message(
        chat.id, "<b>🦊</b>", parse_mode="HTML", reply_to_message_id=update.message.message_id
    )
    assert sent.reply_to_message is not None
    edited = await sent.edit_text("changed")
    assert not isinstance(edited, bool)
    assert (edited.text, edited.message_id) == ("changed", sent.message_id)
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await sent.edit_text("changed")
    blocks: list[InputRichBlockUnion] = [InputRichBlockParagraph(text=["a", RichTextBold(text="b")])]
    rich = await aiogram.send_rich_message(chat.id, InputRichMessage(blocks=blocks))
    assert rich.rich_message is not None
    assert await aiogram.send_message_draft(chat.id, draft_id=3, text="so far", can_stop=True)
    town.telegram.faults.flood("sendMessage", 9)
    with pytest.raises(TelegramRetryAfter) as caught:
        await aiogram.send_message(chat.id, "x")
    assert caught.value.retry_after == 9


async def test_python_telegram_bot_speaks_with_it(town: Directory) -> None:
    chat = town.world.private(town.ada)
    town.world.say(town.ada, chat, "hi")
    async with ptb.Bot(
        TOKEN, base_url=f"{town.telegram.url}/bot", base_file_url=f"{town.telegram.url}/file/bot"
    ) as bot:
        [update] = await bot.get_updates()
        assert update.message is not None
        sent = await bot.send_message(chat.id, "hello", reply_to_message_id=update.message.message_id)
        document = await bot.send_document(chat.id, b"a,b", filename="t.csv")
        assert document.document is not None
        file = await bot.get_file(document.document.file_id)
        assert bytes(await file.download_as_bytearray()) == b"a,b"
        edited = await bot.edit_message_text("changed", chat.id, sent.message_id)
        assert isinstance(edited, ptb.Message)
        assert edited.text == "changed"
        raw = await bot.do_api_request("sendRichMessage", {"chat_id": chat.id, "rich_message": {"markdown": "# T"}})
        assert raw["rich_message"]["blocks"][0]["type"] == "heading"


async def test_nested_formats_arrive_as_deep_as_they_were_written(town: Directory) -> None:
    text: Any = "x"
    for _ in range(12):
        text = {"type": "bold", "text": text}
    town.world.say_rich(town.ada, town.world.private(town.ada), [{"type": "paragraph", "text": text}])
    [update] = await town.result("getUpdates")
    depth, node = 0, update["message"]["rich_message"]["blocks"][0]["text"]
    while isinstance(node, dict):
        depth, node = depth + 1, node["text"]
    assert depth == 12
    assert "text" not in update["message"]
