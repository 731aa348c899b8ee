"""The playground is a development tool: never started where others could reach it, and closed to other sites' pages."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot import cli
from bot.playground import app
from bot.playground.local_environment import LocalEnvironment, surroundings
from bot.playground.page import Page
from bot.playground.workshop import Inspector, Switches
from bot.settings import Settings, load, table

SECRET = "0123456789abcdef0123456789abcdef"
HOOK = {"WEBHOOK_URL": "https://bot.example.com/hook", "WEBHOOK_SECRET": SECRET}


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, own_logging: None) -> list[str]:
    """The hosts at which the playground was started; no variable is set."""
    hosts: list[str] = []

    def play(_: Settings, host: str, __: int) -> int:
        hosts.append(host)
        return 0

    monkeypatch.chdir(tmp_path)
    for row in table():
        monkeypatch.delenv(row.name, raising=False)
    monkeypatch.setattr(app, "run", play)
    return hosts


@pytest.mark.parametrize("arguments", [[], ["run"]])
@pytest.mark.parametrize(
    "given",
    [
        HOOK,
        {"HTTP_HOST": "0.0.0.0"},  # noqa: S104 - refused
        {"HTTP_HOST": "::"},
        {"HTTP_HOST": "192.168.1.7"},
        {"HTTP_HOST": "bot.example.com"},
        {"HTTP_HOST": "localhost.example.com"},
        HOOK | {"SILICONFLOW_API_KEY": "sk-x"},
    ],
)
def test_what_others_can_reach_is_no_playground(
    arguments: list[str],
    given: dict[str, str],
    played: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert cli.main(arguments) == 2
    assert played == []
    assert "TELEGRAM_BOT_TOKEN is missing. Set it to" in capsys.readouterr().err


def test_run_without_a_token_refuses_on_loopback_too(played: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run"]) == 2
    assert played == []
    assert "python -m bot playground" in capsys.readouterr().err


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.1", "::1", "localhost", "LOCALHOST"])
def test_on_loopback_it_starts(host: str, played: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_HOST", host)
    assert cli.main([]) == 0
    assert played == [host]


@pytest.fixture
async def around(tmp_path: Path) -> AsyncIterator[LocalEnvironment]:
    async with surroundings(load({}, tmp_path)) as found:
        yield found


async def test_nobody_guesses_the_token_of_the_local_telegram(around: LocalEnvironment, tmp_path: Path) -> None:
    async with surroundings(load({}, tmp_path)) as other:
        assert other.telegram.token != around.telegram.token
    assert len(around.telegram.token) > 30
    async with aiohttp.ClientSession() as http:
        for token, status in ((around.telegram.token, 200), ("4200:playground", 401), ("4200:", 401)):
            async with http.get(f"{around.telegram.url}/bot{token}/getMe") as answer:
                assert answer.status == status, token


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:80"},
        {"Host": "127.0.0.1.evil.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
    ],
)
async def test_other_sites_pages_reach_no_route_of_any_server(
    headers: dict[str, str], around: LocalEnvironment
) -> None:
    """Of the page every route there is, with what is behind the scenes."""
    telegram, siliconflow = around.telegram, around.siliconflow
    assert siliconflow is not None
    inspector = Inspector(telegram.feed, Switches(telegram, siliconflow), lambda: None)
    page = Page(telegram, routes=inspector.routes)
    await page.start("127.0.0.1", 0)
    assert page._runner is not None
    routes = {
        (route.method, page.address + (route.resource.canonical if route.resource else "/"))
        for route in page._runner.app.router.routes()
    }
    assert len(routes) > 8
    routes |= {
        ("POST", f"{telegram.url}/bot{telegram.token}/getMe"),
        ("GET", f"{telegram.url}/bot{telegram.token}/getUpdates"),
        ("GET", f"{telegram.url}/file/bot{telegram.token}/photos/1.png"),
        ("GET", f"{siliconflow.url}/models"),
        ("POST", f"{siliconflow.url}/chat/completions"),
        ("GET", f"http://{siliconflow.storage.name}/picture"),
    }
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(5)) as http:
        for method, url in routes:
            verb = "GET" if method == "*" else method
            async with http.request(verb, url, headers=headers, json={} if verb == "POST" else None) as answer:
                assert answer.status == 403, (verb, url)
                assert "Access-Control-Allow-Origin" not in answer.headers
    await page.stop()
