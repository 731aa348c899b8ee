"""Chat calls within the limits: their tokens are predicted; asked again as long as nothing was shown yet."""

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.billing.reservation import Billing, ChatReservation
from bot.clock import Clock
from bot.domain.calls import CallContext
from bot.domain.chat import Account, ChatClient, ChatRequest, Completion, Sink
from bot.domain.model import Model
from bot.gateway.limited_calls import LimitedCall, LimitedCalls
from bot.ratelimit.permit_request import Estimate, Target
from bot.ratelimit.scheduler import Scheduler

_PROMPT_ERROR: Final = 0.1
"""Standard error of a prompt's estimated tokens, as a part of them."""

_ENOUGH: Final = 10
"""Answers seen before their variance means anything."""
_MEMORY: Final = 100
"""Answers over which the averages reach back."""


class LimitedChat:
    """Chat completions from the accounts of a model; failures are dealt with as of
    :class:`bot.gateway.limited_calls.LimitedCalls`.
    """

    def __init__(
        self,
        client: ChatClient,
        scheduler: Scheduler,
        clock: Clock,
        targets: Callable[[Model], Sequence[Target]],
        tokens: Callable[[ChatRequest], int],
        billing: Billing,
    ) -> None:
        self._client = client
        self._tokens = tokens  # the estimate of a prompt
        self._billing = billing
        self._prediction = OutputPrediction()
        self._calls = LimitedCalls(scheduler, clock, targets)

    async def complete(self, request: ChatRequest, sink: Sink, context: CallContext) -> Completion:
        reservation = ChatReservation(
            self._billing, context.payer, request, self._tokens(request), _most(request), sink
        )

        async def ask(account: Account) -> Completion:
            completion = await self._client.complete(account, request, reservation)
            reservation.answered(completion)
            return completion

        call = LimitedCall(
            reservation,
            estimate=lambda: self._estimate(request),
            make=ask,
            used=lambda completion: self._used(request, completion),
            repeatable=lambda error: not error.partial,
            spent_for=lambda completion: completion.spent_for,
        )
        return await self._calls.make(call, context)

    def _estimate(self, request: ChatRequest) -> Estimate:
        prompt = self._tokens(request)
        output, variance = self._prediction.expect(_kind(request), _most(request))
        return Estimate(prompt, output, variance + (prompt * _PROMPT_ERROR) ** 2)

    def _used(self, request: ChatRequest, completion: Completion) -> int | None:
        usage = completion.usage
        if usage is None:
            return None
        self._prediction.observe(_kind(request), usage.output)
        return usage.prompt + usage.output


def _kind(request: ChatRequest) -> tuple[str, bool]:
    """Answers with and without thinking differ in length, and so do models."""
    return request.model.id, request.thinking


def _most(request: ChatRequest) -> int:
    """Thinking is not counted in ``max_tokens``; about as much again is a guess for the first few answers."""
    return request.max_tokens * 2 if request.thinking else request.max_tokens


@dataclass(slots=True)
class _Moments:
    """Plain mean and variance at first, exponential moving ones later."""

    seen: int = 0
    mean: float = 0.0
    variance: float = 0.0

    def observe(self, tokens: int) -> None:
        self.seen += 1
        gain = 1 / min(self.seen, _MEMORY)
        away = tokens - self.mean
        self.mean += gain * away
        self.variance = (1 - gain) * (self.variance + gain * away * away)


class OutputPrediction:
    """Moving mean and variance of the output tokens, by whatever tells answers of a kind apart."""

    def __init__(self) -> None:
        self._kinds: dict[Hashable, _Moments] = {}

    def expect(self, kind: Hashable, most: int) -> tuple[int, float]:
        """Tokens to expect, at most ``most``, and their variance; all of them for certain while nothing is known.

        A variance of few answers is itself a guess, mostly too low, and so is raised.
        """
        moments = self._kinds.get(kind)
        if moments is None or moments.seen < _ENOUGH:
            return most, 0.0
        return min(math.ceil(moments.mean), most), moments.variance * (1 + 2 * _ENOUGH / moments.seen)

    def observe(self, kind: Hashable, tokens: int) -> None:
        self._kinds.setdefault(kind, _Moments()).observe(tokens)
