"""The parts of answers: from an attempt to a message."""

import pytest

from bot.domain.conversation import ConversationKey, NewQuestion
from bot.domain.message import TextPart
from bot.domain.quota import Budget
from bot.store import Store
from bot.store.parts import Part


@pytest.fixture
async def answer(store: Store) -> int:
    turn = await store.conversations.begin(
        NewQuestion("1:1", ConversationKey(5, 0, 5), (TextPart("a"),), 1, 1), 0.0, Budget("user:5")
    )
    assert turn is not None
    return turn.answer_id


async def test_a_part_goes_from_its_attempt_to_its_message(store: Store, answer: int) -> None:
    await store.parts.attempt(answer, 0, 5)
    assert await store.parts.of(answer) == [Part(0, None, "attempting")]
    store.parts.sent(answer, 0, 5, 100)
    assert await store.parts.of(answer) == [Part(0, 100, "sent")]


async def test_a_message_that_is_known_is_not_forgotten(store: Store, answer: int) -> None:
    store.parts.shown(answer, 0, 5, 100)
    store.parts.sent(answer, 0, 5, None)
    assert await store.parts.of(answer) == [Part(0, 100, "sent")]


async def test_parts_are_given_in_their_order_and_go_one_by_one(store: Store, answer: int) -> None:
    store.parts.unknown(answer, 2, 5)
    store.parts.sent(answer, 0, 5, 100)
    store.parts.sent(answer, 1, 5, 101)
    store.parts.gone(answer, 1)
    assert await store.parts.of(answer) == [Part(0, 100, "sent"), Part(2, None, "unknown")]
