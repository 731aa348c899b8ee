"""Long polling that confirms an update only once it is stored."""

import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from aiogram import Bot
from aiogram.exceptions import (
    AiogramError,
    TelegramConflictError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.methods import TelegramMethod

from bot.clock import Clock
from bot.inbox.ordered_queues import update_id

log = logging.getLogger(__name__)

_WAIT = 25  # seconds that Telegram holds a request open; it allows 50
_PATIENCE = 15  # seconds beyond that before the connection is taken for dead
_FIRST_PAUSE = 0.5
_STEPS = 6  # doublings, up to half a minute


class GetUpdates(TelegramMethod[list[Any]]):
    """``getUpdates`` whose result stays as it came, so that one odd update cannot fail its batch."""

    __returning__ = list[Any]
    __api_method__ = "getUpdates"

    offset: int | None = None
    timeout: int | None = None
    allowed_updates: list[str] | None = None


class RefusedToken(Exception):
    """Telegram does not know the token: nothing that waiting could mend."""


class Poller:
    def __init__(
        self,
        telegram: Bot,
        accept: Callable[[Sequence[Any]], Awaitable[None]],
        allowed_updates: list[str],
        clock: Clock,
    ) -> None:
        self._telegram = telegram
        self._accept = accept
        self._request = GetUpdates(timeout=_WAIT, allowed_updates=allowed_updates)
        self._clock = clock
        self._failures = 0

    async def run(self) -> None:
        """Fetch for ever. Raises :class:`RefusedToken`."""
        while True:
            begun = self._clock.monotonic()
            updates = await self._fetch()
            if updates is None or not await self._store(updates):
                continue
            self._failures = 0
            ids = [identity for identity in map(update_id, updates) if identity is not None]
            if ids:
                self._request = self._request.model_copy(update={"offset": max(ids) + 1})
            elif self._clock.monotonic() - begun < 1:
                await self._clock.sleep(1)  # a server that does not hold the request open must not be spun upon

    async def _fetch(self) -> list[Any] | None:
        try:
            updates = await self._telegram(self._request, request_timeout=_WAIT + _PATIENCE)
        except (TelegramUnauthorizedError, TelegramNotFound) as error:
            raise RefusedToken("Telegram does not know this bot token") from error
        except TelegramConflictError as error:
            await self._settle_conflict(error)
        except TelegramRetryAfter as error:
            await self._clock.sleep(error.retry_after)
        except AiogramError as error:
            await self._pause(f"fetched ({type(error).__name__}: {error})")
        else:
            if isinstance(updates, list):
                return updates
            await self._pause("fetched (the answer is not a list)")
        return None

    async def _store(self, updates: Sequence[Any]) -> bool:
        try:
            await self._accept(updates)
        except Exception as error:  # noqa: BLE001 - whatever it was: unconfirmed updates come again, after the pause
            await self._pause(f"stored ({type(error).__name__}: {error})")
            return False
        return True

    async def _settle_conflict(self, error: TelegramConflictError) -> None:
        if "webhook" in error.message:
            log.warning("A webhook was set for this bot; it is removed, because polling was asked for")
            try:
                await self._telegram.delete_webhook()
            except AiogramError as failure:
                await self._pause(f"fetched (the webhook could not be removed: {type(failure).__name__})")
            else:
                await self._clock.sleep(1)
            return
        log.error("Another process polls with the same token; only one may run")
        await self._clock.sleep(5)

    async def _pause(self, what: str) -> None:
        self._failures = min(self._failures + 1, _STEPS)
        longest = _FIRST_PAUSE * 2.0**self._failures
        pause = random.uniform(longest / 2, longest)  # noqa: S311 - only spreads the load
        log.warning("Updates could not be %s; again in %.1f s", what, pause)
        await self._clock.sleep(pause)
