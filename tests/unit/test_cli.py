import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

import bot
import bot.playground
import bot.playground.terminal
from bot.cli import main
from bot.playground.terminal.phrases import Phrases
from bot.settings import Settings, table

TOKEN = "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, own_logging: None) -> None:
    """An empty folder, no variables, and logging of the test's own."""
    monkeypatch.chdir(tmp_path)
    for row in table():
        monkeypatch.delenv(row.name, raising=False)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, object]]:
    """What was started: the bot, or the playground with its address."""
    calls: list[tuple[str, object]] = []

    def run(settings: Settings) -> int:
        calls.append(("bot", settings.telegram_bot_token))
        return 0

    def play(settings: Settings, host: str, port: int) -> int:
        calls.append(("playground", (host, port)))
        return 0

    def serve(host: str, port: int, token: str | None) -> int:
        calls.append(("servers", (host, port, token)))
        return 0

    def chat(settings: Settings, phrases: Phrases, pictures: Path | None) -> int:
        calls.append(("terminal", (phrases.language, pictures)))
        return 0

    def tour(phrases: Phrases, pictures: Path | None) -> int:
        calls.append(("tour", (phrases.language, pictures)))
        return 0

    stand_in(monkeypatch, bot, "app", run)
    for name, stand in (("app", play), ("servers", serve), ("tour", tour)):
        stand_in(monkeypatch, bot.playground, name, stand)
    stand_in(monkeypatch, bot.playground.terminal, "chat", chat)
    return calls


def stand_in(monkeypatch: pytest.MonkeyPatch, package: object, name: str, run: Callable[..., int]) -> None:
    """Put a module with ``run`` in the place of one that takes seconds to import."""
    module = SimpleNamespace(run=run)
    monkeypatch.setattr(package, name, module, raising=False)
    monkeypatch.setitem(sys.modules, f"{package.__name__}.{name}", module)  # type: ignore[attr-defined] # a package


def test_the_help_names_all_commands(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    out = capsys.readouterr().out
    assert all(command in out for command in ("run", "playground", "check", "migrate"))


def test_alone_without_a_token_it_is_the_playground(
    started: list[tuple[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PORT", "8099")
    assert main([]) == 0
    assert started == [("playground", ("127.0.0.1", 8099))]


@pytest.mark.parametrize("arguments", [[], ["run"]])
def test_with_a_token_it_is_the_bot(
    arguments: list[str], started: list[tuple[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
    monkeypatch.setenv("SILICONFLOW_API_KEY", "sk-x")
    assert main(arguments) == 0
    assert [name for name, _ in started] == ["bot"]


def test_run_without_a_provider_is_refused(
    started: list[tuple[str, object]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
    assert main(["run"]) == 2
    assert started == []
    assert "SILICONFLOW_API_KEY is missing" in capsys.readouterr().err


def test_playground_listens_where_it_is_told(
    started: list[tuple[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
    assert main(["playground", "--host", "::1", "--port", "0"]) == 0
    assert started == [("playground", ("::1", 0))]


def test_terminal_and_tour_speak_the_language_of_the_shell(
    started: list[tuple[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    assert main(["playground", "--terminal"]) == 0
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert main(["playground", "--terminal", "--pictures", "seen"]) == 0
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    assert main(["playground", "--tour", "--pictures", "seen"]) == 0
    assert started == [("terminal", ("en", None)), ("terminal", ("zh", Path("seen"))), ("tour", ("en", Path("seen")))]


def test_the_tour_reads_no_settings(started: list[tuple[str, object]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PORT", "canary")
    assert main(["playground", "--tour"]) == 0
    assert [name for name, _ in started] == ["tour"]


def test_the_servers_alone_know_the_named_token(started: list[tuple[str, object]]) -> None:
    assert main(["playground", "--servers-only", "--port", "0", "--token", TOKEN]) == 0
    assert main(["playground", "--servers-only"]) == 0
    assert started == [("servers", ("127.0.0.1", 0, TOKEN)), ("servers", ("127.0.0.1", 8080, None))]


@pytest.mark.parametrize(
    "options",
    [
        ["--terminal", "--tour"],
        ["--tour", "--servers-only"],
        ["--pictures", "seen"],
        ["--servers-only", "--pictures", "seen"],
        ["--token", TOKEN],
        ["--servers-only", "--token", "none"],
    ],
)
def test_options_that_do_not_go_together_are_refused(
    options: list[str], started: list[tuple[str, object]], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["playground", *options])
    assert ended.value.code == 2
    assert started == []
    assert options[0] in capsys.readouterr().err


@pytest.mark.parametrize(("level", "heard"), [("info", logging.WARNING), ("debug", logging.DEBUG)])
def test_the_log_does_not_talk_into_the_chat(
    level: str, heard: int, started: list[tuple[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOG_LEVEL", level)
    assert main(["playground", "--terminal"]) == 0
    assert logging.getLogger().level == heard


@pytest.mark.parametrize("port", ["-1", "65536", "x"])
def test_port_that_is_none_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["playground", f"--port={port}"])
    assert ended.value.code == 2
    assert "--port" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["run", "playground", "migrate"])
def test_wrong_settings_end_with_2_and_all_faults(
    command: str,
    started: list[tuple[str, object]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("HTTP_PORT", "canary")
    monkeypatch.setenv("LOG_LEVEL", "canary")
    assert main([command]) == 2
    assert started == []
    said = capsys.readouterr()
    assert not said.out
    assert [line.split()[0] for line in said.err.splitlines()[1:]] == ["HTTP_PORT", "LOG_LEVEL"]
    assert "canary" not in said.err
    assert "Traceback" not in said.err


def test_ctrl_c_leaves_no_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    stand_in(monkeypatch, bot.playground, "app", interrupted)
    assert main([]) == 130
    assert not capsys.readouterr().err


def test_failing_bot_ends_with_its_code(started: list[tuple[str, object]], monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, bot.playground, "app", lambda *_: 1)
    assert main([]) == 1


def test_migrate_says_what_it_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate"]) == 0
    assert "applied 0001" in capsys.readouterr().out
    assert (tmp_path / "data/bot.db").exists()
    assert main(["migrate"]) == 0
    assert "already at the newest schema" in capsys.readouterr().out


def test_migrate_that_cannot_write_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data").write_text("in the way")
    assert main(["migrate"]) == 1
    assert str(tmp_path / "data/bot.db") in capsys.readouterr().err


def test_check_lists_faults_of_the_settings_and_ends_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HTTP_PORT", "x")
    assert main(["check"]) == 1
    assert capsys.readouterr().out.startswith("fail HTTP_PORT is not a whole number. Write it")


def test_check_that_finds_nothing_wrong_ends_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0
    assert "warn TELEGRAM_BOT_TOKEN is not set" in capsys.readouterr().out


def test_check_prints_the_table_of_settings_whatever_they_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HTTP_PORT", "x")
    assert main(["check", "--settings"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [row.name for row in table()]


@pytest.mark.parametrize("arguments", [["migrate"], ["check"], ["check", "--help"]])
def test_light_commands_import_no_framework(arguments: list[str], tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from bot.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "print('loaded:', sorted({'aiogram', 'aiohttp', 'httpx', 'apscheduler'} & set(sys.modules)))\n"
    )
    ended = run("-c", program, *arguments, cwd=tmp_path)
    assert ended.stdout.splitlines()[-1] == "loaded: []", ended.stderr


def test_the_package_runs_as_a_program(tmp_path: Path) -> None:
    ended = run("-m", "bot", "migrate", cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    (tmp_path / ".env").write_text("HTTP_PORT=x\n")
    ended = run("-m", "bot", "run", cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "HTTP_PORT is not a whole number" in ended.stderr


def run(*arguments: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603 - ours
        [sys.executable, *arguments],
        cwd=cwd,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
