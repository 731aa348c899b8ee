"""The playground as two processes: the page's button kills the bot in the midst of its work, and nothing is lost."""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

ROOT = Path(__file__).parents[2]
PATIENCE = 90.0  # seconds until the playground is taken for stuck; two starts take up to thirty on a busy machine
Json = dict[str, Any]

pytestmark = pytest.mark.slow  # each starts the bot as a process


class Playground:
    """The program, and a browser at its page."""

    def __init__(self, process: asyncio.subprocess.Process, http: ClientSession, address: str) -> None:
        self.process = process
        self.http = http
        self._address = address

    async def state(self) -> Json:
        async with self.http.get(f"{self._address}/api/state") as answer:
            state: Json = await answer.json()
            return state

    async def post(self, what: str, given: Json) -> None:
        async with self.http.post(f"{self._address}/api/{what}", json=given) as answer:
            assert answer.status == 200

    async def say(self, person: int, text: str) -> None:
        """In the private chat of this person."""
        await self.post("say", {"person": person, "chat": person, "text": text})

    async def until(self, path: str, seen: Callable[[str, Json], object]) -> Json:
        """The data of the first event that is ``seen``; the first event tells how things stand."""
        async with self.http.get(f"{self._address}/api/{path}") as events:
            while True:
                name, data = (await events.content.readuntil(b"\n\n")).decode().strip().split("\ndata: ")
                found: Json = json.loads(data)
                if seen(name.removeprefix("event: "), found):
                    return found

    async def until_running(self, run: int) -> int:
        """The bot's process id."""

        def runs(name: str, data: Json) -> bool:
            bot = data["bot"] if name == "all" else data if name == "bot" else {}
            return (bot.get("phase"), bot.get("run")) == ("running", run)

        found = await self.until("workshop/events", runs)
        return int(found.get("bot", found)["pid"])

    async def until_answered(self, person: int, times: int) -> list[Json]:
        """All that the bot has said in the private chat of this person, once it is so much."""
        async with self.http.get(f"{self._address}/api/events") as events:
            while True:
                await events.content.readuntil(b"\n\n")
                [room] = [chat for chat in (await self.state())["chats"] if chat["id"] == person]
                answers = [message for message in room["messages"] if message["from"]["is_bot"]]
                if len(answers) >= times:
                    return answers


@asynccontextmanager
async def playground(folder: Path, **variables: str) -> AsyncIterator[Playground]:
    """In a process group of its own, as a shell starts it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "playground", "--port", "0"),
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), **variables},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE):
            address = re.search(r"http://\S+", (await process.stdout.readline()).decode())
            assert address
            async with ClientSession(read_bufsize=1 << 22) as http:
                yield Playground(process, http, address[0])
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_a_question_whose_answer_was_killed_is_answered_once_and_whole(tmp_path: Path) -> None:
    async with playground(tmp_path) as page:
        ann, ming = (person["id"] for person in (await page.state())["people"][:2])
        await page.say(ann, "Show me a table and some code")
        await page.until("events", lambda name, data: name == "draft" and data["draft"] and data["draft"]["text"])
        await page.post("workshop/kill", {})
        await page.say(ming, "你好")  # while there is no bot
        await page.until_running(2)
        for person in (ann, ming):
            await page.until_answered(person, 1)
            await page.say(person, "/help")  # what is answered after this shows that nothing else was on its way
        for person, words in ((ann, "def greet"), (ming, "你好")):
            answer, help_text = await page.until_answered(person, 2)
            assert words in json.dumps(answer, ensure_ascii=False)
            assert "/ask" in help_text["text"]
        calls = (await page.until("workshop/events", lambda name, _: name == "all"))["calls"]
        assert [call["state"] for call in calls if call["chats"]] == ["failed", "fine", "fine"]


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_ctrl_c_ends_both_processes_and_nothing_is_complained_of(tmp_path: Path) -> None:
    async with playground(tmp_path) as page:
        await page.until_running(1)
        os.killpg(page.process.pid, signal.SIGINT)
        _, said = await page.process.communicate()  # the bot has that pipe, too: it ends once both are gone
        assert page.process.returncode == 0
    assert b"Traceback" not in said
    assert b"error" not in said
    assert b"warning" not in said
    assert names_in(tmp_path) == [], "it left something behind"


async def test_the_bot_does_not_outlive_a_playground_that_is_killed(tmp_path: Path) -> None:
    async with playground(tmp_path) as page:
        await page.until_running(1)
        page.process.kill()
        _, said = await page.process.communicate()  # ends only when the bot, which has that pipe too, is gone
        assert page.process.returncode == -signal.SIGKILL
    assert b"Traceback" not in said


async def test_no_key_stands_on_the_command_line_of_the_bot(tmp_path: Path) -> None:
    key = "sk-canarycanarycanarycanary"
    async with playground(tmp_path, SILICONFLOW_API_KEY=key, SILICONFLOW_BASE_URL="http://127.0.0.1:1/v1") as page:
        line = command_line(await page.until_running(1))
    assert "bot.playground.process.child" in line
    assert key not in line


def command_line(pid: int) -> str:
    """What every user of the machine sees."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")
    except OSError:
        pytest.skip("this system shows processes in another way")
