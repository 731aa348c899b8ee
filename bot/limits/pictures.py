"""Drawing within the limits and from the quota; another model draws where the wanted one cannot."""

from collections.abc import Callable, Sequence
from typing import Protocol

from bot.clock import Clock
from bot.domain.model import Model
from bot.limits.bills import PictureBill
from bot.limits.calls import Call, Caller, Calls, Need
from bot.limits.demand import Place, Target
from bot.limits.fallback import FellBack, along
from bot.limits.quotas import Payer
from bot.limits.scheduler import Scheduler
from bot.limits.till import Till
from bot.providers.chat import Account
from bot.providers.errors import BrokenStream, ModelError, TimedOut, Unreachable
from bot.providers.pictures import Drawn, PictureClient, PictureRequest

_UNCERTAIN = (BrokenStream, TimedOut, Unreachable)
"""The picture may have been drawn all the same, and be billed."""


class QueuedPictures(Protocol):
    async def draw(
        self, request: PictureRequest, *, payer: Payer, waiting: Callable[[Place], None] | None = None
    ) -> Drawn:
        """Raises UpstreamError, QuotaReached, or Overfull where the turn would come too late."""
        ...


class LimitedPictures:
    """``targets``: the accounts that may be asked for a model; ``till``: where calls are paid.

    What is done about failures is that of :class:`bot.limits.calls.Calls`, except that a picture that costs is not
    asked for again where it may have been drawn.
    """

    def __init__(
        self,
        client: PictureClient,
        scheduler: Scheduler,
        clock: Clock,
        targets: Callable[[Model], Sequence[Target]],
        till: Till,
    ) -> None:
        self._client = client
        self._till = till
        self._calls = Calls(scheduler, clock, targets)

    async def draw(
        self, request: PictureRequest, *, payer: Payer, waiting: Callable[[Place], None] | None = None
    ) -> Drawn:
        async def ask(account: Account) -> Drawn:
            return await self._client.draw(account, request)

        call = Call(
            PictureBill(self._till, payer, request.model),
            need=lambda: Need(pictures=1),
            make=ask,
            used=lambda _: 0,
            repeatable=lambda error: not _may_cost(request.model, error),
        )
        return await self._calls.make(call, Caller(payer, waiting=waiting))


class FallbackPictures:
    """``chain``: what may stand in for a model, the best first."""

    def __init__(self, pictures: QueuedPictures, chain: Callable[[Model], Sequence[Model]]) -> None:
        self._pictures = pictures
        self._chain = chain

    async def draw(
        self,
        model: Model,
        request: Callable[[Model], PictureRequest],
        *,
        payer: Payer,
        waiting: Callable[[Place], None] | None = None,
        fell_back: FellBack | None = None,
    ) -> Drawn:
        """As of any queued drawing; ``request`` asks a model for the picture.

        A dearer model stands in only for one that is gone. When the whole chain fails, raises what kept the wanted
        model from drawing.
        """

        def suits(other: Model, failure: Exception) -> bool:
            dearer = other.price.picture > model.price.picture
            return isinstance(failure, ModelError) or not (dearer or _may_cost(model, failure))

        async def ask(other: Model) -> Drawn:
            return await self._pictures.draw(request(other), payer=payer, waiting=waiting)

        given = len(request(model).pictures)
        stand_ins = [other for other in self._chain(model) if _draws_from(other, given)]
        return await along([model, *stand_ins], ask, fell_back, suits)


def _may_cost(model: Model, failure: Exception) -> bool:
    return isinstance(failure, _UNCERTAIN) and not model.price.free


def _draws_from(model: Model, pictures: int) -> bool:
    drawing = model.drawing
    return drawing is not None and pictures <= drawing.pictures and (pictures > 0 or not drawing.needs_picture)
