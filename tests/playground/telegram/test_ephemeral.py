"""Ephemeral messages: who may send them and when, who sees them, and what cannot be done with them."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiogram.types import Message as AiogramMessage
from aiogram.types import Update
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import FakeClock
from bot.playground.telegram import Feed, LocalTelegram, Message
from bot.playground.telegram.ephemera import Ephemera
from bot.playground.telegram.errors import NOT_MODIFIED
from bot.playground.telegram.files import PIXEL

TOKEN = "4242:local"
TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"
BUTTON = {"inline_keyboard": [[{"text": "More", "callback_data": "more"}]]}
Json = dict[str, Any]


class Hall:
    """A group of two, in which the bot is an administrator until it is made less."""

    def __init__(self, telegram: LocalTelegram, session: aiohttp.ClientSession) -> None:
        self.world = telegram.world
        self.ada, self.ben = self.world.person("Ada"), self.world.person("Ben")
        self.group = self.world.group("Hall", self.ada, self.ben, bot="administrator")
        self.url = f"{telegram.url}/bot{TOKEN}"
        self.session = session

    async def call(self, method: str, **parameters: Any) -> Json:
        given = {"chat_id": self.group.id, **parameters}
        async with self.session.post(f"{self.url}/{method}", json=given) as response:
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

    def to_ada(self, **more: Any) -> Json:
        return {"ephemeral_message_parameters": {"receiver_user_id": self.ada.id, **more}}

    async def whisper(self, text: str = "Psst", **more: Any) -> Message:
        """Something for Ada alone, as she sees it."""
        sent = await self.result("sendMessage", text=text, **self.to_ada(), **more)
        return next(m for m in self.seen() if m.ephemeral == sent["ephemeral_message_id"])

    def seen(self) -> list[Message]:
        return self.world.ephemeral(self.group, self.ada)

    def named(self, message: Message) -> Json:
        return {"receiver_user_id": self.ada.id, "ephemeral_message_id": message.ephemeral}

    async def update(self) -> Json:
        """The only update, which the bot's library can read."""
        [update] = await self.result("getUpdates")
        Update.model_validate(update)
        found: Json = update
        return found

    async def query(self) -> str:
        """Ada has just pressed a button below a public message."""
        await self.result("sendMessage", text="Choose", reply_markup=BUTTON)
        self.world.press(self.ada, self.world.answers(self.group)[-1], "more")
        query: str = (await self.update())["callback_query"]["id"]
        return query


@pytest.fixture
async def hall(clock: FakeClock) -> AsyncIterator[Hall]:
    telegram = LocalTelegram(TOKEN, clock, flood=False)
    await telegram.start()
    async with aiohttp.ClientSession() as session:
        yield Hall(telegram, session)
    await telegram.stop()


async def test_one_member_sees_it_and_nobody_else(hall: Hall) -> None:
    sent = await hall.result("sendMessage", text="For Ada", **hall.to_ada())
    assert (sent["message_id"], sent["ephemeral_message_id"]) == (0, 1)
    assert sent["receiver_user"]["id"] == hall.ada.id
    read = AiogramMessage.model_validate(sent)
    assert (read.text, read.ephemeral_message_id) == ("For Ada", 1)
    assert [message.text for message in hall.seen()] == ["For Ada"]
    assert hall.world.ephemeral(hall.group, hall.ben) == []
    assert hall.world.messages(hall.group) == []


async def test_rich_messages_and_photos_can_be_ephemeral(hall: Hall) -> None:
    await hall.result("sendRichMessage", rich_message={"markdown": "# Title"}, **hall.to_ada())
    photo = aiohttp.FormData({"chat_id": str(hall.group.id), "caption": "one pixel"})
    photo.add_field("ephemeral_message_parameters", json.dumps({"receiver_user_id": hall.ada.id}))
    photo.add_field("photo", PIXEL, filename="pixel.png")
    async with hall.session.post(f"{hall.url}/sendPhoto", data=photo) as response:
        assert (await response.json())["result"]["ephemeral_message_id"] == 2
    rich, pixel = hall.seen()
    assert rich.rich
    assert pixel.media


@pytest.mark.parametrize("kind", ["group", "supergroup"])
async def test_they_exist_in_groups_of_both_kinds(hall: Hall, kind: str) -> None:
    group = hall.world.group("Other", hall.ada, kind=kind, bot="administrator")
    sent = await hall.result("sendMessage", chat_id=group.id, text="hi", **hall.to_ada())
    assert sent["chat"]["type"] == kind


async def test_they_do_not_exist_in_private_chats(hall: Hall) -> None:
    hall.world.say(hall.ada, hall.world.private(hall.ada), "/start")
    assert await hall.refusal("sendMessage", chat_id=hall.ada.id, text="hi", **hall.to_ada())


@pytest.mark.parametrize("who", ["stranger", "bot", "nobody"])
async def test_only_a_member_that_is_no_bot_receives_them(hall: Hall, who: str) -> None:
    robot = hall.world.person("Robot", is_bot=True)
    hall.group.members[robot.id] = "member"
    user = {"stranger": hall.world.person("Sam").id, "bot": robot.id, "nobody": 0}[who]
    parameters = {"receiver_user_id": user}
    assert await hall.refusal("sendMessage", text="hi", ephemeral_message_parameters=parameters)


async def test_an_ordinary_bot_needs_an_action_of_the_receiver(hall: Hall) -> None:
    hall.group.members[hall.world.bot.id] = "member"
    assert await hall.refusal("sendMessage", text="hi", **hall.to_ada()) == "Bad Request: CHAT_ADMIN_REQUIRED"
    await hall.result("sendMessage", text="hi", **hall.to_ada(callback_query_id=await hall.query()))


async def test_a_press_allows_it_for_15_seconds(hall: Hall, clock: FakeClock) -> None:
    query = await hall.query()
    await clock.advance(14.0)
    await hall.result("sendMessage", text="in time", **hall.to_ada(callback_query_id=query))
    await clock.advance(2.0)
    assert await hall.refusal("sendMessage", text="late", **hall.to_ada(callback_query_id=query)) == TOO_OLD


async def test_a_press_allows_nothing_to_others(hall: Hall) -> None:
    parameters = {"receiver_user_id": hall.ben.id, "callback_query_id": await hall.query()}
    assert await hall.refusal("sendMessage", text="hi", ephemeral_message_parameters=parameters) == TOO_OLD


async def test_an_ephemeral_command_is_seen_by_its_sender_and_the_bot(hall: Hall, clock: FakeClock) -> None:
    hall.group.members[hall.world.bot.id] = "member"
    command = {"command": "secret", "description": "Between us", "is_ephemeral": True}
    await hall.result("setMyCommands", commands=[command, {"command": "open", "description": "For all"}])
    hall.world.say(hall.ada, hall.group, "/secret please")
    message = (await hall.update())["message"]
    assert (message["message_id"], message["ephemeral_message_id"]) == (0, 1)
    assert message["receiver_user"]["id"] == hall.world.bot.id
    assert hall.world.messages(hall.group) == []
    reply = {"reply_parameters": {"ephemeral_message_id": 1}}
    answer = await hall.result("sendMessage", text="yes?", **reply, **hall.to_ada())
    assert answer["ephemeral_message_id"] == 2
    await clock.advance(16.0)
    assert "to be replied not found" in await hall.refusal("sendMessage", text="late", **reply, **hall.to_ada())
    assert hall.world.say(hall.ada, hall.group, "/open").id > 0


async def test_a_reply_to_a_message_that_is_gone_is_not_sent_without_it(hall: Hall) -> None:
    reply = {"reply_parameters": {"message_id": 99, "allow_sending_without_reply": True}}
    assert "to be replied not found" in await hall.refusal("sendMessage", text="hi", **reply, **hall.to_ada())
    question = hall.world.say(hall.ada, hall.group, "Why?")
    sent = await hall.result("sendMessage", text="hi", reply_parameters={"message_id": question.id}, **hall.to_ada())
    assert sent["reply_to_message"]["message_id"] == question.id


async def test_edits_change_it_in_place_and_answer_true(hall: Hall) -> None:
    message = await hall.whisper(reply_markup=BUTTON)
    named = hall.named(message)
    assert await hall.result("editEphemeralMessageText", text="Changed", reply_markup=BUTTON, **named) is True
    assert NOT_MODIFIED in await hall.refusal("editEphemeralMessageText", text="Changed", reply_markup=BUTTON, **named)
    assert await hall.result("editEphemeralMessageReplyMarkup", **named) is True
    assert [(m.text, m.keyboard) for m in hall.seen()] == [("Changed", None)]
    assert await hall.result("editEphemeralMessageText", rich_message={"markdown": "**b**"}, **named) is True
    assert hall.seen()[0].rich
    assert "no caption" in await hall.refusal("editEphemeralMessageCaption", caption="c", **named)


async def test_a_caption_is_edited_as_one(hall: Hall) -> None:
    photo = hall.world.send_photo(hall.ada, hall.group)
    file_id = (photo.media or {})["photo"][-1]["file_id"]
    sent = await hall.result("sendPhoto", photo=file_id, **hall.to_ada())
    named = {"receiver_user_id": hall.ada.id, "ephemeral_message_id": sent["ephemeral_message_id"]}
    assert await hall.result("editEphemeralMessageCaption", caption="Changed", **named) is True
    assert "no text" in await hall.refusal("editEphemeralMessageText", text="c", **named)
    assert hall.seen()[0].text == "Changed"


async def test_long_edits_are_refused_until_that_is_mended(hall: Hall) -> None:
    message = await hall.whisper("x" * 4000)
    long = {"text": "y" * 1025, **hall.named(message)}
    assert await hall.refusal("editEphemeralMessageText", **long) == "Bad Request: MEDIA_CAPTION_TOO_LONG"
    hall.world.short_ephemeral_edits = False
    assert await hall.result("editEphemeralMessageText", **long) is True


async def test_ordinary_methods_do_not_find_it(hall: Hall) -> None:
    message = await hall.whisper()
    for number in (0, message.ephemeral):
        assert "to edit not found" in await hall.refusal("editMessageText", message_id=number, text="new")
        assert "to delete not found" in await hall.refusal("deleteMessage", message_id=number)


async def test_numbers_are_used_again(hall: Hall) -> None:
    first, second = await hall.whisper("one"), await hall.whisper("two")
    assert (first.ephemeral, second.ephemeral) == (1, 2)
    assert await hall.result("deleteEphemeralMessage", **hall.named(first)) is True
    assert "to delete not found" in await hall.refusal("deleteEphemeralMessage", **hall.named(first))
    assert "to edit not found" in await hall.refusal("editEphemeralMessageText", text="x", **hall.named(first))
    assert (await hall.whisper("three")).ephemeral == 1


async def test_it_does_not_outlive_the_restart_of_a_client(hall: Hall) -> None:
    message = await hall.whisper()
    hall.world.restart_client(hall.ben)
    assert hall.seen()
    hall.world.restart_client(hall.ada)
    assert hall.seen() == []
    assert hall.world.history(message)[-1].deleted
    assert "to edit not found" in await hall.refusal("editEphemeralMessageText", text="x", **hall.named(message))


async def test_its_buttons_work_for_the_one_who_sees_them(hall: Hall) -> None:
    message = await hall.whisper(reply_markup=BUTTON)
    with pytest.raises(LookupError):
        hall.world.press(hall.ben, message, "more", forged=True)
    hall.world.press(hall.ada, message, "more")
    pressed = (await hall.update())["callback_query"]
    assert (pressed["message"]["message_id"], pressed["message"]["ephemeral_message_id"]) == (0, 1)
    sent = await hall.result("sendMessage", text="more", **hall.to_ada(callback_query_id=pressed["id"]))
    assert sent["ephemeral_message_id"] == 2


@given(st.lists(st.integers(0, 9), max_size=40))
def test_what_is_seen_at_once_never_shares_a_number(steps: list[int]) -> None:
    ephemera = Ephemera(Feed())
    for step in steps:
        seen = ephemera.of(-1, 5)
        if step % 2 and seen:
            ephemera.remove(seen[step % len(seen)])
        else:
            ephemera.add(Message(0, -1, 4242, 0, only_for=5))
        numbers = [message.ephemeral or 0 for message in ephemera.of(-1, 5)]
        assert len(set(numbers)) == len(numbers)
        assert all(number >= 1 for number in numbers)
        assert all(ephemera.find(-1, 5, message.ephemeral or 0) is message for message in ephemera.of(-1, 5))


async def test_a_reply_to_one_is_ephemeral_itself(hall: Hall) -> None:
    message = await hall.whisper("Psst")
    said = hall.world.say(hall.ada, hall.group, "What?", reply_to=message)
    told = (await hall.update())["message"]
    assert (told["message_id"], told["ephemeral_message_id"]) == (0, said.ephemeral)
    assert told["reply_to_message"]["ephemeral_message_id"] == message.ephemeral
    assert told["receiver_user"]["id"] == hall.world.bot.id
    assert "message_thread_id" not in told
    assert hall.world.messages(hall.group) == []
    assert hall.world.ephemeral(hall.group, hall.ben) == []
    again = hall.world.send_photo(hall.ada, hall.group, caption="Look", reply_to=said)
    assert (again.id, again.only_for) == (0, hall.ada.id)
