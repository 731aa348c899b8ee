"""Replies that the bot opens on the chat page, and messages that one member of a group alone sees."""

import asyncio
from typing import Any

import pytest

from tests.playground.page_visit import Visit

FORCE = {"force_reply": True, "input_field_placeholder": "in what words?"}


async def test_a_question_opens_its_reply_for_everybody(visit: Visit) -> None:
    events = await visit.events()
    sent = await visit.call("sendMessage", chat_id=visit.group.id, text="How?", reply_markup=FORCE)
    assert (await events.next())[0] == "message"
    assert await events.next() == (
        "prompt",
        {
            "chat": visit.group.id,
            "message": sent["message_id"],
            "people": None,
            "placeholder": "in what words?",
        },
    )


@pytest.mark.parametrize("way", ["reply", "mention", "user name"])
async def test_a_selective_one_is_for_those_that_it_names(visit: Visit, way: str) -> None:
    bob = visit.world.person("Bob", username="bob")
    said = visit.world.say(bob, visit.group, "a picture, please")
    mention = {"type": "text_mention", "offset": 0, "length": 3, "user": bob.raw()}
    ways: dict[str, dict[str, Any]] = {
        "reply": {"text": "How?", "reply_parameters": {"message_id": said.id}},
        "mention": {"text": "Bob, how?", "entities": [mention]},
        "user name": {"text": "How, @Bob ?"},
    }
    events = await visit.events()
    await visit.call("sendMessage", chat_id=visit.group.id, reply_markup=FORCE | {"selective": True}, **ways[way])
    await events.next()
    name, prompt = await events.next()
    assert (name, prompt["people"]) == ("prompt", [bob.id])


async def test_a_message_without_one_opens_nothing(visit: Visit) -> None:
    events = await visit.events()
    await visit.call("sendMessage", chat_id=visit.group.id, text="Well")
    await visit.call("sendMessage", chat_id=visit.group.id, text="So", reply_markup={"remove_keyboard": True})
    assert [(await events.next())[0] for _ in range(2)] == ["message", "message"]
    await visit.call("sendChatAction", chat_id=visit.group.id, action="typing")
    assert (await events.next())[0] == "action"


async def whispered(visit: Visit, **more: Any) -> Any:
    visit.group.members[visit.world.bot.id] = "administrator"
    only_for = {"receiver_user_id": visit.ann.id}
    return await visit.call(
        "sendMessage", chat_id=visit.group.id, text="psst", ephemeral_message_parameters=only_for, **more
    )


async def test_a_message_for_one_person_names_that_person_until_it_is_gone(visit: Visit) -> None:
    events = await visit.events()
    number = (await whispered(visit))["ephemeral_message_id"]
    name, seen = await events.next()
    assert (name, seen["receiver_user"]["id"], seen["ephemeral_message_id"]) == ("message", visit.ann.id, number)
    assert [message["text"] for message in (await visit.chat(visit.group))["messages"]] == ["psst"]
    visit.world.restart_client(visit.ann)
    gone = {"chat": visit.group.id, "message": number, "only_for": visit.ann.id}
    assert await events.next() == ("deleted", gone)
    assert (await visit.chat(visit.group))["messages"] == []


async def test_only_its_person_presses_the_buttons_of_such_a_message(visit: Visit) -> None:
    keyboard = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}
    number = (await whispered(visit, reply_markup=keyboard))["ephemeral_message_id"]
    visit.group.members[visit.ming.id] = "member"
    pressed = {"message": number, "data": "y", "ephemeral": True}
    assert await visit.do("press", visit.ming, visit.group, 400, **pressed) == {"error": "gone"}
    press = asyncio.create_task(visit.do("press", visit.ann, visit.group, **pressed))
    [update] = await visit.call("getUpdates", timeout=10)
    await visit.call("answerCallbackQuery", callback_query_id=update["callback_query"]["id"], text="Good")
    assert (await press)["text"] == "Good"
