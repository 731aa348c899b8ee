"""What people wrote and drew is read by the bot's own user alone, whatever the folder and whatever made the files."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.clock import FakeClock
from bot.operation.check import of_database
from bot.playground.telegram.files import PIXEL
from bot.store import Store, migrate, picture_folder
from bot.store.migrations import inspect
from bot.store.picture_files import PictureFiles


@pytest.fixture(params=[0o000, 0o002, 0o022], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    """What the process that starts the bot lets others do."""
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """To be, in a folder that is open to all."""
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o777)
    return folder / "bot.db"


def modes(database: Path) -> dict[str, str]:
    return {path.name: oct(path.stat().st_mode & 0o777) for path in database.parent.rglob("*") if path.is_file()}


@pytest.mark.usefixtures("umask")
async def test_new_files_are_private_from_the_start(database: Path) -> None:
    store = await Store.open(database)
    pictures = PictureFiles(picture_folder(database), FakeClock())
    await pictures.keep(1, PIXEL, PIXEL)
    await store.members.all()
    found = modes(database)
    await store.close()
    assert set(found) == {"bot.db", "bot.db-wal", "bot.db-shm", "1", "1-photo"}
    assert set(found.values()) == {"0o600"}


@pytest.mark.usefixtures("umask")
def test_so_are_those_that_migrate_makes(database: Path) -> None:
    migrate(database)
    assert set(modes(database).values()) == {"0o600"}


@pytest.mark.parametrize("mode", [0o644, 0o664, 0o666, 0o640, 0o606])
async def test_wider_ones_are_told_by_check_and_narrowed_by_the_next_start(database: Path, mode: int) -> None:
    pictures = PictureFiles(picture_folder(database), FakeClock())
    await pictures.keep(1, PIXEL)
    migrate(database)
    assert not any("chmod" in finding.text for finding in of_database(database, inspect))
    for path in (database, pictures.folder / "1"):
        path.chmod(mode)
    store = await Store.open(database)
    assert set(modes(database).values()) == {"0o600"}
    await store.close()
    for path in (database, pictures.folder / "1"):
        path.chmod(mode)
    [told] = [finding for finding in of_database(database, inspect) if "chmod" in finding.text]
    assert told.level == "warn"
    assert f"chmod 600 {database} {pictures.folder / '1'}" in told.text


async def test_many_pictures_are_told_in_short(database: Path) -> None:
    migrate(database)
    pictures = PictureFiles(picture_folder(database), FakeClock())
    for number in range(9):
        await pictures.keep(number, PIXEL)
        (pictures.folder / str(number)).chmod(0o644)
    [told] = [finding for finding in of_database(database, inspect) if "chmod" in finding.text]
    assert told.text.endswith("and 5 more")


async def test_a_link_among_the_pictures_leads_nowhere(database: Path, tmp_path: Path) -> None:
    migrate(database)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("of somebody else")
    elsewhere.chmod(0o644)
    picture_folder(database).mkdir()
    (picture_folder(database) / "1").symlink_to(elsewhere)
    store = await Store.open(database)
    await store.close()
    assert elsewhere.stat().st_mode & 0o777 == 0o644
