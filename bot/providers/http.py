"""The HTTP client underneath: httpx over aiohttp's connections, and what its failures mean."""

from collections.abc import AsyncIterator

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from bot.domain import errors as e
from bot.domain.chat import Account

CONNECT_SECONDS = 10.0
READ_SECONDS = 120.0  # models that think may be silent for a minute before the first word
KEEP_ALIVE_SECONDS = 60.0

SLICE = 1 << 18  # bytes that are handed to the connection at once

# The transport lets some of aiohttp's errors through as they are.
FAILURES = (httpx.HTTPError, httpx.StreamError, aiohttp.ClientError, ConnectionError)


HttpClient = httpx.AsyncClient  # for those who only hold it


def open_http() -> httpx.AsyncClient:
    """One for the life of the process; whoever opens it closes it.

    Connections are bounded by the limits in front of the client, not here. Accounts share it, so that it sends no
    cookies back.
    """
    context = httpx.create_ssl_context()

    def session() -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE_SECONDS, ssl=context, ttl_dns_cache=60)
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

    return httpx.AsyncClient(
        transport=AiohttpTransport(verify=context, client=session),
        timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS),
        follow_redirects=False,
    )


class Slices(httpx.AsyncByteStream):
    """A body with pictures in it, a slice at a time: in one piece it would hold up the event loop."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self._content), SLICE):
            yield self._content[start : start + SLICE]


def endpoint(base_url: str, path: str) -> str:
    """The address of a method; a query of the base URL, such as Azure's ``?api-version=``, goes behind the path."""
    base, _, query = base_url.partition("?")
    return f"{base}{path}{'&' if '?' in path else '?'}{query}" if query else base + path


def authorization(account: Account) -> dict[str, str]:
    """The header with the key; Azure has one of its own."""
    if not account.key:
        return {}
    if "api-version=" in account.base_url:
        return {"api-key": account.key}
    return {"Authorization": f"Bearer {account.key}"}


def was_dropped(failure: Exception) -> bool:
    """Whether a connection that stood was closed: a kept-alive one often is, and a new one helps."""
    cause = _cause(failure)
    if isinstance(cause, aiohttp.ClientConnectorError | TimeoutError):
        return False
    return isinstance(cause, aiohttp.ClientConnectionError | ConnectionError | httpx.RemoteProtocolError)


def failed(failure: Exception, *, answering: bool, partial: bool) -> e.UpstreamError:
    """The error to raise; ``answering``: the response had begun."""
    cause = _cause(failure)
    detail = f"{type(cause).__name__}: {cause}"
    if isinstance(cause, TimeoutError | httpx.TimeoutException):
        connecting = isinstance(failure, httpx.ConnectTimeout | httpx.PoolTimeout)
        return e.TimedOut(detail=detail, partial=partial, slow_start=not (connecting or partial))
    kind: type[e.UpstreamError] = e.BrokenStream if answering else e.Unreachable
    return kind(detail=detail, partial=partial)


def _cause(failure: Exception) -> BaseException:
    """What aiohttp said: the transport turns each lost connection into a time-out of connecting."""
    return failure.__cause__ if isinstance(failure.__cause__, aiohttp.ClientError) else failure
