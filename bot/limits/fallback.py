"""Another model answers where the chosen one cannot, as long as nothing of an answer was shown."""

import itertools
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from bot.domain.model import Model
from bot.limits.client import QueuedChat
from bot.limits.demand import Overfull, Place
from bot.limits.quotas import Payer
from bot.providers import tokens
from bot.providers.chat import ChatRequest, Completion, Sink
from bot.providers.errors import ModelError, UpstreamError
from bot.store.quotas import QuotaReached

FellBack = Callable[[Model, Model, Exception], None]
T = TypeVar("T")


async def along(
    models: Iterable[Model],
    ask: Callable[[Model], Awaitable[T]],
    fell_back: FellBack | None = None,
    suits: Callable[[Model, Exception], bool] = lambda _, __: True,
) -> T:
    """What the first of ``models`` that can gives.

    ``fell_back`` is told (from, to, why) before the next one is asked; ``suits``: whether it may stand in after that
    failure. When all fail, raises what kept the first from it.
    """
    failures: list[UpstreamError | Overfull | QuotaReached] = []
    asked: Model | None = None
    for model in models:
        if failures and not suits(model, failures[-1]):
            continue
        if asked is not None and fell_back is not None:
            fell_back(asked, model, failures[-1])
        asked = model
        try:
            return await ask(model)
        except Overfull as error:
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
    """``chain``: what may stand in for a model, the best first."""

    def __init__(self, chat: QueuedChat, chain: Callable[[Model], Sequence[Model]]) -> None:
        self._chat = chat
        self._chain = chain

    async def chat(
        self,
        request: ChatRequest,
        sink: Sink,
        *,
        payer: Payer,
        interactive: bool = True,
        waiting: Callable[[Place], None] | None = None,
        fell_back: FellBack | None = None,
    ) -> Completion:
        """As of any queued chat. ``fell_back`` is told (from, to, why) before the next model is asked.

        One that costs stands in for a free model only where that is gone. When the whole chain fails, raises what kept
        the chosen model from answering.
        """

        def suits(other: Model, failure: Exception) -> bool:
            return other.price.free or not request.model.price.free or isinstance(failure, ModelError)

        async def ask(model: Model) -> Completion:
            return await self._chat.chat(
                _asked_of(model, request), sink, payer=payer, interactive=interactive, waiting=waiting
            )

        return await along(itertools.chain([request.model], self._stand_ins(request)), ask, fell_back, suits)

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
