"""The conversation tree against the plainest model of it: every sequence of what people can do, with restarts."""

import asyncio
import tempfile
from collections.abc import Awaitable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from bot.domain.conversation import AnswerOutcome, ConversationKey, Exchange, NewQuestion
from bot.domain.message import TextPart
from bot.domain.quota import Budget, Quota, QuotaReached
from bot.store import Store
from tests.contract.store.engines import ENGINES

T = TypeVar("T")
SCOPES = [ConversationKey(1, 0, 1), ConversationKey(-9, 0, 1), ConversationKey(-9, 0, 2), ConversationKey(-9, 7, 1)]
QUOTA = 12
NOON = 1_800_014_400.0


def budget(scope: ConversationKey) -> Budget:
    return Budget(f"user:{scope.user_id}", Quota(questions_per_day=QUOTA))


scopes = st.sampled_from(SCOPES)
picks = st.integers(0, 10_000)


@dataclass(eq=False)
class Said:
    """A question with the answers it got; ``before``: the answer it goes on from."""

    turn: Exchange
    text: str
    before: "Answered | None"


@dataclass(eq=False)
class Answered:
    turn: Exchange
    question: Said
    state: str = "open"
    text: str = ""


@dataclass
class Conversation:
    """As it should be: the answers in the order of their beginning, and where the next question goes on from."""

    tip: Answered | None = None
    answers: list[Answered] = field(default_factory=list)
    fresh_from: int = 0

    @property
    def ours(self) -> list[Answered]:
        return self.answers[self.fresh_from :]


class Tree(RuleBasedStateMachine):
    engine: str

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.model = {scope: Conversation() for scope in SCOPES}
        self.used: dict[int, int] = {}
        self.turns = 0
        self._open()

    def _open(self) -> None:
        self.store = self.runner.run(self._opened())
        self.rows = self.store.conversations

    def _run(self, operation: Awaitable[T]) -> T:
        async def awaited() -> T:
            return await operation

        return self.runner.run(awaited())

    async def _opened(self) -> Store:
        return await ENGINES[self.engine](Path(self.folder.name))

    def teardown(self) -> None:
        self.runner.run(self.store.close())
        self.runner.close()
        self.folder.cleanup()

    def _begin(self, scope: ConversationKey, before: Answered | None, **where: int) -> None:
        self.turns += 1
        text = f"q{self.turns}"
        new = NewQuestion(f"1:{self.turns}", scope, (TextPart(text),), 1, self.turns, **where)
        try:
            turn = self._run(self.rows.begin(new, NOON, budget(scope)))
        except QuotaReached:
            assert self.used.get(scope.user_id, 0) == QUOTA
            return
        assert turn is not None
        assert self._run(self.rows.begin(new, NOON, budget(scope))).answer_id == turn.answer_id  # type: ignore[union-attr] # None fails too
        self._begun(scope, turn, Said(turn, text, before))

    def _begun(self, scope: ConversationKey, turn: Exchange, question: Said) -> None:
        assert self.used.get(scope.user_id, 0) < QUOTA
        self.used[scope.user_id] = self.used.get(scope.user_id, 0) + 1
        self.model[scope].answers.append(Answered(turn, question))
        sent = [node.text for node in self._run(self.rows.path(turn.question_id))]
        assert sent == context(question)

    def _pick(self, scope: ConversationKey, state: str, number: int) -> Answered | None:
        fit = [answer for answer in self.model[scope].answers if answer.state == state]
        return fit[number % len(fit)] if fit else None

    @rule(scope=scopes)
    def asks(self, scope: ConversationKey) -> None:
        self._begin(scope, self.model[scope].tip)

    @rule(scope=scopes, number=picks, state=st.sampled_from(["done", "failed"]))
    def replies(self, scope: ConversationKey, number: int, state: str) -> None:
        if (older := self._pick(scope, state, number)) is not None:
            self._begin(scope, older, parent_id=older.turn.answer_id)

    @rule(scope=scopes, number=picks, state=st.sampled_from(["done", "failed"]))
    def edits(self, scope: ConversationKey, number: int, state: str) -> None:
        if (older := self._pick(scope, state, number)) is not None:
            self._begin(scope, older.question.before, replaces=older.turn.question_id)

    @rule(scope=scopes)
    def retries(self, scope: ConversationKey) -> None:
        self.turns += 1
        ours = self.model[scope].ours
        newest = max((answer.question for answer in ours), key=lambda said: said.turn.question_id, default=None)
        try:
            turn = self._run(self.rows.repeat(f"1:{self.turns}", scope, NOON, budget(scope)))
        except QuotaReached:
            assert self.used.get(scope.user_id, 0) == QUOTA
            return
        assert (turn is None) == (newest is None)
        if turn is not None and newest is not None:
            assert turn.question_id == newest.turn.question_id
            self._begun(scope, turn, newest)

    @rule(scope=scopes, number=picks)
    def finishes(self, scope: ConversationKey, number: int) -> None:
        if (answer := self._pick(scope, "open", number)) is not None:
            answer.state, answer.text = "done", f"a{answer.turn.answer_id}"
            self._run(self.rows.finish(answer.turn, AnswerOutcome("done", (TextPart(answer.text),), "", "m", 1)))
            if answer in self.model[scope].ours:
                self.model[scope].tip = answer

    @rule(scope=scopes, number=picks, times=st.integers(1, 2))
    def fails(self, scope: ConversationKey, number: int, times: int) -> None:
        if (answer := self._pick(scope, "open", number)) is not None:
            answer.state = "failed"
            self.used[scope.user_id] -= 1
            for _ in range(times):
                self._run(self.rows.fail(answer.turn))

    @rule(scope=scopes)
    def starts_afresh(self, scope: ConversationKey) -> None:
        conversation = self.model[scope]
        assert self._run(self.rows.start_afresh(scope)) == bool(conversation.ours)
        conversation.tip, conversation.fresh_from = None, len(conversation.answers)

    @precondition(lambda self: self.turns > 0)
    @rule()
    def the_process_ends_and_starts_again(self) -> None:
        self.runner.run(self.store.close())
        self._open()


def context(question: Said) -> list[str]:
    """From the first question; answers that never came say nothing."""
    before = question.before
    if before is None:
        return [question.text]
    answer = [before.text] if before.state == "done" else []
    return [*context(before.question), *answer, question.text]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_tree_is_as_its_model_says(engine: str) -> None:
    tree = type("EnginesTree", (Tree,), {"engine": engine})
    run_state_machine_as_test(tree, settings=settings(max_examples=25, stateful_step_count=30, deadline=None))
