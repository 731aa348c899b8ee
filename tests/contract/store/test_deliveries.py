"""Documents on their way: from an attempt to a message, and what is remembered of them."""

import pytest

from bot.domain.conversation import ConversationKey, NewQuestion
from bot.domain.delivery import DeliveryKey, DeliveryRecord, StoredDocument
from bot.domain.group import ArchivedMessage
from bot.domain.message import TextPart
from bot.domain.quota import Budget
from bot.store import Store

WEEK = 7 * 86_400.0


@pytest.fixture
async def answer(store: Store) -> int:
    turn = await store.conversations.begin(
        NewQuestion("1:1", ConversationKey(5, 0, 5), (TextPart("a"),), 1, 1), 0.0, Budget("user:5")
    )
    assert turn is not None
    return turn.answer_id


async def test_a_part_goes_from_its_attempt_to_its_message(store: Store, answer: int) -> None:
    await store.deliveries.attempt(DeliveryKey.of_answer(answer), 0, 5)
    assert await store.deliveries.of(DeliveryKey.of_answer(answer)) == [DeliveryRecord(0, None, "attempting")]
    store.deliveries.sent(DeliveryKey.of_answer(answer), 0, 5, 100)
    assert await store.deliveries.of(DeliveryKey.of_answer(answer)) == [DeliveryRecord(0, 100, "sent")]


async def test_a_message_that_is_known_is_not_forgotten(store: Store, answer: int) -> None:
    store.deliveries.shown(DeliveryKey.of_answer(answer), 0, 5, 100)
    store.deliveries.sent(DeliveryKey.of_answer(answer), 0, 5, None)
    assert await store.deliveries.of(DeliveryKey.of_answer(answer)) == [DeliveryRecord(0, 100, "sent")]


async def test_nothing_is_recorded_of_an_answer_that_was_erased(store: Store, answer: int) -> None:
    await store.erasure.forget(5)
    store.deliveries.sent(DeliveryKey.of_answer(answer), 0, 5, 100)
    assert await store.deliveries.of(DeliveryKey.of_answer(answer)) == []


async def test_what_is_delivered_is_known_for_a_week(store: Store) -> None:
    document = StoredDocument(DeliveryKey("summary", "1:2"), 5, "{}")
    assert await store.deliveries.begin(document, 0.0, None) == document
    store.deliveries.finish(document.key)
    await store.retention.prune(WEEK - 1.0, 90)
    assert await store.deliveries.knows(document.key)
    assert await store.deliveries.begin(document, 0.0, None) is None
    await store.retention.prune(WEEK + 1.0, 90)
    assert not await store.deliveries.knows(document.key)
    assert await store.deliveries.begin(document, 0.0, None) == document


async def test_a_key_is_known_from_when_its_document_is_kept_until_that_cannot_be_delivered(store: Store) -> None:
    document = StoredDocument(DeliveryKey("summary", "1:2"), 5, "{}")
    assert not await store.deliveries.knows(document.key)
    await store.deliveries.begin(document, 0.0, None)
    assert await store.deliveries.knows(document.key)
    assert not await store.deliveries.knows(DeliveryKey("digest", "1:2"))
    await store.deliveries.drop(document.key)
    assert not await store.deliveries.knows(document.key)


async def test_a_document_that_quotes_what_is_erased_is_not_gone_on_with(store: Store) -> None:
    message = ArchivedMessage(-9, 1, 0, 6, "Bob", "", 1.0, "text", "hello")
    for chat_id in (-9, -8):
        document = StoredDocument(DeliveryKey("summary", str(chat_id)), 5, "{}", user_id=5, source_chat_id=chat_id)
        await store.deliveries.begin(document, 0.0, None)
    await store.archive.keep(message)
    await store.erasure.forget(6)
    assert await store.deliveries.unfinished() == [DeliveryKey("summary", "-8")]


async def test_parts_are_given_in_their_order_and_go_one_by_one(store: Store, answer: int) -> None:
    store.deliveries.unknown(DeliveryKey.of_answer(answer), 2, 5)
    store.deliveries.sent(DeliveryKey.of_answer(answer), 0, 5, 100)
    store.deliveries.sent(DeliveryKey.of_answer(answer), 1, 5, 101)
    store.deliveries.gone(DeliveryKey.of_answer(answer), 1)
    assert await store.deliveries.of(DeliveryKey.of_answer(answer)) == [
        DeliveryRecord(0, 100, "sent"),
        DeliveryRecord(2, None, "unknown"),
    ]
