"""Chat calls within the limits: their tokens are predicted; asked again as long as nothing was shown yet."""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from bot.clock import Clock
from bot.domain.model import Model
from bot.limits.bills import ChatBill
from bot.limits.calls import Call, Caller, Calls, Need
from bot.limits.demand import Place, Target
from bot.limits.prediction import OutputPrediction
from bot.limits.quotas import Payer
from bot.limits.scheduler import Scheduler
from bot.limits.till import Till
from bot.providers.chat import Account, ChatClient, ChatRequest, Completion, Sink

_PROMPT_ERROR: Final = 0.1
"""Standard error of a prompt's estimated tokens, as a part of them."""


class QueuedChat(Protocol):
    """A chat call that may have to wait for its turn. ``payer``: whose money and whose share it counts against."""

    async def chat(
        self,
        request: ChatRequest,
        sink: Sink,
        *,
        payer: Payer,
        interactive: bool = True,
        waiting: Callable[[Place], None] | None = None,
    ) -> Completion:
        """Raises UpstreamError, QuotaReached, or Overfull where the turn would come too late."""
        ...


class LimitedChat:
    """``targets``: the accounts that may be asked for a model; ``tokens``: the estimate of a prompt; ``till``: where
    calls are paid. What is done about failures is that of :class:`bot.limits.calls.Calls`.
    """

    def __init__(
        self,
        client: ChatClient,
        scheduler: Scheduler,
        clock: Clock,
        targets: Callable[[Model], Sequence[Target]],
        tokens: Callable[[ChatRequest], int],
        till: Till,
    ) -> None:
        self._client = client
        self._tokens = tokens
        self._till = till
        self._prediction = OutputPrediction()
        self._calls = Calls(scheduler, clock, targets)

    async def chat(
        self,
        request: ChatRequest,
        sink: Sink,
        *,
        payer: Payer,
        interactive: bool = True,
        waiting: Callable[[Place], None] | None = None,
    ) -> Completion:
        bill = ChatBill(self._till, payer, request, self._tokens(request), _most(request), sink)

        async def ask(account: Account) -> Completion:
            completion = await self._client.chat(account, request, bill)
            bill.answered(completion)
            return completion

        call = Call(
            bill,
            need=lambda: self._need(request),
            make=ask,
            used=lambda completion: self._used(request, completion),
            repeatable=lambda error: not error.partial,
            spent_for=lambda completion: completion.spent_for,
        )
        return await self._calls.make(call, Caller(payer, interactive, waiting))

    def _need(self, request: ChatRequest) -> Need:
        prompt = self._tokens(request)
        output, doubt = self._prediction.expect(_kind(request), _most(request))
        return Need(prompt, output, doubt + (prompt * _PROMPT_ERROR) ** 2)

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
