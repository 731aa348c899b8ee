"""A picture is fetched unchanged and without a key, and nothing is fetched from where nothing should be."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator, Sequence

import httpx
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import FakeClock
from bot.domain import errors as e
from bot.domain.errors import NoPicture, PictureExpired, UnsafeAddress
from bot.playground.siliconflow.picture_storage import LIFETIME, Spoil, Storage
from bot.providers.picture_address import is_public, parse
from bot.providers.picture_fetch import MAX_BYTES, PictureFetch, open_fetching_http

PNG = b"\x89PNG\r\n\x1a\n" + bytes(5000)


@pytest.fixture
async def storage(clock: FakeClock) -> AsyncIterator[Storage]:
    storage = Storage(clock)
    await storage.start("127.0.0.1")
    yield storage
    await storage.stop()


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with open_fetching_http() as http:
        yield http


@pytest.fixture
def fetch(http: httpx.AsyncClient, clock: FakeClock, storage: Storage) -> PictureFetch:
    return PictureFetch(http, clock, {storage.name})


async def test_signed_address_arrives_as_it_was_given_and_without_a_key(storage: Storage, fetch: PictureFetch) -> None:
    address = storage.put(PNG, "jpeg")  # whatever its name says
    assert "%2F" in address
    assert "+" in address
    picture = await fetch.fetch(address)
    assert (picture.data, picture.media_type) == (PNG, "image/png")


async def test_storage_host_is_private_unless_it_is_trusted(
    http: httpx.AsyncClient, clock: FakeClock, storage: Storage
) -> None:
    with pytest.raises(UnsafeAddress):
        await PictureFetch(http, clock, {"127.0.0.1:1"}).fetch(storage.put(PNG, "png"))


async def test_expired_address_asks_for_a_new_picture(storage: Storage, fetch: PictureFetch, clock: FakeClock) -> None:
    address = storage.put(PNG, "png")
    await clock.advance(LIFETIME)
    with pytest.raises(PictureExpired) as caught:
        await fetch.fetch(address)
    assert (caught.value.status, caught.value.retryable) == (403, True)


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        (Spoil.EXPIRED, PictureExpired),
        (Spoil.PAGE, NoPicture),
        (Spoil.HUGE, NoPicture),
        (Spoil.ENDLESS, NoPicture),
        (Spoil.TEXT, NoPicture),
        (Spoil.METADATA, UnsafeAddress),
        (Spoil.LOCALHOST, UnsafeAddress),
        (Spoil.AROUND, UnsafeAddress),
    ],
)
async def test_what_is_spoiled_is_refused(
    storage: Storage, fetch: PictureFetch, spoil: Spoil, kind: type[e.UpstreamError]
) -> None:
    storage.spoil(spoil)
    with pytest.raises(kind) as caught:
        await fetch.fetch(storage.put(PNG, "png"))
    assert caught.value.retryable is (kind is PictureExpired)


async def test_slow_picture_is_given_up_after_20_seconds(
    storage: Storage, fetch: PictureFetch, clock: FakeClock
) -> None:
    storage.spoil(Spoil.SLOW)
    task = asyncio.create_task(fetch.fetch(storage.put(PNG, "png")))
    await clock.advance(19.9)
    assert not task.done()
    await clock.advance(0.1)
    with pytest.raises(e.TimedOut):
        await task


async def test_cancelled_fetch_leaves_nothing_behind(storage: Storage, fetch: PictureFetch) -> None:
    storage.spoil(Spoil.SLOW)
    task = asyncio.create_task(fetch.fetch(storage.put(PNG, "png")))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not [left for left in asyncio.all_tasks() if "PictureFetch" in repr(left) or "FakeClock" in repr(left)]


class Site:
    """A server with a page for each case."""

    def __init__(self) -> None:
        self.hosts: list[str] = []
        self.port = 0
        self.sent = 0

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.hosts.append(request.headers["Host"])
        match request.path:
            case "/gzip":
                return web.Response(body=PNG, headers={"Content-Encoding": "gzip"})
            case "/short":
                response = web.StreamResponse(headers={"Content-Length": str(len(PNG))})
                await response.prepare(request)
                await response.write(PNG[:100])
                if request.transport:
                    request.transport.close()
                return response
            case "/relative":
                return web.Response(status=302, headers={"Location": "../picture?a=%2F"})
            case "/error":
                return web.Response(status=502)
            case "/empty":
                return web.Response()
            case "/largest":
                return web.Response(body=PNG[:8] + bytes(MAX_BYTES - 8))
            case "/larger":
                return web.Response(body=self._larger())
        return web.Response(body=PNG)

    async def _larger(self) -> AsyncIterator[bytes]:
        """60 MB in small pieces, and no length."""
        yield PNG[:8]
        for _ in range(1000):
            self.sent += 60_000
            yield bytes(60_000)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", site.serve)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site.port = runner.addresses[0][1]
    yield site
    await runner.cleanup()


class Names:
    """A resolver: each host has these addresses, one list for each time it is asked."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(f"{host}:{port}")
        return self.answers.pop(0)


async def test_connection_goes_to_the_checked_address_under_the_hosts_name(
    http: httpx.AsyncClient, clock: FakeClock, site: Site
) -> None:
    name = f"store.example:{site.port}"
    names = Names(["127.0.0.1"])
    picture = await PictureFetch(http, clock, {name}, names).fetch(f"http://{name}/picture")
    assert picture.data == PNG
    assert (site.hosts, names.asked) == ([name], [name])  # resolved once: there is no second answer to rebind to


async def test_tls_is_spoken_with_the_host_by_its_name(http: httpx.AsyncClient, clock: FakeClock) -> None:
    hellos: list[bytes] = []

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hellos.append(await reader.read(4096))
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        name = f"store.example:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(e.Unreachable):
            await PictureFetch(http, clock, {name}, Names(["127.0.0.1"])).fetch(f"https://{name}/picture")
    assert b"store.example" in hellos[0]


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["8.8.8.8", "10.0.0.1"],
        ["::ffff:10.0.0.1"],
        ["fe80::1%2"],
        ["64:ff9b::a00:1"],
        ["2002:7f00:1::"],
        ["100.64.0.1"],
        ["0.0.0.0"],  # noqa: S104 - refused
        ["224.0.0.1"],
    ],
)
async def test_one_private_address_bars_the_host(
    http: httpx.AsyncClient, clock: FakeClock, site: Site, addresses: list[str]
) -> None:
    with pytest.raises(UnsafeAddress):
        await PictureFetch(http, clock, (), Names(addresses)).fetch(f"http://store.example:{site.port}/picture")
    assert site.hosts == []


async def test_redirect_is_checked_like_the_first_address(
    http: httpx.AsyncClient, clock: FakeClock, storage: Storage
) -> None:
    names = Names(["127.0.0.1"], ["169.254.169.254"])
    storage.spoil(Spoil.METADATA)
    with pytest.raises(UnsafeAddress):
        await PictureFetch(http, clock, {storage.name}, names).fetch(storage.put(PNG, "png"))
    assert names.asked[1] == "169.254.169.254:80"


async def test_next_address_is_tried_where_the_first_does_not_answer(
    http: httpx.AsyncClient, clock: FakeClock, site: Site
) -> None:
    name = f"store.example:{site.port}"
    fetch = PictureFetch(http, clock, {name}, Names(["127.0.0.2", "127.0.0.1"]))
    assert (await fetch.fetch(f"http://{name}/picture")).data == PNG


async def test_host_without_an_address_is_unreachable(http: httpx.AsyncClient, clock: FakeClock) -> None:
    async def nowhere(host: str, port: int) -> Sequence[str]:
        raise OSError("no such host")

    with pytest.raises(e.Unreachable):
        await PictureFetch(http, clock, (), nowhere).fetch("https://store.example/picture")


@pytest.mark.parametrize(
    ("page", "kind"),
    [
        ("gzip", NoPicture),
        ("short", e.BrokenStream),
        ("error", e.ServerFault),
        ("empty", NoPicture),
        ("larger", NoPicture),
    ],
)
async def test_other_failures(
    http: httpx.AsyncClient, clock: FakeClock, site: Site, page: str, kind: type[e.UpstreamError]
) -> None:
    with pytest.raises(e.UpstreamError) as caught:
        await PictureFetch(http, clock, {f"127.0.0.1:{site.port}"}).fetch(f"http://127.0.0.1:{site.port}/{page}")
    assert type(caught.value) is kind
    assert site.sent < 45_000_000  # the rest of it never left


@pytest.mark.parametrize("page", ["relative", "largest"])
async def test_what_is_unusual_but_right(http: httpx.AsyncClient, clock: FakeClock, site: Site, page: str) -> None:
    picture = await PictureFetch(http, clock, {f"127.0.0.1:{site.port}"}).fetch(f"http://127.0.0.1:{site.port}/{page}")
    assert picture.data[:8] == PNG[:8]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ftp://store.example/x",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "http:///x",
        "http://user:key@store.example/x",
        "http://store.example:99999/x",
        "http://[::1/x",
        "http://store.example/\r\nX: y",
        "http://store.example/ü",
        "http://sto re/x",
        "http://store.example/" + "x" * 9000,
    ],
)
def test_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(UnsafeAddress):
        parse(address)


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "localhost", "[::1]", "[::ffff:127.0.0.1]"])
async def test_loopback_is_found_under_all_its_names(
    http: httpx.AsyncClient, clock: FakeClock, site: Site, host: str
) -> None:
    with pytest.raises(UnsafeAddress):
        await PictureFetch(http, clock).fetch(f"http://{host}:{site.port}/picture")
    assert site.hosts == []


@given(st.text(max_size=40) | st.text(max_size=30).map("http://h".__add__))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        address = parse(text)
    except UnsafeAddress:
        return
    assert address.scheme in ("http", "https")
    assert address.target.startswith(b"/") or not text.isascii()


@given(st.text(st.sampled_from("aZ0-._~!$&'()*+,;=:@/%2Ff?"), max_size=60))
def test_no_character_of_an_address_is_changed(rest: str) -> None:
    assert parse(f"https://store.example/{rest}").target == f"/{rest}".encode()


@given(st.ip_addresses(v=4))
def test_wrapping_an_address_does_not_make_it_public(address: object) -> None:
    assert is_public(f"::ffff:{address}") == is_public(f"64:ff9b::{address}") == is_public(str(address))


async def test_fetching_60_megabytes_takes_less_than_40(storage: Storage, fetch: PictureFetch) -> None:
    storage.spoil(Spoil.ENDLESS)
    address = storage.put(PNG, "png")
    tracemalloc.start()
    with pytest.raises(NoPicture):
        await fetch.fetch(address)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40_000_000
