"""From an update's arrival to the mark that it is done: stored first, run in its order, repeated where it failed."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping, Sequence
from functools import partial
from typing import Any

from bot.clock import Clock
from bot.domain.stored_update import StoredUpdate, UpdateStorage
from bot.inbox.ordered_queues import OrderedQueues, ordering_key, update_id

log = logging.getLogger(__name__)

FAILURES = 3  # runs that may raise before an update is set aside
STARTS = 20  # processes that may end while an update is run before it is taken for the cause
_PAUSES = (0.5, 3.0)  # seconds before the second and the third run
_LONGEST_REASON = 1_000  # characters

Handle = Callable[[dict[str, Any]], Awaitable[None]]


class Undecodable(Exception):
    """An update that has not the form of an update; running it again is of no use."""


class Intake:
    """Takes updates from their arrival to their end: stored, handled in order, done or set aside.

    ``handle`` gets each update as Telegram sent it and returns when it is answered. ``overtaking``: the commands that
    wait for nothing. ``on_received`` is told of each new update before its turn comes, ``on_abandoned`` of each that is
    set aside.
    """

    def __init__(
        self,
        bot_id: int,
        repository: UpdateStorage,
        handle: Handle,
        clock: Clock,
        *,
        overtaking: Collection[str],
        on_received: Callable[[dict[str, Any]], None] = lambda _: None,
        on_abandoned: Handle | None = None,
    ) -> None:
        self._bot_id = bot_id
        self._repository = repository
        self._handle = handle
        self._clock = clock
        self._ordering_key = partial(ordering_key, overtaking=overtaking)
        self._on_received = on_received
        self._on_abandoned = on_abandoned
        self._queues: OrderedQueues[tuple[StoredUpdate, dict[str, Any]]] = OrderedQueues(self._run)
        self._newest = -1
        """No update with a higher id is known. Telegram counts upwards, but starts anew after a quiet week."""
        self._begun: set[int] = set()
        """Those that are not known to be stored; where that fails they come again, and must not be run again."""

    async def resume(self) -> int:
        """Take up what an earlier process left unfinished; how many updates that are."""
        self._newest = await self._repository.newest(self._bot_id)
        unfinished = await self._repository.unfinished(self._bot_id)
        good, fatal = _divided([(update, json.loads(update.body)) for update in unfinished])
        await self._repository.taken_up(
            self._bot_id, [update.update_id for update, _ in _heads(good, self._ordering_key)]
        )
        for update, raw in good:
            self._queue(update, raw)
        for update, _ in fatal:
            await self._set_aside(update.update_id, f"begun {STARTS} times and never finished")
        return len(unfinished)

    async def accept(self, updates: Sequence[Any]) -> None:
        """Store a batch and queue what is new in it; when this returns the batch may be confirmed.

        What certainly is new need not wait for the disk: whatever its run stores is committed after it.
        """
        raw: dict[int, dict[str, Any]] = {}
        stored = []
        for update in updates:
            key, body = update_id(update), _body(update)
            if key is None or body is None:
                log.warning("Passed over something that is no update")
            elif key not in raw:
                raw[key] = update
                stored.append(StoredUpdate(key, body))
        adding = self._repository.add(self._bot_id, stored, self._clock.now())
        self._begin([update for update in stored if update.update_id > self._newest], raw)
        added = await adding
        self._begin([update for update in stored if update.update_id in added - self._begun], raw)
        self._begun -= raw.keys()

    def _begin(self, new: Sequence[StoredUpdate], raw: Mapping[int, dict[str, Any]]) -> None:
        for update in new:
            self._newest = max(self._newest, update.update_id)
            self._begun.add(update.update_id)
            self._queue(update, raw[update.update_id])
        for update in new:
            self._on_received(raw[update.update_id])

    async def idle(self) -> None:
        """Returns when everything that was accepted has been handled."""
        await self._queues.idle()

    async def close(self, grace: float) -> None:
        """Let running updates finish for ``grace`` seconds; all others stay stored for the next start."""
        await self._queues.close(grace)

    def _queue(self, update: StoredUpdate, raw: dict[str, Any]) -> None:
        self._queues.put(self._ordering_key(raw), (update, raw))

    async def _run(self, item: tuple[StoredUpdate, dict[str, Any]]) -> None:
        update, raw = item
        try:
            await self._attempt(update, raw)
        except Exception:
            self._begun.discard(update.update_id)  # where it is not stored either, it comes again and has to be run
            log.exception("Update %d stays as it is until the next start", update.update_id)

    async def _attempt(self, update: StoredUpdate, raw: dict[str, Any]) -> None:
        """Handle the update until that succeeds, or is of no use any more."""
        for failure in range(update.failures + 1, FAILURES + 1):
            error = await self._failure(raw)
            if error is None:
                self._repository.done(self._bot_id, update.update_id)
                return
            if not isinstance(error, Undecodable):
                log.error("Update %d failed (%d of %d)", update.update_id, failure, FAILURES, exc_info=error)
            if failure == FAILURES or isinstance(error, Undecodable):
                await self._set_aside(update.update_id, _reason(error))
                await self._tell(raw)
                return
            await self._repository.failed(self._bot_id, update.update_id, _reason(error))
            await self._clock.sleep(_PAUSES[failure - 1])

    async def _failure(self, raw: dict[str, Any]) -> BaseException | None:
        """One of the two doors: whatever a handler raises ends here."""
        try:
            await self._handle(raw)
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            return error  # something that the handler waited for was cancelled; that is not the end of the process
        except Exception as error:  # noqa: BLE001 - a door
            return error
        return None

    async def _set_aside(self, update: int, reason: str) -> None:
        """The reason may quote people's words, so it stands in the store and not in the log."""
        log.error("Update %d is set aside; its row in the inbox holds the reason", update)
        await self._repository.set_aside(self._bot_id, update, reason)

    async def _tell(self, raw: dict[str, Any]) -> None:
        if self._on_abandoned is not None:
            try:
                await self._on_abandoned(raw)
            except Exception:
                log.exception("Nobody could be told that an update is set aside")


def _body(update: Any) -> str | None:
    """As JSON in ASCII, because half a surrogate pair cannot be stored otherwise; None: it is nested too deeply."""
    try:
        return json.dumps(update)
    except RecursionError:
        return None


def _reason(error: BaseException) -> str:
    text = str(error) if isinstance(error, Undecodable) else f"{type(error).__name__}: {error}"
    return text[:_LONGEST_REASON].encode(errors="replace").decode()


Item = tuple[StoredUpdate, dict[str, Any]]


def _divided(items: Sequence[Item]) -> tuple[list[Item], list[Item]]:
    """Those to be run, and those that too many processes have ended with."""
    fatal = [item for item in items if item[0].starts + 1 >= STARTS]
    return [item for item in items if item not in fatal], fatal


def _heads(items: Sequence[Item], key_of: Callable[[dict[str, Any]], Hashable | None]) -> list[Item]:
    """The first of each key: no other can have been running when the process ended."""
    seen: set[Hashable] = set()
    heads = []
    for item in items:
        key = key_of(item[1])
        if key is None or key not in seen:
            heads.append(item)
        seen.add(key)
    return heads
