"""What goes with a person who is forgotten and a group that is left, beyond what was archived."""

from dataclasses import replace

from bot.domain.conversation import AnswerOutcome, ConversationKey, NewQuestion
from bot.domain.delivery import DeliveryKey
from bot.domain.digest import Digest
from bot.domain.drawing import ImageRecipe, NewDrawing
from bot.domain.ledger import NewCall, Settled
from bot.domain.message import TextPart
from bot.domain.money import Money
from bot.domain.quota import Budget, Member, Usage
from bot.store import Store

GROUP, OTHER, ANN, BOB = -55, -56, 5, 6
NOON = 1_800_014_400.0  # 2027-01-15 12:00 UTC


async def ask(store: Store, chat: int, user: int) -> None:
    new = NewQuestion(f"{chat}:{user}", ConversationKey(chat, 0, user), (TextPart("why?"),), 1, user)
    turn = await store.conversations.begin(new, NOON, Budget(f"chat:{chat}"))
    assert turn is not None
    await store.conversations.finish(turn, AnswerOutcome("done", (TextPart("because"),), "", "m", 1))


async def draw(store: Store, chat: int, user: int) -> int:
    return (
        await store.pictures.begin(
            NewDrawing(f"{chat}:{user}", chat, 0, user, "a cat", False, NOON), [ImageRecipe("a cat", "m")]
        )
    ).id


async def test_what_was_asked_and_drawn_in_a_group_goes_with_it(store: Store) -> None:
    for chat, user in ((GROUP, ANN), (GROUP, BOB), (OTHER, ANN)):
        await ask(store, chat, user)
        await store.people.choose_model(user, chat, "m")
    gone, kept = await draw(store, GROUP, ANN), await draw(store, OTHER, ANN)
    await store.erasure.forget_group(GROUP)
    located = [await store.conversations.locate(*place) for place in ((GROUP, ANN), (GROUP, BOB), (OTHER, ANN))]
    assert [each is not None for each in located] == [False, False, True]
    assert [len(await store.pictures.of(number)) for number in (gone, kept)] == [0, 1]
    assert [(await store.people.choices(ANN, chat))[1] for chat in (GROUP, OTHER)] == [None, "m"]


async def test_a_group_that_was_shut_out_stays_so_when_it_sends_the_bot_away(store: Store) -> None:
    await store.members.save(Member(GROUP, allowed=False))
    await store.erasure.forget_group(GROUP)
    assert await store.members.all() == [Member(GROUP, allowed=False)]


async def test_what_a_group_has_used_cannot_be_had_anew_by_letting_the_bot_in_again(store: Store) -> None:
    number = await store.ledger.open(NewCall(NOON, ANN, GROUP, "question", "m", cost=Money(9)), Budget(f"chat:{GROUP}"))
    await store.ledger.settle(number, Settled("answered", "a", cost=Money(7)))
    await store.erasure.forget_group(GROUP)
    assert (await store.quotas.used(f"chat:{GROUP}", NOON)).today == Usage(cost=Money(7))
    assert (await store.reports.of(ANN, NOON, 1)).month.cost == Money(7)


async def test_who_ordered_a_digest_is_forgotten_and_the_group_keeps_it(store: Store) -> None:
    for chat in (GROUP, OTHER):
        await store.digests.save(
            Digest(chat, 0, "", "21:00", "0", "UTC", pinned=True, by=ANN, language="en", next_due=NOON)
        )
    await store.erasure.forget(ANN, GROUP)
    digests = [await store.digests.get(chat) for chat in (GROUP, OTHER)]
    assert [digest.by for digest in digests if digest] == [0, ANN]
    await store.erasure.forget(ANN)
    digest = await store.digests.get(OTHER)
    assert digest is not None
    assert digest.by == 0


async def test_what_is_remembered_of_a_person_is_read_anew(store: Store) -> None:
    await store.people.choose_model(ANN, GROUP, "m")
    assert (await store.people.choices(ANN, GROUP))[1] == "m"
    await store.erasure.forget(ANN, GROUP)
    assert (await store.people.choices(ANN, GROUP))[1] == "m"  # a setting is nothing that was said
    await store.erasure.forget(ANN)
    assert (await store.people.choices(ANN, GROUP))[1] is None


async def test_an_answer_that_is_erased_while_it_is_given_ends_without_a_trace(store: Store) -> None:
    new = NewQuestion("1:1", ConversationKey(GROUP, 0, ANN), (TextPart("why?"),), 1, 1)
    turn = await store.conversations.begin(new, NOON, Budget(f"chat:{GROUP}"))
    assert turn is not None
    drawing = await draw(store, GROUP, ANN)
    [picture] = await store.pictures.of(drawing)
    await store.erasure.forget_group(GROUP)
    other = await store.conversations.begin(
        replace(new, idempotency_key="1:2", conversation=ConversationKey(BOB, 0, BOB)), NOON, Budget("user:6")
    )
    assert other is not None
    assert other.answer_id > turn.answer_id
    assert await store.conversations.finish(turn, AnswerOutcome("done", (TextPart("because"),), "", "m", 1)) == []
    await store.deliveries.attempt(DeliveryKey.of_answer(turn.answer_id), 0, GROUP)
    store.deliveries.sent(DeliveryKey.of_answer(turn.answer_id), 0, GROUP, 7)
    store.pictures.show(GROUP, 8, picture.id, "picture")
    assert await store.deliveries.of(DeliveryKey.of_answer(turn.answer_id)) == []
    assert await store.pictures.at(GROUP, 8) is None
