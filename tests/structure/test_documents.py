"""What the documents list is what the program has."""

import ast
import asyncio
import re
import shlex
from pathlib import Path

import pytest
from aiogram import Dispatcher
from telegram.ext import Application

from bot import cli
from bot.embed.update_matcher import KINDS
from bot.settings import table
from bot.telegram.texts import Language, Texts
from handlers import COMMANDS
from handlers.menu import EVERYWHERE, FOR_ADMINISTRATORS, FOR_OWNERS, IN_GROUPS

ROOT = Path(__file__).parents[2]
WHERE = {
    EVERYWHERE: {"en": "everywhere", "zh": "私聊和群聊"},
    IN_GROUPS: {"en": "groups", "zh": "群聊"},
    FOR_ADMINISTRATORS: {"en": "groups, by administrators", "zh": "群聊（管理员）"},
    FOR_OWNERS: {"en": "private chats of owners", "zh": "机器人主人的私聊"},
}
LANGUAGES = ("en", "zh")
SUFFIX = {"en": ".md", "zh": ".zh-CN.md"}
PAGES = ("README", "docs/using", "docs/operator", "docs/playground", "docs/embedding")
DOCUMENTS = sorted(path for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")))
NAMED_FILE = re.compile(
    r"(?:`|\]\()((?:\.\./)*(?:[\w.-]+/)*[\w.-]+\.(?:py|md|yaml|service|example)|[\w/]+/)(?:#[\w-]+)?[`)]"
)


def page(name: str, language: str) -> str:
    return (ROOT / f"{name}{SUFFIX[language]}").read_text(encoding="utf-8")


def read(language: str) -> str:
    """All pages for people and operators."""
    return "\n".join(page(name, language) for name in PAGES)


def section(language: str, name: str) -> list[list[str]]:
    """The cells of the table between the comments that name it, without its two heading lines."""
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", read(language), re.DOTALL)
    assert found is not None
    lines = found[1].strip().splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def snippets(language: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", page("docs/embedding", language), re.DOTALL)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_readme_lists_every_command_as_telegram_shows_it(language: Language) -> None:
    """First those of both kinds of chats."""
    texts = Texts(language)
    shown = [command for where in WHERE for command in COMMANDS if command.offered == where]
    expected = [
        [f"`/{each.name}`", texts(f"command.{each.name}.menu"), WHERE[each.offered][language]] for each in shown
    ]
    assert section(language, "commands") == expected


def test_the_english_settings_table_is_the_programs_own() -> None:
    expected = [[f"`{row.name}`", f"`{row.default}`" if row.default else "none", row.meaning] for row in table()]
    assert section("en", "settings") == expected


def test_the_chinese_settings_table_has_the_same_names_and_defaults() -> None:
    english = [row[:2] for row in section("en", "settings")]
    chinese = [[name, default.replace("无", "none")] for name, default, _ in section("zh", "settings")]
    assert chinese == english


def test_the_architecture_tells_of_every_room() -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    inside = [path for path in (ROOT / "bot").iterdir() if not path.name.startswith("__")]
    rooms = [f"bot/{path.name}/" for path in inside if (path / "__init__.py").exists()]
    rooms += [f"bot/{path.name}" for path in inside if path.suffix == ".py"]
    assert len(rooms) > 10
    assert [room for room in rooms if room not in text] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_that_a_document_names_is_there(document: Path) -> None:
    named = set(NAMED_FILE.findall(document.read_text(encoding="utf-8")))
    places = (document.parent, ROOT, ROOT / "bot")
    assert [name for name in named if not any((place / name).exists() for place in places)] == []


def test_each_reader_finds_their_page_within_ten_lines() -> None:
    for language in LANGUAGES:
        beginning = "\n".join(page("README", language).splitlines()[:12])
        for name in ("docs/using", "docs/operator", "docs/embedding"):
            assert f"({name}{SUFFIX[language]})" in beginning


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_line_that_a_readme_shows_is_understood(language: str) -> None:
    shown = set(re.findall(r"python -m bot ([^`\n]+)", read(language)))
    assert {"run", "check", "migrate", "playground --tour"} <= shown
    for line in shown:
        cli.argument_parser().parse_args(shlex.split(line))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_option_that_a_readme_tells_of_is_in_the_programs_help(
    language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = re.findall(r"^\| `python -m bot (\w+)[^|]*\| (.*) \|$", read(language), re.MULTILINE)
    told = {(command, option) for command, meaning in rows for option in re.findall(r"`(--[a-z-]+)", meaning)}
    assert {("playground", "--token"), ("check", "--settings")} <= told
    for command, option in told:
        with pytest.raises(SystemExit):
            cli.main([command, "--help"])
        assert f" {option}" in capsys.readouterr().out


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_target_of_make_that_a_readme_shows_is_there(language: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    shown = set(re.findall(r"(?:^ {4}|`)make ([a-z]+)", read(language), re.MULTILINE))
    assert {"env", "run", "tour"} <= shown <= targets


def test_both_readmes_show_the_same_snippets() -> None:
    """But for the comments."""
    english, chinese = ([ast.dump(ast.parse(each)) for each in snippets(language)] for language in LANGUAGES)
    assert len(english) == 2
    assert chinese == english


@pytest.mark.parametrize("number", [0, 1])
def test_the_snippets_mount_the_bot(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them but the run at their end."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "42:token")
    monkeypatch.setenv("SILICONFLOW_API_KEY", "sk-1")
    ran: list[object] = []
    monkeypatch.setattr(Dispatcher, "start_polling", lambda dispatcher, _: dispatcher)
    monkeypatch.setattr(asyncio, "run", ran.append)
    monkeypatch.setattr(Application, "run_polling", lambda application: ran.append(application))
    exec(snippets("en")[number], {})  # noqa: S102 - a page of this repository
    [host] = ran
    if isinstance(host, Dispatcher):
        assert set(host.resolve_used_update_types()) == KINDS
    else:
        assert isinstance(host, Application)
        assert list(host.handlers) == [-1000]
