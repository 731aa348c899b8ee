"""The page over HTTP: its files, the state, the stream of events, and what people do."""

import contextlib
import errno
import logging
from collections.abc import Iterable
from importlib.resources import files
from pathlib import PurePath
from typing import Any

from aiohttp import web
from pydantic import ValidationError

from bot.playground.guard import add_headers, guard, only_json
from bot.playground.page import view
from bot.playground.page.action import Action, Refused
from bot.playground.page.actions import ACTIONS
from bot.playground.page.prompts import prompt
from bot.playground.page.stream import Stream, encoded
from bot.playground.telegram import Event, LocalTelegram
from bot.providers.image_headers import HEAD, media_type

Json = dict[str, Any]
log = logging.getLogger(__name__)

EVERYWHERE = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - compared, not listened on
"""Hosts by which a server listens on every address of the machine."""

_KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_STATIC = files(__package__).joinpath("static")
_NAMES = frozenset(file.name for file in _STATIC.iterdir())
_LARGEST = max(action.largest for action in ACTIONS.values())
_CLOSING_SECONDS = 0.2


class Page:
    """``costs``: answers come from a provider that may be paid; ``free``: from one that is not."""

    def __init__(
        self,
        telegram: LocalTelegram,
        *,
        costs: bool = False,
        free: bool = False,
        routes: Iterable[web.AbstractRouteDef] = (),
    ) -> None:
        self._telegram = telegram
        self._costs = costs
        self._free = free
        self._routes = tuple(routes)
        self._runner: web.AppRunner | None = None
        self.port = 0
        """Known once it has started."""
        self.address = ""
        """Likewise: where a browser of this machine finds it."""

    async def start(self, host: str, port: int) -> None:
        """Serve; port 0, or one that is taken: any free one. Raises OSError where that cannot be."""
        app = web.Application(client_max_size=_LARGEST, middlewares=[guard(host), only_json])
        app.on_response_prepare.append(add_headers)
        app.router.add_routes(self._routes)
        app.router.add_get("/api/state", self._state)
        app.router.add_get("/api/events", self._events)
        app.router.add_post("/api/{action}", self._act)
        app.router.add_get("/media/{file}", self._medium)
        app.router.add_get("/{name:[^/]*}", _file)
        # A reader that leaves ends its stream at once.
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=_CLOSING_SECONDS)
        await runner.setup()
        try:
            await _listen(runner, host, port)
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner
        self.port = runner.addresses[0][1]
        self.address = f"http://{_name(host)}:{self.port}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def _all(self) -> Json:
        return view.state(self._telegram.world) | {"costs": self._costs, "free": self._free}

    def _frame(self, event: Event) -> view.Frame | None:
        if event.kind == "call":
            asked = prompt(self._telegram.world, event.value)
            return None if asked is None else ("prompt", asked)
        return view.frame(self._telegram.world, event)

    async def _state(self, _: web.Request) -> web.Response:
        return _json(self._all())

    async def _events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        stream = Stream()

        def tell(event: Event) -> None:
            if (frame := self._frame(event)) is not None:
                stream.put(encoded(*frame))

        with contextlib.suppress(ConnectionError), self._telegram.feed.listening(tell):
            stream.put(encoded("state", self._all()))
            while not stream.is_broken:
                await response.write(await stream.get())
        return response

    async def _medium(self, request: web.Request) -> web.Response:
        """A picture, to be shown; anything else that was sent, to be saved: it may be a page with a script."""
        file = self._telegram.world.file(request.match_info["file"])
        if file is None:
            raise web.HTTPNotFound
        kind = media_type(file.data[:HEAD])
        headers = {"Cache-Control": "no-store"} | ({} if kind else {"Content-Disposition": "attachment"})
        return web.Response(body=file.data, content_type=kind or "application/octet-stream", headers=headers)

    async def _act(self, request: web.Request) -> web.Response:
        action = ACTIONS.get(request.match_info["action"])
        if action is None:
            raise web.HTTPNotFound
        try:
            done = action.model_validate_json(await _body(request, action))
            return _json(await done.act(self._telegram.world))
        except ValidationError:
            return _json({"error": "malformed"}, 400)
        except Refused as refused:
            return _json({"error": refused.reason}, 400)


async def _listen(runner: web.AppRunner, host: str, port: int) -> None:
    """Where the port is taken, at any free one: a newcomer gets a page, whatever else runs on the machine."""
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        if error.errno != errno.EADDRINUSE or port == 0:
            raise
        log.warning("Port %d is taken; the page is at another one", port)
        await web.TCPSite(runner, host, 0).start()


def _name(host: str) -> str:
    if host in EVERYWHERE:
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


async def _body(request: web.Request, action: type[Action]) -> bytes:
    try:
        body = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise Refused("too_big") from None
    if len(body) > action.largest:
        raise Refused("too_big")
    return body


async def _file(request: web.Request) -> web.Response:
    """A file of the page. Browsers ask each time, so that a newer version is never mixed with an older one."""
    name = request.match_info["name"] or "index.html"
    if name not in _NAMES:
        raise web.HTTPNotFound
    kind = _KINDS[PurePath(name).suffix]
    body = _STATIC.joinpath(name).read_bytes()
    return web.Response(body=body, content_type=kind, charset="utf-8", headers={"Cache-Control": "no-cache"})


def _json(value: Json, status: int = 200) -> web.Response:
    return web.json_response(value, status=status, headers={"Cache-Control": "no-store"})
