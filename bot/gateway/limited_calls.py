"""Calls within the limits, whatever they are for: paid, admitted, made, settled; made again where that helps."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from bot.billing.reservation import CostReservation
from bot.clock import Clock
from bot.domain.calls import CallContext
from bot.domain.chat import Account
from bot.domain.errors import (
    AccountError,
    BrokenStream,
    ModelRefused,
    RateLimited,
    ServerFault,
    ServiceError,
    UpstreamError,
)
from bot.domain.model import Model
from bot.gateway.fallback import Breakers
from bot.ratelimit.permit import Permit
from bot.ratelimit.permit_request import Estimate, PermitRequest, Target
from bot.ratelimit.scheduler import Scheduler

_PAUSES: Final = (1.0, 2.0, 4.0)  # seconds, between the calls to a failing service
_BARRED: Final = 300.0  # seconds

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LimitedCall(Generic[T]):
    """One call that may be made several times until it succeeds."""

    reservation: CostReservation  # not entered yet
    estimate: Callable[[], Estimate]  # asked before each admission
    make: Callable[[Account], Awaitable[T]]
    used: Callable[[T], int | None]  # the tokens that a result took; None: nobody knows
    repeatable: Callable[[UpstreamError], bool]  # may be made again after this failure, if that helps at all
    spent_for: Callable[[T], float] = lambda _: 0.0  # seconds for which the provider says that nothing is left


class LimitedCalls:
    """Makes calls to whichever account may be asked for their model.

    A refusal for too many calls is never shown: the call waits again, before all others of its flow. A failing service
    is asked up to four times. An account that is refused is left out for five minutes where there is another.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        clock: Clock,
        targets: Callable[[Model], Sequence[Target]],
    ) -> None:
        self._scheduler = scheduler
        self._clock = clock
        self._targets = targets  # the accounts that may be asked for a model
        self._breakers = Breakers(clock)
        self._barred: dict[tuple[str, ...], float] = {}

    async def make(self, call: LimitedCall[T], context: CallContext) -> T:
        """Raises UpstreamError, QuotaReached or WaitTooLong."""
        deadline = self._clock.monotonic() + self._scheduler.max_wait
        pauses = iter(_PAUSES)
        again = False
        async with call.reservation as reservation:
            while True:
                permit = await self._admit(call, context, deadline, again=again)
                try:
                    return await self._ask(permit, call)
                except UpstreamError as error:
                    await reservation.failed(error)
                    if not call.repeatable(error) or not await self._helps(error, permit.target, deadline, pauses):
                        raise
                    again = True

    async def _helps(self, error: UpstreamError, target: Target, deadline: float, pauses: Iterator[float]) -> bool:
        """Whether another call may help; returns when it may be made."""
        match error:
            case AccountError():
                return self._bar(target, target.key[:1])
            case ModelRefused():
                return self._bar(target, target.key)
            case RateLimited():
                return self._clock.monotonic() < deadline
            case ServiceError() if error.retryable:
                pause = next(pauses, None)
                if pause is None or self._clock.monotonic() + pause >= deadline:
                    return False
                await self._clock.sleep(pause)
                return True
        return False

    async def _admit(self, call: LimitedCall[T], context: CallContext, deadline: float, *, again: bool) -> Permit:
        """Leave to ask a target that is not known to be down."""
        estimate, payer = call.estimate(), context.payer
        while True:
            targets = self._usable(call.reservation.model)
            request = PermitRequest(payer.flow, targets, estimate, payer.weight, context.priority)
            within = deadline - self._clock.monotonic()
            permit = await self._scheduler.admit(request, context.on_wait, within=within, first=again)
            if self._breakers.enter(permit.target.key):
                return permit
            await permit.release()
            again = True

    async def _ask(self, permit: Permit, call: LimitedCall[T]) -> T:
        key = permit.target.key
        call.reservation.sent(permit.target.account.name)
        try:
            result = await call.make(permit.target.account)
        except RateLimited as error:
            self._breakers.answered(key)
            permit.refused(error.metric, error.retry_after)
            raise
        except ServiceError as error:
            if not isinstance(error, BrokenStream):
                self._breakers.failed(key)
            await permit.settle()
            raise
        except UpstreamError:
            self._breakers.answered(key)
            await permit.settle(0)
            raise
        except BaseException:  # cancelled: the call may have been counted, so its reservation stands
            await permit.settle()
            raise
        self._breakers.answered(key)
        permit.spent(call.spent_for(result))
        await permit.settle(call.used(result))
        return result

    def _usable(self, model: Model) -> tuple[Target, ...]:
        """The targets that are worth a call; where all accounts are barred, all, since their answer tells why."""
        every = tuple(self._targets(model))
        usable = [target for target in every if not self._is_barred(target)] or every
        up = tuple(target for target in usable if self._breakers.allows(target.key))
        if not up:
            raise ServerFault(detail="not asked, since its last calls failed")
        return up

    def _is_barred(self, target: Target) -> bool:
        now = self._clock.monotonic()
        return any(self._barred.get(key, now) > now for key in (target.key, target.key[:1]))

    def _bar(self, target: Target, key: tuple[str, ...]) -> bool:
        """Leave out an account, or one model of it, for some time. Returns whether another can be asked."""
        self._barred[key] = self._clock.monotonic() + _BARRED
        return not all(map(self._is_barred, self._targets(target.model)))
