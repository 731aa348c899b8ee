"""Kept pictures into a chat: photos, albums, files; each sent once, and sent again from what Telegram has of it."""

import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from aiogram.types import InlineKeyboardMarkup

from bot.domain.drawing import DrawingRepository, GeneratedPicture, PictureFileStorage
from bot.drawing.view import Note
from bot.telegram.drawing_keyboards import PictureKeyboards
from bot.telegram.drawing_messages import caption, note
from bot.telegram.markdown import OutgoingMessage
from bot.telegram.markdown.formatted_text import FormattedText
from bot.telegram.media import Caption, Kind, Media, MediaRefused, Sendable, Sent
from bot.telegram.message_sender import DeliveryError, Destination, MessageSender, OutcomeUnknown
from bot.telegram.texts import Texts

log = logging.getLogger(__name__)

_SUFFIXES = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}


@dataclass(frozen=True, slots=True)
class SendContext:
    """Where pictures go, and what is said with them."""

    destination: Destination
    texts: Texts
    notes: Sequence[Note] = ()
    words: str | None = None  # the person's own, where the recipe has others


@dataclass(frozen=True, slots=True)
class PictureSender:
    """Sends pictures, and records how that ended. Verbs raise Undeliverable."""

    media: Media
    message_sender: MessageSender
    repository: DrawingRepository
    files: PictureFileStorage
    keyboards: PictureKeyboards
    labelled: bool = True  # captions say that a machine drew the picture

    async def send(self, pictures: Sequence[GeneratedPicture], context: SendContext) -> None:
        """Those that Telegram takes as photos together, all others as files."""
        photos = [each for each in pictures if each.format.photo]
        others = [each for each in pictures if not each.format.photo]
        if photos and not await self._send(photos, "photo", context):
            others = [*photos, *others]
        if others and not await self._send(others, "document", context):
            await self.message_sender.send(
                context.destination, OutgoingMessage(FormattedText(context.texts("draw.not_shown")))
            )

    async def send_originals(self, pictures: Sequence[GeneratedPicture], destination: Destination) -> bool:
        """As files, byte by byte as they were drawn; False where none is kept any more."""
        kept = self._sendable(pictures, "document")
        if not kept:
            return False
        try:
            sents = await self._upload(kept, "document", Caption(), None, destination)
        except DeliveryError as error:
            log.warning("A picture could not be sent as a file: %s", error)
        else:
            await self._record(kept, sents, "document", destination)
        return True

    async def _send(self, pictures: Sequence[GeneratedPicture], kind: Kind, context: SendContext) -> bool:
        """False: they were refused in this form. Those whose sending ended without an answer are marked so."""
        kept = self._sendable(pictures, kind)
        if not kept:
            return False
        first, ids = kept[0][0], [picture.id for picture, _ in kept]
        keyboard = self.keyboards.actions(first, 1, context.texts)
        await self.repository.mark(ids, "attempting")
        try:
            sents = await self._upload(kept, kind, self._caption(first, context), keyboard, context.destination)
        except MediaRefused as error:
            log.warning("Telegram refused a picture as a %s: %s", kind, error)
            await self.repository.mark(ids, "drawn")
            return False
        except OutcomeUnknown as error:
            log.warning("Whether a picture arrived cannot be known (%s)", error)
            await self.repository.mark(ids, "unknown")
            return True
        await self.repository.mark(ids, "sent")
        await self._record(kept, sents, kind, context.destination)
        if len(kept) > 1:
            await self._send_buttons(first, len(kept), context)
        return True

    def _caption(self, picture: GeneratedPicture, context: SendContext) -> Caption:
        notes = [note(each, context.texts) for each in context.notes]
        return caption(picture, context.texts, notes=notes, words=context.words, labelled=self.labelled)

    async def _upload(
        self,
        kept: Sequence[tuple[GeneratedPicture, Sendable]],
        kind: Kind,
        text: Caption,
        keyboard: InlineKeyboardMarkup | None,
        destination: Destination,
    ) -> list[Sent]:
        if len(kept) == 1:
            return [await self.media.send(destination, kind, kept[0][1], text, keyboard)]
        return await self.media.send_album(destination, kind, [sendable for _, sendable in kept], text)

    async def _record(
        self,
        kept: Sequence[tuple[GeneratedPicture, Sendable]],
        sents: Sequence[Sent],
        kind: Kind,
        destination: Destination,
    ) -> None:
        """A server may tell less than it should."""
        for (picture, _), sent in zip(kept, sents, strict=False):
            photo_id, document_id = (sent.file_id, None) if kind == "photo" else (None, sent.file_id)
            await self.repository.sent(picture.id, photo_id, document_id)
            if sent.message_id is not None:
                self.repository.show(destination.chat_id, sent.message_id, picture.id, "picture")

    async def _send_buttons(self, first: GeneratedPicture, count: int, context: SendContext) -> None:
        """Telegram takes no buttons below an album, so they get a line of their own."""
        line = OutgoingMessage(FormattedText(context.texts("draw.album", count=count)))
        keyboard = self.keyboards.actions(first, count, context.texts)
        with contextlib.suppress(OutcomeUnknown):
            message = await self.message_sender.send(context.destination, line, keyboard)
            if message is not None:
                self.repository.show(context.destination.chat_id, message, first.id, "album")

    def _sendable(self, pictures: Sequence[GeneratedPicture], kind: Kind) -> list[tuple[GeneratedPicture, Sendable]]:
        """Those that Telegram has already, or that are kept here."""
        found = []
        for picture in pictures:
            known = picture.photo_id if kind == "photo" else picture.document_id
            file = known or self.files.find(picture.id, photo=kind == "photo")
            if file is not None:
                name = f"{picture.id}.{_SUFFIXES.get(picture.format.media_type, 'bin')}"
                found.append((picture, Sendable(file, name)))
        return found
