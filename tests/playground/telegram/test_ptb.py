"""What python-telegram-bot, a client that shares no code with aiogram, asks of the local Telegram has the effect that
it would have at Telegram's, and each refusal becomes the exception that it has for it."""

import struct
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import telegram as ptb
from telegram.constants import ChatAction, ChatMemberStatus, MessageEntityType, ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.playground.telegram import Chat, Draft, LocalTelegram, Person

TOKEN = "4242:local"
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content"
    " and reply markup of the message"
)


@pytest.fixture(autouse=True)
def durations_as_they_will_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """Durations as timedelta, which python-telegram-bot asks to opt in to; as numbers they are deprecated."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


@pytest.fixture
async def client(telegram: LocalTelegram) -> AsyncIterator[ptb.Bot]:
    async with another(telegram) as client:
        yield client


def another(telegram: LocalTelegram, token: str = TOKEN) -> ptb.Bot:
    return ptb.Bot(token, base_url=f"{telegram.url}/bot", base_file_url=f"{telegram.url}/file/bot")


@pytest.fixture
def ada(telegram: LocalTelegram) -> Person:
    return telegram.world.person("Ada", username="ada_l")


@pytest.fixture
def chat(telegram: LocalTelegram, ada: Person) -> Chat:
    """A private chat that has begun."""
    chat = telegram.world.private(ada)
    telegram.world.say(ada, chat, "hello")
    return chat


@pytest.fixture
def group(telegram: LocalTelegram, ada: Person) -> Chat:
    return telegram.world.group("Fox fans", ada, username="fox_fans", bot="administrator")


def png(width: int, height: int) -> bytes:
    """The smallest file that says so of its size."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = part(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    rows = part(b"IDAT", zlib.compress(b"\0" * (width + 1) * height))
    return b"\x89PNG\r\n\x1a\n" + header + rows + part(b"IEND", b"")


def marked(message: ptb.Message) -> list[tuple[str, str]]:
    """The kinds of the entities and the text under each of them."""
    return [(entity.type, text) for entity, text in message.parse_entities().items()]


@contextmanager
def refused(kind: type[TelegramError], description: str) -> Iterator[None]:
    """The whole description; python-telegram-bot takes "Bad Request: " from it and changes its capitals."""
    with pytest.raises(kind) as caught:
        yield
    assert caught.value.message.casefold() == description.casefold()


# Texts
async def test_the_bot_knows_itself(client: ptb.Bot) -> None:
    me = await client.get_me()
    assert (me.id, me.username, me.is_bot) == (4242, "silicon_local_bot", True)
    assert me.can_read_all_group_messages is False


async def test_entities_stay_on_the_words_they_were_put_on(client: ptb.Bot, chat: Chat) -> None:
    text = "👨‍👩‍👧 狐狸 bold"
    entities = ptb.MessageEntity.adjust_message_entities_to_utf_16(
        text,
        [
            ptb.MessageEntity(MessageEntityType.BOLD, 0, 5),
            ptb.MessageEntity(MessageEntityType.TEXT_LINK, 6, 2, url="https://fox.example/"),
            ptb.MessageEntity(MessageEntityType.CODE, 9, 4),
        ],
    )
    sent = await client.send_message(chat.id, text, entities=entities)
    assert marked(sent) == [("bold", "👨‍👩‍👧"), ("text_link", "狐狸"), ("code", "bold")]
    assert sent.entities[1].url == "https://fox.example/"


@pytest.mark.parametrize(
    ("mode", "source"),
    [
        (ParseMode.HTML, '<b>粗</b> <i>🦊</i> <code>a&lt;b</code> <a href="https://fox.example/">链</a>'),
        (ParseMode.MARKDOWN_V2, "*粗* _🦊_ `a<b` [链](https://fox.example/)"),
        (ParseMode.MARKDOWN, "*粗* _🦊_ `a<b` [链](https://fox.example/)"),
    ],
)
async def test_every_parse_mode_marks_the_same(client: ptb.Bot, chat: Chat, mode: str, source: str) -> None:
    sent = await client.send_message(chat.id, source, parse_mode=mode)
    assert sent.text == "粗 🦊 a<b 链"
    assert marked(sent) == [("bold", "粗"), ("italic", "🦊"), ("code", "a<b"), ("text_link", "链")]


async def test_a_message_is_changed_in_place_and_deleted(telegram: LocalTelegram, client: ptb.Bot, chat: Chat) -> None:
    sent = await client.send_message(chat.id, "first")
    changed = await sent.edit_text("<u>second</u>", parse_mode=ParseMode.HTML)
    assert isinstance(changed, ptb.Message)
    assert (changed.id, changed.text, marked(changed)) == (sent.id, "second", [("underline", "second")])
    assert changed.edit_date is not None
    assert await changed.delete()
    assert telegram.world.answers(chat) == []
    with refused(BadRequest, "message to delete not found"):
        await changed.delete()


async def test_several_messages_go_at_once(telegram: LocalTelegram, client: ptb.Bot, chat: Chat) -> None:
    sent = [await client.send_message(chat.id, str(number)) for number in range(3)]
    assert await client.delete_messages(chat.id, [sent[0].id, sent[2].id, 9999])
    assert [message.text for message in telegram.world.answers(chat)] == ["1"]


async def test_a_reply_names_and_quotes_its_message(
    telegram: LocalTelegram, client: ptb.Bot, ada: Person, chat: Chat
) -> None:
    said = telegram.world.say(ada, chat, "🦊 the quick brown fox")
    wanted = ptb.ReplyParameters(said.id, quote="quick brown")
    sent = await client.send_message(chat.id, "yes?", reply_parameters=wanted)
    assert sent.reply_to_message is not None
    assert (sent.reply_to_message.id, sent.reply_to_message.text) == (said.id, said.text)
    assert sent.quote is not None
    assert (sent.quote.text, sent.quote.position, sent.quote.is_manual) == ("quick brown", 7, True)
    with refused(BadRequest, "QUOTE_TEXT_INVALID"):
        await client.send_message(chat.id, "no", reply_parameters=ptb.ReplyParameters(said.id, quote="slow"))


async def test_a_reply_to_nothing_goes_only_where_that_is_allowed(client: ptb.Bot, chat: Chat) -> None:
    with refused(BadRequest, "message to be replied not found"):
        await client.send_message(chat.id, "x", reply_parameters=ptb.ReplyParameters(9999))
    lenient = ptb.ReplyParameters(9999, allow_sending_without_reply=True)
    sent = await client.send_message(chat.id, "x", reply_parameters=lenient)
    assert sent.reply_to_message is None


async def test_link_previews_are_off_where_that_was_asked(client: ptb.Bot, chat: Chat) -> None:
    off = ptb.LinkPreviewOptions(is_disabled=True)
    sent = await client.send_message(chat.id, "https://fox.example/", link_preview_options=off)
    assert sent.link_preview_options == off


# Files
async def test_a_photo_comes_back_as_the_bytes_that_were_sent(client: ptb.Bot, chat: Chat) -> None:
    picture = png(40, 30)
    sent = await client.send_photo(chat.id, picture, caption="*狐*", parse_mode=ParseMode.MARKDOWN_V2)
    photo = sent.photo[-1]
    assert (photo.width, photo.height, photo.file_size) == (40, 30, len(picture))
    assert (sent.caption, sent.caption_entities[0].type) == ("狐", "bold")
    file = await photo.get_file()
    assert file.file_unique_id == photo.file_unique_id
    assert bytes(await file.download_as_bytearray()) == picture


async def test_a_file_is_sent_again_by_its_id(client: ptb.Bot, chat: Chat) -> None:
    first = (await client.send_photo(chat.id, png(40, 30))).photo[-1]
    again = (await client.send_photo(chat.id, first.file_id, caption="again")).photo[-1]
    assert (again.file_unique_id, again.width) == (first.file_unique_id, 40)
    with refused(BadRequest, "wrong file identifier/HTTP URL specified"):
        await client.send_photo(chat.id, "no-such-file")


async def test_a_document_and_a_voice_keep_what_they_are(client: ptb.Bot, chat: Chat) -> None:
    document = (await client.send_document(chat.id, "狐,1\n".encode(), filename="狐狸.csv")).document
    assert document is not None
    assert (document.file_name, document.file_size) == ("狐狸.csv", 6)
    voice = (await client.send_voice(chat.id, b"OggS...")).voice
    assert voice is not None
    assert bytes(await (await voice.get_file()).download_as_bytearray()) == b"OggS..."


async def test_an_album_is_one_group_with_the_files_in_order(
    telegram: LocalTelegram, client: ptb.Bot, chat: Chat
) -> None:
    pictures = [png(40, 30), png(50, 30)]
    first, second = await client.send_media_group(
        chat.id, [ptb.InputMediaPhoto(picture) for picture in pictures], caption="两张", reply_to_message_id=1
    )
    assert first.media_group_id is not None
    assert first.media_group_id == second.media_group_id
    assert [message.photo[-1].width for message in (first, second)] == [40, 50]
    assert (first.caption, second.caption) == ("两张", None)
    assert [message.reply_to for message in telegram.world.answers(chat)] == [1, 1]


async def test_a_picture_takes_the_place_of_another(client: ptb.Bot, chat: Chat) -> None:
    sent = await client.send_photo(chat.id, png(40, 30), caption="draft")
    changed = await sent.edit_media(ptb.InputMediaPhoto(png(50, 30), caption="final"))
    assert isinstance(changed, ptb.Message)
    assert (changed.id, changed.photo[-1].width, changed.caption) == (sent.id, 50, "final")
    changed = await sent.edit_caption("better")
    assert isinstance(changed, ptb.Message)
    assert changed.caption == "better"
    with refused(BadRequest, "there is no text in the message to edit"):
        await sent.edit_text("a text")


# Keyboards, actions, drafts
async def test_a_keyboard_hangs_below_its_message_until_it_is_taken_away(
    telegram: LocalTelegram, client: ptb.Bot, ada: Person, chat: Chat
) -> None:
    buttons = [
        [
            ptb.InlineKeyboardButton("选", callback_data="a" * 64),
            ptb.InlineKeyboardButton("see", url="https://fox.example/"),
        ],
        [ptb.InlineKeyboardButton("copy", copy_text=ptb.CopyTextButton("狐"))],
    ]
    keyboard = ptb.InlineKeyboardMarkup(buttons)
    sent = await client.send_message(chat.id, "which?", reply_markup=keyboard)
    assert sent.reply_markup == keyboard
    answer = telegram.world.press(ada, telegram.world.answers(chat)[0], "a" * 64)
    [update] = [each for each in await client.get_updates() if each.callback_query]
    assert update.callback_query is not None
    assert await update.callback_query.answer("好")
    assert ((await answer).text, (await answer).show_alert) == ("好", False)
    bare = await sent.edit_reply_markup(None)
    assert isinstance(bare, ptb.Message)
    assert bare.reply_markup is None
    with refused(BadRequest, "BUTTON_DATA_INVALID"):
        await client.send_message(
            chat.id,
            "x",
            reply_markup=ptb.InlineKeyboardMarkup.from_button(ptb.InlineKeyboardButton("x", callback_data="狐" * 22)),
        )


async def test_a_late_answer_to_a_button_is_refused(client: ptb.Bot) -> None:
    with refused(BadRequest, "query is too old and response timeout expired or query ID is invalid"):
        await client.answer_callback_query("4000000000000000001")


async def test_chat_actions_and_drafts_are_seen(telegram: LocalTelegram, client: ptb.Bot, chat: Chat) -> None:
    with telegram.feed.subscribe() as events:
        assert await client.send_chat_action(chat.id, ChatAction.TYPING)
        assert await client.send_message_draft(chat.id, 7, "so f🦊r")
        seen = [event for event in [await anext(events) for _ in range(4)] if event.kind != "call"]
    assert [(event.kind, event.chat) for event in seen] == [("action", chat.id), ("draft", chat.id)]
    draft = telegram.world.draft(chat)
    assert isinstance(draft, Draft)
    assert (draft.id, draft.text) == (7, "so f🦊r")
    await client.send_message(chat.id, "so f🦊r so good")
    assert telegram.world.draft(chat) is None


async def test_what_is_newer_than_the_client_is_called_by_its_name(client: ptb.Bot, chat: Chat) -> None:
    sent = await client.do_api_request(
        "sendRichMessage", {"chat_id": chat.id, "rich_message": {"markdown": "# 狐"}}, return_type=ptb.Message
    )
    assert isinstance(sent, ptb.Message)
    assert sent.text is None
    assert sent.api_kwargs["rich_message"]["blocks"][0]["type"] == "heading"
    with pytest.raises(EndPointNotFound):
        await client.do_api_request("sendHologram", {"chat_id": chat.id})


# Chats
async def test_a_chat_and_its_people_are_described(
    telegram: LocalTelegram, client: ptb.Bot, ada: Person, group: Chat
) -> None:
    ben = telegram.world.person("Ben")
    telegram.world.say(ben, group, "I am here")
    full = await client.get_chat("@fox_fans")
    assert (full.id, full.type, full.title, full.username) == (group.id, "supergroup", "Fox fans", "fox_fans")
    administrators = await client.get_chat_administrators(group.id)
    assert [(each.user.id, each.status) for each in administrators] == [
        (ada.id, ChatMemberStatus.OWNER),
        (4242, ChatMemberStatus.ADMINISTRATOR),
    ]
    assert isinstance(await client.get_chat_member(group.id, ben.id), ptb.ChatMemberMember)
    assert await client.get_chat_member_count(group.id) == 3


async def test_the_commands_are_kept_by_scope_and_language(client: ptb.Bot, chat: Chat) -> None:
    commands = (ptb.BotCommand("ask", "问"), ptb.BotCommand("draw", "画"))
    scope = ptb.BotCommandScopeChat(chat.id)
    assert await client.set_my_commands(commands, scope=scope, language_code="zh")
    assert await client.get_my_commands(scope=scope, language_code="zh") == commands
    assert await client.get_my_commands() == ()
    assert await client.delete_my_commands(scope=scope, language_code="zh")
    assert await client.get_my_commands(scope=scope, language_code="zh") == ()


async def test_a_pinned_message_is_seen_in_its_chat(client: ptb.Bot, group: Chat) -> None:
    first, second = [await client.send_message(group.id, text) for text in "12"]
    assert await first.pin()
    assert await second.pin()
    pinned = (await client.get_chat(group.id)).pinned_message
    assert pinned is not None
    assert pinned.id == second.id
    assert await second.unpin()
    pinned = (await client.get_chat(group.id)).pinned_message
    assert pinned is not None
    assert pinned.id == first.id
    assert await client.unpin_all_chat_messages(group.id)
    assert (await client.get_chat(group.id)).pinned_message is None


async def test_a_reaction_is_set(telegram: LocalTelegram, client: ptb.Bot, ada: Person, chat: Chat) -> None:
    said = telegram.world.say(ada, chat, "look")
    assert await client.set_message_reaction(chat.id, said.id, "👍")
    with refused(BadRequest, "REACTION_INVALID"):
        await client.set_message_reaction(chat.id, said.id, "🦊")


async def test_a_topic_is_opened_named_and_deleted(telegram: LocalTelegram, client: ptb.Bot, ada: Person) -> None:
    forum = telegram.world.group("F", ada, forum=True, bot="administrator")
    topic = await client.create_forum_topic(forum.id, "狐", icon_color=16766590)
    assert (topic.name, topic.icon_color) == ("狐", 16766590)
    sent = await client.send_message(forum.id, "here", message_thread_id=topic.message_thread_id)
    assert (sent.message_thread_id, sent.is_topic_message) == (topic.message_thread_id, True)
    assert await client.edit_forum_topic(forum.id, topic.message_thread_id, name="狐狸")
    assert await client.delete_forum_topic(forum.id, topic.message_thread_id)
    with refused(BadRequest, "message thread not found"):
        await client.send_message(forum.id, "here", message_thread_id=topic.message_thread_id)


async def test_the_bot_leaves_a_group_and_may_not_come_back_by_itself(client: ptb.Bot, group: Chat) -> None:
    assert await client.leave_chat(group.id)
    with refused(Forbidden, "Forbidden: bot is not a member of the supergroup chat"):
        await client.send_message(group.id, "x")


# What is refused
async def test_the_same_again_is_not_modified(client: ptb.Bot, chat: Chat) -> None:
    sent = await client.send_message(chat.id, "as it is")
    with refused(BadRequest, NOT_MODIFIED):
        await sent.edit_text("as it is")


@pytest.mark.parametrize(
    ("text", "mode", "description"),
    [
        ("x" * 4097, None, "Message is too long"),
        (" \n ", None, "Text must be non-empty"),
        ("<b>x", ParseMode.HTML, "Can't parse entities: can't find end tag corresponding to start tag \"b\""),
        ("_x", ParseMode.MARKDOWN_V2, "Can't parse entities: can't find end of Italic entity at byte offset 0"),
        ("狐 *x", ParseMode.MARKDOWN, "Can't parse entities: can't find end of the entity starting at byte offset 4"),
        ("x", "Markdown3", "Unsupported parse_mode"),
    ],
)
async def test_what_is_no_text_is_a_bad_request(
    client: ptb.Bot, chat: Chat, text: str, mode: str | None, description: str
) -> None:
    with refused(BadRequest, description):
        await client.send_message(chat.id, text, parse_mode=mode)


async def test_people_who_block_the_bot_or_never_wrote_are_forbidden(
    telegram: LocalTelegram, client: ptb.Bot, ada: Person, chat: Chat
) -> None:
    stranger = telegram.world.person("Sue")
    telegram.world.group("G", stranger)
    with refused(Forbidden, "Forbidden: bot can't initiate conversation with a user"):
        await client.send_message(stranger.id, "x")
    telegram.world.block(ada)
    with refused(Forbidden, "Forbidden: bot was blocked by the user"):
        await client.send_message(chat.id, "x")


async def test_a_chat_that_nobody_knows_is_not_found(client: ptb.Bot) -> None:
    with refused(BadRequest, "chat not found"):
        await client.send_message(1, "x")


async def test_a_migrated_group_names_the_chat_it_became(telegram: LocalTelegram, client: ptb.Bot, ada: Person) -> None:
    old = telegram.world.group("G", ada, kind="group")
    new = telegram.world.migrate(ada, old)
    with pytest.raises(ChatMigrated) as caught:
        await client.send_message(old.id, "x")
    assert caught.value.new_chat_id == new.id


async def test_too_many_messages_are_put_off_by_seconds(client: ptb.Bot, chat: Chat) -> None:
    for number in range(5):
        await client.send_message(chat.id, str(number))
    with pytest.raises(RetryAfter) as caught:
        await client.send_message(chat.id, "one too many")
    assert caught.value.retry_after == timedelta(seconds=5)


@pytest.mark.parametrize("token", ["4242:other", "4243:local", "4242"])
async def test_another_token_is_invalid(telegram: LocalTelegram, token: str) -> None:
    stranger = another(telegram, token)
    with pytest.raises(InvalidToken):
        await stranger.initialize()
    await stranger.shutdown()


async def test_trouble_on_the_way_is_a_network_error(telegram: LocalTelegram, client: ptb.Bot, chat: Chat) -> None:
    telegram.faults.reset("sendMessage", delivered=True)
    telegram.faults.bad_gateway("sendMessage", delivered=False)
    with pytest.raises(NetworkError):
        await client.send_message(chat.id, "arrives, unknown to its sender")
    with pytest.raises(NetworkError, match=r"Bad Gateway \(502\)"):
        await client.send_message(chat.id, "does not arrive")
    assert [message.text for message in telegram.world.answers(chat)] == ["arrives, unknown to its sender"]


async def test_no_answer_in_time_is_a_time_out(telegram: LocalTelegram, client: ptb.Bot, chat: Chat) -> None:
    telegram.faults.hold("sendMessage", delivered=True)
    with pytest.raises(TimedOut):
        await client.send_message(chat.id, "arrives, unknown to its sender", read_timeout=0.1)
    assert [message.text for message in telegram.world.answers(chat)] == ["arrives, unknown to its sender"]


async def test_an_answer_that_breaks_off_is_no_answer(telegram: LocalTelegram, client: ptb.Bot, chat: Chat) -> None:
    telegram.faults.broken_json("sendMessage")
    with pytest.raises(TelegramError, match="Invalid server response"):
        await client.send_message(chat.id, "x")
