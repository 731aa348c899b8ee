"""Which files hold what people wrote and drew; and that nobody else on the machine reads them, in whatever folder."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

PRIVATE: Final = 0o600
_OTHERS: Final = 0o077


def picture_folder(database: Path) -> Path:
    """Where the pictures of this database lie."""
    return database.with_suffix(".pictures")


def create_private(path: Path) -> None:
    """An empty file, where there is none. SQLite gives its log and index the mode of the file. Raises OSError."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE))


def open_private(path: str, flags: int) -> int:
    """For ``open(opener=…)``: a file that is made so is private from its first byte."""
    return os.open(path, flags, PRIVATE)


def exposed(database: Path) -> tuple[Path, ...]:
    """The files that others may read or write."""
    return tuple(path for path in _files(database) if path.stat().st_mode & _OTHERS)


def close_to_others(database: Path) -> None:
    """Narrow what is wider; where that is not ours to change, or the file system knows no modes, it stays."""
    for path in exposed(database):
        with contextlib.suppress(OSError):
            path.chmod(PRIVATE)


def _files(database: Path) -> Iterator[Path]:
    for name in (database.name, f"{database.name}-wal", f"{database.name}-shm", f"{database.name}-journal"):
        if (path := database.with_name(name)).is_file():
            yield path
    if (folder := picture_folder(database)).is_dir():
        yield from (path for path in folder.iterdir() if path.is_file() and not path.is_symlink())
