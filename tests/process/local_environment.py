"""The real process, `python -m bot run`, between a local Telegram and a local SiliconFlow that run in the tests."""

import asyncio
import sys
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from bot.clock import SystemClock
from bot.playground.siliconflow import LocalSiliconFlow
from bot.playground.siliconflow.call import Call
from bot.playground.siliconflow.script import Script
from bot.playground.telegram import Chat, LocalTelegram
from bot.store.database import connect

ROOT = Path(__file__).parents[2]
TOKEN = "4200420042:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"
KEY = "sk-canarycanarycanarycanarycanarycanarycanary"
BOT = ("-m", "bot", "run")
PATIENCE = 40.0  # seconds until a process is taken for stuck; a start takes up to ten on a busy machine


class BotProcess:
    """One run of the program; ``lines`` is what it has written so far, to stdout and to stderr."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._spoke = asyncio.Event()
        self.lines: list[str] = []
        assert process.stdout is not None
        self._listening = asyncio.create_task(self._listen(process.stdout))

    @classmethod
    async def spawn(cls, folder: Path, variables: dict[str, str], program: Sequence[str] = BOT) -> "BotProcess":
        """Relative paths of the settings start in ``folder``."""
        return cls(
            await asyncio.create_subprocess_exec(
                *(sys.executable, *program),
                cwd=folder,
                env={"PYTHONPATH": str(ROOT), **variables},
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
        )

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def says(self, words: str) -> None:
        """Wait until it has written them."""
        async with asyncio.timeout(PATIENCE):
            while words not in self.output:
                assert not self._listening.done(), f"it ended without a word of {words!r}"
                self._spoke.clear()
                await self._spoke.wait()

    async def during(self, wait: Coroutine[Any, Any, object]) -> None:
        """Wait, but not for what cannot come any more because the process has ended."""
        waiting = asyncio.create_task(wait)
        await asyncio.wait({waiting, self._listening}, return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            waiting.cancel()
            raise AssertionError("the process has ended by itself")
        waiting.result()

    async def ended(self) -> int:
        """Its exit code, once it has ended by itself and all it wrote is here."""
        async with asyncio.timeout(PATIENCE):
            await self._listening
            return await self._process.wait()

    def terminate(self) -> None:
        self._process.terminate()

    async def stop(self) -> int:
        """SIGTERM; its exit code."""
        self.terminate()
        return await self.ended()

    async def kill(self) -> None:
        """SIGKILL: nothing that it had not handed to the system by now ever happens."""
        self._process.kill()
        await self.ended()

    async def _listen(self, pipe: asyncio.StreamReader) -> None:
        async for line in pipe:
            self.lines.append(line.decode().rstrip("\n"))
            self._spoke.set()
        self._spoke.set()


class LocalEnvironment:
    """The two servers, and the processes that were started between them."""

    def __init__(self, folder: Path) -> None:
        self.telegram = LocalTelegram(TOKEN, SystemClock(), flood=False)
        self.siliconflow = LocalSiliconFlow(SystemClock(), keys=(KEY,), limits={"chat": {}, "image": {}})
        self.database = folder / "bot.db"
        self.runs: list[BotProcess] = []
        self._folder = folder

    async def open(self) -> None:
        await self.telegram.start()
        await self.siliconflow.start()

    async def spawn(self, program: Sequence[str] = BOT, **variables: str) -> BotProcess:
        """Start the bot; returns before it is ready."""
        run = await BotProcess.spawn(
            self._folder,
            {
                "TELEGRAM_BOT_TOKEN": TOKEN,
                "TELEGRAM_API_URL": self.telegram.url,
                "SILICONFLOW_API_KEY": KEY,
                "SILICONFLOW_BASE_URL": self.siliconflow.url,
                "DATABASE_URL": "sqlite:///bot.db",
                "QUOTA_QUESTIONS_PER_DAY": "0",
                **dict.fromkeys(("SILICONFLOW_RPS", "SILICONFLOW_RPM", "SILICONFLOW_TPM"), "0"),
                **variables,
            },
            program,
        )
        self.runs.append(run)
        return run

    async def start(self, program: Sequence[str] = BOT, **variables: str) -> BotProcess:
        """Start the bot and wait until it polls."""
        run = await self.spawn(program, **variables)
        await self.until(lambda: self.telegram.world.updates.is_polled)
        return run

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for something that Telegram sees of the newest run."""
        await self.runs[-1].during(self.telegram.feed.until(condition, PATIENCE))

    async def until_asked(self, count: int) -> None:
        """Wait until the provider has been asked so many questions, over all runs."""
        async with asyncio.timeout(PATIENCE):
            await self.siliconflow.journal.until(lambda journal: len(journal.chats) >= count)

    def answer(self, compose: Callable[[str], str | Script]) -> None:
        """Let the provider answer each question (its last line) by ``compose``, from now on."""

        def said(call: Call) -> str | Script:
            return compose(call.question.text.splitlines()[-1])

        self.siliconflow.answers.push(*[said] * 2000)

    def asked(self) -> list[str]:
        """Every question that the provider was asked, in order."""
        return [str(exchange.messages[-1]["content"]) for exchange in self.siliconflow.journal.chats]

    def texts(self, chat: Chat) -> list[str]:
        """What the bot has said in a chat."""
        return [message.text for message in self.telegram.world.answers(chat)]

    async def close(self) -> None:
        """End whatever still runs."""
        for run in self.runs:
            if run.alive:
                await run.kill()
        await self.siliconflow.stop()
        await self.telegram.stop()

    def stored(self, sql: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of the database, between two runs."""
        with closing(connect(self.database)) as database:
            return list(database.execute(sql, list(values)))
