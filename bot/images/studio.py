"""From a wish to pictures that are kept: drawn, fetched, looked at, and recorded, each step before the next.

What is paid is never paid again: the address of a drawn picture is stored before it is fetched, the picture before it
is sent. A drawing that a crash has interrupted goes on where it was.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Final, Protocol

from bot.clock import Clock
from bot.domain.calls import CallContext, ChatCompletions, ImageGenerations, Payer, QueuePosition, WaitTooLong
from bot.domain.model import Model
from bot.domain.quota import QuotaReached
from bot.images.choice import Painters
from bot.images.fitting import refit
from bot.images.headers import BrokenPicture
from bot.images.improving import NotImproved, improved
from bot.images.inspection import inspect
from bot.images.recipe import Recipe
from bot.images.sources import NoSource, Sources
from bot.providers.chat import Picture
from bot.providers.errors import ModelGone, UpstreamError
from bot.providers.picture_fetch import PictureExpired
from bot.store.picture_files import PictureFiles
from bot.store.pictures import DrawingRow, Form, Made, NewDrawing, PictureRepository, PictureRow

log = logging.getLogger(__name__)

_AT_ONCE: Final = 2  # pictures that are in memory at a time, since each may have 20 MB
_FETCHES: Final = 2
_PAUSE: Final = 2.0  # seconds between two of them

FAILURES: Final = (UpstreamError, WaitTooLong, QuotaReached, BrokenPicture, NoSource)
"""What :attr:`Outcome.failure` may be."""


class View(Protocol):
    """Where it is told how far the drawing is. Called on the event loop; must not block."""

    def waiting(self, ahead: int, seconds: float) -> None: ...

    def drawn(self) -> None:
        """One more picture is there."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """``failure``: what kept a picture from being drawn, if anything did. ``replaced``: the model that should have
    drawn, where another did. ``unimproved``: the words were to be rewritten and are not."""

    pictures: tuple[PictureRow, ...]
    failure: Exception | None = None
    replaced: Model | None = None
    unimproved: bool = False


class Studio:
    def __init__(
        self,
        rows: PictureRepository,
        files: PictureFiles,
        images: ImageGenerations,
        chat: ChatCompletions,
        fetch: Callable[[str], Awaitable[Picture]],
        sources: Sources,
        painters: Painters,
        clock: Clock,
    ) -> None:
        self._rows = rows
        self._files = files
        self._images = images
        self._chat = chat
        self._fetch = fetch
        self._sources = sources
        self._painters = painters
        self._clock = clock
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def begin(self, new: NewDrawing, recipes: Sequence[Recipe]) -> DrawingRow:
        """Store it, or give it as it stands where it was begun before."""
        return await self._rows.begin(new, [asdict(recipe) for recipe in recipes])

    async def draw(self, drawing: DrawingRow, view: View, payer: Payer, improver: Model) -> Outcome:
        """Bring each open picture into being. ``improver``: the chat model that rewrites words, where that is wished.

        Raises nothing that could be told; what could is in the outcome.
        """
        rows, unimproved = await self._improved(drawing, payer, improver)
        sitting = _Sitting(view, payer)
        tasks = [asyncio.create_task(self._draw(row, sitting)) for row in rows if row.state == "open"]
        try:
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        failures = [error for error in ended if isinstance(error, BaseException)]
        for failure in failures:
            if not isinstance(failure, FAILURES):
                raise failure
            log.warning("A picture of drawing %d was not drawn: %s", drawing.id, failure)
        pictures = tuple(await self._rows.of(drawing.id))
        first = next((failure for failure in failures if isinstance(failure, Exception)), None)
        return Outcome(pictures, first, sitting.replaced, unimproved)

    async def _improved(self, drawing: DrawingRow, payer: Payer, improver: Model) -> tuple[Sequence[PictureRow], bool]:
        if not drawing.improve:
            return drawing.pictures, False
        try:
            prompt = await improved(self._chat, improver, drawing.words, replace(payer, purpose="question"))
        except (UpstreamError, WaitTooLong, QuotaReached, NotImproved) as error:
            log.warning("The words of drawing %d stay as they are: %s", drawing.id, error)
            return drawing.pictures, True
        recipes = {row.id: {**row.made.recipe, "prompt": prompt} for row in drawing.pictures}
        await self._rows.reword(drawing.id, recipes)
        return await self._rows.of(drawing.id), False

    async def _draw(self, row: PictureRow, sitting: "_Sitting") -> None:
        """Where the address that is known has expired, the picture is drawn once more."""
        known = (row.made, row.address) if row.address is not None else None
        for last in (False, True):
            made, place = known or await self._call(row, sitting)
            try:
                await self._keep(row.id, made, place)
            except PictureExpired:
                if last:
                    raise
                known = None
            else:
                sitting.view.drawn()
                return

    async def _call(self, row: PictureRow, sitting: "_Sitting") -> tuple[Made, Picture | str]:
        recipe = Recipe(**row.made.recipe)
        wanted = self._painters.of(recipe.model)
        if wanted is None:
            raise ModelGone(detail=f"{recipe.model} is gone, and has no successor")
        pictures = [await self._sources.find(recipe.source)] if recipe.source else []
        generation = await self._images.generate(
            wanted, lambda model: _fitting(recipe, model).request(model, pictures), sitting.context
        )
        drawn, model = generation.drawn, generation.request.model
        used = _fitting(recipe, model).seeded(drawn.seed)
        made = Made(asdict(used), drawn.seconds, model.price.picture_cost)
        if isinstance(drawn.picture, str):
            await self._rows.called(row.id, made, drawn.picture)
        return made, drawn.picture

    async def _keep(self, picture_id: int, made: Made, place: Picture | str) -> None:
        async with self._slots:
            picture = place if isinstance(place, Picture) else await self._fetched(place)
            seen = await inspect(picture)
            await self._files.keep(
                picture_id, picture.data, seen.picture.data if seen.picture.data is not picture.data else None
            )
        width, height = seen.picture.size or (0, 0)
        await self._rows.drawn(picture_id, made, Form(seen.picture.media_type, width, height, seen.photo))

    async def _fetched(self, address: str) -> Picture:
        """Tried a few times, since that costs nothing."""
        for _ in range(_FETCHES - 1):
            try:
                return await self._fetch(address)
            except UpstreamError as error:
                if not error.retryable or isinstance(error, PictureExpired):
                    raise
            await self._clock.sleep(_PAUSE)
        return await self._fetch(address)


class _Sitting:
    """One drawing while it goes on."""

    def __init__(self, view: View, payer: Payer) -> None:
        self.view = view
        self.context = CallContext(payer, on_wait=self._waits, on_fallback=self._fell_back)
        self.replaced: Model | None = None

    def _waits(self, position: QueuePosition) -> None:
        self.view.waiting(position.ahead, position.seconds)

    def _fell_back(self, wanted: Model, instead: Model, error: Exception) -> None:
        log.info("%s draws instead of %s: %s", instead.id, wanted.id, error)
        self.replaced = self.replaced or wanted


def _fitting(recipe: Recipe, model: Model) -> Recipe:
    """The recipe as ``model`` can take it."""
    return recipe if model.id == recipe.model else refit(recipe, model).recipe
