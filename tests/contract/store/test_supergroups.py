"""A group that becomes a supergroup: all that is kept of it goes on there, and where both have something it is one."""

import json

import pytest

from bot.domain.conversation import AnswerOutcome, ConversationKey, NewQuestion
from bot.domain.digest import Digest
from bot.domain.drawing import ImageRecipe, NewDrawing
from bot.domain.group import ArchivedMessage
from bot.domain.ledger import NewCall, Settled
from bot.domain.message import TextPart
from bot.domain.money import Money
from bot.domain.preferences import Preferences
from bot.domain.quota import Budget, Member, QuotaOverride, Usage
from bot.domain.stored_update import StoredUpdate
from bot.store import Store

GROUP, LARGE, ANN, BOB = -55, -1001, 5, 6
NOON = 1_800_014_400.0  # 2027-01-15 12:00 UTC


async def ask(store: Store, chat: int, text: str, message: int, user: int = ANN) -> list[str]:
    """Ask and answer; what was sent upstream as context."""
    new = NewQuestion(f"{chat}:{text}", ConversationKey(chat, 0, user), (TextPart(text),), 1, message)
    turn = await store.conversations.begin(new, NOON, Budget(f"chat:{chat}"))
    assert turn is not None
    await store.conversations.finish(turn, AnswerOutcome("done", (TextPart(text.upper()),), "", "m", 1))
    return [node.text for node in turn.path]


async def test_a_conversation_goes_on(store: Store) -> None:
    await ask(store, GROUP, "a", 1)
    await store.supergroups.migrate(GROUP, LARGE)
    assert await ask(store, LARGE, "b", 1) == ["a", "A", "b"]
    assert await store.conversations.locate(GROUP, 1) is None


async def test_a_message_of_the_supergroup_is_not_taken_for_one_from_before(store: Store) -> None:
    await ask(store, GROUP, "a", 7)
    await store.supergroups.migrate(GROUP, LARGE)
    assert await store.conversations.locate(LARGE, 7) is None
    await ask(store, LARGE, "b", 7)
    located = await store.conversations.locate(LARGE, 7)
    assert located is not None
    assert located.node.text == "b"


@pytest.mark.parametrize(("first", "then"), [(GROUP, LARGE), (LARGE, GROUP)])
async def test_who_talked_in_both_goes_on_where_it_was_last(store: Store, first: int, then: int) -> None:
    """Telegram may tell of the supergroup after the first question there."""
    await ask(store, first, "a", 1)
    await ask(store, then, "b", 2)
    await ask(store, GROUP, "bob's", 3, BOB)
    await store.supergroups.migrate(GROUP, LARGE)
    assert await ask(store, LARGE, "c", 4) == ["b", "B", "c"]
    assert await ask(store, LARGE, "d", 5, BOB) == ["bob's", "BOB'S", "d"]


async def test_a_fresh_start_in_the_supergroup_stays_one(store: Store) -> None:
    await ask(store, GROUP, "a", 1)
    await ask(store, LARGE, "b", 2)
    await store.conversations.start_afresh(ConversationKey(LARGE, 0, ANN))
    await store.supergroups.migrate(GROUP, LARGE)
    assert await ask(store, LARGE, "c", 3) == ["c"]


@pytest.mark.parametrize(("before", "after"), [(True, False), (False, True), (False, False)])
async def test_a_denial_wins(store: Store, before: bool, after: bool) -> None:
    await store.members.save(Member(GROUP, before))
    await store.members.save(Member(LARGE, after))
    await store.supergroups.migrate(GROUP, LARGE)
    assert await store.members.all() == [Member(LARGE, allowed=False)]


async def test_what_was_said_of_a_groups_rights_holds_as_far_as_nothing_newer_was_said(store: Store) -> None:
    await store.members.save(Member(GROUP, True, "guests", QuotaOverride(questions_per_day=3, pictures_per_day=1)))
    await store.members.save(Member(LARGE, True, "", QuotaOverride(pictures_per_day=2)))
    await store.supergroups.migrate(GROUP, LARGE)
    assert await store.members.all() == [
        Member(LARGE, True, "guests", QuotaOverride(questions_per_day=3, pictures_per_day=2))
    ]


async def test_what_a_chat_has_used_is_summed_up(store: Store) -> None:
    for chat, cost in ((GROUP, 7), (LARGE, 5)):
        number = await store.ledger.open(
            NewCall(NOON, ANN, chat, "question", "m", cost=Money(9)), Budget(f"chat:{chat}")
        )
        await store.ledger.settle(number, Settled("answered", "a", cost=Money(cost)))
    await store.supergroups.migrate(GROUP, LARGE)
    assert await store.quotas.used(f"chat:{GROUP}", NOON) == (Usage(), Usage(), Usage(cost=Money(12)))
    assert await store.quotas.used(f"chat:{LARGE}", NOON) == (Usage(cost=Money(12)),) * 3


async def test_what_is_reserved_when_the_group_moves_is_settled_in_the_supergroup(store: Store) -> None:
    number = await store.ledger.open(NewCall(NOON, ANN, GROUP, "question", "m", cost=Money(9)), Budget(f"chat:{GROUP}"))
    new = NewQuestion("1:1", ConversationKey(GROUP, 0, ANN), (TextPart("why?"),), 1, 1)
    turn = await store.conversations.begin(new, NOON, Budget(f"chat:{GROUP}"))
    assert turn is not None
    await store.supergroups.migrate(GROUP, LARGE)
    await store.ledger.settle(number, Settled("answered", "a", cost=Money(2)))
    await store.conversations.fail(turn)
    assert (await store.quotas.used(f"chat:{LARGE}", NOON)).today == Usage(questions=0, cost=Money(2))
    assert (await store.quotas.used(f"chat:{GROUP}", NOON)).today == Usage()


async def test_a_chosen_model_goes_along_unless_another_was_chosen_since(store: Store) -> None:
    for user, chat, model in ((ANN, GROUP, "old"), (BOB, GROUP, "old"), (BOB, LARGE, "new")):
        await store.people.choose_model(user, chat, model)
    assert await store.people.choices(ANN, LARGE) == (Preferences(), None)
    await store.supergroups.migrate(GROUP, LARGE)
    assert [(await store.people.choices(user, LARGE))[1] for user in (ANN, BOB)] == ["old", "new"]
    assert (await store.people.choices(ANN, GROUP))[1] is None


async def test_a_drawing_goes_along_and_its_messages_are_not_taken_for_others(store: Store) -> None:
    drawing = await store.pictures.begin(
        NewDrawing("1:1", GROUP, 0, ANN, "a cat", False, NOON), [ImageRecipe("a cat", "m")]
    )
    store.pictures.line(drawing.id, 8)
    store.pictures.show(GROUP, 9, drawing.pictures[0].id, "picture")
    await store.supergroups.migrate(GROUP, LARGE)
    assert [picture.chat_id for picture in await store.pictures.of(drawing.id)] == [LARGE]
    assert await store.pictures.at(LARGE, 9) is None


async def test_a_digest_with_its_runs_and_copies_goes_along_unless_the_supergroup_has_its_own(store: Store) -> None:
    old = Digest(GROUP, 0, "", "21:00", "0", "UTC", pinned=True, by=ANN, language="en", next_due=NOON)
    await store.digests.save(old)
    await store.digests.subscribe(GROUP, BOB, wanted=True)
    await store.digests.claim(NOON, NOON + 60, lambda each, _: (each.next_due, "skipped", NOON + 99))
    await store.supergroups.migrate(GROUP, LARGE)
    moved = await store.digests.get(LARGE)
    assert moved is not None
    assert (moved.clock, moved.next_due) == ("21:00", NOON + 99)
    assert await store.digests.subscribers(LARGE) == [BOB]
    assert await store.digests.claim(NOON, NOON + 60, lambda each, _: (NOON, "running", NOON)) == []
    await store.digests.save(old)
    await store.supergroups.migrate(GROUP, LARGE)
    assert await store.digests.get(LARGE) == moved


async def test_the_newer_time_at_which_somebody_was_told_counts(store: Store) -> None:
    for chat, at in ((GROUP, 9.0), (LARGE, 7.0)):
        await store.archive.asked(chat, 0, ANN, at)
    await store.supergroups.migrate(GROUP, LARGE)
    seen = await store.archive.last_wrote(LARGE, 0, ANN, 1)
    assert seen is not None
    assert seen.at == 9.0


async def test_notes_do_not_go_along_since_they_name_messages_by_their_ids(store: Store) -> None:
    await store.archive.keep(ArchivedMessage(GROUP, 1, 0, ANN, "Ann", "", NOON, "text", "hello"))
    await store.notes.put(GROUP, "key", "notes", [1], start=1)
    await store.supergroups.migrate(GROUP, LARGE)
    assert [await store.notes.starts(chat) for chat in (GROUP, LARGE)] == [set(), set()]


@pytest.mark.parametrize("kind", ["message", "callback_query"])
async def test_an_update_that_was_set_aside_is_erased_with_the_supergroup(store: Store, kind: str) -> None:
    chat = {"chat": {"id": GROUP}}
    update = {"update_id": 1, kind: {"from": {"id": ANN}, **(chat if kind == "message" else {"message": chat})}}
    await store.inbox.add(1, [StoredUpdate(1, json.dumps(update)), StoredUpdate(2, "not [JSON")], NOON)
    for number in (1, 2):
        await store.inbox.set_aside(1, number, "broken")
    await store.supergroups.migrate(GROUP, LARGE)
    await store.erasure.forget_group(GROUP)
    assert await store.inbox.add(1, [StoredUpdate(1, "{}")], NOON) == set()
    await store.erasure.forget_group(LARGE)
    assert await store.inbox.add(1, [StoredUpdate(1, "{}"), StoredUpdate(2, "{}")], NOON) == {1}
