"""A question, and what becomes of it: its context, its answer, and what is kept of both."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

from bot.clock import Clock
from bot.conversations import compaction
from bot.conversations.answer import Answer as Answer
from bot.conversations.answer import EmptyAnswer as EmptyAnswer
from bot.conversations.answer import Ended as Ended
from bot.conversations.answer import Style as Style
from bot.conversations.answer import View as View
from bot.conversations.context import budget, messages, reply_tokens, within
from bot.conversations.hearing import Heard, outcome
from bot.conversations.running import Run, Running
from bot.domain.calls import CallContext, ChatCompletions, NullSink, Payer, WaitTooLong
from bot.domain.ledger import Purpose
from bot.domain.quota import QuotaReached
from bot.limits.quota_plan import Quotas
from bot.providers.chat import ChatRequest, Completion
from bot.providers.errors import TooLong, UpstreamError
from bot.providers.tokens import MESSAGE_OVERHEAD, Corrections, estimate, prompt
from bot.store.conversations import (
    ConversationRepository,
    Located,
    NewQuestion,
    Node,
    Outcome,
    Scope,
    Turn,
)

log = logging.getLogger(__name__)


class Conversations:
    """``corrections``: what the providers' own counts have taught about the estimates."""

    def __init__(
        self,
        rows: ConversationRepository,
        chat: ChatCompletions,
        clock: Clock,
        running: Running,
        corrections: Corrections,
        quotas: Quotas,
    ) -> None:
        self._rows = rows
        self._quotas = quotas
        self._corrections = corrections
        self._chat = chat
        self._clock = clock
        self._running = running
        self._compactions: dict[Scope, asyncio.Task[None]] = {}

    async def begin(self, question: NewQuestion) -> Turn | None:
        """Store the question and count it.

        None where it says the same as the one it would replace, which has its answer.
        Raises :class:`bot.domain.quota.QuotaReached`.
        """
        return await self._rows.begin(question, self._clock.now(), self._payer(question.scope).budget)

    async def repeat(self, turn: str, scope: Scope) -> Turn | None:
        """Another answer to the newest question; None where nothing was asked. Raises likewise."""
        return await self._rows.repeat(turn, scope, self._clock.now(), self._payer(scope).budget)

    async def answer(self, turn: Turn, style: Style, view: View, message_id: int, said: str) -> Answer:
        """Ask the model and store its answer. ``message_id``, ``said``: the message that asks, and its words.

        Raises :class:`UpstreamError`, :class:`WaitTooLong`, :class:`EmptyAnswer`, :class:`Ended` or
        :class:`bot.domain.quota.QuotaReached`, with nothing kept; the caller then says so and calls
        :meth:`give_up`.
        """
        path = turn.path or await self._rows.path(turn.question_id)
        heard = Heard(view, style.model)
        task = asyncio.create_task(self._ask(path, style, heard, self._payer(turn.scope)))
        with self._running.listed(Run(turn.scope, message_id, said, task)) as run:
            answer = await outcome(run, heard)
        if not answer.text.strip():
            raise EmptyAnswer(cut=answer.finish == "length")
        parts = await self._rows.finish(turn, _stored(answer, style, heard.completion))
        if compaction.is_due(path, estimate(answer.text), self._room(style)):
            self._start_compaction(turn, style)
        return replace(answer, parts=parts)

    async def locate(self, chat_id: int, message_id: int) -> Located | None:
        """The newest question or answer that a message shows."""
        return await self._rows.locate(chat_id, message_id)

    async def start_afresh(self, scope: Scope) -> bool:
        """Leave the conversation behind; False where there was none."""
        return await self._rows.start_afresh(scope)

    async def give_up(self, turn: Turn) -> None:
        """Note that the turn has got no answer; the question no longer counts against its day."""
        await self._rows.fail(turn)

    async def abandon(self, turn: str) -> None:
        """As :meth:`give_up`, for a turn that is known by its name alone; of no effect where there is none."""
        await self._rows.abandon(turn)

    async def close(self) -> None:
        """End what still goes on in the background; it is begun anew when it is needed again."""
        tasks = list(self._compactions.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _payer(self, scope: Scope, purpose: Purpose = "question") -> Payer:
        return self._quotas.payer(scope.user_id, scope.chat_id, purpose)

    def _room(self, style: Style) -> int:
        """Tokens, by our estimate, that the turns of a conversation may have."""
        return self._corrections.allowed(style.model.id, budget(style.model)) - estimate(style.prompt)

    async def _ask(self, path: Sequence[Node], style: Style, heard: Heard, payer: Payer) -> Completion:
        sent = within(path, self._room(style))
        try:
            return await self._call(sent, style, heard, payer)
        except TooLong:
            fewer = within(sent, sum(node.tokens for node in sent) // 2)
            if len(fewer) == len(sent):
                raise
            return await self._call(fewer, style, heard, payer)

    async def _call(self, path: Sequence[Node], style: Style, heard: Heard, payer: Payer) -> Completion:
        request = ChatRequest(
            model=style.model,
            messages=messages(style.prompt, path),
            max_tokens=reply_tokens(style.model),
            temperature=style.temperature,
            thinking=style.thinking,
        )
        heard.asks(style.model)
        heard.completion = completion = await self._chat.complete(request, heard, heard.context(payer))
        if completion.usage is not None:
            self._corrections.observe(heard.model.id, prompt(request.messages), completion.usage.prompt)
        return completion

    def _start_compaction(self, turn: Turn, style: Style) -> None:
        """One at a time in a conversation: the next would summarise the same."""
        if turn.scope not in self._compactions:
            task = self._compactions[turn.scope] = asyncio.create_task(self._compact(turn, style))
            task.add_done_callback(lambda _: self._compactions.pop(turn.scope))

    async def _compact(self, turn: Turn, style: Style) -> None:
        room = self._room(style)
        older = compaction.older_part(await self._rows.path(turn.answer_id), room)
        if len(older) < 2:
            return
        request = compaction.request(style.model, within(older, room))
        context = CallContext(self._payer(turn.scope, "upkeep"), "scheduled")
        try:
            completion = await self._chat.complete(request, NullSink(), context)
        except (UpstreamError, WaitTooLong, QuotaReached) as error:
            log.warning("A conversation could not be summarised: %s", error)
            return
        if summary := completion.text.strip():
            tokens = compaction.summary_tokens(summary)
            await self._rows.summarise(turn.scope, older[-1].id, summary, tokens, self._clock.now())


def _stored(answer: Answer, style: Style, completion: Completion | None) -> Outcome:
    usage = completion.usage if completion else None
    return Outcome(
        state="cut" if answer.stopped or answer.error else "done",
        text=answer.text,
        thinking=answer.thinking if style.keep_thinking else "",
        model=answer.model.id,
        tokens=estimate(answer.text) + MESSAGE_OVERHEAD,
        prompt_tokens=usage.prompt if usage else None,
        cached_tokens=usage.cached if usage else None,
        output_tokens=usage.output if usage else None,
    )
