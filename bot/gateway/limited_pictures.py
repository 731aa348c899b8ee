"""Drawing within the limits and from the quota; another model draws where the wanted one cannot."""

from collections.abc import Callable, Sequence

from bot.billing.reservation import Billing, PictureReservation
from bot.clock import Clock
from bot.domain.calls import CallContext, Drawn, Generation, ImageGenerations, PictureClient, PictureRequest
from bot.domain.chat import Account
from bot.domain.errors import BrokenStream, ModelError, TimedOut, Unreachable
from bot.domain.model import Model
from bot.gateway.fallback import first_that_can
from bot.gateway.limited_calls import LimitedCall, LimitedCalls
from bot.ratelimit.permit_request import Estimate, Target
from bot.ratelimit.scheduler import Scheduler

_UNCERTAIN = (BrokenStream, TimedOut, Unreachable)
"""The picture may have been drawn all the same, and be billed."""


class LimitedPictures:
    """Pictures from the accounts of a model.

    Failures are dealt with as of :class:`bot.gateway.limited_calls.LimitedCalls`, except that a picture that costs is
    not asked for again where it may have been drawn.
    """

    def __init__(
        self,
        client: PictureClient,
        scheduler: Scheduler,
        clock: Clock,
        targets: Callable[[Model], Sequence[Target]],
        billing: Billing,
    ) -> None:
        self._client = client
        self._billing = billing
        self._calls = LimitedCalls(scheduler, clock, targets)

    async def generate(
        self, model: Model, request: Callable[[Model], PictureRequest], context: CallContext
    ) -> Generation:
        asked = request(model)

        async def ask(account: Account) -> Drawn:
            return await self._client.draw(account, asked)

        call = LimitedCall(
            PictureReservation(self._billing, context.payer, model),
            estimate=lambda: Estimate(pictures=1),
            make=ask,
            used=lambda _: 0,
            repeatable=lambda error: not _may_cost(model, error),
        )
        return Generation(asked, await self._calls.make(call, context))


class FallbackPictures:
    """Pictures from a model, or else from one that stands in for it.

    A dearer model stands in only for one that is gone. When the whole chain fails, what is raised is what kept the
    wanted model from drawing.
    """

    def __init__(self, images: ImageGenerations, chain: Callable[[Model], Sequence[Model]]) -> None:
        self._images = images
        self._chain = chain  # what may stand in for a model, the best first

    async def generate(
        self, model: Model, request: Callable[[Model], PictureRequest], context: CallContext
    ) -> Generation:
        def suits(other: Model, failure: Exception) -> bool:
            dearer = other.price.picture > model.price.picture
            return isinstance(failure, ModelError) or not (dearer or _may_cost(model, failure))

        async def ask(other: Model) -> Generation:
            return await self._images.generate(other, request, context)

        given = len(request(model).pictures)
        stand_ins = [other for other in self._chain(model) if _draws_from(other, given)]
        return await first_that_can([model, *stand_ins], ask, context.on_fallback, suits)


def _may_cost(model: Model, failure: Exception) -> bool:
    return isinstance(failure, _UNCERTAIN) and not model.price.free


def _draws_from(model: Model, pictures: int) -> bool:
    drawing = model.drawing
    return drawing is not None and pictures <= drawing.pictures and (pictures > 0 or not drawing.needs_picture)
