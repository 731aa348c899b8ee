"""The webhook: an update is stored, then answered with 200."""

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramNotFound, TelegramUnauthorizedError
from aiohttp import web

from bot.clock import Clock
from bot.inbox.decoding import loads
from bot.inbox.polling import RefusedToken

log = logging.getLogger(__name__)

_LARGEST: Final = 1024 * 1024  # bytes; Telegram's updates stay far below
_LONGEST_PAUSE: Final = 30.0  # seconds between two tries to set the webhook

Accept = Callable[[Sequence[Any]], Awaitable[None]]


def application(path: str, secret: str, accept: Accept) -> web.Application:
    """Takes Telegram's POSTs at ``path``; whoever does not know ``secret`` leaves no trace in the inbox.

    Where ``accept`` raises the answer is 500, and Telegram sends the update again.
    """

    async def receive(request: web.Request) -> web.Response:
        given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        if not hmac.compare_digest(given.encode(errors="surrogateescape"), secret.encode()):
            return web.Response(status=401)
        try:
            update = loads((await request.read()).decode())
        except (ValueError, RecursionError):  # a ValueError also where it is not UTF-8
            return web.Response(status=400)
        await accept([update])
        return web.Response()

    app = web.Application(client_max_size=_LARGEST)
    app.router.add_post(path, receive)
    return app


class WebhookReceiver:
    """Listens at ``host`` and ``port`` for what Telegram sends to ``url``."""

    def __init__(
        self,
        telegram: Bot,
        accept: Accept,
        allowed_updates: list[str],
        clock: Clock,
        *,
        url: str,
        secret: str,
        host: str,
        port: int,
    ) -> None:
        self._telegram = telegram
        self._accept = accept
        self._allowed_updates = allowed_updates
        self._clock = clock
        self._url, self._secret = url, secret
        self._host, self._port = host, port

    async def run(self) -> None:
        """Receive for ever. Raises :class:`RefusedToken`, and OSError where it cannot listen."""
        app = application(urlsplit(self._url).path or "/", self._secret, self._accept)
        site = web.AppRunner(app, access_log=None)
        await site.setup()
        try:
            await web.TCPSite(site, self._host, self._port).start()
            await self._announce()
            await asyncio.Event().wait()
        finally:
            await site.cleanup()

    async def _announce(self) -> None:
        """Until Telegram has taken it. Raises :class:`RefusedToken`."""
        pause = 1.0
        while True:
            try:
                await self._telegram.set_webhook(
                    self._url, secret_token=self._secret, allowed_updates=self._allowed_updates
                )
            except (TelegramUnauthorizedError, TelegramNotFound) as error:
                raise RefusedToken("Telegram does not know this bot token") from error
            except AiogramError as error:
                log.warning("The webhook could not be set (%s); again in %.0f s", error, pause)
                await self._clock.sleep(pause)
                pause = min(_LONGEST_PAUSE, 2 * pause)
            else:
                return
