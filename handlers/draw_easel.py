"""From a wish to its pictures in the chat: what every way to ask for one has in common."""

import asyncio
import contextlib
import logging
from dataclasses import dataclass, field

from aiogram import Bot

from bot.clock import Clock
from bot.conversations.running import Run, Running
from bot.conversations.styles import Styles
from bot.images.choice import Painters
from bot.images.studio import Outcome, Studio
from bot.limits.quotas import Quotas
from bot.store.conversations import Scope
from bot.store.pictures import DrawingRow, NewDrawing, PictureRepository
from bot.telegram.courier import Courier, Spot, Undeliverable
from bot.telegram.figures import short_name
from bot.telegram.gate import Gate
from bot.telegram.progress import Progress
from bot.telegram.texts import Texts
from handlers.draw_buttons import cancel, send
from handlers.draw_excuses import excuse
from handlers.draw_gallery import Gallery, Wall
from handlers.draw_wish import Order
from handlers.person import Person

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """Where pictures go, and whose they are. ``turn`` identifies the update."""

    turn: str
    spot: Spot
    scope: Scope


@dataclass(frozen=True, slots=True)
class Easel:
    """``pressed``: the presses that are being carried out."""

    telegram: Bot
    gate: Gate
    clock: Clock
    courier: Courier
    gallery: Gallery
    studio: Studio
    rows: PictureRepository
    painters: Painters
    styles: Styles
    quotas: Quotas
    running: Running
    pressed: set[tuple[int, int, str, str]] = field(default_factory=set, repr=False)
    _runs: dict[int, Run] = field(default_factory=dict, repr=False)

    async def draw(self, order: Order, place: Place, person: Person) -> None:
        """Carry the order out, or bring to its end what an earlier run began of it."""
        drawing = await self.studio.begin(self._new(order, place), order.recipes)
        if not drawing.is_open:
            return
        progress = self._progress(drawing, place, person)
        try:
            outcome = await self._drawn(drawing, place, person, progress)
            await progress.close()
            notes = _notes(order, outcome, person.texts)
            wall = Wall(place.spot, person, notes, drawing.words if order.improve else None)
            await self._show(drawing.id, outcome, wall, progress)
        except Undeliverable as error:
            log.info("Chat %d cannot be written to: %s", place.spot.chat_id, error)
            await progress.vanish()
        finally:
            await progress.close()
        await self.rows.end(drawing.id)

    def stop(self, drawing_id: int, user_id: int) -> bool | None:
        """End the drawing; False where it is somebody else's, None where it does not go on."""
        run = self._runs.get(drawing_id)
        if run is None:
            return None
        if run.scope.user_id != user_id:
            return False
        run.end("stopped")
        return True

    async def send_lost(self, drawing_id: int, wall: Wall) -> bool:
        """Send what may not have arrived; False where there is nothing of that kind."""
        lost = [row for row in await self.rows.of(drawing_id) if row.state == "unknown"]
        if lost:
            with contextlib.suppress(Undeliverable):
                await self.gallery.hang(lost, wall)
        return bool(lost)

    def _new(self, order: Order, place: Place) -> NewDrawing:
        return NewDrawing(
            turn=place.turn,
            chat_id=place.scope.chat_id,
            topic_id=place.scope.topic_id,
            user_id=place.scope.user_id,
            words=order.words,
            improve=order.improve,
            at=self.clock.now(),
        )

    def _progress(self, drawing: DrawingRow, place: Place, person: Person) -> Progress:
        return Progress(
            self.telegram,
            self.gate,
            self.clock,
            place.spot,
            person.texts,
            len(drawing.pictures),
            button=cancel(drawing.id, person.texts),
            sent=lambda message: self.rows.line(drawing.id, message),
            message=drawing.line_id,
        )

    async def _drawn(self, drawing: DrawingRow, place: Place, person: Person, progress: Progress) -> "_Ended":
        scope = place.scope
        payer = self.quotas.payer(scope.user_id, scope.chat_id, "picture")
        work = asyncio.create_task(self.studio.draw(drawing, progress, payer, self.styles.model(person.model)))
        run = Run(scope, 0, "", work)
        self._runs[drawing.id] = run
        wanted = self._wanted(drawing)
        try:
            with self.running.listed(run):
                outcome = await work
        except asyncio.CancelledError:
            if run.ended is None:
                raise
            return _Ended(Outcome(tuple(await self.rows.of(drawing.id))), wanted, stopped=True)
        finally:
            del self._runs[drawing.id]
        return _Ended(outcome, wanted)

    def _wanted(self, drawing: DrawingRow) -> str:
        recipe_model = str(drawing.pictures[0].made.recipe["model"])
        model = self.painters.of(recipe_model)
        return short_name(model) if model else recipe_model

    async def _show(self, drawing_id: int, ended: "_Ended", wall: Wall, progress: Progress) -> None:
        texts, pictures = wall.person.texts, ended.outcome.pictures
        await self.rows.mark((row.id for row in pictures if row.state == "attempting"), "unknown")
        if drawn := [row for row in pictures if row.state == "drawn"]:
            await self.gallery.hang(drawn, wall)
        states = {row.state for row in await self.rows.of(drawing_id)}
        if "unknown" in states:
            await progress.say(self.courier, texts("draw.lost"), send(drawing_id, texts))
        elif states & {"sent", "drawn"}:
            await progress.vanish()
        else:
            await progress.say(self.courier, ended.sentence(texts))


@dataclass(frozen=True, slots=True)
class _Ended:
    """How a drawing ended. ``wanted``: how the model is called that was to draw."""

    outcome: Outcome
    wanted: str
    stopped: bool = False

    def sentence(self, texts: Texts) -> str:
        """Why a picture is not there."""
        if self.stopped or self.outcome.failure is None:
            return texts("draw.stopped")
        return excuse(self.outcome.failure, self.wanted, texts)


def _notes(order: Order, ended: _Ended, texts: Texts) -> list[str]:
    """What is said below the pictures."""
    outcome, notes = ended.outcome, list(order.notes)
    if outcome.replaced is not None:
        notes.append(texts("draw.fallback", wanted=short_name(outcome.replaced)))
    if outcome.unimproved:
        notes.append(texts("draw.unimproved"))
    there = sum(row.state != "open" for row in outcome.pictures)
    if there < len(outcome.pictures):
        notes.append(f"{there}/{len(outcome.pictures)} · {ended.sentence(texts)}")
    return notes
