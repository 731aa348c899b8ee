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
from bot.domain.chat import ChatRequest, Completion
from bot.domain.conversation import (
    AnswerOutcome,
    ConversationKey,
    ConversationRepository,
    Exchange,
    Located,
    NewQuestion,
    Node,
)
from bot.domain.errors import TooLong, UpstreamError
from bot.domain.ledger import Purpose
from bot.domain.message import TextPart
from bot.domain.quota import Budget, QuotaReached
from bot.limits.quota_plan import Quotas
from bot.providers.tokens import Corrections, estimate, of_parts, prompt
from bot.store.parts import Part

log = logging.getLogger(__name__)


class Conversations:
    """``corrections``: what the providers' own counts have taught about the estimates."""

    def __init__(
        self,
        rows: ConversationRepository[Budget, Part],
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
        self._compactions: dict[ConversationKey, asyncio.Task[None]] = {}

    async def begin(self, question: NewQuestion) -> Exchange | None:
        """Store the question and count it.

        None where it says the same as the one it would replace, which has its answer.
        Raises :class:`bot.domain.quota.QuotaReached`.
        """
        return await self._rows.begin(question, self._clock.now(), self._payer(question.conversation).budget)

    async def repeat(self, idempotency_key: str, conversation: ConversationKey) -> Exchange | None:
        """Another answer to the newest question; None where nothing was asked. Raises likewise."""
        return await self._rows.repeat(
            idempotency_key, conversation, self._clock.now(), self._payer(conversation).budget
        )

    async def answer(self, exchange: Exchange, style: Style, view: View, message_id: int, said: str) -> Answer:
        """Ask the model and store its answer. ``message_id``, ``said``: the message that asks, and its words.

        Raises :class:`UpstreamError`, :class:`WaitTooLong`, :class:`EmptyAnswer`, :class:`Ended` or
        :class:`bot.domain.quota.QuotaReached`, with nothing kept; the caller then says so and calls
        :meth:`give_up`.
        """
        path = exchange.path or await self._rows.path(exchange.question_id)
        heard = Heard(view, style.model)
        task = asyncio.create_task(self._ask(path, style, heard, self._payer(exchange.conversation)))
        with self._running.listed(Run(exchange.conversation, message_id, said, task)) as run:
            answer = await outcome(run, heard)
        if not answer.text.strip():
            raise EmptyAnswer(cut=answer.finish == "length", withheld=answer.finish in ("filtered", "refused"))
        shown = await self._rows.finish(exchange, _stored(answer, style, heard.completion))
        if compaction.is_due(path, estimate(answer.text), self._room(style)):
            self._start_compaction(exchange, style)
        return replace(answer, parts=list(shown))

    async def locate(self, chat_id: int, message_id: int) -> Located | None:
        """The newest question or answer that a message shows."""
        return await self._rows.locate(chat_id, message_id)

    async def start_afresh(self, conversation: ConversationKey) -> bool:
        """Leave the conversation behind; False where there was none."""
        return await self._rows.start_afresh(conversation)

    async def give_up(self, exchange: Exchange) -> None:
        """Note that the question has got no answer; it no longer counts against its day."""
        await self._rows.fail(exchange)

    async def abandon(self, idempotency_key: str) -> None:
        """As :meth:`give_up`, for the question of an update that is set aside; of no effect where it began none."""
        await self._rows.abandon(idempotency_key)

    async def close(self) -> None:
        """End what still goes on in the background; it is begun anew when it is needed again."""
        tasks = list(self._compactions.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _payer(self, conversation: ConversationKey, purpose: Purpose = "question") -> Payer:
        return self._quotas.payer(conversation.user_id, conversation.chat_id, purpose)

    def _room(self, style: Style) -> int:
        """Tokens, by our estimate, that the turns of a conversation may have."""
        return self._corrections.allowed(style.model.id, budget(style.model)) - estimate(style.prompt)

    async def _ask(self, path: Sequence[Node], style: Style, heard: Heard, payer: Payer) -> Completion:
        sent = within(path, self._room(style))
        while True:
            try:
                return await self._call(sent, style, heard, payer)
            except TooLong as error:
                fewer = within(sent, _fitting(sent, error, style))
                if len(fewer) == len(sent):
                    raise
                sent = fewer

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

    def _start_compaction(self, exchange: Exchange, style: Style) -> None:
        """One at a time in a conversation: the next would summarise the same."""
        if exchange.conversation not in self._compactions:
            task = self._compactions[exchange.conversation] = asyncio.create_task(self._compact(exchange, style))
            task.add_done_callback(lambda _: self._compactions.pop(exchange.conversation))

    async def _compact(self, exchange: Exchange, style: Style) -> None:
        room = self._room(style)
        older = compaction.older_part(await self._rows.path(exchange.answer_id), room)
        if len(older) < 2:
            return
        request = compaction.request(style.model, within(older, room))
        context = CallContext(self._payer(exchange.conversation, "upkeep"), priority="scheduled")
        try:
            completion = await self._chat.complete(request, NullSink(), context)
        except (UpstreamError, WaitTooLong, QuotaReached) as error:
            log.warning("A conversation could not be summarised: %s", error)
            return
        if summary := completion.text.strip():
            tokens = compaction.summary_tokens(summary)
            await self._rows.summarise(exchange.conversation, older[-1].id, summary, tokens, self._clock.now())


def _fitting(sent: Sequence[Node], error: TooLong, style: Style) -> int:
    """Tokens of the path that are sent next: half, or fewer where the provider has told what the model takes."""
    half = sum(node.tokens for node in sent) // 2
    if error.limit is None:
        return half
    return min(half, max(error.limit - estimate(style.prompt) - reply_tokens(style.model), error.limit // 4))


def _stored(answer: Answer, style: Style, completion: Completion | None) -> AnswerOutcome:
    usage = completion.usage if completion else None
    parts = (TextPart(answer.text),)
    return AnswerOutcome(
        state="cut" if answer.stopped or answer.error else "done",
        parts=parts,
        thinking=answer.thinking if style.keep_thinking else "",
        model=answer.model.id,
        tokens=of_parts(parts),
        prompt_tokens=usage.prompt if usage else None,
        cached_tokens=usage.cached if usage else None,
        output_tokens=usage.output if usage else None,
    )
