"""A question and what becomes of it, from the context that is sent to what is kept."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any, cast

import pytest

from bot.billing.quota_plan import Quotas
from bot.chat.answer import Answer, EmptyAnswer, Ended, NothingAsked, Problem, StreamCollector
from bot.chat.answer_question import AnswerQuestion, AnswerRequest, ParsedQuestion
from bot.chat.context import SUMMARY_LABEL
from bot.chat.profiles import ChatProfiles, GenerationSettings
from bot.clock import FakeClock
from bot.domain.active_tasks import ActiveTasks
from bot.domain.calls import CallContext, OnFallback, Payer, QueuePosition, WaitTooLong
from bot.domain.chat import ChatRequest, Completion, Finish, Sink
from bot.domain.conversation import ConversationKey, Exchange
from bot.domain.delivery import DeliveryKey, DeliveryRecord
from bot.domain.errors import BrokenStream, ServerFault, TooLong
from bot.domain.ledger import Purpose
from bot.domain.model import Model
from bot.domain.money import Price, TokenUsage
from bot.domain.preferences import Preferences
from bot.domain.quota import Budget, Quota, QuotaReached
from bot.providers.tokens import Corrections, estimate, prompt
from bot.store import Store

ANN = ConversationKey(5, 0, 5)
BIG = Model("big", "p", "f", 32_000, 8_000, Price(), "switch", sees=False, limits={})
SMALL = replace(BIG, id="small", context=1_000)
STYLE = GenerationSettings(BIG, "Be kind.", 0.7, thinking=False)

Reply = Callable[["Call"], Awaitable[Completion]]


class Call:
    """One request upstream, and what belongs to it."""

    def __init__(self, request: ChatRequest, sink: Sink, context: CallContext) -> None:
        self.request = request
        self.sink = sink
        self.context = context

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.request.messages if message.role != "system"]


def wait_told(call: Call) -> Callable[[QueuePosition], None]:
    assert call.context.on_wait is not None
    return call.context.on_wait


def fallback_told(call: Call) -> OnFallback:
    assert call.context.on_fallback is not None
    return call.context.on_fallback


class FakeChat:
    """Answers each call as the next of ``replies`` does; without one, with ``ok``."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.replies: list[Reply] = []

    async def complete(self, request: ChatRequest, sink: Sink, context: CallContext) -> Completion:
        call = Call(request, sink, context)
        self.calls.append(call)
        return await (self.replies.pop(0) if self.replies else says("ok"))(call)


class FakeView:
    """Remembers what it was told; ``seen`` is what the collector had at each change."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.turn: Exchange | None = None
        self.answers: list[Answer] = []
        self.resumed: list[Exchange] = []
        self.problems: list[Problem] = []
        self.is_open = False

    async def open(self, turn: Exchange, collector: StreamCollector) -> None:
        self.turn, self.is_open = turn, True
        collector.on_change = lambda: self.seen.append(f"({collector.thinking_so_far}) {collector.text_so_far}")

    async def close(self) -> None:
        self.is_open = False

    async def deliver(self, turn: Exchange, answer: Answer) -> None:
        self.answers.append(answer)

    async def deliver_stored(self, turn: Exchange) -> None:
        self.resumed.append(turn)

    async def say(self, problem: Problem, model: Model) -> None:
        self.problems.append(problem)

    @property
    def answer(self) -> Answer:
        """The one that was delivered, and nothing else was said."""
        assert (len(self.answers), self.problems, self.is_open) == (1, [], False)
        return self.answers[0]

    @property
    def problem(self) -> Problem:
        """The one thing that was said, and no answer was delivered."""
        assert (self.answers, len(self.problems), self.is_open) == ([], 1, False)
        return self.problems[0]


def says(text: str, *, thinking: str = "", finish: Finish = "stop", usage: TokenUsage | None = None) -> Reply:
    async def reply(call: Call) -> Completion:
        if thinking:
            call.sink.thinking(thinking)
        if text:
            call.sink.text(text)
        return Completion(text, thinking, finish, usage, 0.1, 1.0)

    return reply


def raises(error: Exception, *, after: str = "") -> Reply:
    async def reply(call: Call) -> Completion:
        if after:
            call.sink.text(after)
        raise error

    return reply


class Hanging:
    """Says something and then nothing more; ``ended`` tells whether it was really cancelled."""

    def __init__(self, said: str = "") -> None:
        self.said = said
        self.begun = asyncio.Event()
        self.ended = False

    async def __call__(self, call: Call) -> Completion:
        if self.said:
            call.sink.text(self.said)
        self.begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.ended = True
        raise AssertionError


class FakeQuotas:
    """Everybody may ask as many questions in a day; 0: any number."""

    def __init__(self) -> None:
        self.daily = 0

    def payer(self, user_id: int, chat_id: int, purpose: Purpose = "question") -> Payer:
        budget = Budget(f"user:{user_id}", Quota(questions_per_day=self.daily))
        return Payer(user_id, chat_id, budget, weight=2.0, purpose=purpose)


class FakeStyles:
    """Everybody is answered in the same manner."""

    def __init__(self) -> None:
        self.all = STYLE

    def style(self, preferences: Preferences, chosen: str | None) -> GenerationSettings:
        return self.all


class Room:
    """Ann's conversation with the bot, over a real store and a chat that does as it is told."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = FakeClock()
        self.chat = FakeChat()
        self.active_tasks = ActiveTasks()
        self.corrections = Corrections()
        self.quotas = FakeQuotas()
        self.profiles = FakeStyles()
        self.use_case = self.process()
        self._updates = 0

    def process(self) -> AnswerQuestion:
        """As another process over the same store has it."""
        return AnswerQuestion(
            self.store.conversations,
            self.chat,
            self.clock,
            self.active_tasks,
            self.corrections,
            cast("Quotas", self.quotas),
            cast("ChatProfiles", self.profiles),
        )

    def request(self) -> AnswerRequest:
        """Of the next message of Ann."""
        self._updates += 1
        return AnswerRequest(f"1:{self._updates}", ANN, self._updates, "said", Preferences(), None)

    async def ask(
        self,
        text: str,
        reply: Reply | None = None,
        style: GenerationSettings = STYLE,
        request: AnswerRequest | None = None,
    ) -> FakeView:
        self.profiles.all = style
        if reply is not None:
            self.chat.replies.append(reply)
        view = FakeView()
        await self.use_case.ask(request or self.request(), ParsedQuestion(text), view)
        return view

    def begin(self, text: str, reply: "Hanging", request: AnswerRequest | None = None) -> "asyncio.Task[FakeView]":
        return asyncio.create_task(self.ask(text, reply, request=request))

    async def edit(self, request: AnswerRequest, text: str, reply: Reply | None = None) -> FakeView:
        """The message of an earlier request says something else now."""
        if reply is not None:
            self.chat.replies.append(reply)
        view = FakeView()
        edited = replace(self.request(), message_id=request.message_id, said=f"said {text}")
        await self.use_case.ask_otherwise(edited, ParsedQuestion(text), view)
        return view

    async def retry(self) -> FakeView:
        view = FakeView()
        await self.use_case.retry(self.request(), view)
        return view

    async def stored(self, view: FakeView) -> dict[str, Any]:
        assert view.turn is not None
        answer_id = view.turn.answer_id

        def read(db: Any) -> dict[str, Any]:
            sql = "SELECT nodes.*, part.text FROM nodes LEFT JOIN message_parts AS part ON node_id = id WHERE id = ?"
            return dict(next(iter(db.query(sql, [answer_id]))))

        return await self.store.database.run(read)

    @property
    def compactions(self) -> "dict[ConversationKey, asyncio.Task[None]]":
        return self.use_case._compactor.tasks

    async def until_compacted(self) -> None:
        await asyncio.wait_for(asyncio.gather(*self.compactions.values()), 10)


@pytest.fixture
async def room(store: Store) -> AsyncIterator[Room]:
    room = Room(store)
    yield room
    await room.use_case.close()


async def test_an_answer_is_shown_while_it_comes_stored_and_then_delivered(room: Room) -> None:
    view = await room.ask("why?", says("because", thinking="hm", usage=TokenUsage(20, 5, cached=8)))
    assert view.seen == ["(hm) ", "(hm) because"]
    assert view.answer == Answer("because", "hm", BIG, [DeliveryRecord(0, None, "attempting")])
    row = await room.stored(view)
    assert (row["state"], row["text"], row["model"], row["thinking"]) == ("done", "because", "big", "")
    assert (row["prompt_tokens"], row["output_tokens"], row["cached_tokens"]) == (20, 5, 8)


async def test_an_answer_that_is_stored_is_delivered_by_the_next_process_and_asked_for_once(room: Room) -> None:
    request = room.request()
    await room.ask("why?", says("because"), request=request)
    room.use_case = room.process()
    view = await room.ask("why?", request=request)
    assert [turn.text for turn in view.resumed] == ["because"]
    assert len(room.chat.calls) == 1


async def test_a_question_whose_answer_was_not_stored_is_asked_again_by_the_next_process(room: Room) -> None:
    room.quotas.daily = 1
    request, upstream = room.request(), Hanging("half of it")
    ending = room.begin("why?", upstream, request)
    await upstream.begun.wait()
    ending.cancel()
    await asyncio.gather(ending, return_exceptions=True)
    room.use_case = room.process()
    view = await room.ask("why?", says("because"), request=request)
    assert view.answer.text == "because"
    assert view.turn is not None
    assert view.turn.has_past


async def test_a_question_that_failed_is_not_asked_again_by_the_next_process(room: Room) -> None:
    request = room.request()
    await room.ask("why?", raises(ServerFault()), request=request)
    room.use_case = room.process()
    view = await room.ask("why?", request=request)
    assert (view.answers, view.resumed, view.problems) == ([], [], [])
    assert len(room.chat.calls) == 1


async def test_a_question_that_is_given_up_no_longer_counts(room: Room) -> None:
    room.quotas.daily = 1
    request, upstream = room.request(), Hanging()
    ending = room.begin("why?", upstream, request)
    await upstream.begun.wait()
    ending.cancel()
    await asyncio.gather(ending, return_exceptions=True)
    await room.use_case.abandon(request.idempotency_key)
    assert (await room.ask("why?")).answer.text == "ok"


async def test_a_question_beyond_the_quota_is_refused_and_asks_nobody(room: Room) -> None:
    room.quotas.daily = 1
    await room.ask("a")
    for view in (await room.ask("b"), await room.retry()):
        assert isinstance(view.problem, QuotaReached)
    assert len(room.chat.calls) == 1


async def test_there_is_nothing_to_answer_again_where_nothing_was_asked(room: Room) -> None:
    assert isinstance((await room.retry()).problem, NothingAsked)


async def test_a_retry_gives_another_answer_to_the_newest_question(room: Room) -> None:
    await room.ask("a")
    await room.ask("b", says("B"))
    room.chat.replies.append(says("B2"))
    assert (await room.retry()).answer.text == "B2"
    assert room.chat.calls[-1].texts == ["a", "ok", "b"]


async def test_an_edit_of_a_message_that_asked_nothing_is_left_alone(room: Room) -> None:
    await room.ask("a")
    view = await room.edit(room.request(), "b")
    assert (view.turn, view.answers, view.problems) == (None, [], [])


async def test_an_edit_that_changes_no_word_of_the_question_is_left_alone(room: Room) -> None:
    request = room.request()
    await room.ask("a", request=request)
    view = await room.edit(request, "a")
    assert (view.turn, view.answers, view.problems) == (None, [], [])


async def test_an_answer_is_known_by_its_message_in_its_own_conversation_only(room: Room) -> None:
    view = await room.ask("a", says("A"))
    assert view.turn is not None
    room.store.deliveries.sent(DeliveryKey.of_answer(view.turn.answer_id), 0, 5, 100)
    shown = await room.use_case.answer_shown(5, 100, ANN)
    assert shown is not None
    assert shown.text == "A"
    assert await room.use_case.answer_shown(5, 100, replace(ANN, topic_id=3)) is None
    assert await room.use_case.answer_shown(5, 1, ANN) is None, "it shows the question"
    assert [await room.use_case.is_known(5, message) for message in (1, 100, 101)] == [True, True, False]


async def test_the_request_is_as_the_person_wants_it(room: Room) -> None:
    await room.ask("why?", style=GenerationSettings(BIG, "Be brief.", 0.2, thinking=True))
    [call] = room.chat.calls
    assert [(message.role, message.text) for message in call.request.messages] == [
        ("system", "Be brief."),
        ("user", "why?"),
    ]
    assert (call.request.temperature, call.request.thinking, call.request.max_tokens) == (0.2, True, 4096)
    assert call.context.payer == room.quotas.payer(5, 5)
    assert call.context.priority == "interactive"


async def test_thinking_is_kept_only_for_who_sees_it(room: Room) -> None:
    view = await room.ask("why?", says("because", thinking="hm"), replace(STYLE, keep_thinking=True))
    assert (await room.stored(view))["thinking"] == "hm"


async def test_the_context_grows_only_at_its_end(room: Room) -> None:
    for text in "abc":
        await room.ask(text, says(text.upper()))
    first, second, third = (call.request.messages for call in room.chat.calls)
    assert second[: len(first)] == first
    assert third[: len(second)] == second
    assert room.chat.calls[-1].texts == ["a", "A", "b", "B", "c"]


async def test_switching_the_model_keeps_the_thread(room: Room) -> None:
    await room.ask("a", says("A"))
    await room.ask("b", style=replace(STYLE, model=replace(BIG, id="other")))
    assert room.chat.calls[-1].texts == ["a", "A", "b"]


async def test_the_collector_knows_the_wait(room: Room) -> None:
    collector = StreamCollector(BIG, room.clock)
    await room.clock.advance(7)
    collector.waiting(QueuePosition(3, 12.0))
    assert (collector.ahead, collector.waits_until) == (3, room.clock.monotonic() + 12.0)


async def test_who_waits_is_shown_it(room: Room) -> None:
    async def queue(call: Call) -> Completion:
        wait_told(call)(QueuePosition(3, 12.0))
        return await says("ok")(call)

    view = await room.ask("a", queue)
    assert view.seen == ["() ", "() ok"]


async def test_a_fallback_begins_anew_and_is_told_and_stored(room: Room) -> None:
    other, third = replace(BIG, id="other"), replace(BIG, id="third")

    async def fall_back(call: Call) -> Completion:
        call.sink.thinking("first")
        fallback_told(call)(BIG, other, ServerFault())
        fallback_told(call)(other, third, ServerFault())
        return await says("ok", usage=TokenUsage(100, 1))(call)

    view = await room.ask("a", fall_back)
    assert (view.answer.model, view.answer.replaced) == (third, BIG)
    assert view.seen == ["(first) ", "() ok"]
    assert (await room.stored(view))["model"] == "third"


async def test_what_a_fallback_counts_teaches_about_itself_alone(room: Room) -> None:
    async def fall_back(call: Call) -> Completion:
        fallback_told(call)(BIG, replace(BIG, id="other"), ServerFault())
        return await says("ok", usage=TokenUsage(1_000, 1))(call)

    await room.ask("a", fall_back)
    assert room.corrections.apply("big", 100) == 100
    assert room.corrections.apply("other", 100) > 100


async def test_a_question_is_cut_to_what_the_model_counts_not_what_we_guess(room: Room) -> None:
    for number in range(4):
        await room.ask(f"{number} " + "word " * 60, says("ok"), replace(STYLE, model=SMALL))
    before = len(room.chat.calls[-1].texts)
    for _ in range(30):
        room.corrections.observe("small", 100, 200)
    await room.ask("short", style=replace(STYLE, model=SMALL))
    assert len(room.chat.calls[-1].texts) < before
    assert prompt(room.chat.calls[-1].request.messages) * 2 <= 1_000


async def test_a_request_that_is_too_long_is_sent_again_with_half(room: Room) -> None:
    for text in "abcdef":
        await room.ask(f"{text} " + "word " * 20, says("ok " * 20))
    room.chat.replies.append(raises(TooLong()))
    view = await room.ask("g")
    whole, half = room.chat.calls[-2].texts, room.chat.calls[-1].texts
    assert view.answer.text == "ok"
    assert whole[-len(half) :] == half
    assert estimate("".join(half)) <= estimate("".join(whole)) / 2


async def test_a_second_refusal_for_length_is_final(room: Room) -> None:
    await room.ask("a " * 50)
    room.chat.replies += [raises(TooLong()), raises(TooLong())]
    assert isinstance((await room.ask("b")).problem, TooLong)
    assert len(room.chat.calls) == 3


async def test_a_question_that_is_too_long_by_itself_is_not_sent_again(room: Room) -> None:
    assert isinstance((await room.ask("a", raises(TooLong()))).problem, TooLong)
    assert len(room.chat.calls) == 1


async def test_a_fallback_that_is_too_small_is_not_named_where_the_first_model_answers(room: Room) -> None:
    async def fall_back_to_less(call: Call) -> Completion:
        fallback_told(call)(BIG, SMALL, ServerFault())
        raise TooLong

    await room.ask("a " * 50)
    answer = (await room.ask("b", fall_back_to_less)).answer
    assert (answer.model, answer.replaced) == (BIG, None)


NO_MONEY = QuotaReached("cost", "user", "day", 10, 10, 0.0)


@pytest.mark.parametrize("error", [ServerFault(), WaitTooLong(90.0), NO_MONEY], ids=lambda error: type(error).__name__)
async def test_a_failure_keeps_nothing_and_the_question_can_be_asked_again(room: Room, error: Exception) -> None:
    room.quotas.daily = 1
    view = await room.ask("a", raises(error))
    assert view.problem is error
    assert (await room.stored(view))["state"] == "failed"
    assert (await room.retry()).answer.text == "ok"
    assert room.chat.calls[-1].texts == ["a"]
    assert isinstance((await room.ask("b")).problem, QuotaReached)


async def test_a_stream_that_breaks_keeps_what_was_written(room: Room) -> None:
    error = BrokenStream(partial=True)
    view = await room.ask("a", raises(error, after="half of it"))
    assert (view.answer.text, view.answer.error, view.answer.stopped) == ("half of it", error, False)
    assert (await room.stored(view))["state"] == "cut"
    await room.ask("b")
    assert room.chat.calls[-1].texts == ["a", "half of it", "b"]


async def test_a_stream_that_breaks_before_the_first_word_is_a_failure(room: Room) -> None:
    view = await room.ask("a", raises(BrokenStream(partial=True), after=" \n"))
    assert isinstance(view.problem, BrokenStream)


@pytest.mark.parametrize(("finish", "cut"), [("stop", False), ("length", True)])
async def test_an_answer_without_words_is_none(room: Room, finish: Finish, cut: bool) -> None:
    view = await room.ask("a", says(" \n", thinking="so much", finish=finish))
    assert isinstance(view.problem, EmptyAnswer)
    assert view.problem.cut is cut
    assert (await room.stored(view))["state"] == "failed"


async def test_an_answer_that_was_cut_by_its_length_says_so(room: Room) -> None:
    assert (await room.ask("a", says("much", finish="length"))).answer.finish == "length"


async def test_stopping_keeps_what_was_written_and_ends_the_call(room: Room) -> None:
    upstream = Hanging("half of it")
    answering = room.begin("a", upstream)
    await upstream.begun.wait()
    assert room.active_tasks.stop(ANN)
    view = await answering
    assert (view.answer.text, view.answer.stopped) == ("half of it", True)
    assert upstream.ended
    assert (await room.stored(view))["state"] == "cut"
    assert not room.active_tasks.stop(ANN)


async def test_stopping_before_the_first_word_keeps_nothing_and_says_so(room: Room) -> None:
    room.quotas.daily = 1
    upstream = Hanging()
    answering = room.begin("a", upstream)
    await upstream.begun.wait()
    room.active_tasks.stop(ANN)
    view = await answering
    assert isinstance(view.problem, Ended)
    assert not view.problem.edited
    assert upstream.ended
    assert (await room.ask("b")).answer.text == "ok", "it does not count"


async def test_an_edit_ends_the_answer_whatever_was_written_of_it_and_in_silence(room: Room) -> None:
    request, upstream = room.request(), Hanging("half of it")
    answering = room.begin("a", upstream, request)
    await upstream.begun.wait()
    room.active_tasks.edited(5, request.message_id, "said otherwise")
    view = await answering
    assert (view.answers, view.problems, view.is_open) == ([], [], False)
    assert upstream.ended
    assert (await room.stored(view))["state"] == "failed"
    assert (await room.edit(request, "a2")).answer.text == "ok"
    assert room.chat.calls[-1].texts == ["a2"]


async def test_an_edited_question_whose_answer_was_stopped_goes_on_without_it(room: Room) -> None:
    request, upstream = room.request(), Hanging("half of it")
    answering = room.begin("a", upstream, request)
    await upstream.begun.wait()
    room.active_tasks.stop(ANN)
    await answering
    await room.edit(request, "a2")
    await room.ask("b")
    assert room.chat.calls[-1].texts == ["a2", "ok", "b"]


async def test_the_end_of_the_process_ends_the_call_and_leaves_the_question_open(room: Room) -> None:
    upstream, view = Hanging("half of it"), FakeView()
    room.chat.replies.append(upstream)
    answering = asyncio.create_task(room.use_case.ask(room.request(), ParsedQuestion("a"), view))
    await upstream.begun.wait()
    answering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await answering
    assert upstream.ended
    assert not view.is_open
    assert (await room.stored(view))["state"] == "open"
    assert not room.active_tasks.stop(ANN)


async def test_an_answer_that_ends_after_a_fresh_start_does_not_come_back(room: Room) -> None:
    async def leave(call: Call) -> Completion:
        await room.use_case.start_afresh(ANN)
        return await says("late")(call)

    await room.ask("a", leave)
    await room.ask("b")
    assert room.chat.calls[-1].texts == ["b"]


LONG = "word " * 120  # about a fifth of what the small model takes
SMALL_STYLE = replace(STYLE, model=SMALL)


async def fill(room: Room) -> None:
    """Ask until a summary is due."""
    while not room.compactions:
        await room.ask(f"{len(room.chat.calls)} {LONG}", style=SMALL_STYLE)


async def test_the_older_part_of_a_long_conversation_is_summarised(room: Room) -> None:
    await fill(room)
    room.chat.replies.append(says(" all about it \n"))
    await room.until_compacted()
    call = room.chat.calls[-1]
    assert call.request.messages[-1].text.startswith("Summarise the conversation")
    assert call.context.priority == "scheduled"
    assert call.context.payer == room.quotas.payer(5, 5, "upkeep")
    await room.ask("next", style=SMALL_STYLE)
    context = room.chat.calls[-1].texts
    assert context[0] == SUMMARY_LABEL + "all about it"
    assert context[-1] == "next"
    assert call.texts[0] not in context


async def test_a_summary_of_more_than_the_model_takes_is_of_its_newest_part(room: Room) -> None:
    for number in range(20):
        await room.ask(f"{number} {LONG}")
    await room.ask("last", style=SMALL_STYLE)
    await room.until_compacted()
    call = room.chat.calls[-1]
    assert call.request.messages[-1].text.startswith("Summarise the conversation")
    assert prompt(call.request.messages) < SMALL.context


@pytest.mark.parametrize("reply", [raises(ServerFault()), raises(WaitTooLong(9.0)), raises(NO_MONEY), says(" \n")])
async def test_a_summary_that_fails_leaves_all_as_it_was(room: Room, reply: Reply) -> None:
    await fill(room)
    asked = room.chat.calls[-1].texts
    room.chat.replies.append(reply)
    await room.until_compacted()
    await room.ask("next")
    assert room.chat.calls[-1].texts == [*asked, "ok", "next"]


async def test_one_summary_is_made_at_a_time(room: Room) -> None:
    await fill(room)
    room.chat.replies[:] = [upstream := Hanging()]
    await upstream.begun.wait()
    count = len(room.chat.calls)
    turn = (await room.ask("next", style=SMALL_STYLE)).turn
    assert turn is not None
    for _ in range(3):  # a second one would have read the path by then, and asked
        await room.store.conversations.path(turn.answer_id)
    assert len(room.chat.calls) == count + 1


async def test_closing_ends_a_summary_that_is_being_made(room: Room) -> None:
    await fill(room)
    room.chat.replies[:] = [upstream := Hanging()]
    await upstream.begun.wait()
    await room.use_case.close()
    assert upstream.ended
    await room.ask("next")
    assert SUMMARY_LABEL not in room.chat.calls[-1].texts[0]


async def test_a_short_conversation_is_not_summarised(room: Room) -> None:
    await room.ask("a")
    await room.ask("b")
    assert not room.compactions


async def test_one_question_as_long_as_all_is_not_summarised_alone(room: Room) -> None:
    await room.ask(LONG * 6, style=SMALL_STYLE)
    await room.until_compacted()
    assert len(room.chat.calls) == 1
