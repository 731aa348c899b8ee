"""From recipes to pictures that are kept: drawn, fetched, inspected and recorded, each step before the next.

What is paid is never paid again: the address of a drawn picture is stored before it is fetched, the picture before it
is sent. A drawing that a crash has interrupted goes on where it was.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.clock import Clock
from bot.domain.calls import CallContext, ChatCompletions, ImageGenerations, Payer, Picture, QueuePosition, WaitTooLong
from bot.domain.drawing import (
    Drawing,
    DrawingRepository,
    GeneratedPicture,
    GenerationRecord,
    ImageRecipe,
    PictureFileStorage,
    PictureFormat,
    own_picture_id,
    telegram_file_id,
)
from bot.domain.errors import ModelGone, PictureExpired, UpstreamError
from bot.domain.model import Model
from bot.domain.quota import QuotaReached
from bot.drawing.draw_request import NotImproved, improved
from bot.drawing.image_inspection import inspect
from bot.drawing.image_models import ImageModels
from bot.drawing.recipe_fitting import picture_request, refit
from bot.drawing.view import DrawingProgress
from bot.providers.image_headers import BrokenPicture, media_type

log = logging.getLogger(__name__)

_AT_ONCE: Final = 2  # pictures that are in memory at a time, since each may have 20 MB
_FETCHES: Final = 2
_PAUSE: Final = 2.0  # seconds between two of them
_SOURCE_BYTES: Final = 4_000_000  # a request holds the source as text, which takes several times as much memory

Download = Callable[[str, int], Awaitable[bytes | None]]
"""A file of Telegram's by its id, up to so many bytes; None where it cannot be had."""


class NoSource(Exception):
    """The picture to start from is gone, too large, or none."""


FAILURES: Final = (UpstreamError, WaitTooLong, QuotaReached, BrokenPicture, NoSource)
"""What :attr:`Outcome.failure` may be."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a drawing."""

    pictures: tuple[GeneratedPicture, ...]
    failure: Exception | None = None  # what kept a picture from being drawn, one of FAILURES
    replaced: Model | None = None  # the model that should have drawn, where another did
    unimproved: bool = False  # the words were to be rewritten and are not


class ImagePipeline:
    """Draws what is open of a drawing; at most two pictures are in memory at a time."""

    def __init__(
        self,
        repository: DrawingRepository,
        files: PictureFileStorage,
        images: ImageGenerations,
        chat: ChatCompletions,
        fetch: Callable[[str], Awaitable[Picture]],
        sources: "SourcePictures",
        models: ImageModels,
        clock: Clock,
    ) -> None:
        self._repository = repository
        self._files = files
        self._images = images
        self._chat = chat
        self._fetch = fetch
        self._sources = sources
        self._models = models
        self._clock = clock
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def draw(self, drawing: Drawing, progress: DrawingProgress, payer: Payer, improver: Model) -> Outcome:
        """Bring each open picture into being. ``improver``: the chat model that rewrites words, where that is wished.

        Raises nothing that could be told; what could is in the outcome.
        """
        pictures, unimproved = await self._improved(drawing, payer, improver)
        run = GenerationRun(progress, payer)
        tasks = [asyncio.create_task(self._draw(each, run)) for each in pictures if each.state == "open"]
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
        kept = tuple(await self._repository.of(drawing.id))
        first = next((failure for failure in failures if isinstance(failure, Exception)), None)
        return Outcome(kept, first, run.replaced, unimproved)

    async def _improved(
        self, drawing: Drawing, payer: Payer, improver: Model
    ) -> tuple[Sequence[GeneratedPicture], bool]:
        if not drawing.improve:
            return drawing.pictures, False
        try:
            prompt = await improved(self._chat, improver, drawing.words, replace(payer, purpose="question"))
        except (UpstreamError, WaitTooLong, QuotaReached, NotImproved) as error:
            log.warning("The words of drawing %d stay as they are: %s", drawing.id, error)
            return drawing.pictures, True
        recipes = {picture.id: replace(picture.recipe, prompt=prompt) for picture in drawing.pictures}
        await self._repository.reword(drawing.id, recipes)
        return await self._repository.of(drawing.id), False

    async def _draw(self, picture: GeneratedPicture, run: "GenerationRun") -> None:
        """Where the address that is known has expired, the picture is drawn once more."""
        known = (picture.generation, picture.address) if picture.address is not None else None
        for last in (False, True):
            made, place = known or await self._call(picture, run)
            try:
                await self._keep(picture.id, made, place)
            except PictureExpired:
                if last:
                    raise
                known = None
            else:
                run.progress.drawn()
                return

    async def _call(self, picture: GeneratedPicture, run: "GenerationRun") -> tuple[GenerationRecord, Picture | str]:
        recipe = picture.recipe
        wanted = self._models.get(recipe.model)
        if wanted is None:
            raise ModelGone(detail=f"{recipe.model} is gone, and has no successor")
        pictures = [await self._sources.find(recipe.source)] if recipe.source else []
        generation = await self._images.generate(
            wanted, lambda model: picture_request(_fitting(recipe, model), model, pictures), run.context
        )
        drawn, model = generation.drawn, generation.request.model
        made = GenerationRecord(_fitting(recipe, model).seeded(drawn.seed), drawn.seconds, model.price.picture_cost)
        if isinstance(drawn.picture, str):
            await self._repository.called(picture.id, made, drawn.picture)
        return made, drawn.picture

    async def _keep(self, picture_id: int, made: GenerationRecord, place: Picture | str) -> None:
        async with self._slots:
            picture = place if isinstance(place, Picture) else await self._fetched(place)
            seen = await inspect(picture)
            await self._files.keep(
                picture_id, picture.data, seen.picture.data if seen.picture.data is not picture.data else None
            )
        width, height = seen.picture.size or (0, 0)
        await self._repository.drawn(
            picture_id, made, PictureFormat(seen.picture.media_type, width, height, seen.photo)
        )

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


class GenerationRun:
    """One drawing while it goes on."""

    def __init__(self, progress: DrawingProgress, payer: Payer) -> None:
        self.progress = progress
        self.context = CallContext(payer, on_wait=self._waits, on_fallback=self._fell_back)
        self.replaced: Model | None = None

    def _waits(self, position: QueuePosition) -> None:
        self.progress.waiting(position.ahead, position.seconds)

    def _fell_back(self, wanted: Model, instead: Model, error: Exception) -> None:
        log.info("%s draws instead of %s: %s", instead.id, wanted.id, error)
        self.replaced = self.replaced or wanted


def _fitting(recipe: ImageRecipe, model: Model) -> ImageRecipe:
    """The recipe as ``model`` can take it."""
    return recipe if model.id == recipe.model else refit(recipe, model).recipe


@dataclass(frozen=True, slots=True)
class SourcePictures:
    """The pictures that recipes name as their source: our own as they were drawn, people's as Telegram has them."""

    repository: DrawingRepository
    files: PictureFileStorage
    download: Download

    async def find(self, source: str) -> Picture:
        """Raises NoSource."""
        number = own_picture_id(source)
        data = await (self.download(telegram_file_id(source), _SOURCE_BYTES) if number is None else self._own(number))
        kind = media_type(data) if data else None
        if data is None or kind is None:
            raise NoSource(source)
        return Picture(data, kind)

    async def _own(self, picture_id: int) -> bytes | None:
        data = await self.files.read(picture_id, _SOURCE_BYTES)
        picture = await self.repository.get(picture_id) if data is None else None
        file_id = (picture.photo_id or picture.document_id) if picture else None
        return await self.download(file_id, _SOURCE_BYTES) if file_id else data
