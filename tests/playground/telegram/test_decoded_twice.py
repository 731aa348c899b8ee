"""Whatever the local Telegram tells of people, two clients that share no code read it, and read the same."""

import inspect
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiogram
import aiohttp
import pytest
import telegram as ptb
from aiogram.types.update import UpdateTypeLookupError
from hypothesis import given
from hypothesis import strategies as st
from telegram.constants import ChatID

from bot.clock import FakeClock
from bot.inbox.decoding import strip_rich_messages
from bot.playground.telegram import LocalTelegram, Message, TelegramSimulator, content
from bot.playground.telegram.files import PIXEL
from bot.playground.telegram.parameters import Parameters
from bot.playground.telegram.text import utf16

TOKEN = "4242:local"
Json = dict[str, Any]


class Directory:
    """Two people, a chat with the bot, a group and a forum that it hears all of."""

    def __init__(self, telegram: LocalTelegram) -> None:
        self.telegram = telegram
        self.world = world = telegram.world
        world.privacy = False
        self.ada = world.person("Ada", username="ada_l")
        self.ben = world.person("本", language="zh-hans")
        self.chat = world.private(self.ada)
        self.group = world.group("Fox fans", self.ada, self.ben, username="fox_fans")
        self.forum = world.group("狐狸", self.ada, self.ben, forum=True, bot="administrator")

    async def call(self, method: str, **parameters: Any) -> Any:
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.telegram.url}/bot{TOKEN}/{method}", json=parameters) as response,
        ):
            body = await response.json()
        assert body["ok"], body
        return body["result"]

    async def news(self) -> list[Json]:
        return [*await self.call("getUpdates")]

    def posted(self, text: str, **content: Any) -> Message:
        """What the bot wrote into the private chat."""
        return self.world.ledger.post(self.chat, self.world.bot, text=text, **content)


@pytest.fixture
async def town() -> AsyncIterator[Directory]:
    telegram = LocalTelegram(TOKEN, FakeClock(), flood=False)
    await telegram.start()
    yield Directory(telegram)
    await telegram.stop()


def by_aiogram(raw: Json) -> aiogram.types.Update:
    """As the inbox does it."""
    return aiogram.types.Update.model_validate(strip_rich_messages(json.loads(json.dumps(raw))))


def by_ptb(raw: Json) -> ptb.Update:
    return ptb.Update.de_json(json.loads(json.dumps(raw)), None)


# What a handler goes by, read from either client's message.
_MEDIA = ("photo", "document", "voice", "sticker")


@dataclass(frozen=True, slots=True)
class Seen:
    id: int
    chat: tuple[int, str, str | None]
    sender: tuple[int, str, str | None, str | None] | None
    voice: tuple[int, str | None, bool] | None
    times: tuple[datetime, datetime | None]
    text: str
    entities: list[tuple[str, str, str | None]]
    media: list[tuple[str, str, str]]
    album: str | None
    reply: tuple[int, int] | None
    thread: tuple[int | None, bool]
    origin: tuple[str, int] | None
    topic: tuple[str, bool] | None
    migration: tuple[int | None, int | None]
    came: tuple[list[int], int | None, bool]


def seen_by_aiogram(message: Any) -> Seen:
    assert isinstance(message, aiogram.types.Message)
    text = message.text or message.caption or ""
    reply, origin, topic = message.reply_to_message, message.forward_origin, message.forum_topic_created
    return Seen(
        id=message.message_id,
        chat=(message.chat.id, message.chat.type, message.chat.title or message.chat.first_name),
        sender=_named(message.from_user) if message.from_user else None,
        voice=_voice(message),
        times=(message.date, _moment(message.edit_date)),
        text=text,
        entities=[
            (each.type, each.extract_from(text), each.url)
            for each in message.entities or message.caption_entities or []
        ],
        media=_files(message),
        album=message.media_group_id,
        reply=(reply.message_id, reply.from_user.id) if reply and reply.from_user else None,
        thread=(message.message_thread_id, bool(message.is_topic_message)),
        origin=_origin(origin) if origin else None,
        topic=(topic.name, bool(topic.is_name_implicit)) if topic else None,
        migration=(message.migrate_to_chat_id, message.migrate_from_chat_id),
        came=_came(message),
    )


def seen_by_ptb(message: Any) -> Seen:
    assert isinstance(message, ptb.Message)
    under = message.parse_entities() if message.text else message.parse_caption_entities()
    reply, origin, topic = message.reply_to_message, message.forward_origin, message.forum_topic_created
    return Seen(
        id=message.message_id,
        chat=(message.chat.id, message.chat.type, message.chat.title or message.chat.first_name),
        sender=_named(message.from_user) if message.from_user else None,
        voice=_voice(message),
        times=(message.date, message.edit_date),
        text=message.text or message.caption or "",
        entities=[(entity.type, text, entity.url) for entity, text in under.items()],
        media=_files(message),
        album=message.media_group_id,
        reply=(reply.message_id, reply.from_user.id) if reply and reply.from_user else None,
        thread=(message.message_thread_id, bool(message.is_topic_message)),
        origin=_origin(origin) if origin else None,
        topic=(topic.name, bool(topic.is_name_implicit)) if topic else None,
        migration=(message.migrate_to_chat_id, message.migrate_from_chat_id),
        came=_came(message),
    )


def _named(person: aiogram.types.User | ptb.User) -> tuple[int, str, str | None, str | None]:
    return person.id, person.first_name, person.username, person.language_code


def _voice(message: Any) -> tuple[int, str | None, bool] | None:
    voice = message.sender_chat
    return (voice.id, voice.title, bool(message.is_automatic_forward)) if voice else None


def _origin(origin: Any) -> tuple[str, int]:
    place = {"user": "sender_user", "chat": "sender_chat", "channel": "chat"}[origin.type]
    return origin.type, getattr(origin, place).id


def _came(message: Any) -> tuple[list[int], int | None, bool]:
    """Who came, who went, and whether the group was made."""
    gone = message.left_chat_member
    return [each.id for each in message.new_chat_members or []], gone and gone.id, bool(message.group_chat_created)


def _moment(seconds: int | None) -> datetime | None:
    """aiogram leaves this one time a number."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _files(message: Any) -> list[tuple[str, str, str]]:
    found = [(kind, getattr(message, kind)) for kind in _MEDIA if getattr(message, kind)]
    files = [(kind, file) for kind, one in found for file in (one if kind == "photo" else [one])]
    return [(kind, file.file_id, file.file_unique_id) for kind, file in files]


# What people do; each gives what the bot must hear of, in order.
def text_with_all_kinds_of_entities(town: Directory) -> list[Message]:
    text = "👨‍👩‍👧 /ask @silicon_local_bot 狐狸🦊 https://fox.example/狐 a@b.example #标签 $TON code"
    marks = [("bold", "狐狸🦊"), ("italic", "狐狸"), ("text_link", "🦊"), ("code", "code")]
    entities = [
        {"type": kind, "offset": utf16(text[: text.index(under)]), "length": utf16(under)} for kind, under in marks
    ]
    entities[2]["url"] = "https://fox.example/"
    return [town.world.say(town.ada, town.chat, text, entities=tuple(entities))]


def text_in_a_group(town: Directory) -> list[Message]:
    return [town.world.say(town.ben, town.group, "大家好")]


def a_mention_without_a_username(town: Directory) -> list[Message]:
    mention = {"type": "text_mention", "offset": 3, "length": 1, "user": town.ben.raw()}
    return [town.world.say(town.ada, town.group, "🦊 本", entities=(mention,))]


def an_edit(town: Directory) -> list[Message]:
    said = town.world.say(town.ada, town.chat, "frist")
    return [said, town.world.edit(town.ada, said, "/ask first 🦊")]


def a_photo_with_a_caption(town: Directory) -> list[Message]:
    said = town.world.send_photo(town.ada, town.chat, caption="/ask 这是🦊吗 #狐")
    return [said, town.world.edit(town.ada, said, "/ask 那是🦊吗")]


def a_document_a_voice_and_a_sticker(town: Directory) -> list[Message]:
    return [
        town.world.send_document(town.ada, town.chat, b"a,b", "表.csv", caption="看"),
        town.world.send_voice(town.ada, town.chat),
        town.world.send_sticker(town.ada, town.chat),
    ]


def an_album(town: Directory) -> list[Message]:
    sent = town.world.send_photos(town.ada, town.chat, [PIXEL, PIXEL, PIXEL], caption="三张")
    assert len({message.album for message in sent}) == 1
    return sent


def a_reply_to_the_bot_and_one_to_a_person(town: Directory) -> list[Message]:
    mine = town.posted("yes?")
    first = town.world.say(town.ada, town.chat, "no", reply_to=mine)
    question = town.world.say(town.ada, town.group, "when?")
    return [first, question, town.world.say(town.ben, town.group, "now", reply_to=question)]


def forwards(town: Directory) -> list[Message]:
    said = town.world.say(town.ben, town.group, "/ask 狐狸🦊")
    photo = town.world.send_photo(town.ada, town.group, caption="#狐")
    copies = town.world.forward(town.ada, [said, photo, town.posted("mine")], town.chat)
    return [said, photo, *copies]


def a_topic_of_a_forum(town: Directory) -> list[Message]:
    thread = town.world.topic(town.ada, town.forum, "狐狸 🦊")
    said = town.world.say(town.ada, town.forum, "q", thread=thread)
    return [town.forum.messages[thread], said, town.world.say(town.ben, town.forum, "a", reply_to=said)]


def the_general_topic(town: Directory) -> list[Message]:
    return [town.world.say(town.ada, town.forum, "to all")]


def a_topic_that_a_private_message_opens(town: Directory) -> list[Message]:
    town.world.private_topics = True
    said = town.world.say(town.ada, town.chat, "tell me about foxes")
    assert said.thread is not None
    return [town.chat.messages[said.thread], said]


def a_private_message_beside_the_topics(town: Directory) -> list[Message]:
    town.world.private_topics = True
    town.world.set_topics(town.chat, on=False)
    return [town.world.say(town.ada, town.chat, "tell me about foxes")]


def a_group_that_becomes_a_supergroup(town: Directory) -> list[Message]:
    old = town.world.group("G", town.ada, kind="group")
    new = town.world.migrate(town.ada, old)
    return [*old.messages.values(), *new.messages.values()]


def an_anonymous_administrator(town: Directory) -> list[Message]:
    said = town.world.say(town.ada, town.group, "/ask 谁🦊", voice=town.group)
    return [said, town.world.edit(town.ada, said, "/ask 什么🦊"), *town.world.forward(town.ben, [said], town.chat)]


def somebody_who_speaks_as_a_channel(town: Directory) -> list[Message]:
    said = town.world.say(town.ada, town.group, "news", voice=town.world.channel("狐报", town.ada))
    return [said, town.world.say(town.ben, town.group, "who are you?", reply_to=said)]


def a_post_of_a_channel(town: Directory) -> list[Message]:
    channel = town.world.channel("狐报", town.ada)
    post = town.world.say(town.ada, channel, "first 🦊")
    return [post, town.world.edit(town.ada, post, "second 🦊"), *town.world.forward(town.ada, [post], town.chat)]


def a_post_that_comes_into_the_discussion(town: Directory) -> list[Message]:
    channel = town.world.channel("狐报", town.ada, discussion=town.group, bot=False)
    town.world.say(town.ada, channel, "news 🦊")
    [copy] = town.world.messages(town.group)
    assert copy.is_automatic
    return [copy, town.world.say(town.ben, town.group, "great", reply_to=copy)]


SCENES: list[Callable[[Directory], list[Message]]] = [
    text_with_all_kinds_of_entities,
    text_in_a_group,
    a_mention_without_a_username,
    an_edit,
    a_photo_with_a_caption,
    a_document_a_voice_and_a_sticker,
    an_album,
    a_reply_to_the_bot_and_one_to_a_person,
    forwards,
    a_topic_of_a_forum,
    the_general_topic,
    a_topic_that_a_private_message_opens,
    a_private_message_beside_the_topics,
    a_group_that_becomes_a_supergroup,
    an_anonymous_administrator,
    somebody_who_speaks_as_a_channel,
    a_post_of_a_channel,
    a_post_that_comes_into_the_discussion,
]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
async def test_both_clients_see_the_same_message(town: Directory, scene: Callable[[Directory], list[Message]]) -> None:
    told = scene(town)
    news = await town.news()
    assert len(news) == len(told)
    for raw, message in zip(news, told, strict=True):
        first, second = by_aiogram(raw), by_ptb(raw)
        name = "channel_post" if town.world.ledger.chats[message.chat].kind == "channel" else "message"
        kind = f"edited_{name}" if message.edited else name
        assert (first.event_type, first.update_id) == (kind, raw["update_id"])
        assert second.update_id == raw["update_id"]
        seen = seen_by_aiogram(getattr(first, kind))
        assert seen == seen_by_ptb(getattr(second, kind))
        author = seen.voice or seen.sender
        assert author
        assert (seen.id, seen.chat[0], author[0]) == (message.id, message.chat, message.voice or message.sender)
        assert (seen.text, seen.thread) == (message.text, (message.thread, message.is_topic))
        assert (seen.reply and seen.reply[0]) == message.reply_to
        assert len(seen.entities) == len(message.entities)
        assert bool(seen.media) == bool(message.media)


# What else comes
async def test_both_clients_see_who_pressed_which_button(town: Directory) -> None:
    town.world.say(town.ada, town.chat, "hi")
    keyboard = {"inline_keyboard": [[{"text": "狐", "callback_data": "pick:狐"}]]}
    sent = await town.call("sendMessage", chat_id=town.chat.id, text="which?", reply_markup=keyboard)
    town.world.press(town.ada, town.chat.messages[sent["message_id"]], "pick:狐")
    raw = (await town.news())[-1]
    first, second = by_aiogram(raw).callback_query, by_ptb(raw).callback_query
    assert first is not None
    assert second is not None
    assert (first.id, first.data, first.chat_instance) == (second.id, second.data, second.chat_instance)
    assert first.data == "pick:狐"
    assert first.from_user.id == second.from_user.id == town.ada.id
    assert isinstance(first.message, aiogram.types.Message)
    assert seen_by_aiogram(first.message) == seen_by_ptb(second.message)


async def test_both_clients_see_what_becomes_of_the_bot(town: Directory) -> None:
    town.world.say(town.ada, town.chat, "hi")
    town.world.join(town.ada, town.group, "administrator")
    town.world.leave(town.ada, town.group)
    town.world.block(town.ada)
    town.world.unblock(town.ada)
    steps = []
    for raw in (await town.news())[1:]:
        if "message" in raw:
            continue
        first, second = by_aiogram(raw).my_chat_member, by_ptb(raw).my_chat_member
        assert first is not None
        assert second is not None
        assert (first.date, first.from_user.id, first.chat.id) == (second.date, second.from_user.id, second.chat.id)
        step = (first.chat.id, first.old_chat_member.status, first.new_chat_member.status)
        assert step == (second.chat.id, second.old_chat_member.status, second.new_chat_member.status)
        assert first.new_chat_member.user.id == second.new_chat_member.user.id == town.world.bot.id
        steps.append(step)
    assert steps == [
        (town.group.id, "member", "administrator"),
        (town.group.id, "administrator", "kicked"),
        (town.chat.id, "member", "kicked"),
        (town.chat.id, "kicked", "member"),
    ]


async def test_both_clients_see_the_bot_come_and_go(town: Directory) -> None:
    group, me = town.world.create_group("G", town.ada, town.ben), town.world.bot.id
    town.world.leave(town.ada, group)
    town.world.join(town.ben, group)
    town.world.join(town.ada, group, "administrator")
    news = await town.news()
    messages = [(by_aiogram(raw).message, by_ptb(raw).message) for raw in news if "message" in raw]
    seen = [seen_by_aiogram(first) for first, _ in messages]
    assert seen == [seen_by_ptb(second) for _, second in messages]
    assert [each.came for each in seen] == [([], None, True), ([], me, False), ([me], None, False)]
    assert ["my_chat_member" in raw for raw in news] == [True, False, True, False, True, False, True]


@pytest.mark.parametrize(
    ("kind", "hidden"),
    [("group", "GroupAnonymousBot"), ("channel", "Channel_Bot"), ("post", None), ("discussion", "Telegram")],
)
async def test_who_speaks_for_a_chat_is_hidden(town: Directory, kind: str, hidden: str | None) -> None:
    channel = town.world.channel("狐报", town.ada, discussion=town.group)
    if kind in {"group", "channel"}:
        town.world.say(town.ada, town.group, "x", voice=town.group if kind == "group" else channel)
    else:
        town.world.say(town.ada, channel, "x")
    raw = (await town.news())[-1 if kind == "discussion" else 0]
    told = raw.get("message") or raw["channel_post"]
    author = told.get("from", {})
    assert (author.get("username") or author.get("first_name")) == hidden
    assert str(town.ada.id) not in json.dumps(told)
    assert author.get("id") in {ChatID.ANONYMOUS_ADMIN, ChatID.FAKE_CHANNEL, ChatID.SERVICE_CHAT, None}
    with pytest.raises(ValueError, match="no administrator"):
        town.world.say(town.ben, town.group, "me too", voice=channel)


async def test_a_stopped_draft_is_known_to_one_and_kept_by_the_other(town: Directory) -> None:
    town.world.say(town.ada, town.chat, "hi")
    await town.call("sendMessageDraft", chat_id=town.chat.id, draft_id=7, text="so far", can_stop=True)
    town.world.stop(town.chat, 7)
    raw = (await town.news())[-1]
    stopped = by_aiogram(raw).stopped_message_generation
    assert stopped is not None
    assert (stopped.chat.id, stopped.draft_id) == (town.chat.id, 7)
    assert by_ptb(raw).api_kwargs["stopped_message_generation"] == raw["stopped_message_generation"]


async def test_a_rich_message_is_a_message_to_both(town: Directory) -> None:
    blocks = [{"type": "paragraph", "text": [{"type": "bold", "text": "狐"}, "🦊"]}]
    said = town.world.say_rich(town.ada, town.chat, blocks, reply_to=town.posted("write"))
    [raw] = await town.news()
    first, second = by_aiogram(raw).message, by_ptb(raw).message
    assert first is not None
    assert second is not None
    seen = seen_by_aiogram(first)
    assert seen == seen_by_ptb(second)
    assert (seen.id, seen.text) == (said.id, "")
    assert first.model_extra is not None
    assert first.model_extra["rich_message_raw"] == {"blocks": blocks}
    assert second.api_kwargs["rich_message"] == {"blocks": blocks}


async def test_an_ephemeral_command_is_a_message_to_both(town: Directory) -> None:
    commands = [{"command": "secret", "description": "for you alone", "is_ephemeral": True}]
    await town.call("setMyCommands", commands=commands)
    said = town.world.say(town.ada, town.group, "/secret 狐🦊")
    [raw] = await town.news()
    first, second = by_aiogram(raw).message, by_ptb(raw).message
    assert first is not None
    assert second is not None
    assert seen_by_aiogram(first) == seen_by_ptb(second)
    assert (first.message_id, first.text) == (0, said.text)
    assert first.receiver_user is not None
    assert first.receiver_user.id == second.api_kwargs["receiver_user"]["id"] == town.world.bot.id
    assert first.ephemeral_message_id == second.api_kwargs["ephemeral_message_id"]
    assert first.ephemeral_message_id


@pytest.mark.parametrize("kind", ["widget_query", "ephemeral_reaction"])
async def test_an_update_from_the_future_is_no_error_to_either(town: Directory, kind: str) -> None:
    town.world.inject({kind: {"id": "1", "odd": [{"deep": True}]}})
    [raw] = await town.news()
    first, second = by_aiogram(raw), by_ptb(raw)
    assert first.update_id == second.update_id == raw["update_id"]
    with pytest.raises(UpdateTypeLookupError):
        assert first.event_type
    assert first.model_extra == {kind: raw[kind]}
    assert second.api_kwargs == {kind: raw[kind]}


async def test_a_message_from_the_future_is_a_message_to_both(town: Directory) -> None:
    said = town.world.say(town.ada, town.chat, "hi")
    [raw] = await town.news()
    raw["message"] |= {"hologram": {"depth": 3}, "entities": [{"type": "glow", "offset": 0, "length": 2}]}
    first, second = by_aiogram(raw).message, by_ptb(raw).message
    assert first is not None
    assert second is not None
    assert (first.message_id, first.text) == (second.message_id, second.text) == (said.id, "hi")
    assert [each.type for each in first.entities or []] == [each.type for each in second.entities] == ["glow"]


SILENT = frozenset({
    "person", "private", "group", "channel", "set_topics", "delete", "delete_topic", "restart_client",
    "report_membership", "has_topics", "file", "messages", "answers", "history", "draft", "drafts", "ephemeral",
    "until",
})  # fmt: skip
"""What bots are never told of, and what only looks."""


def test_everything_that_people_can_do_is_read_here() -> None:
    here = Path(__file__).read_text(encoding="utf-8")
    deeds = {name for name, _ in inspect.getmembers(TelegramSimulator, inspect.isfunction) if not name.startswith("_")}
    assert {name for name in deeds - SILENT if f"town.world.{name}(" not in here} == set()


# Texts, whatever they hold
KINDS = ("bold", "italic", "underline", "strikethrough", "spoiler", "code", "pre", "text_link")
_WORDS = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp"], exclude_characters="\u030a\u0333\u033f"),
    min_size=1,
    max_size=12,
)
_PIECES = st.tuples(
    _WORDS | st.sampled_from(["👨‍👩‍👧‍👦", "🇨🇳狐", "e\u0301🦊", "𝒳*_[`~>|", "<b>&amp;", "\\", "\\`", "a_b__c"]),
    st.sampled_from([None, *KINDS]),
)


def written(pieces: list[tuple[str, str | None]]) -> tuple[str, list[Json]]:
    text, entities = "", []
    for words, kind in pieces:
        if kind:
            entities.append({"type": kind, "offset": utf16(text), "length": utf16(words)})
        if kind == "text_link":
            entities[-1]["url"] = "https://fox.example/a_(b)?c=*"
        text += words
    return text, entities


def told(text: str, entities: list[Json]) -> Json:
    """The update that the bot gets."""
    world = LocalTelegram(TOKEN, FakeClock()).world
    ada = world.person("Ada")
    world.say(ada, world.private(ada), text, entities=tuple(entities))
    [pending] = world.updates.all()
    return pending.update


@given(st.lists(_PIECES, min_size=1, max_size=8))
def test_both_clients_find_each_entity_on_its_own_words(pieces: list[tuple[str, str | None]]) -> None:
    update = told(*written(pieces))
    seen = seen_by_aiogram(by_aiogram(update).message)
    assert seen == seen_by_ptb(by_ptb(update).message)
    assert seen.text == "".join(words for words, _ in pieces)
    formatted = [(words, kind) for kind, words, _ in seen.entities if kind in KINDS]
    assert formatted == [piece for piece in pieces if piece[1]]


@pytest.mark.parametrize(
    ("mode", "read", "markup"),
    [
        ("HTML", by_ptb, "text_html"),
        ("HTML", by_aiogram, "html_text"),
        ("MarkdownV2", by_ptb, "text_markdown_v2"),
    ],
)
@given(pieces=st.lists(_PIECES, min_size=1, max_size=6))
def test_what_either_client_writes_as_markup_is_read_as_it_was_meant(
    mode: str, read: Callable[[Json], Any], markup: str, pieces: list[tuple[str, str | None]]
) -> None:
    """Plain words stand between the entities, since MarkdownV2 is ambiguous where two of them touch. aiogram's own
    MarkdownV2 is left out: it escapes no parenthesis in an address, and ends code blocks with a line of its own.
    """
    plain = ("·", None)
    text, entities = written([plain, *(part for piece in pieces for part in (piece, plain))])
    update = told(text, entities)
    update["message"]["entities"] = entities
    source = getattr(read(update).message, markup)
    shown, found = content.text(Parameters({"text": source, "parse_mode": mode}))
    assert shown == text
    assert [entity for entity in found if entity["type"] in KINDS] == entities
