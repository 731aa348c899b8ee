"""A server that behaves as SiliconFlow's API does, over real HTTP, with no model behind it."""

import asyncio
import secrets
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.clock import Clock
from bot.playground.guard import guard
from bot.playground.siliconflow.call import read_body
from bot.playground.siliconflow.completions import AS_KNOWN, Completions, RateRefusal
from bot.playground.siliconflow.faults import Faults
from bot.playground.siliconflow.journal import Exchange, Journal
from bot.playground.siliconflow.meter import Meter
from bot.playground.siliconflow.models import Kind
from bot.playground.siliconflow.picture_storage import Storage
from bot.playground.siliconflow.pictures import Pictures
from bot.playground.siliconflow.profiles import PROFILES, Limits, ProfileName
from bot.playground.siliconflow.prompt_cache import PromptCache
from bot.playground.siliconflow.refusals import (
    INVALID_TOKEN,
    JSON_TYPE,
    NOT_FOUND,
    TOO_LARGE,
    UNKNOWN_KEY,
    Refusal,
    RefusedError,
    as_json,
)
from bot.playground.siliconflow.script import Answers
from bot.playground.siliconflow.speed import INSTANT, Speed

_EXCHANGE = web.RequestKey("exchange", Exchange)
_TRACE = "x-siliconcloud-trace-id"
_MAX_BODY = 64 * 1024 * 1024
_BACKLOG = 2048  # a full one costs a client whose connection is dropped a whole second

# What /models?type=…&sub_type=… calls them; models that see are chat models there.
_TYPES: Mapping[Kind, tuple[str, str]] = {
    "chat": ("text", "chat"),
    "vision": ("text", "chat"),
    "image": ("image", "text-to-image"),
    "edit": ("image", "image-to-image"),
}


class LocalSiliconFlow:
    """``keys``: all of one account, or a mapping from each key to its account, by which limits are counted. ``limits``
    take the place of the profile's, each entry by itself. ``strict_sizes``: pictures have the documented sizes only.
    ``journal``, ``meter``, ``answers``, ``faults`` and ``storage`` are there for tests."""

    def __init__(
        self,
        clock: Clock,
        *,
        keys: Collection[str] | Mapping[str, str] = ("sk-local",),
        speed: Speed = INSTANT,
        limits: Limits | None = None,
        profile: ProfileName = "now",
        rate_refusal: RateRefusal = AS_KNOWN,
        strict_sizes: bool = False,
    ) -> None:
        self._clock = clock
        self._accounts = keys if isinstance(keys, Mapping) else dict.fromkeys(keys, "local")
        self._profile = PROFILES[profile]
        self.journal = Journal()
        self.meter = Meter(clock, {**self._profile.limits, **(limits or {})})
        self.answers = Answers()
        self.faults = Faults()
        self._completions = Completions(
            clock, self._profile, self.meter, self.answers, self.faults, speed, rate_refusal, PromptCache()
        )
        self.storage = Storage(clock)
        self._pictures = Pictures(
            clock=clock,
            profile=self._profile,
            meter=self.meter,
            faults=self.faults,
            speed=speed,
            rate_refusal=rate_refusal,
            storage=self.storage,
            strict_sizes=strict_sizes,
            is_old=profile == "2024",
        )
        self._running: set[asyncio.Task[Any] | None] = set()
        self._runner: web.AppRunner | None = None
        self._address = ""

    def pace(self, speed: Speed) -> Speed:
        """Set the speed of the answers that begin from now on; gives the one until now."""
        before = self._completions.speed
        self._completions = replace(self._completions, speed=speed)
        self._pictures = replace(self._pictures, speed=speed)
        return before

    @property
    def url(self) -> str:
        """The base URL for clients, with its /v1; known once it has started."""
        return f"http://{self._address}/v1"

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Serve; port 0: any free one. Raises OSError where the address is taken."""
        app = web.Application(client_max_size=_MAX_BODY, middlewares=[guard(host), self._recorded])
        app.add_routes(self._routes())
        app.on_response_prepare.append(_add_trace_id)
        # Cancelled when the client goes away: only so is a stream that was stopped seen as such.
        runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=1)
        await runner.setup()
        self._runner = runner
        await web.TCPSite(runner, host, port, backlog=_BACKLOG).start()
        self._address = f"{host}:{runner.addresses[0][1]}"
        await self.storage.start(host)

    async def stop(self) -> None:
        """End all answers that still run, and serve no more."""
        if self._runner is None:
            return
        runner, self._runner = self._runner, None
        for task in self._running:
            if task:
                task.cancel()
        await runner.cleanup()
        await self.storage.stop()

    def _routes(self) -> list[web.RouteDef]:
        """All endpoints there are; every other path is a 404."""
        routes = [
            web.post("/v1/chat/completions", self._complete),
            web.get("/v1/models", self._models),
        ]
        if self._pictures.is_old:
            old = "/v1/{owner}/{model}/{kind:text-to-image|image-to-image}"
            routes.append(web.post(old, self._draw_as_in_2024))
        else:
            routes.append(web.post("/v1/images/generations", self._draw))
        if self._profile.account is not None:
            routes.append(web.get("/v1/user/info", self._user_info))
        return routes

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        return await self._completions.answer(request, self._account(request), request[_EXCHANGE])

    async def _draw(self, request: web.Request) -> web.StreamResponse:
        return await self._pictures.generate(request, self._account(request), request[_EXCHANGE])

    async def _draw_as_in_2024(self, request: web.Request) -> web.StreamResponse:
        return await self._pictures.generate_old(request, self._account(request), request[_EXCHANGE])

    async def _models(self, request: web.Request) -> web.Response:
        self._account(request)
        wanted = (request.query.get("type"), request.query.get("sub_type"))
        found = [
            {"id": model.id, "object": "model", "created": 0, "owned_by": ""}
            for model in self._profile.models.values()
            if all(want in (None, has) for want, has in zip(wanted, _TYPES[model.kind], strict=True))
        ]
        return _json({"object": "list", "data": found})

    async def _user_info(self, request: web.Request) -> web.Response:
        self._account(request)
        return _json({"code": 20000, "message": "OK", "status": True, "data": self._profile.account})

    def _account(self, request: web.Request) -> str:
        """Raises RefusedError where the key is missing or unknown."""
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key:
            raise RefusedError(INVALID_TOKEN)
        account = self._accounts.get(key)
        if account is None:
            raise RefusedError(UNKNOWN_KEY)
        request[_EXCHANGE].account = account
        return account

    @web.middleware
    async def _recorded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Every request stands in the journal, from the moment when it is here as a whole."""
        try:
            raw = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _refused(TOO_LARGE)
        exchange = self.journal.open(
            self._clock.now(), request.method, request.path, request.headers, read_body(raw), len(raw)
        )
        request[_EXCHANGE] = exchange
        task = asyncio.current_task()
        self._running.add(task)
        try:
            return await _answered(request, handler, exchange)
        except asyncio.CancelledError:
            exchange.end = "stopped" if self._runner is None else "closed by client"
            raise
        except ConnectionError:
            exchange.end = "closed by client"
            return web.Response()  # goes nowhere
        finally:
            self._running.discard(task)
            self.journal.changed()


async def _answered(request: web.Request, handler: Handler, exchange: Exchange) -> web.StreamResponse:
    """The handler's answer, or an error in the API's own form."""
    try:
        response = await handler(request)
    except RefusedError as error:
        response = _refused(error.refusal)
        exchange.text = error.refusal.content
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
        response = _refused(NOT_FOUND)
        exchange.text = NOT_FOUND.content
    exchange.status = response.status
    exchange.end = exchange.end or "answered"
    return response


def _refused(refusal: Refusal) -> web.Response:
    headers = {"Content-Type": refusal.content_type}
    if refusal.retry_after is not None:
        headers["Retry-After"] = str(refusal.retry_after)
    return web.Response(status=refusal.status, body=refusal.content.encode(), headers=headers)


def _json(value: Any) -> web.Response:
    return web.Response(body=as_json(value).encode(), headers={"Content-Type": JSON_TYPE})


async def _add_trace_id(request: web.Request, response: web.StreamResponse) -> None:
    trace = request.headers.get("X-Trace-Id", "")
    response.headers[_TRACE] = trace if trace and trace.isascii() else secrets.token_hex(16)
