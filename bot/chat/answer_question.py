"""A question, and what becomes of it: stored and counted, answered, shown, delivered; or why it is not."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.billing.quota_plan import Quotas
from bot.chat.answer import (
    Answer,
    AnswerGenerator,
    AnswerView,
    EmptyAnswer,
    Ended,
    NothingAsked,
    StreamCollector,
    result_of,
)
from bot.chat.context import Compactor, needs_compaction
from bot.chat.profiles import ChatProfiles, GenerationSettings
from bot.clock import Clock
from bot.domain.active_tasks import ActiveTask, ActiveTasks
from bot.domain.calls import ChatCompletions, Payer, WaitTooLong
from bot.domain.chat import Completion
from bot.domain.conversation import AnswerOutcome, ConversationKey, ConversationRepository, Exchange, NewQuestion, Node
from bot.domain.errors import UpstreamError
from bot.domain.ledger import Purpose
from bot.domain.message import TextPart
from bot.domain.preferences import Preferences
from bot.domain.quota import QuotaReached
from bot.providers.tokens import MESSAGE_OVERHEAD, Corrections, estimate, of_parts

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ParsedQuestion:
    """What a message asks."""

    text: str
    parent_id: int | None = None  # the older answer that it goes on from; None: the newest


@dataclass(frozen=True, slots=True)
class AnswerRequest:
    """For whom something is to be answered, and because of which message."""

    idempotency_key: str  # names the update: the same again goes on where the first run of it ended
    conversation: ConversationKey
    message_id: int
    said: str  # the message's words as they stand there; an edit that leaves them so ends nothing
    preferences: Preferences
    model: str | None  # the one that is chosen in this chat


class AnswerQuestion:
    """The use case of asking: a question, the same again, another in its place; each run to its end, once.

    A verb that is called again with the same request, after a crash or an error, asks no model for what is stored and
    shows nothing twice that is known to be there.
    """

    def __init__(
        self,
        rows: ConversationRepository,
        chat: ChatCompletions,
        clock: Clock,
        active_tasks: ActiveTasks,
        corrections: Corrections,
        quotas: Quotas,
        profiles: ChatProfiles,
    ) -> None:
        self._rows = rows
        self._clock = clock
        self._active_tasks = active_tasks
        self._quotas = quotas
        self._profiles = profiles
        self._generator = AnswerGenerator(chat, corrections)
        self._compactor = Compactor(rows, chat, clock)

    async def ask(
        self, request: AnswerRequest, question: ParsedQuestion, view: AnswerView, *, replaces: int | None = None
    ) -> None:
        """Answer the question. ``replaces``: the question whose place it takes, messages and all."""
        style = self._style(request)
        new = _new(request, question, replaces)
        try:
            exchange = await self._rows.begin(new, self._clock.now(), self._payer(request.conversation).budget)
        except QuotaReached as reached:
            await view.say(reached, style.model)
        else:
            if exchange is not None:  # else it says the same as the one it would replace, which has its answer
                await self._bring_to_end(exchange, request, style, view)

    async def ask_otherwise(self, request: AnswerRequest, question: ParsedQuestion, view: AnswerView) -> None:
        """Ask in place of what the message asked before; nothing where it asked nothing."""
        before = await self._shown(request.conversation.chat_id, request.message_id, request.conversation)
        if before is not None and before.kind == "question":
            await self.ask(request, question, view, replaces=before.id)

    async def retry(self, request: AnswerRequest, view: AnswerView) -> None:
        """Another answer to the newest question."""
        style, scope = self._style(request), request.conversation
        try:
            exchange = await self._rows.repeat(
                request.idempotency_key, scope, self._clock.now(), self._payer(scope).budget
            )
        except QuotaReached as reached:
            await view.say(reached, style.model)
        else:
            if exchange is None:
                await view.say(NothingAsked(), style.model)
            else:
                await self._bring_to_end(exchange, request, style, view)

    async def answer_shown(self, chat_id: int, message_id: int, conversation: ConversationKey) -> Node | None:
        """The answer that the message shows; None where it shows none of this conversation."""
        node = await self._shown(chat_id, message_id, conversation)
        return node if node is not None and node.kind == "answer" else None

    async def is_known(self, chat_id: int, message_id: int) -> bool:
        """Whether the message shows a question or an answer, whosoever."""
        return await self._rows.locate(chat_id, message_id) is not None

    async def start_afresh(self, conversation: ConversationKey) -> bool:
        """Leave the conversation behind; False where there was none."""
        return await self._rows.start_afresh(conversation)

    async def abandon(self, idempotency_key: str) -> None:
        """The request will not be made again: what it asked gets no answer, and no longer counts."""
        await self._rows.abandon(idempotency_key)

    async def close(self) -> None:
        """End what still goes on in the background."""
        await self._compactor.close()

    async def _bring_to_end(
        self, exchange: Exchange, request: AnswerRequest, style: GenerationSettings, view: AnswerView
    ) -> None:
        """Give the turn its answer, or bring to its end what an earlier run began."""
        if exchange.state == "open":
            await self._answer(exchange, request, style, view)
        elif exchange.state != "failed":
            await view.deliver_stored(exchange)

    async def _answer(
        self, exchange: Exchange, request: AnswerRequest, style: GenerationSettings, view: AnswerView
    ) -> None:
        collector = StreamCollector(style.model, self._clock)
        await view.open(exchange, collector)
        try:
            answer = await self._answered(exchange, request, style, collector)
        except (UpstreamError, WaitTooLong, EmptyAnswer, QuotaReached) as error:
            log.warning("Answer %d failed: %s", exchange.answer_id, error)
            await view.say(error, style.model)
            await self._rows.fail(exchange)
        except Ended as end:
            await view.close()
            if not end.edited:
                await view.say(end, style.model)
            await self._rows.fail(exchange)
        else:
            await view.deliver(exchange, answer)
        finally:
            await view.close()

    async def _answered(
        self, exchange: Exchange, request: AnswerRequest, style: GenerationSettings, collector: StreamCollector
    ) -> Answer:
        """The model's answer, stored. Raises a Problem, with nothing kept."""
        path = exchange.path or await self._rows.path(exchange.question_id)
        work = self._generator.generate(path, style, collector, self._payer(exchange.conversation))
        run = ActiveTask(exchange.conversation, request.message_id, request.said, asyncio.create_task(work))
        with self._active_tasks.listed(run):
            answer = await result_of(run, collector)
        if not answer.text.strip():
            raise EmptyAnswer(cut=answer.finish == "length", withheld=answer.finish in ("filtered", "refused"))
        records = await self._rows.finish(exchange, _stored(answer, style, collector.completion))
        self._compact(exchange, path, answer, style)
        return replace(answer, records=records)

    def _compact(self, exchange: Exchange, path: Sequence[Node], answer: Answer, style: GenerationSettings) -> None:
        room = self._generator.room(style)
        if needs_compaction(path, estimate(answer.text), room):
            self._compactor.start(exchange, style.model, room, self._payer(exchange.conversation, "upkeep"))

    async def _shown(self, chat_id: int, message_id: int, conversation: ConversationKey) -> Node | None:
        located = await self._rows.locate(chat_id, message_id)
        return located.node if located is not None and located.conversation == conversation else None

    def _style(self, request: AnswerRequest) -> GenerationSettings:
        return self._profiles.style(request.preferences, request.model)

    def _payer(self, conversation: ConversationKey, purpose: Purpose = "question") -> Payer:
        return self._quotas.payer(conversation.user_id, conversation.chat_id, purpose)


def _new(request: AnswerRequest, question: ParsedQuestion, replaces: int | None) -> NewQuestion:
    parts = (TextPart(question.text),)
    return NewQuestion(
        idempotency_key=request.idempotency_key,
        conversation=request.conversation,
        parts=parts,
        tokens=of_parts(parts),
        message_id=request.message_id,
        parent_id=question.parent_id,
        replaces=replaces,
    )


def _stored(answer: Answer, style: GenerationSettings, completion: Completion | None) -> AnswerOutcome:
    usage = completion.usage if completion else None
    return AnswerOutcome(
        state="cut" if answer.stopped or answer.error else "done",
        parts=(TextPart(answer.text),),
        thinking=answer.thinking if style.keep_thinking else "",
        model=answer.model.id,
        tokens=estimate(answer.text) + MESSAGE_OVERHEAD,
        prompt_tokens=usage.prompt if usage else None,
        cached_tokens=usage.cached if usage else None,
        output_tokens=usage.output if usage else None,
    )
