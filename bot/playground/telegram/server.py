"""The local Telegram behind real HTTP: ``URL/bot<TOKEN>/<METHOD>`` and ``URL/file/bot<TOKEN>/<PATH>``."""

from typing import Any

from aiohttp import web

from bot.clock import Clock
from bot.playground.guard import guard
from bot.playground.telegram import (
    methods_bot,
    methods_chats,
    methods_drafts,
    methods_editing,
    methods_ephemeral,
    methods_sending,
)
from bot.playground.telegram.callbacks import Callbacks
from bot.playground.telegram.drafts import Drafts
from bot.playground.telegram.errors import RefusedError
from bot.playground.telegram.faults import Fault, Faults, reply
from bot.playground.telegram.feed import Feed
from bot.playground.telegram.files import UPLOAD_BYTES, Files
from bot.playground.telegram.flood import Flood
from bot.playground.telegram.journal import Call, Journal
from bot.playground.telegram.ledger import Ledger
from bot.playground.telegram.parameters import Parameters, read
from bot.playground.telegram.people import Person
from bot.playground.telegram.simulator import TelegramSimulator
from bot.playground.telegram.state import State
from bot.playground.telegram.updates import Updates
from bot.playground.telegram.webhook import Webhook

Json = dict[str, Any]

_METHODS = {
    name.lower(): method
    for table in (
        methods_bot.METHODS,
        methods_sending.METHODS,
        methods_editing.METHODS,
        methods_ephemeral.METHODS,
        methods_drafts.METHODS,
        methods_chats.METHODS,
    )
    for name, method in table.items()
}
_NOT_FOUND = RefusedError(404, "Not Found: method not found")
_UNAUTHORIZED = RefusedError(401, "Unauthorized")
_CLOSING_SECONDS = 0.2


class LocalTelegram:
    """A Bot API for one bot, enforcing what the real one enforces; ``world`` holds the people who talk to it.

    ``flood=False`` switches the limits on messages and drafts off. The bot's id is the number in front of the token.
    """

    def __init__(self, token: str, clock: Clock, *, flood: bool = True, username: str = "silicon_local_bot") -> None:
        number = token.partition(":")[0]
        bot = Person(int(number) if number.isdecimal() else 1, "SiliconBot", username, is_bot=True)
        self.token = token
        self.clock = clock
        self.feed = Feed()
        self.faults = Faults()
        self.journal = Journal()
        self.flood = Flood(clock, enabled=flood)
        updates, drafts, callbacks, files = Updates(clock, self.feed), Drafts(), Callbacks(clock), Files()
        ledger = Ledger(clock, self.feed, bot)
        self.world = TelegramSimulator(ledger, updates, drafts, callbacks, files)
        self.state = State(
            ledger, self.world, updates, Webhook(updates, clock), drafts, callbacks, files, self.flood, self.journal
        )
        self._runner: web.AppRunner | None = None
        self._url = ""

    @property
    def url(self) -> str:
        """Without a slash at the end; known once started."""
        return self._url

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        app = web.Application(client_max_size=UPLOAD_BYTES + 1_000_000, middlewares=[guard(host)])
        app.router.add_route("*", "/bot{token}/{method}", self._call)
        app.router.add_get("/file/bot{token}/{path:.+}", self._download)
        # A caller that hangs up ends its call: so a call that is held before its effect has none.
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=_CLOSING_SECONDS)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        self._url = f"http://{host}:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """People and messages stay; a new :meth:`start` goes on with them."""
        self.state.updates.wake()
        self.faults.clear()
        await self.state.webhook.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _call(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        if request.match_info["token"] != self.token:
            return reply(_UNAUTHORIZED.body())
        try:
            parameters = await read(request)
        except RefusedError as exc:
            return reply(exc.body())
        begun = self.clock.monotonic()
        fault = self.faults.take(method, parameters.text("chat_id"), parameters.values)
        if fault is None:
            return reply(await self._run(method, parameters, begun))
        return await self._run_with(fault, request, method, parameters, begun)

    async def _run_with(
        self, fault: Fault, request: web.Request, method: str, parameters: Parameters, begun: float
    ) -> web.Response:
        if fault.held == "before":
            self.feed.publish("held", None, fault)
            await fault.released.wait()
        body = None
        if fault.processes:
            body = await self._run(method, parameters, begun)
        else:
            refused = fault.refusal.body() if fault.refusal else None
            self._record(method, parameters, refused, begun, delivered=False)
        if fault.held == "after":
            await fault.released.wait()
        return fault.answer(request, body)

    async def _run(self, method: str, parameters: Parameters, begun: float) -> Json:
        handler = _METHODS.get(method.lower())
        try:
            if handler is None:
                raise _NOT_FOUND
            body: Json = {"ok": True, "result": await handler(self.state, parameters)}
        except RefusedError as exc:
            body = exc.body()
        self._record(method, parameters, body, begun, delivered=body["ok"])
        return body

    def _record(self, method: str, parameters: Parameters, body: Json | None, begun: float, *, delivered: bool) -> None:
        values = parameters.values | {name: upload.name for name, upload in parameters.files.items()}
        code = 0 if body is None else body.get("error_code", 200)
        seconds = self.clock.monotonic() - begun
        call = Call(method, values, code, body, delivered, self.clock.now(), seconds)
        self.journal.calls.append(call)
        self.feed.publish("call", None, call)

    async def _download(self, request: web.Request) -> web.Response:
        file = self.state.files.at(request.match_info["path"])
        if request.match_info["token"] != self.token or file is None:
            return reply(RefusedError(404, "Not Found").body())
        return web.Response(body=file.data, content_type="application/octet-stream")
