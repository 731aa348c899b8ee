"""What is read of an update before it is parsed, whatever it is."""

from collections.abc import Hashable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.inbox.ordered_queues import ordering_key, update_id

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
FIELDS = ["chat", "from", "sender_chat", "message_thread_id", "is_topic_message", "text", "id"]
odd_messages = json_values | st.dictionaries(st.sampled_from(FIELDS), json_values)
odd_updates = st.dictionaries(st.sampled_from(["update_id", "message", "edited_message", "x"]), odd_messages)


def ordering(update: dict[str, Any]) -> Hashable | None:
    return ordering_key(update, {"stop", "draw"})


def message(text: str = "hi", *, chat: int = 1, sender: int = 1, **fields: Any) -> dict[str, Any]:
    return {"chat": {"id": chat}, "from": {"id": sender}, "text": text, **fields}


@settings(max_examples=60)
@given(json_values | odd_updates)
def test_no_update_is_too_odd_to_be_looked_at(update: Any) -> None:
    identity = update_id(update)
    assert identity is None or 0 <= identity < 2**63
    if isinstance(update, dict):
        hash(ordering(update))


@pytest.mark.parametrize("identity", [0, 7, 2**63 - 1])
def test_an_update_has_its_number(identity: int) -> None:
    assert update_id({"update_id": identity}) == identity


@pytest.mark.parametrize("identity", [None, True, "7", 7.0, -1, 2**63, [7]])
def test_what_has_no_number_is_no_update(identity: object) -> None:
    assert update_id({"update_id": identity}) is None


@pytest.mark.parametrize("update", [None, 7, "update_id", ["update_id"], {}])
def test_what_is_no_object_is_no_update(update: object) -> None:
    assert update_id(update) is None


@pytest.mark.parametrize(
    "text", ["/stop", "/stop@some_bot", "  /stop", "/stop please", "/stop\nnow", "/Stop", "/STOP@Some_Bot"]
)
def test_stopping_overtakes(text: str) -> None:
    assert ordering({"message": message(text)}) is None


@pytest.mark.parametrize("text", ["/stopwatch", "please /stop", "stop", "", "/stop,", "//stop"])
def test_talking_of_stopping_does_not_overtake(text: str) -> None:
    assert ordering({"message": message(text)}) is not None


def test_a_message_that_is_edited_to_say_stop_keeps_its_place() -> None:
    assert ordering({"edited_message": message("/stop")}) == ordering({"message": message()})


@pytest.mark.parametrize(
    "drawing",
    [
        message("/draw a cat"),
        message("/draw@some_bot a cat"),
        message("/Draw a cat"),
        {"chat": {"id": 1}, "from": {"id": 1}, "photo": [], "caption": "/draw as a watercolour"},
        message("in the snow", reply_to_message={"photo": [], "from": {"id": 9, "is_bot": True}}),
        message("in the snow", reply_to_message={"document": {}, "from": {"id": 9, "is_bot": True}}),
    ],
)
def test_drawing_overtakes(drawing: dict[str, Any]) -> None:
    assert ordering({"message": drawing}) is None


@pytest.mark.parametrize(
    "replied",
    [{"photo": [], "from": {"id": 9, "is_bot": False}}, {"from": {"is_bot": True}}, {"photo": []}, [], "photo", None],
)
def test_other_replies_keep_their_place(replied: object) -> None:
    assert ordering({"message": message(reply_to_message=replied)}) == ordering({"message": message()})


def test_which_commands_overtake_is_said_from_outside() -> None:
    assert ordering_key({"message": message("/draw a cat")}, ["stop"]) == ordering({"message": message()})
    assert ordering_key({"message": message("/ping")}, ["ping"]) is None


@pytest.mark.parametrize("kind", ["callback_query", "stopped_message_generation"])
def test_buttons_overtake(kind: str) -> None:
    assert ordering({kind: {}}) is None


@pytest.mark.parametrize(
    "other",
    [
        message(chat=2),
        message(sender=2),
        message(message_thread_id=9, is_topic_message=True),
        message(sender_chat={"id": -5}),
    ],
)
def test_chats_people_and_topics_do_not_wait_for_each_other(other: dict[str, Any]) -> None:
    assert ordering({"message": other}) != ordering({"message": message()})


def test_a_reply_outside_of_topics_stays_in_its_conversation() -> None:
    assert ordering({"message": message(message_thread_id=9)}) == ordering({"message": message()})


def test_everything_else_keeps_one_order() -> None:
    assert ordering({"my_chat_member": {}}) == ordering({"message": "what?"}) == ordering({"edited_message": [1]})
