"""The use case of drawing: a request becomes pictures in a chat, or a sentence on why it does not.

What a crash interrupts goes on when the same update is handled again: pictures that are drawn are not drawn again, and
one whose sending had begun is offered, since it may have arrived.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.billing.quota_plan import Quotas
from bot.clock import Clock
from bot.domain.active_tasks import ActiveTask, ActiveTasks
from bot.domain.conversation import ConversationKey
from bot.domain.drawing import Drawing, DrawingRepository, NewDrawing, PictureFileStorage
from bot.domain.model import Model, short_id
from bot.domain.preferences import LocalizedMessage
from bot.drawing.draw_request import DrawRefused, DrawRequest
from bot.drawing.image_models import ImageModels
from bot.drawing.pipeline import ImagePipeline, Outcome
from bot.drawing.view import ChatUnreachable, DrawingStatus, DrawingView, MissingPictures, Note

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DrawContext:
    """Whose request it is, and where its pictures go."""

    idempotency_key: str  # identifies the update
    conversation: ConversationKey
    chat_model: str | None  # the chat model that the person has chosen
    view: DrawingView


@dataclass(frozen=True, slots=True)
class DrawPictures:
    """Carries requests out."""

    repository: DrawingRepository
    files: PictureFileStorage
    pipeline: ImagePipeline
    models: ImageModels
    quotas: Quotas
    active_tasks: ActiveTasks
    improver: Callable[[str | None], Model]  # the chat model that rewrites words, by the one that a person has chosen
    clock: Clock
    _active: dict[int, tuple[ActiveTask, int]] = field(default_factory=dict, repr=False)  # task and user, by drawing

    async def draw(self, request: DrawRequest, context: DrawContext) -> None:
        """Carry the request out, or bring to its end what an earlier run began of it."""
        drawing = await self.repository.begin(self._new(request, context), request.recipes)
        if not drawing.is_open:
            return
        status = context.view.status(drawing)
        try:
            result = await self._result(drawing, context, status)
            await status.close()
            await self._show(drawing, request, result, context.view, status)
        except ChatUnreachable as error:
            log.info("Chat %d cannot be written to: %s", context.conversation.chat_id, error)
            await status.remove()
        finally:
            await status.close()
        await self.repository.end(drawing.id)

    def stop(self, drawing_id: int, user_id: int) -> bool:
        """End the drawing; False where it does not go on. Raises DrawRefused where it is somebody else's."""
        if drawing_id not in self._active:
            return False
        task, owner = self._active[drawing_id]
        if owner != user_id:
            raise DrawRefused(LocalizedMessage("draw.not_yours"))
        task.end("stopped")
        return True

    async def send_lost(self, drawing_id: int, chat_id: int, view: DrawingView) -> None:
        """Send again what may not have arrived in the chat. Raises DrawRefused where there is nothing of that kind."""
        pictures = await self.repository.of(drawing_id)
        lost = [each for each in pictures if each.state == "unknown" and each.chat_id == chat_id]
        if not lost:
            raise DrawRefused(LocalizedMessage("buttons.outdated"))
        with contextlib.suppress(ChatUnreachable):
            await view.send(lost)

    def _new(self, request: DrawRequest, context: DrawContext) -> NewDrawing:
        return NewDrawing(
            idempotency_key=context.idempotency_key,
            chat_id=context.conversation.chat_id,
            topic_id=context.conversation.topic_id,
            user_id=context.conversation.user_id,
            words=request.words,
            improve=request.improve,
            at=self.clock.now(),
        )

    async def _result(self, drawing: Drawing, context: DrawContext, status: DrawingStatus) -> "_Result":
        conversation, model = context.conversation, self._model(drawing)
        payer = self.quotas.payer(conversation.user_id, conversation.chat_id, "picture")
        work = asyncio.create_task(
            self.pipeline.draw(drawing, status, payer, self.improver(context.chat_model)),
        )
        with self.active_tasks.listed(ActiveTask(conversation, 0, "", work)) as task:
            self._active[drawing.id] = task, conversation.user_id
            try:
                return _Result(await work, model)
            except asyncio.CancelledError:
                if task.ended is None:
                    raise
                return _Result(Outcome(tuple(await self.repository.of(drawing.id))), model)
            finally:
                del self._active[drawing.id]

    def _model(self, drawing: Drawing) -> str:
        """The id of the model that is to draw."""
        wanted = drawing.pictures[0].recipe.model
        model = self.models.get(wanted)
        return model.id if model else wanted

    async def _show(
        self, drawing: Drawing, request: DrawRequest, result: "_Result", view: DrawingView, status: DrawingStatus
    ) -> None:
        pictures = result.outcome.pictures
        await self.repository.mark((each.id for each in pictures if each.state == "attempting"), "unknown")
        if drawn := [each for each in pictures if each.state == "drawn"]:
            await view.send(drawn, [*request.notes, *result.notes()], drawing.words if request.improve else None)
        states = {each.state for each in await self.repository.of(drawing.id)}
        if "unknown" in states:
            await status.offer_resend()
        elif states & {"sent", "drawn"}:
            await status.remove()
        else:
            await status.fail(result.missing())


@dataclass(frozen=True, slots=True)
class _Result:
    """How a drawing ended."""

    outcome: Outcome
    model: str  # id of the one that was to draw

    def missing(self) -> MissingPictures:
        pictures = self.outcome.pictures
        drawn = sum(each.state != "open" for each in pictures)
        return MissingPictures(drawn, len(pictures), self.model, self.outcome.failure)

    def notes(self) -> list[Note]:
        """What is said below the pictures."""
        outcome, notes, missing = self.outcome, list[Note](), self.missing()
        if outcome.replaced is not None:
            notes.append(LocalizedMessage("draw.fallback", {"wanted": short_id(outcome.replaced.id)}))
        if outcome.unimproved:
            notes.append(LocalizedMessage("draw.unimproved"))
        if missing.drawn < missing.total:
            notes.append(missing)
        return notes
