"""Calls within the limits, whatever they are for: paid, admitted, made, settled; made again where that helps."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Generic, NamedTuple, TypeVar

from bot.clock import Clock
from bot.domain.model import Model
from bot.limits.breaker import Breakers
from bot.limits.demand import Demand, Place, Target
from bot.limits.grant import Grant
from bot.limits.quotas import Payer
from bot.limits.scheduler import Scheduler
from bot.limits.till import Bill
from bot.providers.chat import Account
from bot.providers.errors import (
    AccountError,
    BrokenStream,
    ModelRefused,
    RateLimited,
    ServerFault,
    ServiceError,
    UpstreamError,
)

_PAUSES: Final = (1.0, 2.0, 4.0)
_BARRED: Final = 300.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls; ``interactive`` and ``waiting`` as of an admission."""

    payer: Payer
    interactive: bool = True
    waiting: Callable[[Place], None] | None = None


class Need(NamedTuple):
    """What a call is expected to take; ``doubt`` is the variance of the tokens."""

    prompt_tokens: int = 0
    expected_output: int = 0
    doubt: float = 0.0
    pictures: int = 0


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """``need`` is asked before each admission. ``used``: the tokens that a result took, None where nobody knows;
    ``spent_for``: the seconds for which, by its word, nothing is left.

    ``repeatable``: whether the call may be made again after this failure, if that helps at all. ``bill``: not entered.
    """

    bill: Bill
    need: Callable[[], Need]
    make: Callable[[Account], Awaitable[T]]
    used: Callable[[T], int | None]
    repeatable: Callable[[UpstreamError], bool]
    spent_for: Callable[[T], float] = lambda _: 0.0


class Calls:
    """``targets``: the accounts that may be asked for a model.

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
        self._targets = targets
        self._breakers = Breakers(clock)
        self._barred: dict[tuple[str, ...], float] = {}

    async def make(self, call: Call[T], caller: Caller) -> T:
        """Raises UpstreamError, QuotaReached, or Overfull where the turn would come too late."""
        deadline = self._clock.monotonic() + self._scheduler.max_wait
        pauses = iter(_PAUSES)
        again = False
        async with call.bill as bill:
            while True:
                grant = await self._admit(call, caller, deadline, again=again)
                try:
                    return await self._ask(grant, call)
                except UpstreamError as error:
                    await bill.failed(error)
                    if not call.repeatable(error) or not await self._helps(error, grant.target, deadline, pauses):
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
            case ServiceError():
                pause = next(pauses, None)
                if pause is None or self._clock.monotonic() + pause >= deadline:
                    return False
                await self._clock.sleep(pause)
                return True
        return False

    async def _admit(self, call: Call[T], caller: Caller, deadline: float, *, again: bool) -> Grant:
        """Leave to ask a target that is not known to be down."""
        need, payer = call.need(), caller.payer
        while True:
            demand = Demand(
                payer.flow, self._usable(call.bill.model), *need, weight=payer.weight, interactive=caller.interactive
            )
            within = deadline - self._clock.monotonic()
            grant = await self._scheduler.admit(demand, caller.waiting, within=within, first=again)
            if self._breakers.enter(grant.target.key):
                return grant
            await grant.release()
            again = True

    async def _ask(self, grant: Grant, call: Call[T]) -> T:
        key = grant.target.key
        call.bill.sent(grant.target.account.name)
        try:
            result = await call.make(grant.target.account)
        except RateLimited as error:
            self._breakers.answered(key)
            grant.refused(error.metric, error.retry_after)
            raise
        except ServiceError as error:
            if not isinstance(error, BrokenStream):
                self._breakers.failed(key)
            await grant.settle()
            raise
        except UpstreamError:
            self._breakers.answered(key)
            await grant.settle(0)
            raise
        except BaseException:  # cancelled: the call may have been counted, so its reservation stands
            await grant.settle()
            raise
        self._breakers.answered(key)
        grant.spent(call.spent_for(result))
        await grant.settle(call.used(result))
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
