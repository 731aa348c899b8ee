"""The scheduler and a well-known library behind one small face, for simulations of the same traffic on both."""

import asyncio
import random
from collections.abc import Callable
from typing import Protocol

from pyrate_limiter import Duration, InMemoryBucket, Limiter, Rate, SingleBucketFactory

from bot.domain.ledger import MemoryPermits, PermitRow
from bot.ratelimit.permit import Permit
from bot.ratelimit.permit_request import Estimate, PermitRequest, Target
from bot.ratelimit.scheduler import Scheduler
from tests.benchmarks.limits_virtual import LoopClock

FOR_EVER = 1e9


class Contender(Protocol):
    name: str

    async def start(self) -> None:
        """Begin anew, as a process does that was killed."""
        ...

    async def take(self, flow: str, tokens: int = 0, *, interactive: bool = True) -> Callable[[], None]:
        """Wait for leave to call; returns what is to be called when the call has ended."""
        ...


class SlowPermits(MemoryPermits):
    """A disk that takes up to 50 ms to make a row durable, and now and then half a second."""

    def __init__(self) -> None:
        super().__init__()
        self._random = random.Random(7)  # noqa: S311 - a simulation

    async def record(self, row: PermitRow) -> None:
        await super().record(row)
        stalled = self._random.random() < 0.01
        await asyncio.sleep(0.5 if stalled else self._random.uniform(0, 0.05))


class Ours:
    name = "SiliconBot"

    def __init__(self, target: Target, log: MemoryPermits | None = None) -> None:
        self._target = target
        self._log = log or MemoryPermits()
        self._ends: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._scheduler = Scheduler(LoopClock(), self._log, max_wait=FOR_EVER)
        await self._scheduler.restore()

    async def take(self, flow: str, tokens: int = 0, *, interactive: bool = True) -> Callable[[], None]:
        request = PermitRequest(
            flow, (self._target,), Estimate(tokens), priority="interactive" if interactive else "scheduled"
        )
        permit = await self._scheduler.admit(request)
        return lambda: self._settle(permit, tokens)

    def _settle(self, permit: Permit, tokens: int) -> None:
        task = asyncio.create_task(permit.settle(tokens))
        self._ends.add(task)
        task.add_done_callback(self._ends.discard)


class _VirtualBucket(InMemoryBucket):
    def now(self) -> int:
        return int(asyncio.get_running_loop().time() * 1000)


class Pyrate:
    name = "pyrate-limiter"

    def __init__(self, rps: int, rpm: int) -> None:
        self._rates = [
            Rate(limit, length) for limit, length in ((rps, Duration.SECOND), (rpm, Duration.MINUTE)) if limit
        ]

    async def start(self) -> None:
        self._limiter = Limiter(SingleBucketFactory(_VirtualBucket(self._rates), schedule_leak=False))

    async def take(self, flow: str, tokens: int = 0, *, interactive: bool = True) -> Callable[[], None]:
        await self._limiter.try_acquire_async("all")
        return lambda: None
