"""What the local Telegram accepts, refuses and hands back when the bot writes, edits and streams."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import FakeClock
from bot.playground.telegram import Chat, LocalTelegram, Person
from bot.playground.telegram.errors import RefusedError
from bot.playground.telegram.files import PIXEL
from bot.playground.telegram.markup_html import html
from bot.playground.telegram.markup_v2 import markdown_v2
from bot.playground.telegram.text import formatted, utf16

TOKEN = "4242:local"
Json = dict[str, Any]


class Desk:
    """One person in a private chat, and the bot that calls."""

    def __init__(self, telegram: LocalTelegram, session: aiohttp.ClientSession) -> None:
        self.telegram = telegram
        self.world = telegram.world
        self.ada: Person = self.world.person("Ada", username="ada_l")
        self.chat: Chat = self.world.private(self.ada)
        self.question = self.world.say(self.ada, self.chat, "What is 🦊?")
        self.session = session

    async def call(self, method: str, **parameters: Any) -> Json:
        url = f"{self.telegram.url}/bot{TOKEN}/{method}"
        async with self.session.post(url, json={"chat_id": self.chat.id, **parameters}) as response:
            body: Json = await response.json()
        return body

    async def result(self, method: str, **parameters: Any) -> Any:
        body = await self.call(method, **parameters)
        assert body["ok"], body
        return body["result"]

    async def refusal(self, method: str, **parameters: Any) -> str:
        body = await self.call(method, **parameters)
        assert not body["ok"], body
        description: str = body["description"]
        return description


@pytest.fixture
async def desk(clock: FakeClock) -> AsyncIterator[Desk]:
    telegram = LocalTelegram(TOKEN, clock)
    await telegram.start()
    async with aiohttp.ClientSession() as session:
        yield Desk(telegram, session)
    await telegram.stop()


def entity(kind: str, offset: int, length: int, **more: Any) -> Json:
    return {"type": kind, "offset": offset, "length": length, **more}


async def test_4096_characters_fit_whatever_they_weigh(desk: Desk) -> None:
    assert len((await desk.result("sendMessage", text="🦊" * 4096))["text"]) == 4096
    assert await desk.refusal("sendMessage", text="x" * 4097) == "Bad Request: message is too long"


@pytest.mark.parametrize(
    ("parameters", "description"),
    [
        ({}, "message text is empty"),
        ({"text": " \n "}, "text must be non-empty"),
        ({"text": "x", "entities": [entity("bold", 0, 2)]}, "entity beginning at UTF-16 offset 0 ends after the end"),
        ({"text": "🦊", "entities": [entity("bold", 1, 1)]}, "entity begins in a middle of a UTF-16 symbol"),
        ({"text": "🦊", "entities": [entity("bold", 0, 1)]}, "entity beginning at UTF-16 offset 0 ends in a middle"),
        ({"text": "x", "entities": [entity("shiny", 0, 1)]}, "can't parse MessageEntity: Unsupported type specified"),
        ({"text": "x", "entities": [entity("text_link", 0, 1, url="localhost")]}, "entity URL 'localhost' is invalid"),
        ({"text": "<b>x", "parse_mode": "HTML"}, "can't parse entities: Can't find end tag corresponding to start tag"),
        ({"text": "<x>", "parse_mode": "HTML"}, 'can\'t parse entities: Unsupported start tag "x" at byte offset 0'),
        ({"text": "1.", "parse_mode": "MarkdownV2"}, "can't parse entities: Character '.' is reserved and must be esc"),
        ({"text": "x", "reply_parameters": {"message_id": 99}}, "message to be replied not found"),
        ({"text": "x", "message_thread_id": 5}, "message thread not found"),
        ({"text": "x", "chat_id": 12345}, "chat not found"),
        (
            {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "a"}]]}},
            "can't parse inline keyboard button: Te",
        ),
    ],
)
async def test_what_is_wrong_is_said_in_telegrams_words(desk: Desk, parameters: Json, description: str) -> None:
    said = await desk.refusal("sendMessage", **parameters)
    assert said.startswith(f"Bad Request: {description}")
    assert not desk.world.answers(desk.chat)


@pytest.mark.parametrize(("data", "is_good"), [("", False), ("é" * 32, True), ("é" * 32 + "x", False)])
async def test_callback_data_has_1_to_64_bytes(desk: Desk, data: str, is_good: bool) -> None:
    markup = {"inline_keyboard": [[{"text": "a", "callback_data": data}]]}
    body = await desk.call("sendMessage", text="x", reply_markup=markup)
    assert body["ok"] is is_good
    assert is_good or body["description"] == "Bad Request: BUTTON_DATA_INVALID"


async def test_commands_and_links_are_found_by_the_server(desk: Desk) -> None:
    message = await desk.result("sendMessage", text="🦊 /help at https://a.example/x.", entities=[entity("bold", 0, 2)])
    assert message["entities"] == [entity("bold", 0, 2), entity("bot_command", 3, 5), entity("url", 12, 19)]


@pytest.mark.parametrize(
    ("parse", "source", "text", "entities"),
    [
        (html, "<b>a<i>b</i></b>&lt;", "ab<", [entity("italic", 1, 1), entity("bold", 0, 2)]),
        (html, '<pre><code class="language-py">x</code></pre>', "x", [entity("pre", 0, 1, language="py")]),
        (markdown_v2, "*a _b_*\\.", "a b.", [entity("italic", 2, 1), entity("bold", 0, 3)]),
        (markdown_v2, "```py\nx\n```", "x\n", [entity("pre", 0, 2, language="py")]),
        (markdown_v2, "[🦊](https://a.example)", "🦊", [entity("text_link", 0, 2, url="https://a.example")]),
        (markdown_v2, ">q\n>r\ns", "q\nr\ns", [entity("blockquote", 0, 4)]),
    ],
)
def test_markup_becomes_entities(parse: Any, source: str, text: str, entities: list[Json]) -> None:
    assert parse(source) == (text, entities)


@given(st.text())
def test_any_text_is_either_parsed_or_refused(text: str) -> None:
    for parse in (html, markdown_v2):
        try:
            shown, entities = parse(text)
        except RefusedError:
            continue
        else:
            assert all(0 <= each["offset"] < each["offset"] + each["length"] <= utf16(shown) for each in entities)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])), st.integers(0, 9), st.integers(1, 9))
def test_trimmed_entities_stay_inside_the_text(text: str, begin: int, length: int) -> None:
    try:
        shown, entities = formatted(text, [entity("bold", begin, length)], limit=4096, too_long="")
    except RefusedError:
        assert begin + length > utf16(text) or not text.isascii()
    else:
        assert all(each["offset"] >= 0 and each["offset"] + each["length"] <= utf16(shown) for each in entities)


async def test_a_reply_nests_the_message_and_its_quote(desk: Desk) -> None:
    reply = {"message_id": desk.question.id, "quote": "🦊?"}
    message = await desk.result("sendMessage", text="an animal", reply_parameters=reply)
    assert message["reply_to_message"]["text"] == "What is 🦊?"
    assert message["quote"] == {"text": "🦊?", "position": 8, "is_manual": True}
    reply["quote"] = "unsaid"
    assert await desk.refusal("sendMessage", text="x", reply_parameters=reply) == "Bad Request: QUOTE_TEXT_INVALID"


async def test_an_edit_changes_the_message_in_place(desk: Desk) -> None:
    sent = await desk.result("sendMessage", text="a", reply_markup={"inline_keyboard": [[{"text": "b", "url": "a.b"}]]})
    where = {"message_id": sent["message_id"]}
    assert (await desk.refusal("editMessageText", text="a" * 4097, **where)) == "Bad Request: MESSAGE_TOO_LONG"
    edited = await desk.result("editMessageText", text="c", **where)
    assert "reply_markup" not in edited
    assert edited["edit_date"] >= sent["date"]
    assert (await desk.refusal("editMessageText", text="c", **where)).startswith(
        "Bad Request: message is not modified: "
    )
    [message] = desk.world.answers(desk.chat)
    assert [version.text for version in desk.world.history(message)] == ["a", "c"]


async def test_only_own_messages_that_exist_are_edited(desk: Desk) -> None:
    mine = await desk.result("sendMessage", text="a")
    assert (
        await desk.refusal("editMessageText", text="x", message_id=desk.question.id)
        == "Bad Request: message can't be edited"
    )
    await desk.result("deleteMessage", message_id=mine["message_id"])
    gone = await desk.refusal("editMessageText", text="x", message_id=mine["message_id"])
    assert gone == "Bad Request: message to edit not found"
    again = await desk.refusal("deleteMessage", message_id=mine["message_id"])
    assert again == "Bad Request: message to delete not found"


async def test_what_a_person_deleted_cannot_be_replied_to(desk: Desk) -> None:
    desk.world.delete(desk.question)
    reply = {"message_id": desk.question.id}
    assert (
        await desk.refusal("sendMessage", text="x", reply_parameters=reply)
        == "Bad Request: message to be replied not found"
    )
    reply["allow_sending_without_reply"] = True
    assert "reply_to_message" not in await desk.result("sendMessage", text="x", reply_parameters=reply)
    await desk.result("deleteMessages", message_ids=[desk.question.id, 999])


async def test_rich_and_plain_turn_into_each_other_in_place(desk: Desk) -> None:
    sent = await desk.result("sendMessage", text="a")
    where = {"message_id": sent["message_id"]}
    rich = await desk.result("editMessageText", rich_message=json.dumps({"markdown": "# a"}), **where)
    assert rich["rich_message"] == {"blocks": [{"type": "heading", "size": 1, "text": ["a"]}]}
    assert "text" not in rich
    plain = await desk.result("editMessageText", text="a", **where)
    assert (plain["text"], "rich_message" in plain) == ("a", False)


async def test_a_blocked_bot_is_told_so(desk: Desk) -> None:
    desk.world.block(desk.ada)
    body = await desk.call("sendMessage", text="x")
    assert (body["error_code"], body["description"]) == (403, "Forbidden: bot was blocked by the user")
    with pytest.raises(ValueError, match="blocked"):
        desk.world.say(desk.ada, desk.chat, "x")
    desk.world.unblock(desk.ada)
    await desk.result("sendMessage", text="x")


async def test_pictures_are_looked_at(desk: Desk) -> None:
    sent = await desk.result("sendPhoto", photo="https://a.example/p.png", caption="a fox")
    assert (sent["photo"][0]["width"], sent["caption"]) == (1, "a fox")
    file = await desk.result("getFile", file_id=sent["photo"][0]["file_id"])
    url = f"{desk.telegram.url}/file/bot{TOKEN}/{file['file_path']}"
    async with desk.session.get(url) as response:
        assert await response.read() == PIXEL
    long = await desk.refusal("sendPhoto", photo="https://a.example/p.png", caption="x" * 1025)
    assert long == "Bad Request: message caption is too long"


@pytest.mark.parametrize(
    ("data", "description"),
    [
        (b"no picture", "IMAGE_PROCESS_FAILED"),
        (PIXEL[:16] + b"\0\0\xff\xff\0\0\0\x01" + PIXEL[24:], "PHOTO_INVALID_DIMENSIONS"),
    ],
)
async def test_what_is_no_photo_is_refused(desk: Desk, data: bytes, description: str) -> None:
    form = aiohttp.FormData({"chat_id": str(desk.chat.id)})
    form.add_field("photo", data, filename="p.png")
    async with desk.session.post(f"{desk.telegram.url}/bot{TOKEN}/sendPhoto", data=form) as response:
        assert (await response.json())["description"] == f"Bad Request: {description}"


async def test_an_album_is_uploaded_in_one_call(desk: Desk) -> None:
    media = [{"type": "photo", "media": "attach://a", "caption": "one"}, {"type": "photo", "media": "attach://b"}]
    form = aiohttp.FormData({"chat_id": str(desk.chat.id), "media": json.dumps(media)})
    for name in ("a", "b"):
        form.add_field(name, PIXEL, filename=f"{name}.png", content_type="image/png")
    async with desk.session.post(f"{desk.telegram.url}/bot{TOKEN}/sendMediaGroup", data=form) as response:
        one, two = (await response.json())["result"]
    assert one["media_group_id"] == two["media_group_id"]
    assert one["caption"] == "one"
    swapped = {"type": "photo", "media": one["photo"][0]["file_id"], "caption": "two"}
    edited = await desk.result("editMessageMedia", message_id=two["message_id"], media=swapped)
    assert edited["photo"] == one["photo"]
    captioned = await desk.result("editMessageCaption", message_id=two["message_id"], caption="three")
    assert captioned["caption"] == "three"


async def test_a_private_chat_takes_bursts_of_five(desk: Desk, clock: FakeClock) -> None:
    for index in range(5):
        await desk.result("sendMessage", text=str(index))
    body = await desk.call("sendMessage", text="6")
    assert (body["error_code"], body["description"]) == (429, "Too Many Requests: retry after 5")
    assert body["parameters"] == {"retry_after": 5}
    assert len(desk.world.answers(desk.chat)) == 5
    await clock.advance(5)
    await desk.result("sendMessage", text="6")


async def test_a_group_takes_twenty_messages_and_edits_a_minute(desk: Desk, clock: FakeClock) -> None:
    group = desk.world.group("G", desk.ada)
    sent = await desk.result("sendMessage", chat_id=group.id, text="0")
    for index in range(19):
        await desk.result("editMessageText", chat_id=group.id, message_id=sent["message_id"], text=f"v{index}")
    assert (await desk.call("sendMessage", chat_id=group.id, text="1"))["parameters"] == {"retry_after": 60}
    await clock.advance(60)
    await desk.result("sendMessage", chat_id=group.id, text="1")


async def test_thirty_messages_a_second_go_out_overall(desk: Desk) -> None:
    people = [desk.world.person(f"P{index}") for index in range(31)]
    chats = [desk.world.private(person) for person in people]
    for person, chat in zip(people, chats, strict=True):
        desk.world.say(person, chat, "hi")
    codes = [(await desk.call("sendMessage", chat_id=chat.id, text="x")).get("error_code") for chat in chats]
    assert codes == [None] * 30 + [429]


async def test_a_draft_lives_for_thirty_seconds(desk: Desk, clock: FakeClock) -> None:
    assert await desk.result("sendMessageDraft", draft_id=7, text="") is True
    await clock.advance(29)
    draft = desk.world.draft(desk.chat)
    assert draft is not None
    assert (draft.id, draft.text) == (7, "")
    await clock.advance(1)
    assert desk.world.draft(desk.chat) is None


async def test_the_real_message_ends_the_draft_and_later_ones_are_ghosts(desk: Desk) -> None:
    await desk.result("sendMessageDraft", draft_id=7, text="so far")
    await desk.result("sendMessage", text="so far, so good")
    assert desk.world.draft(desk.chat) is None
    await desk.result("sendMessageDraft", draft_id=8, text="next")
    assert not desk.telegram.journal.ghosts
    await desk.result("sendMessageDraft", draft_id=7, text="late")
    assert [ghost.text for ghost in desk.telegram.journal.ghosts] == ["late"]


@pytest.mark.parametrize("keep", [True, False])
async def test_the_stop_button_is_told_once_and_later_frames_are_ignored(desk: Desk, keep: bool) -> None:
    await desk.result("sendMessageDraft", draft_id=7, text="so far", can_stop=True, keep_on_stop=keep)
    desk.world.stop(desk.chat, 7)
    await desk.result("sendMessageDraft", draft_id=7, text="more", can_stop=True)
    draft = desk.world.draft(desk.chat)
    assert (draft.text if draft else None) == ("so far" if keep else None)
    updates = await desk.result("getUpdates")
    stops = [update["stopped_message_generation"] for update in updates if "stopped_message_generation" in update]
    assert [stop["draft_id"] for stop in stops] == [7]
    with pytest.raises(LookupError):
        desk.world.stop(desk.chat, 9)


async def test_a_draft_without_a_stop_button_cannot_be_stopped(desk: Desk) -> None:
    await desk.result("sendMessageDraft", draft_id=7, text="so far")
    with pytest.raises(LookupError):
        desk.world.stop(desk.chat, 7)


async def test_drafts_are_for_private_chats_and_have_an_id(desk: Desk) -> None:
    group = desk.world.group("G", desk.ada)
    draft = {"draft_id": 1, "text": "x"}
    assert await desk.refusal("sendMessageDraft", chat_id=group.id, **draft) == "Bad Request: TEXTDRAFT_PEER_INVALID"
    assert await desk.refusal("sendMessageDraft", draft_id=0, text="x") == "Bad Request: RANDOM_ID_INVALID"
    assert await desk.refusal("sendMessageDraft", draft_id=1, text="x" * 4097) == "Bad Request: message is too long"


async def test_drafts_and_chat_actions_share_twenty_calls_in_five_seconds(desk: Desk, clock: FakeClock) -> None:
    for index in range(10):
        await desk.result("sendMessageDraft", draft_id=1, text=str(index))
        await desk.result("sendChatAction", action="typing")
    assert (await desk.call("sendMessageDraft", draft_id=1, text="x"))["parameters"] == {"retry_after": 3}
    await clock.advance(5)
    await desk.result("sendMessageDraft", draft_id=1, text="x")


async def test_a_pressed_button_waits_for_its_answer(desk: Desk, clock: FakeClock) -> None:
    keyboard = {"inline_keyboard": [[{"text": "a", "callback_data": "do"}]]}
    await desk.result("sendMessage", text="x", reply_markup=keyboard)
    [message] = desk.world.answers(desk.chat)
    answer = desk.world.press(desk.ada, message, "do")
    query = (await desk.result("getUpdates"))[-1]["callback_query"]
    assert (query["data"], query["message"]["text"]) == ("do", "x")
    await desk.result("answerCallbackQuery", callback_query_id=query["id"], text="done", show_alert=True)
    shown = await answer
    assert (shown.text, shown.show_alert) == ("done", True)
    with pytest.raises(LookupError):
        desk.world.press(desk.ada, message, "forged")
    desk.world.press(desk.ada, message, "forged", forged=True)
    late = (await desk.result("getUpdates"))[-1]["callback_query"]
    await clock.advance(16)
    refusal = await desk.refusal("answerCallbackQuery", callback_query_id=late["id"])
    assert refusal == "Bad Request: query is too old and response timeout expired or query ID is invalid"
