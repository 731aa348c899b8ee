"""A question and what becomes of it, from the context that is sent to what is kept."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from bot.clock import FakeClock
from bot.conversations.context import SUMMARY_LABEL
from bot.conversations.running import Running
from bot.conversations.service import Answer, Conversations, EmptyAnswer, Ended, Style
from bot.domain.calls import CallContext, OnFallback, Payer, QueuePosition, WaitTooLong
from bot.domain.chat import ChatRequest, Completion, Finish, Sink
from bot.domain.conversation import ConversationKey, Exchange, NewQuestion
from bot.domain.errors import BrokenStream, ServerFault, TooLong
from bot.domain.ledger import Purpose
from bot.domain.message import TextPart
from bot.domain.model import Model
from bot.domain.price import Price, TokenUsage
from bot.domain.quota import Budget, Quota, QuotaReached
from bot.limits.quota_plan import Quotas
from bot.providers.tokens import Corrections, estimate, prompt
from bot.store import Store
from bot.store.parts import Part

ANN = ConversationKey(5, 0, 5)
BIG = Model("big", "p", "f", 32_000, 8_000, Price(), "switch", sees=False, limits={})
SMALL = replace(BIG, id="small", context=1_000)
STYLE = Style(BIG, "Be kind.", 0.7, thinking=False)

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
    def __init__(self) -> None:
        self.seen: list[str] = []

    def text(self, piece: str) -> None:
        self.seen.append(piece)

    def thinking(self, piece: str) -> None:
        self.seen.append(f"({piece})")

    def waiting(self, ahead: int, seconds: float) -> None:
        self.seen.append(f"{ahead} ahead, {seconds:.0f} s")

    def restart(self) -> None:
        self.seen.append("restart")


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


class Room:
    """Ann's conversation with the bot, over a real store and a chat that does as it is told."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = FakeClock()
        self.chat = FakeChat()
        self.view = FakeView()
        self.running = Running()
        self.corrections = Corrections()
        self.quotas = FakeQuotas()
        self.conversations = Conversations(
            store.conversations, self.chat, self.clock, self.running, self.corrections, cast("Quotas", self.quotas)
        )
        self._turns = 0

    async def begin(self, text: str, *, replaces: int | None = None) -> Exchange:
        self._turns += 1
        tokens = estimate(text) + 4
        new = NewQuestion(f"1:{self._turns}", ANN, (TextPart(text),), tokens, self._turns, replaces=replaces)
        turn = await self.conversations.begin(new)
        assert turn is not None
        return turn

    async def answer(self, turn: Exchange, style: Style = STYLE) -> Answer:
        return await self.conversations.answer(turn, style, self.view, turn.question_id, "said")

    async def ask(self, text: str, reply: Reply | None = None, style: Style = STYLE) -> Answer:
        if reply is not None:
            self.chat.replies.append(reply)
        return await self.answer(await self.begin(text), style)

    async def stored(self, turn: Exchange) -> dict[str, Any]:
        def read(db: Any) -> dict[str, Any]:
            sql = "SELECT nodes.*, part.text FROM nodes LEFT JOIN message_parts AS part ON node_id = id WHERE id = ?"
            return dict(next(iter(db.query(sql, [turn.answer_id]))))

        return await self.store.database.run(read)

    async def until_compacted(self) -> None:
        await asyncio.wait_for(asyncio.gather(*self.conversations._compactions.values()), 10)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    store = await Store.open(tmp_path / "bot.db")
    room = Room(store)
    yield room
    await room.conversations.close()
    await store.close()


async def test_an_answer_is_shown_while_it_comes_and_then_stored(room: Room) -> None:
    turn = await room.begin("why?")
    room.chat.replies.append(says("because", thinking="hm", usage=TokenUsage(20, 5, cached=8)))
    answer = await room.answer(turn)
    assert room.view.seen == ["(hm)", "because"]
    assert answer == Answer("because", "hm", BIG, [Part(0, None, "attempting")])
    row = await room.stored(turn)
    assert (row["state"], row["text"], row["model"], row["thinking"]) == ("done", "because", "big", "")
    assert (row["prompt_tokens"], row["output_tokens"], row["cached_tokens"]) == (20, 5, 8)


async def test_the_request_is_as_the_person_wants_it(room: Room) -> None:
    await room.ask("why?", style=Style(BIG, "Be brief.", 0.2, thinking=True))
    [call] = room.chat.calls
    assert [(message.role, message.text) for message in call.request.messages] == [
        ("system", "Be brief."),
        ("user", "why?"),
    ]
    assert (call.request.temperature, call.request.thinking, call.request.max_tokens) == (0.2, True, 4096)
    assert call.context.payer == room.quotas.payer(5, 5)
    assert call.context.priority == "interactive"


async def test_thinking_is_kept_only_for_who_sees_it(room: Room) -> None:
    turn = await room.begin("why?")
    room.chat.replies.append(says("because", thinking="hm"))
    await room.answer(turn, replace(STYLE, keep_thinking=True))
    assert (await room.stored(turn))["thinking"] == "hm"


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


async def test_who_waits_is_told_his_place(room: Room) -> None:
    async def queue(call: Call) -> Completion:
        wait_told(call)(QueuePosition(3, 12.0))
        return await says("ok")(call)

    await room.ask("a", queue)
    assert room.view.seen == ["3 ahead, 12 s", "ok"]


async def test_a_fallback_is_told_shown_and_stored(room: Room) -> None:
    other, third = replace(BIG, id="other"), replace(BIG, id="third")

    async def fall_back(call: Call) -> Completion:
        fallback_told(call)(BIG, other, ServerFault())
        fallback_told(call)(other, third, ServerFault())
        return await says("ok", usage=TokenUsage(100, 1))(call)

    turn = await room.begin("a")
    room.chat.replies.append(fall_back)
    answer = await room.answer(turn)
    assert (answer.model, answer.replaced) == (third, BIG)
    assert room.view.seen == ["restart", "restart", "ok"]
    assert (await room.stored(turn))["model"] == "third"


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
    answer = await room.ask("g")
    whole, half = room.chat.calls[-2].texts, room.chat.calls[-1].texts
    assert answer.text == "ok"
    assert whole[-len(half) :] == half
    assert estimate("".join(half)) <= estimate("".join(whole)) / 2


async def test_a_second_refusal_for_length_is_final(room: Room) -> None:
    await room.ask("a " * 50)
    room.chat.replies += [raises(TooLong()), raises(TooLong())]
    with pytest.raises(TooLong):
        await room.ask("b")
    assert len(room.chat.calls) == 3


async def test_a_question_that_is_too_long_by_itself_is_not_sent_again(room: Room) -> None:
    with pytest.raises(TooLong):
        await room.ask("a", raises(TooLong()))
    assert len(room.chat.calls) == 1


async def test_a_fallback_that_is_too_small_is_not_named_where_the_first_model_answers(room: Room) -> None:
    async def fall_back_to_less(call: Call) -> Completion:
        fallback_told(call)(BIG, SMALL, ServerFault())
        raise TooLong

    await room.ask("a " * 50)
    answer = await room.ask("b", fall_back_to_less)
    assert (answer.model, answer.replaced) == (BIG, None)


NO_MONEY = QuotaReached("cost", "user", "day", 10, 10, 0.0)


@pytest.mark.parametrize("error", [ServerFault(), WaitTooLong(90.0), NO_MONEY], ids=lambda error: type(error).__name__)
async def test_a_failure_keeps_nothing_and_the_question_can_be_asked_again(room: Room, error: Exception) -> None:
    room.quotas.daily = 1
    turn = await room.begin("a")
    room.chat.replies.append(raises(error))
    with pytest.raises(type(error)):
        await room.answer(turn)
    await room.conversations.give_up(turn)
    await room.conversations.give_up(turn)
    again = await room.conversations.repeat("1:retry", ANN)
    assert again is not None
    await room.answer(again)
    assert room.chat.calls[-1].texts == ["a"]
    with pytest.raises(QuotaReached):
        await room.begin("b")


async def test_a_stream_that_breaks_keeps_what_was_written(room: Room) -> None:
    turn = await room.begin("a")
    error = BrokenStream(partial=True)
    room.chat.replies.append(raises(error, after="half of it"))
    answer = await room.answer(turn)
    assert (answer.text, answer.error, answer.stopped) == ("half of it", error, False)
    assert (await room.stored(turn))["state"] == "cut"
    await room.ask("b")
    assert room.chat.calls[-1].texts == ["a", "half of it", "b"]


async def test_a_stream_that_breaks_before_the_first_word_is_a_failure(room: Room) -> None:
    with pytest.raises(BrokenStream):
        await room.ask("a", raises(BrokenStream(partial=True), after=" \n"))


@pytest.mark.parametrize(("finish", "cut"), [("stop", False), ("length", True)])
async def test_an_answer_without_words_is_none(room: Room, finish: Finish, cut: bool) -> None:
    turn = await room.begin("a")
    room.chat.replies.append(says(" \n", thinking="so much", finish=finish))
    with pytest.raises(EmptyAnswer) as empty:
        await room.answer(turn)
    assert empty.value.cut is cut
    assert (await room.stored(turn))["state"] == "open"


async def test_an_answer_that_was_cut_by_its_length_says_so(room: Room) -> None:
    assert (await room.ask("a", says("much", finish="length"))).finish == "length"


async def test_stopping_keeps_what_was_written_and_ends_the_call(room: Room) -> None:
    turn, upstream = await room.begin("a"), Hanging("half of it")
    room.chat.replies.append(upstream)
    answering = asyncio.create_task(room.answer(turn))
    await upstream.begun.wait()
    assert room.running.stop(ANN)
    answer = await answering
    assert (answer.text, answer.stopped) == ("half of it", True)
    assert upstream.ended
    assert (await room.stored(turn))["state"] == "cut"
    assert not room.running.stop(ANN)


async def test_stopping_before_the_first_word_keeps_nothing(room: Room) -> None:
    upstream = Hanging()
    room.chat.replies.append(upstream)
    answering = asyncio.create_task(room.ask("a"))
    await upstream.begun.wait()
    room.running.stop(ANN)
    with pytest.raises(Ended) as ended:
        await answering
    assert not ended.value.edited
    assert upstream.ended


async def test_an_edit_ends_the_answer_whatever_was_written_of_it(room: Room) -> None:
    turn, upstream = await room.begin("a"), Hanging("half of it")
    room.chat.replies.append(upstream)
    answering = asyncio.create_task(room.answer(turn))
    await upstream.begun.wait()
    room.running.edited(5, turn.question_id, "said otherwise")
    with pytest.raises(Ended) as ended:
        await answering
    assert ended.value.edited
    assert upstream.ended
    await room.conversations.give_up(turn)
    await room.answer(await room.begin("a2", replaces=turn.question_id))
    assert room.chat.calls[-1].texts == ["a2"]


async def test_an_edited_question_whose_answer_was_stopped_goes_on_without_it(room: Room) -> None:
    turn, upstream = await room.begin("a"), Hanging("half of it")
    room.chat.replies.append(upstream)
    answering = asyncio.create_task(room.answer(turn))
    await upstream.begun.wait()
    room.running.stop(ANN)
    await answering
    await room.answer(await room.begin("a2", replaces=turn.question_id))
    await room.ask("b")
    assert room.chat.calls[-1].texts == ["a2", "ok", "b"]


async def test_the_end_of_the_process_ends_the_call_and_leaves_the_turn_open(room: Room) -> None:
    turn, upstream = await room.begin("a"), Hanging("half of it")
    room.chat.replies.append(upstream)
    answering = asyncio.create_task(room.answer(turn))
    await upstream.begun.wait()
    answering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await answering
    assert upstream.ended
    assert (await room.stored(turn))["state"] == "open"
    assert not room.running.stop(ANN)


async def test_an_answer_that_ends_after_a_fresh_start_does_not_come_back(room: Room) -> None:
    async def leave(call: Call) -> Completion:
        await room.conversations.start_afresh(ANN)
        return await says("late")(call)

    await room.ask("a", leave)
    await room.ask("b")
    assert room.chat.calls[-1].texts == ["b"]


LONG = "word " * 120  # about a fifth of what the small model takes
SMALL_STYLE = replace(STYLE, model=SMALL)


async def fill(room: Room) -> None:
    """Ask until a summary is due."""
    while not room.conversations._compactions:
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
    assert room.view.seen.count(" all about it \n") == 0


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
    turn = await room.begin("next")
    await room.answer(turn, SMALL_STYLE)
    for _ in range(3):  # a second one would have read the path by then, and asked
        await room.store.conversations.path(turn.answer_id)
    assert len(room.chat.calls) == count + 1


async def test_closing_ends_a_summary_that_is_being_made(room: Room) -> None:
    await fill(room)
    room.chat.replies[:] = [upstream := Hanging()]
    await upstream.begun.wait()
    await room.conversations.close()
    assert upstream.ended
    await room.ask("next")
    assert SUMMARY_LABEL not in room.chat.calls[-1].texts[0]


async def test_a_short_conversation_is_not_summarised(room: Room) -> None:
    await room.ask("a")
    await room.ask("b")
    assert not room.conversations._compactions


async def test_one_question_as_long_as_all_is_not_summarised_alone(room: Room) -> None:
    await room.ask(LONG * 6, style=SMALL_STYLE)
    await room.until_compacted()
    assert len(room.chat.calls) == 1
