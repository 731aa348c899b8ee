"""Kept pictures into a chat: photos, albums, files; each sent once, and sent again from what Telegram has of it."""

import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from aiogram.types import InlineKeyboardMarkup

from bot.images.choice import Painters
from bot.images.recipe import Recipe
from bot.store.picture_files import PictureFiles
from bot.store.pictures import PictureRepository, PictureRow
from bot.telegram.courier import Courier, DeliveryError, OutcomeUnknown, Spot
from bot.telegram.markdown import OutgoingMessage
from bot.telegram.markdown.formatted_text import FormattedText
from bot.telegram.media import Caption, Kind, Media, MediaRefused, Sendable, Sent
from handlers.draw_buttons import below
from handlers.draw_caption import caption
from handlers.person import Person

log = logging.getLogger(__name__)

_SUFFIXES = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}


@dataclass(frozen=True, slots=True)
class Wall:
    """Where pictures are hung, for whom, and what is said with them. ``words``: the person's own, where the recipe has
    others."""

    spot: Spot
    person: Person
    notes: Sequence[str] = ()
    words: str | None = None


@dataclass(frozen=True, slots=True)
class Gallery:
    """``labelled``: captions say that a machine drew the picture. Verbs raise Undeliverable."""

    media: Media
    courier: Courier
    rows: PictureRepository
    files: PictureFiles
    painters: Painters
    labelled: bool = True

    async def hang(self, pictures: Sequence[PictureRow], wall: Wall) -> None:
        """Those that Telegram takes as photos together, all others as files."""
        photos = [row for row in pictures if row.form.photo]
        others = [row for row in pictures if not row.form.photo]
        if photos and not await self._hang(photos, "photo", wall):
            others = [*photos, *others]
        if others and not await self._hang(others, "document", wall):
            await self.courier.send(wall.spot, OutgoingMessage(FormattedText(wall.person.texts("draw.not_shown"))))

    async def hand_out(self, pictures: Sequence[PictureRow], wall: Wall) -> bool:
        """As files, byte by byte as they were drawn; False where none is kept any more."""
        kept = self._sendable(pictures, "document")
        if not kept:
            return False
        try:
            sents = await self._send(kept, "document", Caption(), None, wall.spot)
        except DeliveryError as error:
            log.warning("A picture could not be sent as a file: %s", error)
        else:
            await self._record(kept, sents, "document", wall.spot)
        return True

    async def forget(self, user_id: int, chat_id: int | None) -> None:
        """Erase what the user has had drawn (in this chat; None: anywhere), files and all."""
        await self.files.drop(await self.rows.forget(user_id, chat_id))

    def keyboard(self, row: PictureRow, count: int, person: Person) -> InlineKeyboardMarkup:
        recipe = Recipe(**row.made.recipe)
        return below(row.id, count, recipe, self.painters.of(recipe.model), person.texts)

    async def _hang(self, pictures: Sequence[PictureRow], kind: Kind, wall: Wall) -> bool:
        """False: they were refused in this form. Those whose sending ended without an answer are marked so."""
        kept = self._sendable(pictures, kind)
        if not kept:
            return False
        person, first, ids = wall.person, kept[0][0], [row.id for row, _ in kept]
        text = caption(first, person.texts, notes=wall.notes, words=wall.words, labelled=self.labelled)
        await self.rows.mark(ids, "attempting")
        try:
            sents = await self._send(kept, kind, text, self.keyboard(first, 1, person), wall.spot)
        except MediaRefused as error:
            log.warning("Telegram refused a picture as a %s: %s", kind, error)
            await self.rows.mark(ids, "drawn")
            return False
        except OutcomeUnknown as error:
            log.warning("Whether a picture arrived cannot be known (%s)", error)
            await self.rows.mark(ids, "unknown")
            return True
        await self.rows.mark(ids, "sent")
        await self._record(kept, sents, kind, wall.spot)
        if len(kept) > 1:
            await self._hang_buttons(first, len(kept), wall)
        return True

    async def _send(
        self,
        kept: Sequence[tuple[PictureRow, Sendable]],
        kind: Kind,
        text: Caption,
        keyboard: InlineKeyboardMarkup | None,
        spot: Spot,
    ) -> list[Sent]:
        if len(kept) == 1:
            return [await self.media.send(spot, kind, kept[0][1], text, keyboard)]
        return await self.media.send_album(spot, kind, [sendable for _, sendable in kept], text)

    async def _record(
        self, kept: Sequence[tuple[PictureRow, Sendable]], sents: Sequence[Sent], kind: Kind, spot: Spot
    ) -> None:
        """A server may tell less than it should."""
        for (row, _), sent in zip(kept, sents, strict=False):
            photo_id, document_id = (sent.file_id, None) if kind == "photo" else (None, sent.file_id)
            await self.rows.sent(row.id, photo_id, document_id)
            if sent.message_id is not None:
                self.rows.show(spot.chat_id, sent.message_id, row.id, "picture")

    async def _hang_buttons(self, first: PictureRow, count: int, wall: Wall) -> None:
        """Telegram takes no buttons below an album, so they get a line of their own."""
        line = OutgoingMessage(FormattedText(wall.person.texts("draw.album", count=count)))
        with contextlib.suppress(OutcomeUnknown):
            message = await self.courier.send(wall.spot, line, self.keyboard(first, count, wall.person))
            if message is not None:
                self.rows.show(wall.spot.chat_id, message, first.id, "album")

    def _sendable(self, pictures: Sequence[PictureRow], kind: Kind) -> list[tuple[PictureRow, Sendable]]:
        """Those that Telegram has already, or that are kept here."""
        found = []
        for row in pictures:
            known = row.photo_id if kind == "photo" else row.document_id
            file = known or self.files.find(row.id, photo=kind == "photo")
            if file is not None:
                name = f"{row.id}.{_SUFFIXES.get(row.form.media_type, 'bin')}"
                found.append((row, Sendable(file, name)))
        return found
