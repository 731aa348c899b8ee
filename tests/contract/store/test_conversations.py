"""The tree of a conversation: what is asked goes on from the right place, is begun once, and counted exactly."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from bot.domain.conversation import AnswerOutcome, ConversationKey, Exchange, NewQuestion
from bot.domain.delivery import DeliveryKey, DeliveryRecord
from bot.domain.message import TextPart
from bot.domain.quota import Budget, Quota, QuotaReached
from bot.store import Store
from bot.store.conversations import SqliteConversationRepository

ANN = ConversationKey(chat_id=5, topic_id=0, user_id=5)
NOON = 1_800_014_400.0  # 2027-01-15 12:00 UTC
DAY = 86_400.0


def budget(scope: ConversationKey, questions: int) -> Budget:
    """Pays for so many questions of the person in a day; 0: any number."""
    return Budget(f"user:{scope.user_id}", Quota(questions_per_day=questions))


class Talk:
    """One person's side of a conversation, by the texts alone."""

    def __init__(self, rows: SqliteConversationRepository, scope: ConversationKey = ANN) -> None:
        self.rows = rows
        self.scope = scope
        self.turns = 0

    async def begin(
        self,
        text: str,
        *,
        parent: int | None = None,
        replaces: int | None = None,
        at: float = NOON,
        quota: int = 0,
        message: int | None = None,
    ) -> Exchange:
        self.turns += 1
        name = f"{self.scope}:{self.turns}"
        new = NewQuestion(name, self.scope, (TextPart(text),), 1, message or self.turns, parent, replaces)
        turn = await self.rows.begin(new, at, budget(self.scope, quota))
        assert turn is not None
        return turn

    async def ask(self, text: str, *, parent: int | None = None, replaces: int | None = None) -> Exchange:
        """A question and its answer, which is the question in capitals."""
        turn = await self.begin(text, parent=parent, replaces=replaces)
        await self.finish(turn, text.upper())
        return turn

    async def finish(self, turn: Exchange, text: str) -> list[DeliveryRecord]:
        return await self.rows.finish(turn, AnswerOutcome("done", (TextPart(text),), "", "m", 1))

    async def retry(self, *, at: float = NOON, quota: int = 0) -> Exchange | None:
        self.turns += 1
        return await self.rows.repeat(f"{self.scope}:{self.turns}", self.scope, at, budget(self.scope, quota))

    async def context(self, turn: Exchange) -> list[str]:
        return [node.text for node in await self.rows.path(turn.question_id)]

    async def next_context(self, text: str = "next") -> list[str]:
        """What would be sent with a question that is no reply."""
        return await self.context(await self.begin(text))


@pytest.fixture
def ann(store: Store) -> Talk:
    return Talk(store.conversations)


async def test_a_question_goes_on_from_the_newest_answer(ann: Talk) -> None:
    await ann.ask("a")
    await ann.ask("b")
    assert await ann.next_context() == ["a", "A", "b", "B", "next"]


async def test_conversations_of_others_chats_and_topics_are_others(store: Store, ann: Talk) -> None:
    await ann.ask("a")
    for scope in (replace(ANN, user_id=6), replace(ANN, chat_id=-1), replace(ANN, topic_id=2)):
        assert await Talk(store.conversations, scope).next_context() == ["next"]


async def test_a_reply_goes_on_from_the_older_answer_and_so_does_what_follows(ann: Talk) -> None:
    first = await ann.ask("a")
    await ann.ask("b")
    await ann.ask("c", parent=first.answer_id)
    assert await ann.next_context() == ["a", "A", "c", "C", "next"]


async def test_a_reply_to_an_answer_that_never_came_keeps_its_question(ann: Talk) -> None:
    await ann.ask("a")
    failed = await ann.begin("b")
    await ann.rows.fail(failed)
    assert await ann.context(await ann.begin("and?", parent=failed.answer_id)) == ["a", "A", "b", "and?"]


async def test_a_question_that_failed_is_not_in_the_next_context(ann: Talk) -> None:
    await ann.ask("a")
    await ann.rows.fail(await ann.begin("b"))
    assert await ann.next_context() == ["a", "A", "next"]


async def test_a_retry_after_a_failure_answers_the_question_that_failed(ann: Talk) -> None:
    await ann.ask("a")
    failed = await ann.begin("b")
    await ann.rows.fail(failed)
    again = await ann.retry()
    assert again is not None
    assert await ann.context(again) == ["a", "A", "b"]
    await ann.finish(again, "B2")
    assert await ann.next_context() == ["a", "A", "b", "B2", "next"]


async def test_a_retry_takes_the_place_of_the_answer(ann: Talk) -> None:
    await ann.ask("a")
    again = await ann.retry()
    assert again is not None
    await ann.finish(again, "A2")
    assert await ann.next_context() == ["a", "A2", "next"]


async def test_a_retry_after_an_edit_answers_the_edited_question(ann: Talk) -> None:
    first = await ann.ask("a")
    await ann.ask("b")
    await ann.ask("a2", replaces=first.question_id)
    again = await ann.retry()
    assert again is not None
    assert await ann.context(again) == ["a2"]


async def test_a_retry_where_nothing_was_asked_has_nothing_to_do(ann: Talk) -> None:
    assert await ann.retry(quota=1) is None
    await ann.begin("a", quota=1)  # and it was not counted


@pytest.mark.parametrize("fails", [False, True])
async def test_a_retry_after_a_fresh_start_has_nothing_to_do(ann: Talk, fails: bool) -> None:
    await ann.ask("a")
    turn = await ann.begin("b")
    await (ann.rows.fail(turn) if fails else ann.finish(turn, "B"))
    await ann.rows.start_afresh(ANN)
    assert await ann.retry() is None


async def test_a_fresh_start_leaves_what_was_said(ann: Talk) -> None:
    await ann.ask("a")
    assert await ann.rows.start_afresh(ANN)
    assert await ann.next_context() == ["next"]


async def test_a_fresh_start_where_nothing_was_asked_leaves_nothing(ann: Talk) -> None:
    assert not await ann.rows.start_afresh(ANN)
    await ann.ask("a")
    assert await ann.rows.start_afresh(ANN)
    assert not await ann.rows.start_afresh(ANN)


async def test_an_answer_that_ends_after_a_fresh_start_does_not_come_back(ann: Talk) -> None:
    await ann.ask("a")
    running = await ann.begin("b")
    await ann.rows.start_afresh(ANN)
    await ann.finish(running, "B")
    assert await ann.next_context() == ["next"]


async def test_a_reply_to_an_answer_from_before_a_fresh_start_takes_it_up_again(ann: Talk) -> None:
    old = await ann.ask("a")
    await ann.rows.start_afresh(ANN)
    await ann.ask("new")
    await ann.ask("b", parent=old.answer_id)
    assert await ann.next_context() == ["a", "A", "b", "B", "next"]


async def test_an_edited_question_takes_the_place_of_the_old_one(ann: Talk) -> None:
    await ann.ask("a")
    second = await ann.ask("b")
    await ann.ask("c")
    await ann.ask("b2", replaces=second.question_id)
    assert await ann.next_context() == ["a", "A", "b2", "B2", "next"]


async def test_an_edited_question_gets_the_messages_of_its_newest_answer(store: Store, ann: Talk) -> None:
    first = await ann.ask("a")
    store.deliveries.sent(DeliveryKey.of_answer(first.answer_id), 0, 5, 100)
    again = await ann.retry()
    assert again is not None
    store.deliveries.sent(DeliveryKey.of_answer(again.answer_id), 0, 5, 200)
    store.deliveries.sent(DeliveryKey.of_answer(again.answer_id), 1, 5, 201)
    edited = await ann.begin("a2", replaces=first.question_id)
    assert edited.has_past
    assert await store.deliveries.of(DeliveryKey.of_answer(edited.answer_id)) == [
        DeliveryRecord(0, 200, "shown"),
        DeliveryRecord(1, 201, "shown"),
    ]
    located = await ann.rows.locate(5, 200)
    assert located is not None
    assert located.node.id == edited.answer_id


async def test_an_edit_that_says_the_same_changes_nothing(ann: Talk) -> None:
    first = await ann.ask("a")
    same = NewQuestion("edit", ANN, (TextPart("a"),), 1, 1, replaces=first.question_id)
    assert await ann.rows.begin(same, NOON, budget(ANN, 1)) is None
    assert await ann.next_context() == ["a", "A", "next"]


async def test_an_edit_that_says_the_same_is_asked_again_where_no_answer_came(ann: Talk) -> None:
    ended = await ann.begin("a")
    await ann.rows.fail(ended)
    turn = await ann.begin("a", replaces=ended.question_id)
    assert await ann.context(turn) == ["a"]


async def test_a_node_of_somebody_else_is_never_gone_on_from(store: Store, ann: Talk) -> None:
    bob = await Talk(store.conversations, replace(ANN, user_id=6)).ask("private")
    with pytest.raises(LookupError):
        await ann.begin("give it to me", parent=bob.answer_id)
    with pytest.raises(LookupError):
        await ann.begin("give it to me", replaces=bob.question_id)
    assert await ann.next_context() == ["next"]


async def test_a_turn_begun_twice_is_begun_once(ann: Talk) -> None:
    new = NewQuestion("1:7", ANN, (TextPart("a"),), 1, 1)
    first = await ann.rows.begin(new, NOON, budget(ANN, 1))
    again = await ann.rows.begin(new, NOON, budget(ANN, 1))
    assert first is not None
    assert again == replace(first, has_past=True)
    await ann.finish(first, "A")
    known = await ann.rows.begin(new, NOON, budget(ANN, 1))
    assert known is not None
    assert (known.state, known.text, known.model) == ("done", "A", "m")


async def test_a_retry_begun_twice_is_begun_once(ann: Talk) -> None:
    await ann.ask("a")
    first = await ann.rows.repeat("1:8", ANN, NOON, budget(ANN, 0))
    again = await ann.rows.repeat("1:8", ANN, NOON, budget(ANN, 0))
    assert first is not None
    assert again == replace(first, has_past=True)


async def test_a_finished_turn_is_kept_as_it_ended(ann: Talk) -> None:
    turn = await ann.begin("a")
    parts = await ann.rows.finish(turn, AnswerOutcome("cut", (TextPart("A"),), "hm", "m", 3, 10, 4, 2))
    assert parts == [DeliveryRecord(0, None, "attempting")]
    known = await ann.rows.begin(NewQuestion(f"{ANN}:1", ANN, (TextPart("a"),), 1, 1), NOON, budget(ANN, 0))
    assert known is not None
    assert (known.state, known.text, known.thinking, known.model) == ("cut", "A", "hm", "m")


async def test_finishing_gives_the_messages_that_are_there(store: Store, ann: Talk) -> None:
    turn = await ann.begin("a")
    store.deliveries.shown(DeliveryKey.of_answer(turn.answer_id), 0, 5, 100)
    assert await ann.finish(turn, "A") == [DeliveryRecord(0, 100, "shown")]


async def test_a_quota_is_exact_for_each_person_and_day(store: Store, ann: Talk) -> None:
    for text in "ab":
        await ann.begin(text, quota=2)
    with pytest.raises(QuotaReached) as reached:
        await ann.begin("c", quota=2)
    assert (reached.value.used, reached.value.limit) == (2, 2)
    with pytest.raises(QuotaReached):
        await ann.retry(quota=2)
    await Talk(store.conversations, ConversationKey(-1, 0, 6)).begin("other person", quota=1)
    with pytest.raises(QuotaReached):
        await Talk(store.conversations, ConversationKey(-1, 0, 5)).begin("other chat, same person", quota=2)
    await ann.begin("tomorrow", at=NOON + DAY, quota=1)
    await ann.begin("no quota", quota=0)


async def test_what_a_quota_refuses_is_not_stored(ann: Talk) -> None:
    await ann.ask("a")
    with pytest.raises(QuotaReached):
        await ann.begin("b", quota=1)
    again = await ann.retry()
    assert again is not None
    assert await ann.context(again) == ["a"]
    assert await ann.rows.locate(5, 2) is None


async def test_a_failed_turn_is_given_back_once(ann: Talk) -> None:
    failed = await ann.begin("a", quota=2)
    await ann.begin("b", quota=2)
    await ann.rows.fail(failed)
    await ann.rows.fail(failed)
    await ann.begin("c", quota=2)
    with pytest.raises(QuotaReached):
        await ann.begin("d", quota=2)


async def test_a_turn_whose_update_is_set_aside_is_given_back_once(ann: Talk) -> None:
    await ann.begin("a", quota=1)
    await ann.rows.abandon(f"{ann.scope}:1")
    await ann.rows.abandon(f"{ann.scope}:1")
    await ann.rows.abandon("there never was one")
    await ann.begin("b", quota=1)
    with pytest.raises(QuotaReached):
        await ann.begin("c", quota=1)


async def test_a_finished_turn_is_not_given_back(ann: Talk) -> None:
    turn = await ann.begin("a", quota=1)
    await ann.finish(turn, "A")
    await ann.rows.fail(turn)
    with pytest.raises(QuotaReached):
        await ann.begin("b", quota=1)
    assert await ann.next_context() == ["a", "A", "next"]


async def test_a_question_that_fails_after_midnight_is_given_back_to_its_own_day(ann: Talk) -> None:
    late = await ann.begin("a", at=NOON, quota=1)
    await ann.begin("b", at=NOON + DAY, quota=1)
    await ann.rows.fail(late)
    await ann.begin("c", at=NOON, quota=1)
    with pytest.raises(QuotaReached):
        await ann.begin("d", at=NOON + DAY, quota=1)


async def test_messages_are_located_by_what_they_show(store: Store, ann: Talk) -> None:
    turn = await ann.begin("a", message=40)
    await ann.finish(turn, "A")
    store.deliveries.sent(DeliveryKey.of_answer(turn.answer_id), 0, 5, 41)
    question, answer = await ann.rows.locate(5, 40), await ann.rows.locate(5, 41)
    assert question is not None
    assert answer is not None
    assert (question.node.kind, question.node.text, question.conversation) == ("question", "a", ANN)
    assert (answer.node.kind, answer.node.text, answer.conversation) == ("answer", "A", ANN)
    assert await ann.rows.locate(6, 40) is None
    assert await ann.rows.locate(5, 42) is None


async def test_an_edited_message_shows_the_newest_question(ann: Talk) -> None:
    first = await ann.begin("a", message=40)
    second = await ann.begin("a2", replaces=first.question_id, message=40)
    located = await ann.rows.locate(5, 40)
    assert located is not None
    assert located.node.id == second.question_id


async def test_a_summary_stands_for_what_it_summarises(ann: Talk) -> None:
    first = await ann.ask("a")
    await ann.ask("b")
    await ann.rows.summarise(ANN, first.answer_id, "about a", 2, NOON)
    assert await ann.next_context() == ["about a", "b", "B", "next"]


async def test_the_nearest_and_newest_summary_counts(ann: Talk) -> None:
    first, second = await ann.ask("a"), await ann.ask("b")
    await ann.rows.summarise(ANN, second.answer_id, "about both", 2, NOON)
    await ann.rows.summarise(ANN, first.answer_id, "about a", 2, NOON)
    await ann.rows.summarise(ANN, second.answer_id, "about both, better", 2, NOON)
    assert await ann.next_context() == ["about both, better", "next"]


async def test_a_summary_counts_in_its_own_branch_only(ann: Talk) -> None:
    first, second = await ann.ask("a"), await ann.ask("b")
    await ann.rows.summarise(ANN, second.answer_id, "about both", 2, NOON)
    assert await ann.context(await ann.begin("c", parent=first.answer_id)) == ["a", "A", "c"]


async def test_a_conversation_goes_on_after_a_restart(engine: Callable[[], Awaitable[Store]]) -> None:
    for round_, expected in enumerate([["next"], ["0", "0", "next"]]):
        store = await engine()
        talk = Talk(store.conversations)
        talk.turns = 10 * round_
        assert await talk.next_context() == expected
        await talk.ask(str(round_))
        await store.close()
