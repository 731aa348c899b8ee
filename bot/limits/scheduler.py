"""The one point at which calls to a provider are admitted.

Every call is granted here, in a fair order, when all windows of a target have room; the grant is on disk before the
call goes out. Nothing looks through those who wait: a step costs the same with ten of them and with ten thousand.
"""

import asyncio
import itertools
import random
import secrets
from collections import Counter, deque
from collections.abc import Callable
from functools import partial
from typing import Final

from bot.clock import Clock
from bot.limits.alarm import Alarm
from bot.limits.bulletin import Bulletin, Watch
from bot.limits.demand import Demand, Place, Target
from bot.limits.fairness import Entry
from bot.limits.gate import Gate
from bot.limits.grant import Grant
from bot.limits.grants import GrantLog
from bot.limits.pool import Granted, Pool, Waiter
from bot.limits.survey import Survey, Waiting
from bot.limits.windows import DAY, MINUTE, SPREAD, Amount

MAX_WAIT: Final = 600.0

SLOWEST_RECORD: Final = 1.0
"""Seconds that a row may take to become durable. Its call goes out only then, but later than the row says."""

Key = tuple[str, str]


class Scheduler:
    """``max_wait``: seconds; who would wait longer is turned away at once. ``spread``: of arrival times, seconds."""

    def __init__(
        self,
        clock: Clock,
        log: GrantLog,
        *,
        max_wait: float = MAX_WAIT,
        spread: float = SPREAD,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._clock = clock
        self._log = log
        self.max_wait = max_wait
        self._spread = spread
        self._jitter = jitter
        self._gates: dict[Key, Gate] = {}
        self._pools: dict[tuple[Key, ...], Pool] = {}
        self._past: dict[Key, list[tuple[float, Amount]]] = {}
        self._bulletin = Bulletin(clock)
        self._run = secrets.token_hex(8)  # grants of all runs are in one table
        self._numbers = itertools.count()

    async def restore(self) -> None:
        """Count what earlier runs of the process were granted. Once, before the first admission."""
        now, wall = self._clock.monotonic(), self._clock.now()
        rows = await self._log.recent(wall - DAY - 2 * MINUTE)
        for row in sorted(rows, key=lambda row: row.at):
            at = now - max(wall - row.at - SLOWEST_RECORD, 0.0)  # the wall clock may have been set back since, too
            self._past.setdefault((row.account, row.model), []).append((at, Amount(1, row.tokens, row.pictures)))

    async def admit(
        self,
        demand: Demand,
        waiting: Callable[[Place], None] | None = None,
        *,
        within: float | None = None,
        first: bool = False,
    ) -> Grant:
        """Wait for leave to make the call.

        ``waiting`` is told the place at once when there is a wait, and as it changes, at most about once a second; it
        must neither block nor raise.
        ``within``: seconds to wait at most, by default the scheduler's bound. ``first``: before all others of its flow,
        for one who was granted and got nothing. Raises :class:`Overfull` when the expected wait is longer than allowed.
        """
        pool = self._pool(demand.targets)
        waiter = Waiter(demand, demand.amount)
        entry = pool.push(waiter, first=first)
        if not pool.blocked(self._clock.monotonic()):
            self._turn(pool.gates)
        try:
            granted = waiter.granted or await self._wait(
                pool, entry, waiting, self.max_wait if within is None else within
            )
            return await self._issue(pool, entry, granted)
        except BaseException:
            self._withdraw(pool, entry)
            raise

    def survey(self) -> Survey:
        """How things stand now. A look at every gate and every flow that waits: for eyes, not for each call."""
        now = self._clock.monotonic()
        waiting: Counter[tuple[str, bool]] = Counter()
        for pool in self._pools.values():
            waiting.update(pool.waiting())
        return Survey(
            gates=tuple(gate.state(now) for gate in self._gates.values()),
            waiting=tuple(Waiting(flow, count, people) for (flow, people), count in waiting.items()),
        )

    async def _wait(
        self, pool: Pool, entry: Entry[Waiter], waiting: Callable[[Place], None] | None, longest: float
    ) -> Granted:
        turn: asyncio.Future[Granted] = asyncio.get_running_loop().create_future()
        entry.item.turn = turn
        self._bulletin.add(Watch(pool, entry, turn, waiting, longest))
        return await turn

    async def _issue(self, pool: Pool, entry: Entry[Waiter], granted: Granted) -> Grant:
        ended = partial(self._ended, pool, entry, granted.gate)
        grant = Grant(
            f"{self._run}-{next(self._numbers):x}", granted.target, granted, entry.cost, ended, self._clock, self._log
        )
        await grant.record()
        if any(waiting.stuck for waiting in self._pools.values()):
            self._turn((granted.gate,))  # they learn only now when this call will leave the windows
        return grant

    def _withdraw(self, pool: Pool, entry: Entry[Waiter]) -> None:
        if granted := entry.item.granted:
            granted.charge.void()
            granted.gate.leave(None)
            self._ended(pool, entry, granted.gate, -entry.cost)
        else:
            pool.drop(entry)
            self._turn(pool.gates)

    def _ended(self, pool: Pool, entry: Entry[Waiter], gate: Gate, paid_too_little: float) -> None:
        pool.correct(entry, paid_too_little)
        self._turn((gate,))

    def _turn(self, gates: tuple[Gate, ...]) -> None:
        """Grant whatever has room now, in turn among the pools that share these gates, and set alarms for the rest."""
        now = self._clock.monotonic()
        pools = self._pools
        ready = deque([pool for pool in pools.values() if pool.shares(gates)])
        while ready:
            pool = ready.popleft()
            at = pool.grant(now)
            if at is None:
                pool.alarm.cancel()
                del pools[pool.key]
            elif at:
                pool.alarm.set(at)
            else:
                pools[pool.key] = pools.pop(pool.key)  # the last to be served is the last to be asked next time
                ready.append(pool)

    def _pool(self, targets: tuple[Target, ...]) -> Pool:
        key = tuple([target.key for target in targets])
        gates = tuple([self._gate(target) for target in targets])
        pool = self._pools.get(key)
        if pool is None:
            pool = self._pools[key] = Pool(key, gates, Alarm(self._clock, partial(self._turn, gates)))
        return pool

    def _gate(self, target: Target) -> Gate:
        gate = self._gates.get(target.key)
        if gate is None:
            gate = self._gates[target.key] = Gate(target, self._spread, self._jitter)
            gate.load(self._past.pop(target.key, ()))
        else:
            gate.configure(target)
        return gate
