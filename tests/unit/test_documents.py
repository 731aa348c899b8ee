"""What the documents list is what the program has."""

import re
from pathlib import Path

import pytest

from bot.settings import table
from bot.telegram.texts import Language, Texts
from handlers import COMMANDS

ROOT = Path(__file__).parents[2]
READMES = {"en": "README.md", "zh": "README.zh-CN.md"}


def section(language: str, name: str) -> list[list[str]]:
    """The cells of the table between the comments that name it, without its two heading lines."""
    text = (ROOT / READMES[language]).read_text(encoding="utf-8")
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", text, re.DOTALL)
    assert found is not None
    lines = found[1].strip().splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


@pytest.mark.parametrize("language", READMES)
def test_the_readme_lists_every_command_as_telegram_shows_it(language: Language) -> None:
    texts = Texts(language)
    expected = [[f"`/{name}`", texts(f"command.{name}")] for name in COMMANDS]
    assert section(language, "commands") == expected


def test_the_english_settings_table_is_the_programs_own() -> None:
    expected = [[f"`{row.name}`", f"`{row.default}`" if row.default else "none", row.meaning] for row in table()]
    assert section("en", "settings") == expected


def test_the_chinese_settings_table_has_the_same_names_and_defaults() -> None:
    english = [row[:2] for row in section("en", "settings")]
    chinese = [[name, default.replace("无", "none")] for name, default, _ in section("zh", "settings")]
    assert chinese == english


def test_both_readmes_tell_of_every_room() -> None:
    rooms = [path.name for path in (ROOT / "bot").iterdir() if path.is_dir() and (path / "__init__.py").exists()]
    for readme in READMES.values():
        text = (ROOT / readme).read_text(encoding="utf-8")
        assert [room for room in rooms if f"bot/{room}/" not in text] == []
