"""The chat page over real HTTP: what it shows of the local Telegram, and what people do through it."""

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from bot.playground.page.stream import encoded
from tests.playground.page_visit import Json, Visit


async def test_state_shows_people_and_their_chats(visit: Visit) -> None:
    visit.world.say(visit.ann, visit.group, "hello")
    state = await visit.state()
    assert [person["first_name"] for person in state["people"]] == ["Ann", "小明"]
    assert state["costs"] is False
    room, group = state["chats"]
    assert (room["type"], room["members"], room["messages"]) == ("private", [visit.ann.id], [])
    assert (group["title"], group["members"]) == ("Friends", [visit.ann.id])
    assert [message["text"] for message in group["messages"]] == ["hello"]


async def test_what_is_said_reaches_the_bot_and_its_answer_the_page(visit: Visit) -> None:
    events = await visit.events()
    said = await visit.do("say", visit.ann, visit.room, text="  What is 1 < 2? ")
    assert (await events.next())[1]["text"] == "What is 1 < 2?"
    [update] = await visit.call("getUpdates")
    assert update["message"]["message_id"] == said["message"]
    await visit.call("sendMessage", chat_id=visit.room.id, text="*true*", reply_parameters={"message_id": 1})
    name, answer = await events.next()
    assert (name, answer["text"], answer["reply_to_message"]["text"]) == ("message", "*true*", "What is 1 < 2?")


async def test_an_edited_and_a_deleted_message_are_told(visit: Visit) -> None:
    message = visit.world.say(visit.ann, visit.room, "first")
    events = await visit.events()
    await visit.do("edit", visit.ann, visit.room, message=message.id, text="second")
    name, edited = await events.next()
    assert (name, edited["text"], "edit_date" in edited) == ("message", "second", True)
    visit.world.delete(message)
    assert await events.next() == ("deleted", {"chat": visit.room.id, "message": message.id, "only_for": None})
    assert (await visit.state())["chats"][0]["messages"] == []


async def test_nobody_edits_what_another_wrote(visit: Visit) -> None:
    message = visit.world.say(visit.ming, visit.group, "mine")
    refused = await visit.do("edit", visit.ann, visit.group, 400, message=message.id, text="hers")
    assert refused == {"error": "not_yours"}
    assert visit.group.messages[message.id].text == "mine"


async def test_a_reply_names_its_message(visit: Visit) -> None:
    first = visit.world.say(visit.ming, visit.group, "eight o'clock?")
    answer = await visit.do("say", visit.ann, visit.group, text="yes", reply_to=first.id)
    assert visit.group.messages[answer["message"]].reply_to == first.id
    assert await visit.do("say", visit.ann, visit.group, 400, text="yes", reply_to=999) == {"error": "gone"}


async def test_a_draft_grows_until_the_message_comes(visit: Visit) -> None:
    visit.world.say(visit.ann, visit.room, "tell me")
    events = await visit.events()
    for text in ("Once", "Once upon"):
        await visit.call("sendMessageDraft", chat_id=visit.room.id, draft_id=7, text=text, can_stop=True)
        name, told = await events.next()
        assert (name, told["draft"]["text"], told["draft"]["can_stop"]) == ("draft", text, True)
    assert (await visit.state())["chats"][0]["drafts"][0]["text"] == "Once upon"
    await visit.call("sendMessage", chat_id=visit.room.id, text="Once upon a time")
    assert await events.next() == ("draft", {"chat": visit.room.id, "thread": None, "draft": None})
    assert (await events.next())[1]["text"] == "Once upon a time"


@pytest.mark.parametrize("kept", [True, False])
async def test_a_stopped_draft_loses_its_button_or_goes(visit: Visit, kept: bool) -> None:
    visit.world.say(visit.ann, visit.room, "tell me")
    draft = {"chat_id": visit.room.id, "draft_id": 7, "text": "Once"}
    await visit.call("sendMessageDraft", **draft, can_stop=True, keep_on_stop=kept)
    events = await visit.events()
    await visit.do("stop", visit.ann, visit.room, draft=7)
    seen = (await events.next())[1]["draft"]
    assert seen["can_stop"] is False if kept else seen is None
    assert [update["stopped_message_generation"]["draft_id"] for update in (await visit.call("getUpdates"))[1:]] == [7]


async def test_there_is_nothing_to_stop_without_a_draft(visit: Visit) -> None:
    assert await visit.do("stop", visit.ann, visit.room, 400, draft=7) == {"error": "gone"}


async def test_who_presses_a_button_sees_what_the_bot_says_to_it(visit: Visit) -> None:
    keyboard = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}
    sent = await visit.call("sendMessage", chat_id=visit.group.id, text="Well?", reply_markup=keyboard)
    press = asyncio.create_task(visit.do("press", visit.ann, visit.group, message=sent["message_id"], data="y"))
    [update] = await visit.call("getUpdates", timeout=10)
    query = update["callback_query"]
    assert (query["data"], query["from"]["id"]) == ("y", visit.ann.id)
    await visit.call("answerCallbackQuery", callback_query_id=query["id"], text="Good", show_alert=True)
    assert await press == {"text": "Good", "alert": True}


async def test_a_button_that_is_not_there_cannot_be_pressed(visit: Visit) -> None:
    sent = await visit.call("sendMessage", chat_id=visit.group.id, text="Well?")
    pressed = {"message": sent["message_id"], "data": "forged"}
    assert await visit.do("press", visit.ann, visit.group, 400, **pressed) == {"error": "gone"}


async def test_each_person_is_shown_the_commands_that_the_bot_set_for_them_there(visit: Visit) -> None:
    events = await visit.events()
    room, group, ann = str(visit.room.id), str(visit.group.id), str(visit.ann.id)
    new, stats = {"command": "new", "description": "Start afresh"}, {"command": "stats", "description": "All"}
    await visit.call("setMyCommands", commands=[new])
    assert await events.next() == ("menus", {room: {ann: [new]}, group: {ann: [new]}})
    scope = {"type": "all_chat_administrators"}
    await visit.call("setMyCommands", commands=[stats], scope=scope)
    assert await events.next() == ("menus", {room: {ann: [new]}, group: {ann: [stats]}})
    assert (await visit.chat(visit.group))["menus"] == {ann: [stats]}
    await visit.call("deleteMyCommands", scope=scope)
    assert await events.next() == ("menus", {room: {ann: [new]}, group: {ann: [new]}})


async def test_typing_and_membership_are_told(visit: Visit) -> None:
    events = await visit.events()
    await visit.call("sendChatAction", chat_id=visit.group.id, action="typing")
    assert await events.next() == ("action", {"chat": visit.group.id, "thread": None, "action": "typing"})
    visit.world.leave(visit.ann, visit.group)
    assert (await events.next())[0] == "chat"


async def test_the_page_is_told_in_which_topic_the_bot_types(visit: Visit) -> None:
    forum = visit.world.group("Forum", visit.ann, forum=True)
    topic = visit.world.topic(visit.ann, forum, "Lake")
    events = await visit.events()
    for thread, told in ((topic, topic), (1, None)):
        await visit.call("sendChatAction", chat_id=forum.id, message_thread_id=thread, action="typing")
        assert await events.next() == ("action", {"chat": forum.id, "thread": told, "action": "typing"})


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"text": "x" * 4097}, "too_long"),
        ({"text": " \n "}, "malformed"),
        ({"text": 5}, "malformed"),
        ({"text": "x", "more": 1}, "malformed"),
        ({"text": "\ud800"}, "malformed"),
        ({"text": "x", "person": 1}, "gone"),
        ({"text": "x", "chat": 1}, "gone"),
        ({"text": "x", "person": 500_000_002}, "not_a_member"),
        ({"text": "x", "person": 4200}, "gone"),
    ],
)
async def test_what_cannot_be_done_is_refused_and_changes_nothing(visit: Visit, given: Json, reason: str) -> None:
    assert await visit.do("say", visit.ann, visit.group, 400, **given) == {"error": reason}
    assert not visit.group.messages


async def test_a_body_that_is_no_json_is_refused(visit: Visit) -> None:
    for body in (b"", b"[]", b"{", b"\xff"):
        headers = {"Content-Type": "application/json"}
        async with visit.http.post(f"{visit.url}/api/say", data=body, headers=headers) as answer:
            assert (answer.status, await answer.json()) == (400, {"error": "malformed"})


HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "\r\nevent: state\ndata: {}\n\n",
    "line\u2028separator \u202eright to left\x00",
    "</textarea>&lt; 中文 👩‍👩‍👧 javascript:alert(1)",
)


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_text_stays_text(visit: Visit, text: str) -> None:
    events = await visit.events()
    await visit.do("say", visit.ann, visit.group, text=text)
    assert (await events.next())[1]["text"] == text.strip()
    assert (await visit.state())["chats"][1]["messages"][0]["text"] == text.strip()


@given(st.text())
def test_no_text_ends_its_event(text: str) -> None:
    name, data, *rest = encoded("message", {"text": text}).split(b"\n")
    assert (name, rest) == (b"event: message", [b"", b""])
    assert b"\r" not in data
    assert json.loads(data.removeprefix(b"data: ")) == {"text": text}


async def test_a_reader_that_fell_behind_begins_anew(visit: Visit) -> None:
    events = await visit.events()
    for number in range(2_000):
        visit.world.say(visit.ann, visit.group, str(number))
    assert int((await events.last())[1]["text"]) < 1_999
    assert len((await visit.state())["chats"][1]["messages"]) == 2_000


async def test_the_page_ends_while_somebody_reads(visit: Visit) -> None:
    events = await visit.events()
    await visit.page.stop()
    with pytest.raises(EOFError):
        await events.next()


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost"])
async def test_another_sites_page_can_do_nothing(visit: Visit, origin: str) -> None:
    action = {"person": visit.ann.id, "chat": visit.group.id, "text": "spam"}
    async with visit.http.post(f"{visit.url}/api/say", json=action, headers={"Origin": origin}) as answer:
        assert answer.status == 403
    assert not visit.group.messages


async def test_the_pages_own_origin_is_taken(visit: Visit) -> None:
    action = {"person": visit.ann.id, "chat": visit.group.id, "text": "hello"}
    async with visit.http.post(f"{visit.url}/api/say", json=action, headers={"Origin": visit.url}) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
async def test_what_a_form_could_send_is_refused(visit: Visit, kind: str) -> None:
    body = json.dumps({"person": visit.ann.id, "chat": visit.group.id, "text": "spam"})
    async with visit.http.post(f"{visit.url}/api/say", data=body, headers={"Content-Type": kind}) as answer:
        assert answer.status == 403
    assert not visit.group.messages


@pytest.mark.parametrize("path", ["/", "/api/state", "/api/events", "/page.js"])
@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example:80", "127.0.0.1.evil.example", "[", ""])
async def test_a_name_that_points_here_from_outside_shows_nothing(visit: Visit, path: str, host: str) -> None:
    async with visit.http.get(visit.url + path, headers={"Host": host}) as answer:
        assert answer.status in {400, 403}
        assert "Ann" not in await answer.text()


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1", "192.168.1.7:8080", "[::1]:8080"])
async def test_names_and_numbers_of_this_machine_are_fine(visit: Visit, host: str) -> None:
    async with visit.http.get(visit.url, headers={"Host": host}) as answer:
        assert answer.status == 200


@pytest.mark.parametrize(
    "path", ["/", "/page.js", "/page.css", "/api/state", "/api/events", "/nothing", "/api/nothing"]
)
async def test_every_answer_carries_the_headers_that_protect_it(visit: Visit, path: str) -> None:
    async with visit.http.get(visit.url + path) as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("path", ["/server.py", "/..%2fserver.py", "/%2e%2e/server.py", "/static/page.js", "/page.js/"])
async def test_only_the_pages_own_files_are_served(visit: Visit, path: str) -> None:
    async with visit.http.get(URL(visit.url + path, encoded=True)) as answer:
        assert answer.status == 404
