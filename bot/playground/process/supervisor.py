"""Keeps the bot's process: starts it, hears it, kills it when asked to, and starts it again whenever it has ended."""

import asyncio
import logging
import os
import pickle
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final, Literal

from bot.playground.process.reports import Ready, Report, decoded
from bot.settings import Settings

log = logging.getLogger(__name__)

# -P: from the paths of this process, not the working directory
_CHILD: Final = ("-P", "-m", "bot.playground.process.child")
_LONGEST_LINE: Final = 8 << 20  # bytes of a report; none comes near it
_LONGEST_PAUSE: Final = 30.0  # seconds before another start of a process that never gets ready
_PATIENCE: Final = 2.5  # seconds to end by itself


@dataclass(frozen=True, slots=True)
class BotState:
    """``run`` counts the processes. ``code`` is the last one's exit code, negative for a signal; ``pause``: seconds
    until the next start.
    """

    phase: Literal["starting", "running", "killed", "resting"] = "starting"
    run: int = 0
    pid: int = 0
    code: int | None = None
    pause: float = 0.0


Hear = Callable[[Report | BotState], None]


class ProcessSupervisor:
    def __init__(self, program: tuple[str, ...] = _CHILD) -> None:
        self.state = BotState()
        self._program = program
        self._process: asyncio.subprocess.Process | None = None
        self._hear: Hear = lambda _: None
        self._again = asyncio.Event()  # do not wait for the end of a pause

    async def keep(self, settings: Settings, hear: Hear) -> None:
        """One process after the other, until cancelled. Raises OSError when none can be started."""
        self._hear = hear
        failures = 0
        while True:
            process = self._process = await self._start()
            self._become(BotState("starting", self.state.run + 1, process.pid, self.state.code))
            await _hand_over(process, settings)
            await self._listen(process)
            code, was = await process.wait(), self.state.phase
            self._process = None
            self.state = replace(self.state, code=code)
            if was != "killed":
                failures = 0 if was == "running" else failures + 1
                await self._rest(code, min(2.0**failures, _LONGEST_PAUSE))

    def kill(self) -> None:
        """SIGKILL: nothing that it had not handed to the system by now ever happens. The next one starts at once."""
        self._again.set()
        if self._process is not None:
            self._become(replace(self.state, phase="killed"))
            with suppress(ProcessLookupError):
                self._process.kill()

    async def close(self) -> None:
        """End the process; one that does not end by itself is killed."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.communicate(), _PATIENCE)
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
            await process.communicate()

    async def _start(self) -> asyncio.subprocess.Process:
        """It imports what this process would, in a session of its own: Ctrl-C reaches the playground alone."""
        return await asyncio.create_subprocess_exec(
            *(sys.executable, *self._program),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            limit=_LONGEST_LINE,
            start_new_session=True,
        )

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None  # noqa: S101 - it was started with a pipe
        async for line in process.stdout:
            try:
                report = decoded(line)
            except ValueError:
                log.warning("The bot's process wrote a line that is no report: %.200r", line)
                continue
            if not isinstance(report, Ready):
                self._hear(report)
            elif self.state.phase == "starting":  # and not killed since
                self._become(replace(self.state, phase="running"))

    async def _rest(self, code: int, pause: float) -> None:
        log.warning("The bot has ended by itself (exit code %d); it is started again in %.0f s", code, pause)
        self._become(replace(self.state, phase="resting", pause=pause))
        self._again.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._again.wait(), pause)

    def _become(self, state: BotState) -> None:
        self.state = state
        self._hear(state)


async def _hand_over(process: asyncio.subprocess.Process, settings: Settings) -> None:
    """The pipe stays open: its end tells the process that nobody is left to hear it."""
    assert process.stdin is not None  # noqa: S101 - it was started with a pipe
    process.stdin.write(pickle.dumps(settings))
    with suppress(ConnectionError):  # it has ended already, which is seen next
        await process.stdin.drain()
