"""The ways to ask for pictures: a command, words in reply to a picture, and the buttons below one.

Each verb makes one request of what a person wrote or pressed and has it drawn. All raise DrawRefused where that cannot
be; a picture counts only in the chat that it was drawn in.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from bot.domain.drawing import DrawingRepository, GeneratedPicture, MessageRole
from bot.domain.preferences import LocalizedMessage
from bot.drawing.draw_pictures import DrawContext, DrawPictures
from bot.drawing.draw_request import (
    Change,
    DrawRefused,
    SourcePicture,
    changed,
    ordered,
    picture_asked_for,
    redrawn,
    reworded,
)
from bot.drawing.image_models import ImageModels
from bot.drawing.view import PictureView

ShownPicture = tuple[GeneratedPicture, MessageRole]
"""A picture, and what the message that was found is to it."""

Accepted = Callable[[], Awaitable[None]]
"""Told that a press is carried out, before anything is drawn."""

RedrawAccepted = Callable[[GeneratedPicture], Awaitable[None]]
"""The same, with the picture that the button named."""

OUTDATED: Final = LocalizedMessage("buttons.outdated")


class AlreadyDrawn(DrawRefused):
    """The same press is being carried out."""


@dataclass(frozen=True, slots=True)
class RepliedMessage:
    """The message that a command replies to."""

    id: int
    words: str
    picture: SourcePicture | None  # None: it holds none


@dataclass(frozen=True, slots=True)
class PictureRef:
    """A picture as a button names it."""

    id: int
    chat_id: int  # where the button stands
    count: int = 1  # pictures of the album, if the button stands below one; at most MAX_PICTURES


@dataclass(frozen=True, slots=True)
class RequestPictures:
    """The ways to ask for pictures."""

    draw_pictures: DrawPictures
    repository: DrawingRepository
    models: ImageModels
    _pressed: set[tuple[int, int, Change, str]] = field(default_factory=set, repr=False)  # what is carried out now

    async def command(
        self, words: str, picture: SourcePicture | None, replied: RepliedMessage | None, context: DrawContext
    ) -> None:
        """Draw ``words``, from the message's own picture or the one it replies to; without words those replied to."""
        if picture is None and replied is not None:
            ours = await self.shown(context.conversation.chat_id, replied.id)
            picture = SourcePicture.of(ours[0]) if ours else replied.picture
            words = words if words or picture else replied.words
        await self.draw_pictures.draw(ordered(words, picture, self.models), context)

    async def offered(self, question: str | None, context: DrawContext, accepted: Accepted) -> None:
        """Draw what a question to a chat model asked for. None: the question is not there any more."""
        words = picture_asked_for(question) if question is not None else None
        if words is None:
            raise DrawRefused(OUTDATED)
        request = ordered(words, None, self.models)
        await accepted()
        await self.draw_pictures.draw(request, context)

    async def shown(self, chat_id: int, message_id: int) -> ShownPicture | None:
        """The picture that a message is about, if it is about one."""
        return await self.repository.at(chat_id, message_id)

    async def change(self, words: str, shown: ShownPicture, context: DrawContext) -> None:
        """Draw the picture anew as ``words`` in reply to one of its messages say."""
        picture, role = shown
        if role == "album":
            raise DrawRefused(LocalizedMessage("draw.which"))
        request = (reworded if role == "words" else changed)(words, picture, self.models)
        await self.draw_pictures.draw(request, context)

    async def find(self, ref: PictureRef) -> GeneratedPicture:
        """The picture that a button names."""
        picture = await self.repository.get(ref.id)
        if picture is None or picture.chat_id != ref.chat_id:
            raise DrawRefused(OUTDATED)
        return picture

    async def redraw(
        self, ref: PictureRef, change: Change, which: str, context: DrawContext, accepted: RedrawAccepted
    ) -> None:
        """Draw the picture, or as many as there were, with one thing changed; ``which`` as of `redrawn`.

        One press at a time of the same person on the same button: a finger that slipped costs nothing.
        """
        picture = await self.find(ref)
        request = redrawn(picture, change, which, ref.count, self.models)
        if request is None:
            raise DrawRefused(OUTDATED)
        key = (context.conversation.user_id, picture.id, change, which)
        if key in self._pressed:
            raise AlreadyDrawn(LocalizedMessage("draw.already"))
        self._pressed.add(key)
        try:
            await accepted(picture)
            await self.draw_pictures.draw(request, context)
        finally:
            self._pressed.discard(key)

    async def send_originals(self, ref: PictureRef, sender: PictureView) -> None:
        """Send the files of the picture, or of all of its album."""
        picture = await self.find(ref)
        pictures = [picture] if ref.count == 1 else await self.repository.of(picture.drawing_id)
        if not await sender.send_originals(pictures):
            raise DrawRefused(LocalizedMessage("draw.not_kept"))

    async def ask_words(self, ref: PictureRef, ask: Callable[[str], Awaitable[int | None]]) -> None:
        """Ask for other words than the prompt, which ``ask`` is given; the reply to its message brings them."""
        picture = await self.find(ref)
        message_id = await ask(picture.recipe.prompt)
        if message_id is not None:
            self.repository.show(ref.chat_id, message_id, picture.id, "words")
