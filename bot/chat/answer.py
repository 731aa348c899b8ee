"""An answer: asked of a model, collected while it comes, and the port that shows it to a person."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeAlias

from bot.chat.context import budget, messages, reply_tokens, within
from bot.chat.profiles import GenerationSettings
from bot.clock import Clock
from bot.domain.active_tasks import ActiveTask
from bot.domain.calls import CallContext, ChatCompletions, Payer, QueuePosition, WaitTooLong
from bot.domain.chat import ChatRequest, Completion, Finish
from bot.domain.conversation import Exchange, Node
from bot.domain.delivery import DeliveryRecord
from bot.domain.errors import Overloaded, RateLimited, TooLong, UpstreamError
from bot.domain.model import Model
from bot.domain.quota import QuotaReached
from bot.providers.tokens import Corrections, estimate, prompt

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model has answered, whole or in part."""

    text: str
    thinking: str
    model: Model  # the one that answered
    records: Sequence[DeliveryRecord] = field(default_factory=list)  # the messages that are there to show it
    finish: Finish = "stop"
    stopped: bool = False  # its person ended it
    error: UpstreamError | None = None  # the connection broke in the middle
    replaced: Model | None = None  # the model that should have answered, where another did
    busy: bool = False  # too much was asked of that one


class EmptyAnswer(Exception):
    """The model gave no text."""

    def __init__(self, *, cut: bool, withheld: bool = False) -> None:
        super().__init__("the model gave no text")
        self.cut = cut  # its thinking used up all that an answer may have
        self.withheld = withheld  # for its content


class Ended(Exception):
    """The answer was ended before anything of it could be kept."""

    def __init__(self, *, edited: bool) -> None:
        super().__init__("ended")
        self.edited = edited  # because its question was edited, which is answered next


class NothingAsked(Exception):
    """There is no question that could be answered again."""


Problem: TypeAlias = UpstreamError | WaitTooLong | QuotaReached | EmptyAnswer | Ended | NothingAsked
"""Why somebody who asked gets no answer."""


class StreamCollector:
    """The answer as far as it has come: the sink of its call, and the one place that keeps its pieces.

    Whoever shows it reads from here, and is told of changes by ``on_change``.
    """

    def __init__(self, model: Model, clock: Clock) -> None:
        self.model = model  # the one that answers
        self.replaced: Model | None = None  # the one that should have answered, where that is another
        self.busy = False  # too many calls are why it does not
        self.completion: Completion | None = None  # when the call is over
        self.on_change: Callable[[], None] = _ignore
        self.ahead = 0  # calls that probably go first
        self.waits_until = 0.0  # when the wait for the limits probably ends, in the clock's monotonic seconds
        self._clock = clock
        self._text: list[str] = []
        self._thinking: list[str] = []

    @property
    def text_so_far(self) -> str:
        return "".join(self._text)

    @property
    def thinking_so_far(self) -> str:
        return "".join(self._thinking)

    def text(self, piece: str) -> None:
        self._text.append(piece)
        self.on_change()

    def thinking(self, piece: str) -> None:
        self._thinking.append(piece)
        self.on_change()

    def restart(self) -> None:
        """What has come was no part of the answer."""
        self._text.clear()
        self._thinking.clear()
        self.on_change()

    def waiting(self, place: QueuePosition) -> None:
        """The call waits for the provider's limits."""
        self.ahead, self.waits_until = place.ahead, self._clock.monotonic() + place.seconds
        self.on_change()

    def fell_back(self, wanted: Model, instead: Model, error: Exception) -> None:
        """Another model begins anew; nothing of the first has been shown but its thinking."""
        log.info("%s answers instead of %s: %s", instead.id, wanted.id, error)
        if self.replaced is None:
            self.replaced, self.busy = wanted, isinstance(error, WaitTooLong | Overloaded | RateLimited)
        self.model = instead
        self._thinking.clear()

    def context(self, payer: Payer) -> CallContext:
        """Of a call whose answer is collected here."""
        return CallContext(payer, on_wait=self.waiting, on_fallback=self.fell_back)

    def begin(self, model: Model) -> None:
        """A call begins; nothing of an answer has come yet."""
        self.model, self.replaced = model, None

    def answer(self, *, stopped: bool = False, error: UpstreamError | None = None) -> Answer:
        """What has come until now."""
        so_far = Answer(self.text_so_far, self.thinking_so_far, self.model, stopped=stopped, error=error)
        return replace(so_far, replaced=self.replaced, busy=self.busy)


async def result_of(run: ActiveTask, collector: StreamCollector) -> Answer:
    """The whole answer, or what had come of it when it was stopped or broke off.

    Raises :class:`Ended` or UpstreamError where that is nothing. Whoever cancels the caller cancels the run with it.
    """
    try:
        completion: Completion = await run.task
    except asyncio.CancelledError:
        if run.ended is None:
            raise
        answer = collector.answer(stopped=True)
        if run.ended == "edited" or not answer.text.strip():
            raise Ended(edited=run.ended == "edited") from None
        return answer
    except UpstreamError as error:
        answer = collector.answer(error=error)
        if not answer.text.strip():
            raise
        return answer
    whole = Answer(completion.text, completion.thinking, collector.model, finish=completion.finish)
    return replace(whole, replaced=collector.replaced, busy=collector.busy)


class AnswerView(Protocol):
    """Where one person sees what becomes of one question.

    What cannot be shown because the chat cannot be written to is nobody's error: the view notes it, and goes on.
    """

    async def open(self, exchange: Exchange, collector: StreamCollector) -> None:
        """Show what the collector has, from now on until :meth:`close`."""
        ...

    async def close(self) -> None:
        """Show nothing more of what is coming; what is on its way has arrived when this returns. Safe to repeat."""
        ...

    async def deliver(self, exchange: Exchange, answer: Answer) -> None:
        """Bring the answer, which is stored, to its messages; ends what was open.

        Raises where it may have arrived and bringing it again is safe.
        """
        ...

    async def deliver_stored(self, exchange: Exchange) -> None:
        """Go on with the answer that an earlier run has stored, where that run has not brought it to its end."""
        ...

    async def say(self, problem: Problem, model: Model) -> None:
        """Say in the answer's place why there is none; ends what was open. ``model``: the one that was wanted.

        Raises where nothing was open and it may not have arrived: then the request can be made again.
        """
        ...


def _ignore() -> None:
    """Nobody watches."""


class AnswerGenerator:
    """Has a conversation's next answer written."""

    def __init__(self, chat: ChatCompletions, corrections: Corrections) -> None:
        self._chat = chat
        self._corrections = corrections  # what the providers' own counts have taught about the estimates

    def room(self, style: GenerationSettings) -> int:
        """Tokens, by our estimate, that the turns of a conversation may have."""
        return self._corrections.allowed(style.model.id, budget(style.model)) - estimate(style.prompt)

    async def generate(
        self, path: Sequence[Node], style: GenerationSettings, collector: StreamCollector, payer: Payer
    ) -> Completion:
        """One that is refused as too long is asked again, with less each time. Raises as any call does."""
        sent = within(path, self.room(style))
        while True:
            try:
                return await self._call(sent, style, collector, payer)
            except TooLong as error:
                fewer = within(sent, _fitting(sent, error, style))
                if len(fewer) == len(sent):
                    raise
                sent = fewer

    async def _call(
        self, path: Sequence[Node], style: GenerationSettings, collector: StreamCollector, payer: Payer
    ) -> Completion:
        request = ChatRequest(
            model=style.model,
            messages=messages(style.prompt, path),
            max_tokens=reply_tokens(style.model),
            temperature=style.temperature,
            thinking=style.thinking,
        )
        collector.begin(style.model)
        completion = collector.completion = await self._chat.complete(request, collector, collector.context(payer))
        if completion.usage is not None:
            self._corrections.observe(collector.model.id, prompt(request.messages), completion.usage.prompt)
        return completion


def _fitting(sent: Sequence[Node], error: TooLong, style: GenerationSettings) -> int:
    """Tokens of the path that are sent next: half, or fewer where the provider has told what the model takes."""
    half = sum(node.tokens for node in sent) // 2
    if error.limit is None:
        return half
    return min(half, max(error.limit - estimate(style.prompt) - reply_tokens(style.model), error.limit // 4))
