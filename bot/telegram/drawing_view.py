"""A drawing in a Telegram chat: the status message, the pictures, and the question for other words."""

import contextlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from aiogram.types import ForceReply, Message, MessageEntity, ReplyParameters, User

from bot.clock import Clock
from bot.domain.drawing import Drawing, DrawingRepository, GeneratedPicture
from bot.drawing.view import ChatUnreachable, MissingPictures, Note
from bot.telegram.drawing_keyboards import PictureKeyboards, cancel, resend
from bot.telegram.drawing_messages import missing
from bot.telegram.frames import StatusFrame
from bot.telegram.markdown.formatted_text import units
from bot.telegram.message_sender import Destination, MessageSender, Undeliverable
from bot.telegram.picture_sender import PictureSender, SendContext
from bot.telegram.session import message_id
from bot.telegram.status import Rhythm, StatusMessage, StatusMessages
from bot.telegram.texts import Texts

# The sign vanishes after 5 s; a group allows 20 edits a minute.
DRAWING: Final = Rhythm(first=0.8, interval=3.0, group_interval=4.5, action="upload_photo")


class DrawingContent:
    """How far a drawing of ``total`` pictures is."""

    def __init__(self, texts: Texts, clock: Clock, total: int) -> None:
        self._texts = texts
        self._clock = clock
        self._total = total
        self._drawn = 0
        self._place: tuple[int, float] | None = None  # how many are ahead, and when it ends
        self._begun = clock.monotonic()

    def waiting(self, ahead: int, seconds: float) -> None:
        """A call waits for the provider's limits."""
        self._place = (ahead, self._clock.monotonic() + seconds)

    def drawn(self) -> None:
        self._drawn += 1

    def frame(self, *, stalled: bool) -> StatusFrame | None:
        return None if stalled else StatusFrame("waiting", self._text())

    def _text(self) -> str:
        now = self._clock.monotonic()
        if self._place is not None and (wait := self._place[1] - now) > 0:
            alone = self._total == 1  # of several pictures each waits for the one before
            key = "draw.waiting" if self._place[0] and alone else "draw.next"
            line = self._texts(key, ahead=self._place[0], seconds=math.ceil(wait))
        else:
            line = self._texts("draw.drawing", seconds=round(now - self._begun))
        return f"{line} · {self._drawn}/{self._total}" if self._total > 1 else line


_SHOWN_PROMPT: Final = 600  # characters of the words that are to be replaced


@contextlib.contextmanager
def _reaching() -> Iterator[None]:
    """Tells the use case in its own words that nobody can be written to."""
    try:
        yield
    except Undeliverable as error:
        raise ChatUnreachable(str(error)) from error


@dataclass(frozen=True, slots=True)
class DrawingViews:
    """Makes the views of drawings, of which each request has its own."""

    statuses: StatusMessages
    clock: Clock
    message_sender: MessageSender
    sender: PictureSender
    repository: DrawingRepository
    keyboards: PictureKeyboards

    def at(self, destination: Destination, texts: Texts) -> "ChatDrawingView":
        return ChatDrawingView(self, destination, texts)


@dataclass(frozen=True, slots=True)
class ChatDrawingView:
    """Shows one drawing in one chat, in the language of the person who asked for it."""

    views: DrawingViews
    destination: Destination
    texts: Texts

    def status(self, drawing: Drawing) -> "DrawingStatusMessage":
        views = self.views
        content = DrawingContent(self.texts, views.clock, len(drawing.pictures))
        status = views.statuses.open(
            content,
            DRAWING,
            self.destination,
            stop_button=cancel(drawing.id, self.texts),
            sent=lambda message: views.repository.line(drawing.id, message),
            message=drawing.status_message_id,
        )
        return DrawingStatusMessage(content, status, views.message_sender, drawing.id, self.texts)

    async def send(
        self, pictures: Sequence[GeneratedPicture], notes: Sequence[Note] = (), words: str | None = None
    ) -> None:
        with _reaching():
            await self.views.sender.send(pictures, SendContext(self.destination, self.texts, notes, words))

    async def send_originals(self, pictures: Sequence[GeneratedPicture]) -> bool:
        return await self.views.sender.send_originals(pictures, self.destination)


@dataclass(frozen=True, slots=True)
class DrawingStatusMessage:
    """The message that says how far one drawing is, and in the end what became of it."""

    content: DrawingContent
    status: StatusMessage
    message_sender: MessageSender
    drawing_id: int
    texts: Texts

    def waiting(self, ahead: int, seconds: float) -> None:
        self.content.waiting(ahead, seconds)

    def drawn(self) -> None:
        self.content.drawn()

    async def close(self) -> None:
        await self.status.close()

    async def remove(self) -> None:
        await self.status.remove()

    async def fail(self, pictures: MissingPictures) -> None:
        with _reaching():
            await self.status.say(self.message_sender, missing(pictures, self.texts))

    async def offer_resend(self) -> None:
        with _reaching():
            await self.status.say(self.message_sender, self.texts("draw.lost"), resend(self.drawing_id, self.texts))


async def ask_words(message: Message, named: User | None, texts: Texts, prompt: str) -> int | None:
    """Ask, in reply to ``message``, for other words than ``prompt``; the id of the question.

    ``named``: who is asked, in a group: so the reply opens for that person alone.
    """
    shown = prompt if len(prompt) <= _SHOWN_PROMPT else prompt[:_SHOWN_PROMPT] + "…"
    text, entities = texts("draw.new_words", prompt=shown), None
    if named is not None:
        entities = [MessageEntity(type="text_mention", offset=0, length=units(named.first_name), user=named)]
        text = f"{named.first_name}\n{text}"
    question = await message.answer(
        text,
        entities=entities,
        parse_mode=None,
        reply_parameters=ReplyParameters(message_id=message.message_id, allow_sending_without_reply=True),
        reply_markup=ForceReply(selective=True, input_field_placeholder=texts("draw.placeholder")),
    )
    return message_id(question)
