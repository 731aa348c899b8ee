"""The tour: it says what it saw, keeps the pictures, and fails where anything is not as it should be."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from bot.playground.local_environment import LocalEnvironment, surroundings
from bot.playground.siliconflow import refusals
from bot.playground.terminal.console import BRISK
from bot.playground.terminal.phrases import Phrases
from bot.playground.tour import tour
from bot.settings import load
from bot.telegram.texts import Language


async def toured(
    tmp_path: Path, spoil: Callable[[LocalEnvironment], object] = lambda _: None, language: Language = "en"
) -> tuple[int, str]:
    """The exit code and what was printed; ``spoil`` breaks something beforehand."""
    out = io.StringIO()
    async with surroundings(load({}, tmp_path), BRISK) as around:
        spoil(around)
        code = await tour(around, out, Phrases(language), tmp_path / "pictures")
    return code, out.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize(("language", "drawn"), [("en", "lighthouse at dawn"), ("zh", "灯塔")])
async def test_all_of_it_works_and_two_pictures_stay(tmp_path: Path, language: Language, drawn: str) -> None:
    code, printed = await toured(tmp_path, language=language)
    assert code == 0, printed
    assert printed.splitlines()[-2].startswith("✓")
    assert "\x1b" not in printed
    assert all(word in printed for word in ("Miso", drawn, "GLM-4-9B-0414", "https://t.me/c/"))
    first, second = sorted((tmp_path / "pictures").iterdir())
    with Image.open(first) as one, Image.open(second) as other:
        assert ImageChops.difference(one.convert("RGB"), other.convert("RGB")).getbbox()
    assert str(first) in printed


@pytest.mark.slow
async def test_a_bot_that_cannot_speak_fails_at_the_first_stop(tmp_path: Path) -> None:
    code, printed = await toured(
        tmp_path, lambda around: around.telegram.faults.refuse("sendMessage", "Bad Request: spoiled", times=None)
    )
    assert code == 1
    assert printed.splitlines()[-2] == "✗ The bot does not answer /start with a greeting."


async def test_a_refused_token_is_said(tmp_path: Path) -> None:
    code, printed = await toured(tmp_path, lambda around: setattr(around.telegram, "token", "1:another"))
    assert code == 1
    assert "Telegram does not know this bot token" in printed.splitlines()[-2]


async def test_a_provider_that_refuses_fails_the_question(tmp_path: Path) -> None:
    def spoil(around: LocalEnvironment) -> None:
        assert around.siliconflow is not None
        around.siliconflow.faults.add(refusals.FORBIDDEN, times=None)

    code, printed = await toured(tmp_path, spoil)
    assert code == 1
    assert printed.splitlines()[-2] == "✗ The question was not answered as it should be."


async def test_an_answer_that_is_not_seen_to_grow_fails(tmp_path: Path) -> None:
    code, printed = await toured(tmp_path, lambda around: around.telegram.faults.unknown("sendMessageDraft"))
    assert code == 1
    assert printed.splitlines()[-2] == "✗ Nothing of the answer was seen while it was written."


@pytest.mark.slow
async def test_a_picture_that_does_not_arrive_fails_the_drawing(tmp_path: Path) -> None:
    code, printed = await toured(
        tmp_path, lambda around: around.telegram.faults.refuse("sendPhoto", "Bad Request: spoiled", times=None)
    )
    assert code == 1
    assert printed.splitlines()[-2] == "✗ No picture came."


async def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "pictures").write_text("in the way")
    code, printed = await toured(tmp_path)
    assert code == 1
    assert str(tmp_path / "pictures") in printed.splitlines()[-2]
