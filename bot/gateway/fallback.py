"""When a model cannot answer, another does as long as nothing was shown; and one that is down is spared."""

import itertools
from collections.abc import Awaitable, Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from bot.clock import Clock
from bot.domain.calls import CallContext, ChatCompletions, OnFallback, WaitTooLong
from bot.domain.chat import ChatRequest, Completion, Sink
from bot.domain.errors import ModelError, UpstreamError
from bot.domain.model import Model
from bot.domain.quota import QuotaReached
from bot.providers import tokens

T = TypeVar("T")

FAILURES: Final = 5
SECONDS_OPEN: Final = 30.0


async def first_that_can(
    models: Iterable[Model],
    ask: Callable[[Model], Awaitable[T]],
    on_fallback: OnFallback | None = None,
    suits: Callable[[Model, Exception], bool] = lambda _, __: True,
) -> T:
    """What the first of ``models`` that can gives.

    ``on_fallback`` is told before the next one is asked; ``suits``: whether a model may stand in after that failure.
    When all fail, raises what kept the first from it.
    """
    failures: list[UpstreamError | WaitTooLong | QuotaReached] = []
    asked: Model | None = None
    for model in models:
        if failures and not suits(model, failures[-1]):
            continue
        if asked is not None and on_fallback is not None:
            on_fallback(asked, model, failures[-1])
        asked = model
        try:
            return await ask(model)
        except WaitTooLong as error:
            failures.append(error)
        except QuotaReached as reached:
            if not failures:  # for the chosen model the person must know; a stand-in may be dearer
                raise
            failures.append(reached)
        except UpstreamError as error:
            if not error.falls_back:
                raise
            failures.append(error)
    raise failures[0]


class FallbackChat:
    """Chat completions from a model, or else from one that stands in for it.

    One that costs stands in for a free model only where that is gone. When the whole chain fails, what is raised is
    what kept the chosen model from answering.
    """

    def __init__(self, chat: ChatCompletions, chain: Callable[[Model], Sequence[Model]]) -> None:
        self._chat = chat
        self._chain = chain  # what may stand in for a model, the best first

    async def complete(self, request: ChatRequest, sink: Sink, context: CallContext) -> Completion:
        def suits(other: Model, failure: Exception) -> bool:
            return other.price.free or not request.model.price.free or isinstance(failure, ModelError)

        async def ask(model: Model) -> Completion:
            return await self._chat.complete(_asked_of(model, request), sink, context)

        models = itertools.chain([request.model], self._stand_ins(request))
        return await first_that_can(models, ask, context.on_fallback, suits)

    def _stand_ins(self, request: ChatRequest) -> Iterator[Model]:
        """Those that see where there are pictures, and hold the prompt and an answer. Looked for when one is needed."""
        needs_sight = any(message.pictures for message in request.messages)
        needed = tokens.prompt(request.messages)
        for model in self._chain(request.model):
            holds = needed + min(request.max_tokens, model.max_output) <= model.context
            if holds and (model.sees or not needs_sight):
                yield model


def _asked_of(model: Model, request: ChatRequest) -> ChatRequest:
    if model is request.model:
        return request
    thinking = model.thinks == "always" or (request.thinking and model.thinks == "switch")
    return replace(request, model=model, max_tokens=min(request.max_tokens, model.max_output), thinking=thinking)


@dataclass(slots=True)
class _State:
    failures: int = 0
    probe_at: float = 0.0


class Breakers:
    """One breaker for each target, closed at first. What entered ends by one of the three other verbs."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._states: dict[Hashable, _State] = {}

    def allows(self, target: Hashable) -> bool:
        state = self._states.get(target)
        return state is None or state.failures < FAILURES or self._clock.monotonic() >= state.probe_at

    def enter(self, target: Hashable) -> bool:
        """Whether a call may go out now. Where the breaker was open, it is the probe: others wait for its end."""
        if not self.allows(target):
            return False
        state = self._states.get(target)
        if state is not None and state.failures >= FAILURES:
            state.probe_at = self._clock.monotonic() + SECONDS_OPEN
        return True

    def answered(self, target: Hashable) -> None:
        """The target works, whatever it answered."""
        self._states.pop(target, None)

    def failed(self, target: Hashable) -> None:
        state = self._states.setdefault(target, _State())
        state.failures += 1
        state.probe_at = self._clock.monotonic() + SECONDS_OPEN
