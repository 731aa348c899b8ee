"""The pictures themselves, as files beside the database: SQLite would hold several copies of each in memory."""

import asyncio
import json
import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlite_utils.db import Database as Connection

from bot.clock import Clock
from bot.store.database import Database
from bot.store.file_modes import open_private
from bot.store.repository import Repository, transaction

SECONDS_KEPT: Final = 30 * 86_400.0
BYTES_KEPT: Final = 500_000_000


@dataclass(frozen=True, slots=True)
class PictureFiles:
    """By the picture's number. The newest are kept, for 30 days and up to 500 MB.

    ``photo``: the smaller form of it that Telegram takes as a photo, where that is another.
    """

    folder: Path
    clock: Clock
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    async def keep(self, picture_id: int, data: bytes, photo: bytes | None = None) -> None:
        """Returns when it is on the disk, whole. Raises OSError."""
        await asyncio.to_thread(self._keep, str(picture_id), data)
        if photo is not None:
            await asyncio.to_thread(self._keep, f"{picture_id}-photo", photo)

    def find(self, picture_id: int, *, photo: bool = False) -> Path | None:
        names = (f"{picture_id}-photo", str(picture_id)) if photo else (str(picture_id),)
        return next((path for name in names if (path := self.folder / name).is_file()), None)

    async def drop(self, picture_ids: Iterable[int]) -> None:
        await asyncio.to_thread(_drop, self.folder, list(picture_ids))

    async def read(self, picture_id: int, most: int) -> bytes | None:
        """None where it is not kept, or larger than ``most`` bytes."""
        return await asyncio.to_thread(self._read, picture_id, most)

    def _keep(self, name: str, data: bytes) -> None:
        with self._lock:  # or one would tidy away what the other is writing
            self._write(self.folder / name, data)
            self._trim(self.clock.now())

    def _write(self, path: Path, data: bytes) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        with open(unfinished, "wb", opener=open_private) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        now = self.clock.now()
        os.utime(unfinished, (now, now))
        unfinished.replace(path)
        _flush(self.folder)

    def _read(self, picture_id: int, most: int) -> bytes | None:
        path = self.find(picture_id)
        return path.read_bytes() if path and path.stat().st_size <= most else None

    def _trim(self, now: float) -> None:
        """Delete the oldest beyond the bounds."""
        files = sorted(((file.stat(), file) for file in self.folder.iterdir()), key=lambda pair: -pair[0].st_mtime)
        room = BYTES_KEPT
        for status, file in files:
            room -= status.st_size
            if room < 0 or status.st_mtime < now - SECONDS_KEPT:
                file.unlink(missing_ok=True)


class OrphanedFiles(Repository):
    """Files of pictures whose rows are gone, however they went; ``folder``: as of :class:`PictureFiles`."""

    def __init__(self, database: Database, folder: Path) -> None:
        super().__init__(database)
        self._folder = folder

    async def drop(self) -> None:
        if numbers := await asyncio.to_thread(_numbers, self._folder):
            await asyncio.to_thread(_drop, self._folder, await self._without_row(numbers))

    @transaction
    def _without_row(self, db: Connection, numbers: list[int]) -> list[int]:
        sql = "SELECT value FROM json_each(?) WHERE value NOT IN (SELECT id FROM pictures)"
        return [int(row[0]) for row in db.execute(sql, (json.dumps(numbers),))]


def _numbers(folder: Path) -> list[int]:
    """Of the pictures that have a file."""
    names = {path.name.removesuffix("-photo") for path in folder.iterdir()} if folder.is_dir() else set()
    return sorted(int(name) for name in names if name.isdecimal())


def _drop(folder: Path, picture_ids: Iterable[int]) -> None:
    for number in picture_ids:
        for name in (str(number), f"{number}-photo"):
            (folder / name).unlink(missing_ok=True)


def _flush(folder: Path) -> None:
    """The name of a new file survives a power failure only with its folder."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
