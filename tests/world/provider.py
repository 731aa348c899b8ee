"""A provider that answers each call with the bytes that a test has put before it, and the client that asks it."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
from aiohttp import web

from bot.clock import FakeClock
from bot.domain.chat import Account, ChatRequest, Completion
from bot.domain.message import ChatMessage, text_message
from bot.domain.model import Model
from bot.domain.model_adjustments import MemoryAdjustments
from bot.domain.money import Price
from bot.domain.provider import PRESETS, Provider
from bot.providers.chat_client import HttpChatClient
from bot.providers.http import open_http
from bot.providers.request_mending import LearnedAdjustments

Script = Callable[[web.Request], Awaitable[web.StreamResponse]]
MODEL = Model("m", "p", "f", 32_768, 4_096, Price(1, 1), "switch", sees=False, limits={})
DONE = b"data: [DONE]\n\n"
QUESTION = (text_message("system", "Be brief."), text_message("user", "Hi"))


class ScriptedProvider:
    """Plays ``scripts`` one call after another and remembers the bodies of the calls."""

    def __init__(self) -> None:
        self.url = ""
        self.scripts: deque[Script] = deque()
        self.bodies: list[dict[str, Any]] = []
        self.requests: list[web.Request] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        if request.can_read_body and request.content_type == "application/json":
            self.bodies.append(await request.json())
        return await self.scripts.popleft()(request)


@asynccontextmanager
async def scripted_provider() -> AsyncIterator[ScriptedProvider]:
    provider = ScriptedProvider()
    app = web.Application(client_max_size=1 << 25)
    app.router.add_route("*", "/{path:.*}", provider.answer)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    provider.url = f"http://{host}:{port}/v1"
    yield provider
    await runner.cleanup()


class Collected:
    """A sink that holds what is shown in the end, and every piece that was shown at some time."""

    def __init__(self) -> None:
        self.text_shown = self.thinking_shown = ""
        self.pieces: list[str] = []

    def text(self, piece: str) -> None:
        self.text_shown += piece
        self.pieces.append(piece)

    def thinking(self, piece: str) -> None:
        self.thinking_shown += piece

    def restart(self) -> None:
        self.text_shown = self.thinking_shown = ""


class ScriptedChat:
    """The client under test, in front of one scripted provider."""

    def __init__(self, provider: ScriptedProvider, http: httpx.AsyncClient, preset: str = "dashscope") -> None:
        self.provider = provider
        self.http = http
        self.clock = FakeClock()
        self.settings: Provider = replace(PRESETS[preset], name="p")
        self.kept = MemoryAdjustments()
        self.sink = Collected()
        self.base_url = provider.url

    async def ask(
        self, *scripts: Script, model: Model = MODEL, thinking: bool = False, json_mode: bool = False
    ) -> Completion:
        """Ask once, as a bot does that was just started."""
        self.provider.scripts.extend(scripts)
        providers = {"p": self.settings}
        learned = LearnedAdjustments(self.kept, {model.id: model}, providers)
        client = HttpChatClient(self.http, providers, self.clock, learned)
        self.sink = Collected()
        request = ChatRequest(model, self.messages, 512, 0.7, thinking, json=json_mode)
        return await client.complete(Account("a", "p", self.base_url, "sk-key"), request, self.sink)

    messages: tuple[ChatMessage, ...] = QUESTION


@asynccontextmanager
async def scripted_chat(preset: str = "dashscope") -> AsyncIterator[ScriptedChat]:
    async with scripted_provider() as provider:
        http = open_http()
        try:
            yield ScriptedChat(provider, http, preset)
        finally:
            await http.aclose()


def event(value: Any) -> bytes:
    return b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"


def delta(finish: str | None = None, **fields: Any) -> bytes:
    return event({"choices": [{"index": 0, "delta": fields, "finish_reason": finish}]})


def says(*pieces: str, finish: str | None = "stop") -> list[bytes]:
    """A plain stream of these pieces of text."""
    return [*(delta(content=piece) for piece in pieces), delta(finish, content=""), DONE]


def stream(*chunks: bytes, wait: float = 0.0, forever: bytes = b"") -> Script:
    """Chunks as they are, ``wait`` seconds apart; ``forever``: what is sent again and again behind them."""

    async def play(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for chunk in chunks:
            await response.write(chunk)
            await asyncio.sleep(wait)
        while forever:
            await response.write(forever)
            await asyncio.sleep(0.02)
        await response.write_eof()
        return response

    return play


def reply(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Script:
    """A whole response; bytes as they are, everything else as JSON."""

    async def play(_: web.Request) -> web.StreamResponse:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return web.Response(status=status, body=raw, headers={"Content-Type": "application/json", **(headers or {})})

    return play


def refused(status: int = 400, message: str = "", **fields: Any) -> Script:
    return reply(status, {"error": {"message": message, **fields}})
