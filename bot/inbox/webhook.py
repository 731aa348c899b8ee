"""The webhook: an update is stored, then answered with 200."""

import hmac
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from aiohttp import web

from bot.inbox.defuse import loads

_LARGEST = 1024 * 1024  # bytes; Telegram's updates stay far below


def application(path: str, secret: str, accept: Callable[[Sequence[Any]], Awaitable[None]]) -> web.Application:
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
