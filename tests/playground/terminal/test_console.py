"""Who one is in the terminal, when it is coloured, and where pictures lie."""

import io
from pathlib import Path

import pytest

from bot.clock import FakeClock
from bot.playground.telegram import LocalTelegram, TelegramSimulator
from bot.playground.telegram.files import PIXEL, Files
from bot.playground.terminal.album import Album
from bot.playground.terminal.console import Console
from bot.playground.terminal.phrases import Phrases
from bot.telegram.texts import Language


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> TelegramSimulator:
    monkeypatch.delenv("NO_COLOR", raising=False)
    world = LocalTelegram("42:x", FakeClock()).world
    world.person("Ann", language="en")
    world.person("小明", language="zh-hans")
    return world


@pytest.mark.parametrize(("language", "name"), [("en", "Ann"), ("zh", "小明")])
def test_one_is_somebody_of_the_same_language(world: TelegramSimulator, language: Language, name: str) -> None:
    assert Console(world, io.StringIO(), Phrases(language), None).person.first_name == name


def title(world: TelegramSimulator, out: io.StringIO) -> str:
    Console(world, out, Phrases("en"), None).title("Pictures")
    return out.getvalue()


def test_only_a_terminal_is_coloured_and_only_if_colour_is_welcome(
    world: TelegramSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert title(world, Terminal()) == "\x1b[1;4mPictures\x1b[0m\n\n"
    assert title(world, io.StringIO()) == "Pictures\n\n"
    monkeypatch.setenv("NO_COLOR", "1")
    assert title(world, Terminal()) == "Pictures\n\n"


def test_a_picture_lies_once_under_a_name_of_ours_beside_what_was_there(tmp_path: Path) -> None:
    files = Files()
    kept = files.store(PIXEL, "../../evil.sh", "text/x-sh", "photos")
    other = files.store(b"#!/bin/sh", "photo.png", "image/png", "photos")
    folder = tmp_path / "new" / "pictures"
    album = Album(files.get, folder)
    (album.make() / "picture-1.png").write_text("of an earlier time")
    assert album.place(kept.id) == album.place(kept.id) == str(folder / "picture-2.png")
    assert (folder / "picture-2.png").read_bytes() == PIXEL
    assert (album.place(other.id), album.place("unknown")) == ("", "")
    assert len(list(folder.iterdir())) == 2


def test_without_a_folder_a_new_one_is_made_with_the_first_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    files = Files()
    album = Album(files.get)
    assert list(tmp_path.iterdir()) == []
    place = Path(album.place(files.store(PIXEL, "a.png", "image/png", "photos").id))
    assert place.is_relative_to(tmp_path)
    assert place.read_bytes() == PIXEL
