"""Where pictures of the chats lie as files, so that who sits at a terminal can look at them."""

import logging
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp

from bot.playground.telegram.files import File
from bot.providers.image_headers import HEAD, media_type

log = logging.getLogger(__name__)


class Album:
    """``folder`` None: a new one among the temporary folders, made with the first picture; it stays."""

    def __init__(self, find: Callable[[str], File | None], folder: Path | None = None) -> None:
        self._find = find
        self._given = folder
        self._made: Path | None = None
        self._kept: dict[str, Path] = {}

    def make(self) -> Path:
        """The folder, which exists from then on. Raises OSError."""
        if self._made is None:
            self._made = self._given or Path(mkdtemp(prefix="siliconbot-pictures-"))
            self._made.mkdir(parents=True, exist_ok=True)
        return self._made

    def place(self, file_id: str) -> str:
        """The picture's path; "" for what is no picture, or cannot be kept. Its name is ours, whatever it was."""
        if file_id not in self._kept:
            file = self._find(file_id)
            kind = media_type(file.data[:HEAD]) if file else None
            if file is None or kind is None:
                return ""
            try:
                path = self._free(kind.removeprefix("image/"))
                path.write_bytes(file.data)
            except OSError as error:
                log.warning("A picture is not kept: %s", error)
                return ""
            self._kept[file_id] = path
        return str(self._kept[file_id])

    def _free(self, suffix: str) -> Path:
        """No file of an earlier time is written over."""
        number = len(self._kept) + 1
        while (path := self.make() / f"picture-{number}.{suffix}").exists():
            number += 1
        return path
