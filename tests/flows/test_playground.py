"""The playground as a newcomer meets it: no token, no key, a page in the browser."""

import asyncio
import json
import logging
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from bot.clock import SystemClock
from bot.playground import app
from bot.playground.siliconflow import LocalSiliconFlow
from bot.settings import Settings, SettingsError, load

ROOT = Path(__file__).parents[2]
PATIENCE = 40.0  # seconds until the playground is taken for stuck; a start takes up to ten on a busy machine


class Page:
    """What a browser does there, as the first of the people, in a private chat."""

    def __init__(self, http: ClientSession, address: str) -> None:
        self._http = http
        self._address = address

    async def state(self) -> dict[str, Any]:
        async with self._http.get(f"{self._address}/api/state") as answer:
            state: dict[str, Any] = await answer.json()
            return state

    async def ask(self, text: str, seen: Callable[[str, Any], object]) -> dict[str, Any]:
        """Say it, and wait for the event that is wanted: its data."""
        person = (await self.state())["people"][0]["id"]
        async with self._http.get(f"{self._address}/api/events") as events:
            said = {"person": person, "chat": person, "text": text}
            async with self._http.post(f"{self._address}/api/say", json=said) as answer:
                assert answer.status == 200
            while True:
                raw = (await events.content.readuntil(b"\n\n")).decode()
                name, data = raw.removeprefix("event: ").split("\ndata: ")
                found: dict[str, Any] = json.loads(data)
                if seen(name, found):
                    return found

    async def answer_to(self, text: str) -> str:
        answer = await self.ask(text, lambda name, data: name == "message" and data["from"]["is_bot"])
        return str(answer["text"])


@asynccontextmanager
async def opened(text: str) -> AsyncIterator[Page]:
    """The page at the address that the playground printed."""
    address = re.search(r"http://\S+", text)
    assert address
    async with asyncio.timeout(PATIENCE), ClientSession() as http:
        yield Page(http, address[0])


@asynccontextmanager
async def playing(settings: Settings, capsys: pytest.CaptureFixture[str], port: int = 0) -> AsyncIterator[Page]:
    """The playground in this process, and what a browser does in it."""
    ended = asyncio.Event()
    running = asyncio.create_task(app.play(settings, "127.0.0.1", port, ended))
    async with asyncio.timeout(PATIENCE):
        while not (printed := capsys.readouterr().out):
            assert not running.done()
            await asyncio.sleep(0)
    async with opened(printed) as page:
        yield page
        ended.set()
        await running


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_a_newcomer_asks_on_the_page_and_is_answered(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot"),
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "HTTP_PORT": "0"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE), opened((await process.stdout.readline()).decode()) as page:
            answer = await page.answer_to("How are you?")
        assert "How are you?" in answer
    finally:
        process.send_signal(signal.SIGTERM)
        _, complaints = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode == 0
    assert b"error" not in complaints, complaints.decode()
    assert names_in(tmp_path) == [], "it left something behind"


async def test_a_group_talks_already_and_nobody_has_asked_the_bot(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with playing(load({}, tmp_path), capsys) as page:
        state = await page.state()
    private = [chat for chat in state["chats"] if chat["type"] == "private"]
    here = [person for person in state["people"] if person["id"] in {chat["id"] for chat in private}]
    assert {person["language_code"][:2] for person in here} == {"en", "zh"}
    hike, past = (chat for chat in state["chats"] if chat["type"] == "supergroup")
    assert [chat["messages"] for chat in private] == [[], [], []]
    assert len(hike["messages"]) > 3
    assert len(past["messages"]) > 300
    assert not any(message["from"]["is_bot"] for message in hike["messages"])
    assert {chat["id"] for chat in private} <= set(past["members"])


async def test_a_taken_port_is_no_obstacle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        async with playing(load({}, tmp_path), capsys, other.getsockname()[1]) as page:
            assert (await page.state())["costs"] is False


async def test_with_a_key_the_real_provider_answers_and_the_page_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    provider = LocalSiliconFlow(SystemClock(), keys={"sk-own"})
    await provider.start()
    settings = load({"SILICONFLOW_API_KEY": "sk-own", "SILICONFLOW_BASE_URL": provider.url}, tmp_path)
    async with playing(settings, capsys) as page:
        assert (await page.state())["costs"] is True
        await page.answer_to("How are you?")
    await provider.stop()
    assert len(provider.journal.chats) == 1


@pytest.mark.slow  # starts the bot as a process
async def test_the_configured_database_and_the_doors_of_the_real_bot_are_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    real = {"TELEGRAM_BOT_TOKEN": "1:real", "BOT_ALLOWED_IDS": "1", "WEBHOOK_URL": "https://example.org/hook"}
    settings = load(real | {"WEBHOOK_SECRET": "s" * 32}, tmp_path)
    async with playing(settings, capsys) as page:
        await page.answer_to("How are you?")
    assert not settings.database.exists()


@pytest.mark.slow  # starts the bot as a process
async def test_it_ends_in_the_middle_of_an_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    async with playing(load({}, tmp_path), capsys) as page:
        await page.ask("Write something long", lambda name, data: name == "draft" and data["draft"]["text"])
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_a_configuration_that_does_not_fit_is_refused_before_the_page_opens(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bot.toml").write_text('[limits."no/such-model"]\nrpm = 1\n')
    with pytest.raises(SettingsError, match="no/such-model"):
        app.run(load({}, tmp_path), "127.0.0.1", 0)
    assert capsys.readouterr().out == ""


def test_an_address_that_is_not_this_machines_is_said_to_be_wrong(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert app.run(load({}, tmp_path), "192.0.2.1", 0) == 1
    assert "192.0.2.1" in caplog.text
