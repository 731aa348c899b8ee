"""The workshop over HTTP: one stream that tells everything, one call whole, switches, and the bot's end."""

import contextlib
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from bot.playground.page.stream import Stream, encoded
from bot.playground.process.reports import Answered, Asked, Limits, Report
from bot.playground.process.supervisor import BotState
from bot.playground.telegram import Event, Feed
from bot.playground.workshop.journal import Entry, Journal
from bot.playground.workshop.switches import Switches
from bot.ratelimit.scheduler import LimiterSnapshot

Json = dict[str, Any]

_FRESH: Final = {"Cache-Control": "no-store"}


class _Turn(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    name: str
    on: bool


class Inspector:
    """``feed`` is the local Telegram's, ``kill`` ends the bot's process."""

    def __init__(self, feed: Feed, switches: Switches, kill: Callable[[], None]) -> None:
        self._feed = feed
        self._switches = switches
        self._kill = kill
        self._journal = Journal(self._entered)
        self._bot = BotState()
        self._snapshot = LimiterSnapshot((), ())
        self._readers: set[Stream] = set()

    @property
    def routes(self) -> tuple[web.RouteDef, ...]:
        return (
            web.get("/api/workshop/events", self._events),
            web.get(r"/api/workshop/calls/{number:\d{1,12}}", self._call),
            web.post("/api/workshop/switch", self._turn),
            web.post("/api/workshop/kill", self._end),
        )

    def listening(self) -> contextlib.AbstractContextManager[None]:
        """Hear the calls to Telegram as long as the context is open."""
        return self._feed.listening(self._overhear)

    def hear(self, report: Report | BotState) -> None:
        match report:
            case BotState():
                if report.phase != "running":
                    self._journal.bot_ended()
                self._bot = report
                self._tell("bot", asdict(report))
            case Asked():
                self._journal.asked(report)
            case Answered():
                self._journal.answered(report)
            case Limits():
                self._snapshot = report.snapshot
                self._tell("limits", asdict(report.snapshot))

    def _overhear(self, event: Event) -> None:
        if event.kind == "call":
            self._journal.called(event.value)

    def _entered(self, entry: Entry) -> None:
        self._tell("call", asdict(entry))

    def _tell(self, name: str, data: Json) -> None:
        if not self._readers:
            return
        event = encoded(name, data)
        for reader in self._readers:
            reader.put(event)

    def _all(self) -> Json:
        return {
            "bot": asdict(self._bot),
            "calls": [asdict(entry) for entry in self._journal.entries()],
            "limits": asdict(self._snapshot),
            "switches": self._switches.state,
        }

    async def _events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", **_FRESH})
        await response.prepare(request)
        stream = Stream()
        stream.put(encoded("all", self._all()))
        self._readers.add(stream)
        try:
            with contextlib.suppress(ConnectionError):
                while not stream.is_broken:
                    await response.write(await stream.get())
        finally:
            self._readers.discard(stream)
        return response

    async def _call(self, request: web.Request) -> web.Response:
        whole = self._journal.whole(int(request.match_info["number"]))
        if whole is None:
            raise web.HTTPNotFound
        return web.Response(body=whole, content_type="application/json", headers=_FRESH)

    async def _turn(self, request: web.Request) -> web.Response:
        try:
            turn = _Turn.model_validate_json(await request.read())
            self._switches.turn(turn.name, on=turn.on)
        except (ValidationError, LookupError):
            return web.json_response({"error": "malformed"}, status=400)
        self._tell("switches", self._switches.state)
        return web.json_response({})

    async def _end(self, _: web.Request) -> web.Response:
        self._kill()
        return web.json_response({})
