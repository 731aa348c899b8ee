"""Rich messages never reach pydantic with their blocks, and never lose them."""

import copy
import json
from typing import Any

import pytest
from aiogram.enums import ContentType
from aiogram.types import Message, RichMessage, Update
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.inbox.decoding import RAW_FIELD, loads, strip_rich_messages

Json = Any


def bomb(depth: int) -> Json:
    """A paragraph of formats within formats: from five levels on it takes pydantic more than ten seconds."""
    text: Json = "boom"
    for level in range(depth):
        text = {"type": ("bold", "italic")[level % 2], "text": text}
    return {"blocks": [{"type": "paragraph", "text": text}, {"type": "of tomorrow", "text": 7}]}


def message(**fields: Json) -> Json:
    return {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}, **fields}


def restored(data: Json) -> Json:
    """What Telegram had sent, from what was made of it."""
    if isinstance(data, list):
        return [restored(item) for item in data]
    if not isinstance(data, dict):
        return data
    found = {key: restored(value) for key, value in data.items() if key not in ("rich_message", RAW_FIELD)}
    if RAW_FIELD in data:
        assert data["rich_message"] == {"blocks": []}
        found["rich_message"] = data[RAW_FIELD]
    return found


leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
keys = st.sampled_from(["message", "reply_to_message", "text", "blocks"])
rich_values = st.dictionaries(keys, st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(keys, inner)))
trees = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.builds(
            lambda fields, rich: fields | ({} if rich is None else {"rich_message": rich}),
            st.dictionaries(keys, inner, max_size=3),
            st.none() | rich_values,
        )
    ),
    max_leaves=15,
)


@settings(max_examples=50)
@given(trees)
def test_what_was_moved_can_be_moved_back(data: Json) -> None:
    assert restored(strip_rich_messages(copy.deepcopy(data))) == data


@settings(max_examples=50)
@given(trees)
def test_once_more_changes_nothing(data: Json) -> None:
    once = strip_rich_messages(copy.deepcopy(data))
    assert strip_rich_messages(copy.deepcopy(once)) == once


@settings(max_examples=50)
@given(trees)
def test_json_with_and_without_rich_messages_is_read_alike(data: Json) -> None:
    assert loads(json.dumps(data)) == strip_rich_messages(copy.deepcopy(data))


def test_a_bomb_is_kept_from_pydantic_and_its_words_are_kept() -> None:
    update = Update.model_validate(loads(json.dumps({"update_id": 1, "message": message(rich_message=bomb(16))})))
    assert update.message is not None
    assert update.message.rich_message == RichMessage(blocks=[])
    assert update.message.content_type == ContentType.RICH_MESSAGE
    assert (update.message.model_extra or {})[RAW_FIELD] == bomb(16)


@pytest.mark.parametrize("field", ["reply_to_message", "pinned_message"])
def test_bombs_are_found_wherever_they_hide(field: str) -> None:
    hidden = message(**{field: message(rich_message=bomb(16))}, rich_message=bomb(16))
    found = Message.model_validate(strip_rich_messages(hidden))
    inner = getattr(found, field)
    assert inner.rich_message == found.rich_message == RichMessage(blocks=[])
    assert inner.model_extra[RAW_FIELD] == found.model_extra[RAW_FIELD] == bomb(16)  # type: ignore[index] # None fails too


@pytest.mark.parametrize("odd", [None, [], "rich", 7, [bomb(16)]])
def test_what_only_looks_like_a_rich_message_is_left_out(odd: Json) -> None:
    assert Message.model_validate(strip_rich_messages(message(rich_message=odd))).rich_message is None


def test_depth_is_no_danger() -> None:
    deep: Json = {"rich_message": {}}
    for _ in range(20_000):
        deep = {"message": [deep]}
    assert strip_rich_messages(deep) is deep
