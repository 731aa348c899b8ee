"""The view of a drawing in a Telegram chat: the status message, the pictures, and the question for other words."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from aiogram import Bot
from aiogram.types import ForceReply, Message, MessageEntity, ReplyParameters, User

from bot.clock import Clock
from bot.domain.drawing import Drawing, DrawingRepository, GeneratedPicture
from bot.images.view import ChatUnreachable, MissingPictures, Note
from bot.telegram.courier import Courier, Spot, Undeliverable
from bot.telegram.drawing_keyboards import PictureKeyboards, cancel, resend
from bot.telegram.drawing_messages import missing
from bot.telegram.gate import Gate
from bot.telegram.markdown.formatted_text import units
from bot.telegram.picture_sender import PictureSender, SendContext
from bot.telegram.progress import Progress
from bot.telegram.session import message_id
from bot.telegram.texts import Texts

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

    telegram: Bot
    gate: Gate
    clock: Clock
    courier: Courier
    sender: PictureSender
    repository: DrawingRepository
    keyboards: PictureKeyboards

    def at(self, spot: Spot, texts: Texts) -> "ChatDrawingView":
        return ChatDrawingView(self, spot, texts)

    def progress(self, drawing: Drawing, spot: Spot, texts: Texts) -> Progress:
        return Progress(
            self.telegram,
            self.gate,
            self.clock,
            spot,
            texts,
            len(drawing.pictures),
            button=cancel(drawing.id, texts),
            sent=lambda message: self.repository.line(drawing.id, message),
            message=drawing.status_message_id,
        )


@dataclass(frozen=True, slots=True)
class ChatDrawingView:
    """Shows one drawing in one chat, in the language of the person who asked for it."""

    views: DrawingViews
    spot: Spot
    texts: Texts

    def status(self, drawing: Drawing) -> "DrawingStatusMessage":
        progress = self.views.progress(drawing, self.spot, self.texts)
        return DrawingStatusMessage(progress, self.views.courier, drawing.id, self.texts)

    async def send(
        self, pictures: Sequence[GeneratedPicture], notes: Sequence[Note] = (), words: str | None = None
    ) -> None:
        with _reaching():
            await self.views.sender.send(pictures, SendContext(self.spot, self.texts, notes, words))

    async def send_originals(self, pictures: Sequence[GeneratedPicture]) -> bool:
        return await self.views.sender.send_originals(pictures, self.spot)


@dataclass(frozen=True, slots=True)
class DrawingStatusMessage:
    """The message that says how far one drawing is, and in the end what became of it."""

    progress: Progress
    courier: Courier
    drawing_id: int
    texts: Texts

    def waiting(self, ahead: int, seconds: float) -> None:
        self.progress.waiting(ahead, seconds)

    def drawn(self) -> None:
        self.progress.drawn()

    async def close(self) -> None:
        await self.progress.close()

    async def remove(self) -> None:
        await self.progress.vanish()

    async def fail(self, pictures: MissingPictures) -> None:
        with _reaching():
            await self.progress.say(self.courier, missing(pictures, self.texts))

    async def offer_resend(self) -> None:
        with _reaching():
            await self.progress.say(self.courier, self.texts("draw.lost"), resend(self.drawing_id, self.texts))


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
