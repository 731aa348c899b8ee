"""The files of pictures beside the database."""

from pathlib import Path

import pytest

from bot.clock import FakeClock
from bot.domain.drawing import ImageRecipe, NewDrawing
from bot.store import Store, picture_files, picture_folder
from bot.store.picture_files import SECONDS_KEPT, PictureFiles


async def test_files_are_kept_whole_and_read_up_to_a_size(tmp_path: Path) -> None:
    files = PictureFiles(tmp_path / "pictures", FakeClock())
    assert files.find(1) is None
    await files.keep(1, b"original", b"photo")
    await files.keep(2, b"small")
    assert [path.read_bytes() for number in (1, 2) if (path := files.find(number))] == [b"original", b"small"]
    assert [path.read_bytes() for number in (1, 2) if (path := files.find(number, photo=True))] == [b"photo", b"small"]
    assert await files.read(1, 8) == b"original"
    assert await files.read(1, 7) is None
    assert await files.read(3, 7) is None
    assert {path.name for path in files.folder.iterdir()} == {"1", "1-photo", "2"}
    assert files.folder.stat().st_mode & 0o077 == 0
    await files.drop([1, 3])
    assert {path.name for path in files.folder.iterdir()} == {"2"}


async def test_only_the_newest_files_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FakeClock()
    files = PictureFiles(tmp_path / "pictures", clock)
    monkeypatch.setattr(picture_files, "BYTES_KEPT", 10)
    for number in range(5):
        await files.keep(number, b"1234")
        await clock.advance(1)
    assert {path.name for path in files.folder.iterdir()} == {"3", "4"}
    await clock.advance(SECONDS_KEPT)
    await files.keep(5, b"1234")
    assert {path.name for path in files.folder.iterdir()} == {"5"}


async def test_files_whose_pictures_are_erased_are_dropped(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "bot.db")
    files = PictureFiles(picture_folder(tmp_path / "bot.db"), FakeClock())
    for number, (user, chat) in enumerate([(5, 5), (5, -7), (6, -7), (6, 6)], 1):
        drawing = await store.pictures.begin(
            NewDrawing(str(number), chat, 0, user, "a cat", False, 1.0), [ImageRecipe("a cat", "m")]
        )
        await files.keep(drawing.pictures[0].id, b"original", b"photo")
    await store.erasure.forget(5, 5)
    assert {path.name for path in files.folder.iterdir()} == {"2", "2-photo", "3", "3-photo", "4", "4-photo"}
    await store.erasure.forget_group(-7)
    assert {path.name for path in files.folder.iterdir()} == {"4", "4-photo"}
    await files.keep(99, b"left by a crash")
    await store.retention.prune(0.0, 90)
    await store.close()
    assert {path.name for path in files.folder.iterdir()} == {"4", "4-photo"}
