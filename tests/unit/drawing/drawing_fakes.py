"""Drawing without Telegram, without SQL and without a provider: fakes of all its ports, and a studio made of them."""

import asyncio
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from PIL import Image

from bot.billing.quota_plan import Members, QuotaPlan, Quotas
from bot.clock import FakeClock
from bot.domain.active_tasks import ActiveTasks
from bot.domain.calls import CallContext, Drawn, Generation, Picture, PictureRequest
from bot.domain.chat import ChatRequest, Completion, Sink
from bot.domain.conversation import ConversationKey
from bot.domain.drawing import (
    Drawing,
    GeneratedPicture,
    GenerationRecord,
    ImageRecipe,
    MessageRole,
    NewDrawing,
    PictureFormat,
    PictureState,
)
from bot.domain.model import Model
from bot.domain.money import NO_MONEY
from bot.domain.quota import Member
from bot.drawing.draw_pictures import DrawContext, DrawPictures
from bot.drawing.draw_request import DrawRequest
from bot.drawing.image_models import ImageModels
from bot.drawing.pipeline import ImagePipeline, SourcePictures
from bot.drawing.request_pictures import RequestPictures
from bot.drawing.view import ChatUnreachable, MissingPictures, Note
from bot.providers.models import legacy_image_models, siliconflow

T = TypeVar("T")

KOLORS = "Kwai-Kolors/Kolors"
ROOM = ConversationKey(5, 0, 5)


def png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (4, 3)).save(file, "PNG")
    return file.getvalue()


DRAWN = Drawn("http://picture", 7, 0.4)


class MemoryDrawings:
    """Drawings of one run of a test; what is stored stays when a drawing is interrupted."""

    def __init__(self) -> None:
        self.keys: dict[str, int] = {}
        self.drawings: dict[int, Drawing] = {}
        self.pictures: dict[int, GeneratedPicture] = {}
        self.messages: dict[tuple[int, int], tuple[int, MessageRole]] = {}

    async def begin(self, new: NewDrawing, recipes: Sequence[ImageRecipe]) -> Drawing:
        if new.idempotency_key not in self.keys:
            number = self.keys[new.idempotency_key] = len(self.drawings) + 1
            self.drawings[number] = Drawing(number, new.words, new.improve, True, None, ())
            for recipe in recipes:
                made, unknown = GenerationRecord(recipe, 0.0, NO_MONEY), PictureFormat("", 0, 0, photo=False)
                picture = GeneratedPicture(
                    len(self.pictures) + 1, number, "open", made, unknown, new.chat_id, new.user_id
                )
                self.pictures[picture.id] = picture
        number = self.keys[new.idempotency_key]
        return replace(self.drawings[number], pictures=tuple(await self.of(number)))

    def line(self, drawing_id: int, message_id: int) -> None:
        self.drawings[drawing_id] = replace(self.drawings[drawing_id], status_message_id=message_id)

    async def reword(self, drawing_id: int, recipes: Mapping[int, ImageRecipe]) -> None:
        self.drawings[drawing_id] = replace(self.drawings[drawing_id], improve=False)
        for number, recipe in recipes.items():
            self._change(number, generation=self.pictures[number].generation._replace(recipe=recipe))

    async def called(self, picture_id: int, made: GenerationRecord, address: str) -> None:
        self._change(picture_id, generation=made, address=address)

    async def drawn(self, picture_id: int, made: GenerationRecord, form: PictureFormat) -> None:
        self._change(picture_id, generation=made, format=form, address=None, state="drawn")

    async def mark(self, picture_ids: Iterable[int], state: PictureState) -> None:
        for number in picture_ids:
            self._change(number, state=state)

    async def sent(self, picture_id: int, photo_id: str | None, document_id: str | None) -> None:
        self._change(picture_id, state="sent", photo_id=photo_id, document_id=document_id)

    def show(self, chat_id: int, message_id: int, picture_id: int, shows: MessageRole) -> None:
        self.messages[chat_id, message_id] = picture_id, shows

    async def end(self, drawing_id: int) -> None:
        self.drawings[drawing_id] = replace(self.drawings[drawing_id], is_open=False)
        await self.mark((each.id for each in await self.of(drawing_id) if each.state == "open"), "failed")

    async def get(self, picture_id: int) -> GeneratedPicture | None:
        return self.pictures.get(picture_id)

    async def of(self, drawing_id: int) -> list[GeneratedPicture]:
        return [picture for picture in self.pictures.values() if picture.drawing_id == drawing_id]

    async def at(self, chat_id: int, message_id: int) -> tuple[GeneratedPicture, MessageRole] | None:
        found = self.messages.get((chat_id, message_id))
        return (self.pictures[found[0]], found[1]) if found else None

    def states(self) -> list[PictureState]:
        return [picture.state for picture in self.pictures.values()]

    def _change(self, number: int, **values: Any) -> None:
        self.pictures[number] = replace(self.pictures[number], **values)


class MemoryPictureFiles:
    def __init__(self) -> None:
        self.kept: dict[int, bytes] = {}

    async def keep(self, picture_id: int, data: bytes, photo: bytes | None = None) -> None:
        self.kept[picture_id] = data

    def find(self, picture_id: int, *, photo: bool = False) -> Path | None:
        return Path(str(picture_id)) if picture_id in self.kept else None

    async def drop(self, picture_ids: Iterable[int]) -> None:
        for number in picture_ids:
            self.kept.pop(number, None)

    async def read(self, picture_id: int, most: int) -> bytes | None:
        return self.kept.get(picture_id)


class ScriptedModels:
    """Stands for the provider: each call and each fetch ends as scripted, the last for ever; None: never."""

    def __init__(self, *draws: Drawn | Exception | None, fetches: Sequence[bytes | Exception | None] = ()) -> None:
        self.requests: list[PictureRequest] = []
        self.fetched = 0
        self.hangs = asyncio.Event()  # set when a call or a fetch begins to last for ever
        self.improved = "A cat in golden light."
        self._draws: list[Drawn | Exception | None] = list(draws or [DRAWN])
        self._fetches: list[bytes | Exception | None] = list(fetches or [png()])

    async def generate(
        self, model: Model, request: Callable[[Model], PictureRequest], context: CallContext
    ) -> Generation:
        assert context.priority == "interactive"
        self.requests.append(request(model))
        return Generation(self.requests[-1], await self._outcome(self._draws))

    async def fetch(self, _: str) -> Picture:
        self.fetched += 1
        return Picture(await self._outcome(self._fetches), "image/png")

    async def complete(self, request: ChatRequest, sink: Sink, context: CallContext) -> Completion:
        return Completion(self.improved, "", "stop", None, 0.1, 0.2)

    async def _outcome(self, script: list[T | Exception | None]) -> T:
        outcome = script.pop(0) if len(script) > 1 else script[0]
        if outcome is None:
            self.hangs.set()
            await asyncio.Event().wait()
            raise AssertionError("nobody sets that event")
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


class RecordingView:
    """A chat, and the status message in it. ``sending``: how a send ends; "held": never."""

    def __init__(self, drawings: MemoryDrawings, sending: str = "sent") -> None:
        self.said: list[object] = []
        self.notes: list[Note] = []
        self.words: str | None = None
        self.sending = sending
        self.has_picture = asyncio.Event()
        self.sends = asyncio.Event()
        self._drawings = drawings

    def status(self, drawing: Drawing) -> "RecordingView":
        return self

    def waiting(self, ahead: int, seconds: float) -> None: ...

    def drawn(self) -> None:
        self.said.append("drawn")
        self.has_picture.set()

    async def close(self) -> None: ...

    async def remove(self) -> None:
        self.said.append("removed")

    async def fail(self, missing: MissingPictures) -> None:
        self.said.append(missing)

    async def offer_resend(self) -> None:
        self.said.append("may be lost")

    async def send(
        self, pictures: Sequence[GeneratedPicture], notes: Sequence[Note] = (), words: str | None = None
    ) -> None:
        if self.sending == "unreachable":
            raise ChatUnreachable("blocked")
        self.notes, self.words = list(notes), words
        ids = [picture.id for picture in pictures]
        await self._drawings.mark(ids, "attempting")
        self.sends.set()
        if self.sending == "held":
            await asyncio.Event().wait()
        await self._drawings.mark(ids, "unknown" if self.sending == "unknown" else "sent")
        self.said.append(ids)

    async def send_originals(self, pictures: Sequence[GeneratedPicture]) -> bool:
        self.said.append(["original", *(picture.id for picture in pictures)])
        return self.sending != "gone"


class NoMembers:
    async def save(self, member: Member) -> None: ...


@dataclass
class FakeStudio:
    """The use cases of drawing over fakes. A crash is the end of a task; another studio over ``drawings`` goes on."""

    models: ScriptedModels = field(default_factory=ScriptedModels)
    drawings: MemoryDrawings = field(default_factory=MemoryDrawings)
    files: MemoryPictureFiles = field(default_factory=MemoryPictureFiles)
    sending: str = "sent"

    def __post_init__(self) -> None:
        clock, image_models = FakeClock(), ImageModels(siliconflow, legacy_image_models())
        quotas = Quotas(QuotaPlan(), Members(frozenset(), frozenset(), NoMembers()))
        sources = SourcePictures(self.drawings, self.files, self._download)
        pipeline = ImagePipeline(
            self.drawings, self.files, self.models, self.models, self.models.fetch, sources, image_models, clock
        )
        self.view = RecordingView(self.drawings, self.sending)
        chat_model = siliconflow().chat_models()[0]
        self.draw_pictures = DrawPictures(
            self.drawings,
            self.files,
            pipeline,
            image_models,
            quotas,
            ActiveTasks(),
            lambda _: chat_model,
            clock,
        )
        self.request_pictures = RequestPictures(self.draw_pictures, self.drawings, image_models)

    def context(self, key: str = "1:7", conversation: ConversationKey = ROOM) -> DrawContext:
        return DrawContext(key, conversation, None, self.view)

    async def draw(self, *recipes: ImageRecipe, improve: bool = False) -> None:
        request = DrawRequest("a cat", recipes or (ImageRecipe("a cat", KOLORS),), improve=improve)
        await self.draw_pictures.draw(request, self.context())

    async def interrupted(self, moment: asyncio.Event) -> None:
        """Draw until ``moment``, and end as with the process."""
        task = asyncio.create_task(self.draw())
        await moment.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def _download(self, _: str, __: int) -> bytes | None:
        return png()
