"""The chat in the terminal with the whole bot behind it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.playground.siliconflow import LocalSiliconFlow
from bot.playground.terminal.chat import chat
from bot.playground.terminal.phrases import Phrases
from bot.settings import Settings, SettingsError, load


async def talked(settings: Settings, *lines: str, pictures: Path | None = None) -> None:
    async def typed() -> AsyncIterator[str]:
        for line in lines:
            yield line

    await chat(settings, Phrases("en"), typed(), waits=True, pictures=pictures)


async def test_a_button_is_pressed_and_the_answer_grows_in_one_piece(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await talked(load({}, tmp_path), "/model glm 9b", ":press 1", ":press 9", "Show me a table and code", ":chat 1")
    printed, opened = capsys.readouterr().out.split("— SiliconBot —")
    assert "no cost" in printed
    assert "1[GLM-4-9B-0414" in printed
    assert "From now on GLM-4-9B-0414 answers here" in printed
    assert "No message in this chat has buttons." in printed
    assert printed.count("Paris  │        2.1 │        105") == 1
    assert "def greet" in opened


async def test_a_drawn_picture_lies_in_the_folder_that_was_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await talked(load({}, tmp_path), "/draw a cat", pictures=tmp_path / "seen")
    [name] = [path.name for path in (tmp_path / "seen").iterdir()]
    assert f"[picture 1024×1024, {tmp_path / 'seen' / name}]" in capsys.readouterr().out


async def test_with_a_key_the_real_provider_answers_and_the_welcome_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    provider = LocalSiliconFlow(SystemClock(), keys={"sk-own"})
    await provider.start()
    await talked(
        load({"SILICONFLOW_API_KEY": "sk-own", "SILICONFLOW_BASE_URL": provider.url}, tmp_path), "How are you?"
    )
    await provider.stop()
    assert len(provider.journal.chats) == 1
    assert "may cost money" in capsys.readouterr().out.replace("\n", " ")


async def test_a_configuration_that_does_not_fit_is_refused_before_anything_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bot.toml").write_text('[limits."no/such-model"]\nrpm = 1\n')
    with pytest.raises(SettingsError, match="no/such-model"):
        await talked(load({}, tmp_path))
    assert capsys.readouterr().out == ""


async def test_a_folder_that_cannot_be_made_is_told_before_anything_is_drawn(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("in the way")
    with pytest.raises(OSError, match="taken"):
        await talked(load({}, tmp_path), pictures=tmp_path / "taken")
