"""A drawn picture fetched from its address: without our key, from public servers only, and never more than fits."""

import asyncio
import io
import socket
from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final, TypeVar
from urllib.parse import urljoin

import httpx

from bot import __version__
from bot.clock import Clock
from bot.domain import errors as e
from bot.domain.calls import Picture
from bot.providers.http import FAILURES, failed
from bot.providers.image_answer import unpacked
from bot.providers.image_headers import HEAD, media_type, other_kind
from bot.providers.picture_address import Address, is_public, parse

MAX_BYTES: Final = 20_000_000
SECONDS: Final = 20.0
_TIMEOUT: Final = httpx.Timeout(SECONDS, connect=4.0)  # an address that never connects leaves time for the next
_REDIRECTS: Final = 3
_REDIRECTING: Final = frozenset({301, 302, 303, 307, 308})
_KIND_HEAD: Final = 1_500  # bytes that tell of other kinds, too
_GONE: Final = frozenset({403, 404, 410})
_HEADERS: Final = {
    "Accept": "image/png, image/jpeg, image/webp",
    "Accept-Encoding": "identity",
    "Connection": "close",
    "User-Agent": f"SiliconBot/{__version__}",
}

T = TypeVar("T")
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host (and port), best first. Raises OSError where it has none."""


async def system_resolve(host: str, port: int) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def open_fetching_http() -> httpx.AsyncClient:
    """One for the life of the process; whoever opens it closes it.

    Not the one that calls the APIs: its transport rewrites addresses, which breaks their signatures. Connections are
    made by number and so are never kept, or another host of the same server would be served by them. No proxy of the
    environment either: it would resolve names anew.
    """
    transport = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=32, max_keepalive_connections=0))
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    return httpx.AsyncClient(transport=transport, trust_env=False, timeout=SECONDS, cookies=no_cookies)


class PictureFetch:
    """``trusted``: "host:port" of servers that may have private addresses."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        clock: Clock,
        trusted: Collection[str] = (),
        resolve: Resolve = system_resolve,
    ) -> None:
        self._http = http
        self._clock = clock
        self._trusted = frozenset(name.lower() for name in trusted)
        self._resolve = resolve

    async def fetch(self, address: str) -> Picture:
        """The picture, within 20 s, 20 MB and three redirects; its type is known, its content is not checked.

        Raises UpstreamError: PictureExpired, where drawing again helps; UnsafeAddress; NoPicture; or what else goes
        wrong on the way.
        """
        return await self._in_time(self._follow(address))

    async def _in_time(self, work: Coroutine[None, None, T]) -> T:
        task, bell = asyncio.create_task(work), asyncio.create_task(self._clock.sleep(SECONDS))
        try:
            await asyncio.wait((task, bell), return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise e.TimedOut(detail="the picture took too long to fetch")
            return task.result()
        finally:
            task.cancel()
            bell.cancel()
            await asyncio.gather(task, bell, return_exceptions=True)

    async def _follow(self, address: str) -> Picture:
        for _ in range(1 + _REDIRECTS):
            response = await self._get(parse(address))
            try:
                if response.status_code not in _REDIRECTING:
                    return await _picture(response)
                address = urljoin(address, response.headers.get("location", ""))
            except FAILURES as failure:
                raise failed(failure, answering=True, partial=False) from failure
            finally:
                await response.aclose()
        raise e.UnsafeAddress(detail="too many redirects")

    async def _get(self, address: Address) -> httpx.Response:
        """The head of the response, of the first of the host's addresses that can be reached."""
        unreachable: e.UpstreamError = e.Unreachable(detail=f"no address for {address.host}")
        for ip in await self._addresses(address):
            headers = {"Host": address.host_header, **_HEADERS}
            extensions = {"target": address.target, "sni_hostname": address.host, "timeout": _TIMEOUT.as_dict()}
            request = httpx.Request("GET", address.at(ip), headers=headers, extensions=extensions)
            try:
                return await self._http.send(request, stream=True)
            except (httpx.ConnectError, httpx.ConnectTimeout) as failure:
                unreachable = failed(failure, answering=False, partial=False)
            except FAILURES as failure:
                raise failed(failure, answering=False, partial=False) from failure
        raise unreachable

    async def _addresses(self, address: Address) -> Sequence[str]:
        """All of the host's addresses, resolved once; none of them may be private."""
        try:
            found = list(dict.fromkeys(await self._resolve(address.host, address.port)))
        except (OSError, UnicodeError) as error:
            raise e.Unreachable(detail=f"no address for {address.host}: {error}") from error
        if address.name not in self._trusted and not all(map(is_public, found)):
            raise e.UnsafeAddress(detail=f"a host with a private address: {address.name}")
        return found


async def _picture(response: httpx.Response) -> Picture:
    if response.status_code in _GONE:
        raise e.PictureExpired(detail="the picture is gone", status=response.status_code)
    if response.status_code != httpx.codes.OK:
        raise e.ServerFault(detail="the picture's server failed", status=response.status_code)
    if _length(response) > MAX_BYTES:
        raise e.NoPicture(detail=f"a picture of {_length(response)} bytes")
    return await _body(response)


def _length(response: httpx.Response) -> int:
    text = response.headers.get("content-length", "")
    return int(text) if text.isdecimal() and len(text) < 20 else 0


async def _body(response: httpx.Response) -> Picture:
    """Collected in a buffer that hands out its bytes without a copy."""
    encoding = response.headers.get("content-encoding", "")
    packed = encoding not in ("", "identity")
    buffer = io.BytesIO()
    async for chunk in response.aiter_raw():
        buffer.write(chunk)
        if not packed and HEAD <= buffer.tell() < HEAD + len(chunk):
            _require_type(buffer)
        if buffer.tell() > MAX_BYTES:
            raise e.NoPicture(detail="a picture that does not end")
    if packed or buffer.getvalue()[:2] == b"\x1f\x8b":
        buffer = io.BytesIO(unpacked(buffer.getvalue(), encoding, MAX_BYTES))
        if len(buffer.getbuffer()) > MAX_BYTES:
            raise e.NoPicture(detail="a picture that does not end")
    return Picture(buffer.getvalue(), _require_type(buffer))


def _require_type(buffer: io.BytesIO) -> str:
    with buffer.getbuffer() as view:
        head = bytes(view[:_KIND_HEAD])
    kind = media_type(head)
    if kind is None and not head.startswith(b"\x1f\x8b"):
        other = other_kind(head)
        raise e.NoPicture(detail=f"what was fetched is {other or 'no PNG, JPEG or WebP'}", kind=other)
    return kind or ""
