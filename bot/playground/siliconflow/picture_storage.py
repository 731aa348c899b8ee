"""The object store in which drawn pictures lie for an hour, on a port of its own."""

import asyncio
import enum
import re
import secrets
import zlib
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Final

from aiohttp import web

from bot.clock import Clock
from bot.playground.guard import guard

LIFETIME: Final = 3600
HUGE: Final = 60_000_000
_KEPT: Final = 200
_HOLD: Final = 86_400.0
_BLOCK: Final = 1 << 16


class Spoil(enum.Enum):
    """How a picture is served otherwise than it should be. The value is the word for it in a prompt, after "!"."""

    EXPIRED = "expired"
    PAGE = "page"  # HTML in its place, as some gateways do
    HUGE = "huge"  # 60 MB, as its length says
    ENDLESS = "endless"  # 60 MB, and no length
    BOMB = "bomb"  # a small file of very many pixels
    METADATA = "metadata"  # a redirect to where clouds keep their keys
    LOCALHOST = "localhost"  # a redirect inside
    AROUND = "around"  # a redirect to itself
    SLOW = "slow"  # the beginning, and then nothing
    TEXT = "text"  # says that it is a PNG
    TRUNCATED = "truncated"  # half of it, as if it were whole


_TRICK = re.compile(r"(?:^|\s)[!！]([a-z]+)\s*$")
_REDIRECTS: Final = {
    Spoil.METADATA: "http://169.254.169.254/latest/meta-data/",
    Spoil.LOCALHOST: "http://localhost:1/admin",
    Spoil.AROUND: "",
}


def spoil_of(prompt: str) -> Spoil | None:
    """What the end of a prompt orders."""
    found = _TRICK.search(prompt)
    return next((spoil for spoil in Spoil if found and spoil.value == found[1]), None)


@dataclass(frozen=True, slots=True)
class Stored:
    data: bytes
    media_type: str
    expires: float
    spoil: Spoil | None


class Storage:
    """Serves each picture under the very address that was given out; anything else is another, and not there."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._stored: dict[str, Stored] = {}
        self._spoils: deque[Spoil] = deque()
        self._runner: web.AppRunner | None = None
        self.name = ""
        """``host:port``, known once it has started."""
        self.asked = asyncio.Event()
        """Set once somebody wants a picture."""

    async def start(self, host: str, port: int = 0) -> None:
        app = web.Application(middlewares=[guard(host)])
        app.router.add_route("*", "/{path:.*}", self._serve)
        runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=1)
        await runner.setup()
        self._runner = runner
        await web.TCPSite(runner, host, port).start()
        self.name = f"{host}:{runner.addresses[0][1]}"

    async def stop(self) -> None:
        if self._runner is not None:
            runner, self._runner = self._runner, None
            await runner.cleanup()

    def pictures(self) -> list[bytes]:
        """All that are kept, in the order in which they were drawn."""
        return [stored.data for stored in self._stored.values()]

    def mend(self) -> None:
        """From now on all that are kept are served as they were drawn."""
        self._stored = {path: replace(stored, spoil=None) for path, stored in self._stored.items()}

    def spoil(self, *spoils: Spoil) -> None:
        """The next pictures that are stored come so, one each."""
        self._spoils.extend(spoils)

    def put(self, data: bytes, suffix: str, spoil: Spoil | None = None) -> str:
        """Store a picture, and give its address: one that breaks where it is written anew."""
        if spoil is None and self._spoils:
            spoil = self._spoils.popleft()
        now = self._clock.now()
        day = datetime.fromtimestamp(now, UTC).strftime("%Y%m%d")
        target = (
            f"/outputs%2F{day}%2F{secrets.token_hex(8)}.{suffix}?Expires={int(now) + LIFETIME}"
            f"&OSSAccessKeyId=local&Signature={secrets.token_hex(4)}%2B/+%2F{secrets.token_hex(4)}%3D"
        )
        self._stored[target] = Stored(data, f"image/{suffix}", now + LIFETIME, spoil)
        while len(self._stored) > _KEPT:
            del self._stored[next(iter(self._stored))]
        return f"http://{self.name}{target}"

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.asked.set()
        if "Authorization" in request.headers:
            return _xml(400, "InvalidArgument", "Only one auth mechanism allowed.")
        stored = self._stored.get(request.raw_path)
        if stored is None:
            return _xml(403, "SignatureDoesNotMatch", "The signature does not match.")
        if stored.spoil is Spoil.EXPIRED or stored.expires <= self._clock.now():
            return _xml(403, "AccessDenied", "Request has expired.")
        if (location := _REDIRECTS.get(stored.spoil) if stored.spoil else None) is not None:
            return web.Response(status=302, headers={"Location": location or request.raw_path})
        return self._body(stored)

    def _body(self, stored: Stored) -> web.Response:
        data, kind = stored.data, stored.media_type
        match stored.spoil:
            case Spoil.PAGE:
                return web.Response(text="<html><body>502 Bad Gateway</body></html>", content_type="text/html")
            case Spoil.HUGE:
                return web.Response(body=_blocks(data), headers={"Content-Length": str(HUGE), "Content-Type": kind})
            case Spoil.ENDLESS:
                return web.Response(body=_blocks(data), headers={"Content-Type": kind})
            case Spoil.SLOW:
                length = {"Content-Length": str(len(data)), "Content-Type": kind}
                return web.Response(body=self._half(data), headers=length)
            case Spoil.BOMB:
                data, kind = _bomb(), "image/png"
            case Spoil.TEXT:
                data = b"This is no picture. " * 20
            case Spoil.TRUNCATED:
                data = data[: len(data) // 2]
            case _:
                pass
        return web.Response(body=data, headers={"Content-Type": kind})

    async def _half(self, data: bytes) -> AsyncIterator[bytes]:
        yield data[: len(data) // 2]
        await self._clock.sleep(_HOLD)


def _xml(status: int, code: str, message: str) -> web.Response:
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return web.Response(status=status, text=text, content_type="application/xml")


async def _blocks(data: bytes) -> AsyncIterator[bytes]:
    """Begins as the picture does."""
    yield data[:_BLOCK]
    for _ in range((HUGE - len(data[:_BLOCK])) // _BLOCK):
        yield bytes(_BLOCK)
    yield bytes((HUGE - len(data[:_BLOCK])) % _BLOCK)


@cache
def _bomb() -> bytes:
    """400 million pixels in 50 kB."""
    side = 20_000
    rows = zlib.compress(bytes((side // 8 + 1) * side))
    head = b"IHDR" + side.to_bytes(4, "big") * 2 + bytes((1, 0, 0, 0, 0))
    return b"".join((b"\x89PNG\r\n\x1a\n", _chunk(head), _chunk(b"IDAT" + rows), _chunk(b"IEND")))


def _chunk(body: bytes) -> bytes:
    return (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
