"""Drawing over real connections, against a server that plays byte-exact answers."""

import base64
import json
import tracemalloc
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import FakeClock
from bot.domain import errors as e
from bot.domain.calls import Drawn, Picture, PictureRequest
from bot.domain.chat import Account
from bot.domain.model import ImageCapabilities, Model
from bot.domain.provider import PRESETS
from bot.drawing.recipe_fitting import fit, picture_request
from bot.drawing.request_parsing import parse
from bot.providers.http import open_http
from bot.providers.image_answer import ANSWER_LIMIT, read
from bot.providers.image_client import HttpPictureClient
from bot.providers.models import legacy_image_models, siliconflow

KEY = "sk-very-secret-key"
PNG = Picture(b"\x89PNG\r\n\x1a\n, more or less", "image/png")
CATALOGUE = siliconflow()
KOLORS = CATALOGUE.models["Kwai-Kolors/Kolors"]
EDIT = CATALOGUE.models["Qwen/Qwen-Image-Edit-2509"]
SDXL = legacy_image_models().models["stabilityai/stable-diffusion-xl-base-1.0"]
OTHER = replace(KOLORS, id="gpt-image-1", drawing=ImageCapabilities(("1024x1024",), max_steps=0, pictures=4))
ADDRESS = "https://sf.example/outputs/a%2Fb.webp"
OLD_ANSWER = {"images": [{"url": ADDRESS}], "timings": {"inference": 2.457}, "seed": 84071684, "shared_id": "5717892"}


async def parts(request: web.Request) -> dict[str, list[Any]]:
    """Texts, and files as (type, bytes); those of one key together."""
    found: dict[str, list[Any]] = {}
    for key, part in (await request.post()).items():
        value = part if isinstance(part, str) else (part.content_type, part.file.read())  # type: ignore[union-attr]  # never bytes
        found.setdefault(key, []).append(value)
    return found


class Upstream:
    """Plays ``answers`` (status, body) one after another and remembers what was asked."""

    def __init__(self) -> None:
        self.url = ""
        self.answers: deque[tuple[int, Any]] = deque()
        self.requests: list[web.Request] = []
        self.bodies: list[Any] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.requests.append(request)
        form = request.content_type == "multipart/form-data"
        self.bodies.append(await parts(request) if form else await request.json())
        status, body = self.answers.popleft()
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return web.Response(status=status, body=content, content_type="application/json")


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    server = Upstream()
    app = web.Application(client_max_size=1 << 26)
    app.router.add_route("*", "/v1/{path:.*}", server.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    yield server
    await runner.cleanup()


class Painter:
    """The client under test with all that a call needs."""

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self.client = HttpPictureClient(http, PRESETS, FakeClock())
        self.account = Account("siliconflow", "siliconflow", url, KEY)

    async def draw(self, text: str, model: Model = KOLORS, pictures: tuple[Picture, ...] = ()) -> Drawn:
        recipe = fit(parse(text).options, model, source="given" if pictures else None).recipe
        return await self.client.draw(self.account, picture_request(recipe, model, pictures))


@pytest.fixture
async def painter(upstream: Upstream) -> AsyncIterator[Painter]:
    async with open_http() as http:
        yield Painter(http, upstream.url)


async def test_todays_form_has_what_the_model_takes(upstream: Upstream, painter: Painter) -> None:
    upstream.answers.append((200, {"images": [{"url": ADDRESS}], "timings": {"inference": 0.385}, "seed": 42}))
    drawn = await painter.draw("an island --seed 42 --no dogs --size 3:4")
    assert drawn == Drawn(ADDRESS, 42, 0.385)
    assert upstream.bodies == [
        {
            "model": "Kwai-Kolors/Kolors",
            "prompt": "an island",
            "negative_prompt": "dogs",
            "image_size": "960x1280",
            "seed": 42,
            "num_inference_steps": 20,
            "guidance_scale": 7.5,
        }
    ]
    assert upstream.requests[0].path == "/v1/images/generations"
    assert upstream.requests[0].headers["Authorization"] == f"Bearer {KEY}"


async def test_form_of_2024_goes_out_as_it_was_documented(upstream: Upstream, painter: Painter) -> None:
    upstream.answers.append((200, OLD_ANSWER))
    drawn = await painter.draw("an island near sea, with seagulls", SDXL)
    assert drawn == Drawn(ADDRESS, 84071684, 2.457, "5717892")
    assert upstream.requests[0].path == "/v1/stabilityai/stable-diffusion-xl-base-1.0/text-to-image"
    assert upstream.bodies == [
        {
            "prompt": "an island near sea, with seagulls",
            "image_size": "1024x1024",
            "batch_size": 1,
            "num_inference_steps": 20,
            "guidance_scale": 7.5,
        }
    ]


async def test_picture_of_2024_has_a_path_of_its_own(upstream: Upstream, painter: Painter) -> None:
    upstream.answers.append((200, OLD_ANSWER))
    await painter.draw("an island", SDXL, (PNG,))
    assert upstream.requests[0].path == "/v1/stabilityai/stable-diffusion-xl-base-1.0/image-to-image"
    assert upstream.bodies[0]["image"] == "data:image/png;base64," + base64.b64encode(PNG.data).decode()


async def test_pictures_to_start_from_are_numbered_fields(upstream: Upstream, painter: Painter) -> None:
    upstream.answers.append((200, OLD_ANSWER))
    large = Picture(PNG.data + bytes(1_000_000), "image/png")  # sent in slices
    await painter.draw("a hat", EDIT, (PNG, large, PNG))
    body = upstream.bodies[0]
    assert {key for key in body if key.startswith("image")} == {"image", "image2", "image3"}
    assert base64.b64decode(body["image2"].partition(",")[2]) == large.data
    assert (body["cfg"], body["num_inference_steps"]) == (4, 50)


async def test_openais_form_brings_the_picture_itself(upstream: Upstream, painter: Painter) -> None:
    upstream.answers.append((200, {"created": 1, "data": [{"b64_json": base64.b64encode(PNG.data).decode()}]}))
    assert await painter.draw("an island", OTHER) == Drawn(PNG, None, 0.0)
    assert upstream.bodies == [
        {
            "model": "gpt-image-1",
            "prompt": "an island",
            "size": "1024x1024",
            "n": 1,
            "response_format": "b64_json",
        }
    ]


async def test_key_that_a_newer_model_refuses_is_left_out_once(upstream: Upstream, painter: Painter) -> None:
    refusal = {"error": {"message": "Unsupported parameter: 'response_format'.", "code": "unknown_parameter"}}
    upstream.answers += [(400, refusal), (200, {"data": [{"b64_json": base64.b64encode(PNG.data).decode()}]})]
    assert (await painter.draw("an island", OTHER)).picture == PNG
    assert ["response_format" in body for body in upstream.bodies] == [True, False]


@pytest.mark.parametrize(("count", "key"), [(1, "image"), (2, "image[]")])
async def test_edits_are_uploaded_as_files(upstream: Upstream, painter: Painter, count: int, key: str) -> None:
    upstream.answers.append((200, {"data": [{"url": ADDRESS}]}))
    await painter.draw("a hat", OTHER, (PNG,) * count)
    assert upstream.requests[0].path == "/v1/images/edits"
    assert upstream.bodies == [
        {
            "model": ["gpt-image-1"],
            "prompt": ["a hat"],
            "size": ["1024x1024"],
            "n": ["1"],
            "response_format": ["b64_json"],
            key: [("image/png", PNG.data)] * count,
        }
    ]


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (451, {"code": 20021, "message": "sensitive", "data": None}, e.Moderated),
        (402, {"code": 30001, "message": "Sorry, your account balance is insufficient"}, e.BalanceGone),
        (400, {"code": 20012, "message": "Model does not exist."}, e.ModelGone),
        (400, {"code": 20026, "message": "image_size"}, e.InvalidRequest),
        (503, {"code": 50603, "message": "System is really busy."}, e.Overloaded),
        (404, "404 page not found", e.WrongAddress),
        (200, {"images": []}, e.Moderated),
        (200, {"code": 50505, "message": "overloaded"}, e.Overloaded),
        (200, {"images": [{}]}, e.NoPicture),
        (200, {"data": [{"b64_json": base64.b64encode(b"<html>no picture</html>").decode()}]}, e.NoPicture),
        (200, [1], e.NoPicture),
        (200, b"<html>", e.NoPicture),
        (200, b"[" * 100_000, e.NoPicture),
        (200, b" " * (19 << 20), e.NoPicture),
    ],
)  # fmt: skip
async def test_refusals_are_translated(
    upstream: Upstream, painter: Painter, status: int, body: Any, kind: type[e.UpstreamError]
) -> None:
    upstream.answers.append((status, body))
    with pytest.raises(e.UpstreamError) as caught:
        await painter.draw("an island")
    assert type(caught.value) is kind
    assert KEY not in repr(caught.value) + caught.value.detail


async def test_limit_that_was_hit_is_named(upstream: Upstream, painter: Painter) -> None:
    upstream.answers.append((429, {"code": 50604, "message": "Details: IPM limit reached.", "data": None}))
    with pytest.raises(e.RateLimited) as caught:
        await painter.draw("an island")
    assert caught.value.metric == "ipm"


async def test_path_that_is_gone_means_that_its_model_is(upstream: Upstream, painter: Painter) -> None:
    upstream.answers.append((404, "404 page not found"))
    with pytest.raises(e.ModelGone):
        await painter.draw("an island", SDXL)


async def test_lost_call_is_not_repeated_since_it_may_cost(painter: Painter) -> None:
    calls = 0

    async def hang_up(request: web.Request) -> web.Response:
        nonlocal calls
        calls += 1
        if request.transport:
            request.transport.close()
        return web.Response()

    app = web.Application()
    app.router.add_route("*", "/v1/{path:.*}", hang_up)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    painter.account = replace(painter.account, base_url=f"http://127.0.0.1:{runner.addresses[0][1]}/v1")
    with pytest.raises(e.Unreachable):
        await painter.draw("an island")
    assert calls == 1
    await runner.cleanup()


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["images", "data", "url", "b64_json", "seed", "timings", "inference", "code"]), inner
        )
    ),
)


@given(st.binary(max_size=60) | _JSON.map(lambda value: json.dumps(value).encode()))
def test_any_answer_is_a_picture_or_an_error_of_ours(body: bytes) -> None:
    try:
        drawn = read(bytearray(body), PictureRequest(KOLORS, "a cat", seed=7), 1.5)
    except e.UpstreamError:
        return
    assert isinstance(drawn.picture, str | Picture)
    assert drawn.seconds >= 0


def test_reading_the_largest_answer_takes_less_than_40_megabytes() -> None:
    """Its own buffer is part of it."""
    tracemalloc.start()
    body = bytearray(b'{"data": [{"b64_json": "' + base64.b64encode(PNG.data + bytes(8)))
    body += b"A" * ((ANSWER_LIMIT - len(body) - 8) // 4 * 4)
    body += b'"}]}'
    drawn = read(body, PictureRequest(KOLORS, "a cat"), 0.0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert isinstance(drawn.picture, Picture)
    assert len(drawn.picture.data) > 13_000_000
    assert peak < 40_000_000
