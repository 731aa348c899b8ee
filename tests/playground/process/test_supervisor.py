"""The keeper, with tiny programs in the bot's place."""

import asyncio
import logging
import pickle
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.playground.process import supervisor as module
from bot.playground.process.reports import Limits, Report
from bot.playground.process.supervisor import BotState, ProcessSupervisor
from bot.settings import Settings, load

READY = """print('{"kind": "ready"}', flush=True); """
WAITS = f"import sys; {READY}sys.stdin.buffer.read()"
PATIENCE = 20.0


class Kept:
    """A keeper at work; ``heard`` is all it told."""

    def __init__(self, program: str, settings: Settings) -> None:
        self.keeper = ProcessSupervisor(("-c", program))
        self.heard: list[Report | BotState] = []
        self._changed = asyncio.Event()
        self._work = asyncio.create_task(self.keeper.keep(settings, self._hear))

    def _hear(self, report: Report | BotState) -> None:
        self.heard.append(report)
        self._changed.set()

    @property
    def phases(self) -> list[str]:
        return [report.phase for report in self.heard if isinstance(report, BotState)]

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def until_it_is(self, phase: str, run: int) -> None:
        await self.until(lambda: (self.keeper.state.phase, self.keeper.state.run) == (phase, run))

    async def end(self) -> None:
        self._work.cancel()
        await asyncio.gather(self._work, return_exceptions=True)
        await self.keeper.close()


Start = Callable[[str], Kept]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    started: list[Kept] = []

    def begin(program: str) -> Kept:
        started.append(Kept(program, load({"SILICONFLOW_API_KEY": "sk-secret-key"}, tmp_path)))
        return started[-1]

    yield begin
    for kept in started:
        await kept.end()


async def test_a_bot_that_is_killed_is_started_again_at_once(start: Start) -> None:
    kept = start(WAITS)
    await kept.until_it_is("running", 1)
    first = kept.keeper.state.pid
    kept.keeper.kill()
    assert kept.phases[-1] == "killed"
    await kept.until_it_is("running", 2)
    assert kept.phases == ["starting", "running", "killed", "starting", "running"]
    assert (kept.keeper.state.code, kept.keeper.state.pid != first) == (-9, True)


async def test_a_bot_that_is_killed_twice_is_started_again(start: Start) -> None:
    kept = start(WAITS)
    await kept.until_it_is("running", 1)
    kept.keeper.kill()
    kept.keeper.kill()
    await kept.until_it_is("running", 2)


async def test_a_bot_that_ends_by_itself_is_started_again_after_a_pause(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    kept = start("raise SystemExit(3)")
    await kept.until_it_is("resting", 1)
    first = kept.keeper.state
    assert (first.code, first.pause) == (3, 2.0)
    assert "exit code 3" in caplog.text
    kept.keeper.kill()  # whoever does not want to wait
    await kept.until_it_is("resting", 2)
    assert kept.keeper.state.pause == 4.0


async def test_a_bot_that_was_ready_is_not_taken_for_one_that_never_is(start: Start) -> None:
    kept = start(f"{READY}raise SystemExit(1)")
    for run in (1, 2):
        await kept.until_it_is("resting", run)
        assert kept.keeper.state.pause == 1.0
        kept.keeper.kill()


async def test_the_bot_gets_its_settings_and_its_reports_are_heard(start: Start) -> None:
    kept = start(
        "import pickle, sys; settings = pickle.load(sys.stdin.buffer); "
        "key = settings.siliconflow_api_key[0].get_secret_value(); assert key == 'sk-secret-key'; "
        "assert key not in ' '.join(sys.argv); "
        """print('{"kind": "limits", "snapshot": {"buckets": [], "waiting": []}}', flush=True); """
        "sys.stdin.buffer.read()"
    )
    await kept.until(lambda: any(isinstance(report, Limits) for report in kept.heard))


async def test_a_line_that_is_no_report_is_said_and_let_pass(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    kept = start(f"import sys; print('hello', flush=True); {READY}sys.stdin.buffer.read()")
    await kept.until_it_is("running", 1)
    assert "hello" in caplog.text


async def test_a_bot_that_does_not_end_is_killed(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 0.05)
    kept = start(f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {READY}signal.pause()")
    await kept.until_it_is("running", 1)
    await kept.end()


async def test_a_bot_that_ends_as_it_is_asked_says_nothing(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    kept = start(WAITS)
    await kept.until_it_is("running", 1)
    await kept.end()
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_settings_arrive_as_they_were_sent(tmp_path: Path) -> None:
    (tmp_path / "bot.toml").write_text('[providers.own]\nbase_url = "http://localhost:1/v1"\napi_key = "secret"\n')
    settings = load({"TELEGRAM_BOT_TOKEN": "1:abc"}, tmp_path)
    arrived: Any = pickle.loads(pickle.dumps(settings))  # noqa: S301 - its own
    assert arrived == settings
    assert arrived.secrets == settings.secrets
