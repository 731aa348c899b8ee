"""The pictures that drawings start from: our own as they were drawn, people's as Telegram has them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from bot.providers.chat import Picture
from bot.providers.picture_type import media_type
from bot.store.picture_files import PictureFiles
from bot.store.pictures import PictureRepository

MAX_BYTES: Final = 4_000_000
"""A request holds it as text, which takes several times as much memory."""

_OWN: Final = "picture:"
_TELEGRAMS: Final = "file:"

Download = Callable[[str, int], Awaitable[bytes | None]]
"""A file of Telegram's by its id, up to so many bytes; None where it cannot be had."""


class NoSource(Exception):
    """The picture to start from is gone, too large, or none."""


def own(picture_id: int) -> str:
    """What names a picture of ours in a recipe."""
    return f"{_OWN}{picture_id}"


def telegrams(file_id: str) -> str:
    """What names a file of Telegram's in a recipe."""
    return f"{_TELEGRAMS}{file_id}"


@dataclass(frozen=True, slots=True)
class Sources:
    rows: PictureRepository
    files: PictureFiles
    download: Download

    async def find(self, source: str) -> Picture:
        """Raises NoSource."""
        if source.startswith(_OWN):
            data = await self._own(int(source.removeprefix(_OWN)))
        else:
            data = await self.download(source.removeprefix(_TELEGRAMS), MAX_BYTES)
        kind = media_type(data) if data else None
        if data is None or kind is None:
            raise NoSource(source)
        return Picture(data, kind)

    async def _own(self, picture_id: int) -> bytes | None:
        data = await self.files.read(picture_id, MAX_BYTES)
        row = await self.rows.get(picture_id) if data is None else None
        file_id = (row.photo_id or row.document_id) if row else None
        return await self.download(file_id, MAX_BYTES) if file_id else data
