"""Pictures in every dress that image APIs give them. Each row: its source or kind, what is sent, what becomes of it."""

import base64
import gzip
import io
import json
import zlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web
from PIL import Image

from bot.clock import FakeClock
from bot.domain import errors as e
from bot.domain.calls import Drawn, Picture, PictureRequest
from bot.domain.chat import Account
from bot.domain.model import ImageCapabilities, short_id
from bot.domain.money import Price
from bot.domain.provider import PRESETS
from bot.drawing.image_inspection import inspect
from bot.providers.http import open_http
from bot.providers.image_client import HttpPictureClient
from bot.providers.image_headers import BrokenPicture
from bot.providers.picture_fetch import PictureFetch, open_fetching_http
from bot.telegram.drawing_messages import failure_message
from bot.telegram.texts import Texts
from tests.world.provider import MODEL, Script, ScriptedProvider, refused, reply, scripted_provider

FORM = {"url": "https://e.com/a.png"}


def picture(kind: str, size: tuple[int, int] = (40, 30)) -> bytes:
    file = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(file, kind)
    return file.getvalue()


PNG, JPEG, WEBP = picture("PNG"), picture("JPEG"), picture("WEBP")
B64 = base64.b64encode(PNG).decode()
URL_SAFE = base64.urlsafe_b64encode(PNG).decode()
LINES = "\n".join(B64[at : at + 76] for at in range(0, len(B64), 76))
PAINTER = replace(MODEL, id="painter", price=Price(picture=0.3), drawing=ImageCapabilities(sizes=("1024x1024",)))


class Drawing:
    """A client of a scripted provider that draws."""

    def __init__(self, provider: ScriptedProvider, client: HttpPictureClient) -> None:
        self.provider = provider
        self._client = client

    async def draw(self, *scripts: Script) -> Drawn:
        self.provider.scripts.extend(scripts)
        request = PictureRequest(PAINTER, "an island", "1024x1024")
        return await self._client.draw(Account("a", "p", self.provider.url, "sk-key"), request)


@pytest.fixture
async def drawing() -> AsyncIterator[Drawing]:
    http = open_http()
    async with scripted_provider() as provider:
        yield Drawing(provider, HttpPictureClient(http, {"p": replace(PRESETS["custom"], name="p")}, FakeClock()))
    await http.aclose()


def entry(**fields: Any) -> Script:
    return reply(200, {"created": 1, "data": [fields]})


# What holds the picture itself
ITSELF = [
    entry(b64_json=f"data:image/png;base64,{B64}"),  # cases.md D
    entry(url=f"data:image/png;base64,{B64}"),
    entry(b64_json=URL_SAFE),
    entry(b64_json=LINES),
    reply(200, PNG, {"Content-Type": "image/png"}),
    reply(  # OpenRouter's chat completions
        200,
        {"choices": [{"message": {"images": [{"image_url": {"url": f"data:image/png;base64,{B64}"}}]}}]},
    ),
    reply(200, {"data": [{"b64_json": ""}, {"b64_json": B64}]}),
    reply(200, gzip.compress(b'{"data":[{"b64_json":"%s"}]}' % B64.encode())),
    # own: without padding; slashes escaped; unknown keys; an array of strings; raw and packed; a data URL in Markdown
    entry(b64_json=B64.rstrip("=")),
    reply(200, json.dumps({"data": [{"b64_json": B64}]}).replace("/", "\\/").encode()),
    reply(200, {"artifacts": [{"base64": B64, "finishReason": "SUCCESS"}]}),
    reply(200, {"images": [B64]}),
    reply(200, [{"image": B64}]),
    reply(200, gzip.compress(PNG)),
    reply(200, zlib.compress(PNG), {"Content-Encoding": "deflate"}),
    reply(200, {"choices": [{"message": {"content": f"Here: ![it](data:image/png;base64,{B64})"}}]}),
    reply(200, {"output": f"data:image/png;base64,{URL_SAFE}"}),
]


@pytest.mark.parametrize("script", ITSELF)
async def test_a_picture_is_decoded_in_every_dress(drawing: Drawing, script: Script) -> None:
    assert (await drawing.draw(script)).picture == Picture(PNG, "image/png")


# Where it lies
PLACES = [
    (entry(url="https://e.com/a%2Fb.png?s=1", b64_json=""), "https://e.com/a%2Fb.png?s=1"),  # cases.md D
    (reply(200, {"data": [{"url": ""}, {"url": "https://e.com/a"}]}), "https://e.com/a"),
    (reply(200, {"data": [{}, {"url": "https://e.com/a"}]}), "https://e.com/a"),
    (entry(url="/files/a.png"), "{base}/files/a.png"),
    # own
    (entry(url="files/a.png"), "{base}/v1/files/a.png"),
    (entry(url="//cdn.e.com/a.png"), "http://cdn.e.com/a.png"),
    (reply(200, {"output": ["https://e.com/a.webp"]}), "https://e.com/a.webp"),  # Replicate
    (reply(200, {"output": {"results": [{"url": "https://e.com/a"}], "task_status": "SUCCEEDED"}}), "https://e.com/a"),
    (reply(200, {"images": [{"image_url": {"url": "https://e.com/a"}}]}), "https://e.com/a"),
    (reply(200, {"choices": [{"message": {"content": "![x](https://e.com/a.png) there"}}]}), "https://e.com/a.png"),
    (reply(200, {"data": {"image_url": "https://e.com/a", "prompt": "https://no.example/"}}), "https://e.com/a"),
    (entry(b64_json="https://e.com/a", revised_prompt="see https://no.example/"), "https://e.com/a"),
]


@pytest.mark.parametrize(("script", "address"), PLACES)
async def test_an_address_is_found_in_every_place(drawing: Drawing, script: Script, address: str) -> None:
    base = drawing.provider.url.removesuffix("/v1")
    assert (await drawing.draw(script)).picture == address.format(base=base)


GIF, BMP, TIFF, AVIF = (picture(kind) for kind in ("GIF", "BMP", "TIFF", "AVIF"))
SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0"/></svg>'
OTHERS = [(GIF, "GIF"), (BMP, "BMP"), (TIFF, "TIFF"), (AVIF, "AVIF"), (SVG, "SVG"), (b"%PDF-1.7 " * 9, "PDF")]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("data", "kind"), OTHERS, ids=[kind for _, kind in OTHERS])
@pytest.mark.parametrize("raw", [True, False])
async def test_what_cannot_be_shown_is_called_by_its_name(
    drawing: Drawing, data: bytes, kind: str, raw: bool, language: Any
) -> None:
    script = reply(200, data) if raw else entry(b64_json=base64.b64encode(data).decode())
    with pytest.raises(e.NoPicture) as caught:
        await drawing.draw(script)
    assert not caught.value.retryable
    assert kind in failure_message(caught.value, short_id(PAINTER.id), Texts(language))


# Refusals within a 200, and tasks for later
OTHERWISE: list[tuple[Script, type[e.UpstreamError]]] = [
    (reply(200, {"error": {"code": "content_policy_violation", "message": "x"}}), e.Moderated),  # cases.md D
    (refused(400, "Your request was rejected by the safety system.", code="moderation_blocked"), e.Moderated),
    (reply(200, {"task_id": "1", "task_status": "PENDING"}), e.NoPicture),
    # own
    (reply(200, {"data": [{"finish_reason": "SAFETY"}]}), e.Moderated),
    (reply(200, {"images": [{"url": ""}], "has_nsfw_concepts": [True]}), e.Moderated),
    (reply(200, {"output": {"task_id": "1", "task_status": "RUNNING"}}), e.NoPicture),
    (reply(200, {"id": "x", "status": "queued"}), e.NoPicture),
    (reply(200, {"base_resp": {"status_code": 1026, "status_msg": "sensitive"}}), e.Moderated),
    (reply(200, {"data": []}), e.Moderated),
    (reply(200, {}), e.NoPicture),
    (reply(200, b"<html>"), e.NoPicture),
    (reply(200, b"\x1f\x8bbroken"), e.NoPicture),
]


@pytest.mark.parametrize(("script", "kind"), OTHERWISE)
async def test_what_is_no_picture_is_said_and_not_repeated(
    drawing: Drawing, script: Script, kind: type[e.UpstreamError]
) -> None:
    with pytest.raises(kind) as caught:
        await drawing.draw(script)
    assert not caught.value.retryable
    assert len(drawing.provider.requests) == 1


def test_a_task_for_later_is_one_true_sentence() -> None:
    later = e.NoPicture(kind="task")
    assert "later" in failure_message(later, "painter", Texts("en"))
    assert "稍后" in failure_message(later, "painter", Texts("zh"))


async def test_a_gateway_that_forgets_a_field_is_helped(drawing: Drawing) -> None:
    """LiteLLM in front of SiliconFlow: its image calls miss a field of the provider behind it (cases.md B)."""
    lacking = refused(400, "litellm.BadRequestError: image_size is required")
    assert (await drawing.draw(lacking, entry(**FORM))).picture == FORM["url"]
    assert drawing.provider.bodies[1]["image_size"] == "1024x1024"


@pytest.mark.parametrize(
    "refusal",
    [
        refused(400, "Unknown parameter: 'response_format'.", param="response_format", code="unknown_parameter"),
        refused(422, "n: Extra inputs are not permitted, response_format: Extra inputs are not permitted"),
    ],
)
async def test_a_refused_field_is_left_out_and_remembered(drawing: Drawing, refusal: Script) -> None:
    await drawing.draw(refusal, entry(**FORM))
    await drawing.draw(entry(**FORM))
    assert ["response_format" in body for body in drawing.provider.bodies] == [True, False, False]


# Fetched
@pytest.fixture
async def fetch() -> AsyncIterator[Any]:
    http = open_fetching_http()
    async with scripted_provider() as provider:
        host = provider.url.removeprefix("http://").removesuffix("/v1")

        async def fetched(*scripts: Script) -> Picture:
            provider.scripts.extend(scripts)
            return await PictureFetch(http, FakeClock(), [host]).fetch(f"http://{host}/a.png")

        yield fetched
    await http.aclose()


@pytest.mark.parametrize(
    "script",
    [
        reply(200, gzip.compress(PNG)),  # cases.md D: gzip though identity was asked; aiohttp does not unpack here
        reply(200, PNG, {"Content-Type": "text/plain"}),
    ],
)
async def test_a_picture_is_fetched_in_every_dress(fetch: Any, script: Script) -> None:
    assert await fetch(script) == Picture(PNG, "image/png")


async def packed(_: web.Request) -> web.StreamResponse:
    return web.Response(body=gzip.compress(JPEG), headers={"Content-Encoding": "gzip", "Content-Type": "image/jpeg"})


async def bomb(_: web.Request) -> web.StreamResponse:
    return web.Response(body=gzip.compress(b"\0" * (64 << 20)), headers={"Content-Encoding": "gzip"})


async def test_a_packed_picture_is_unpacked(fetch: Any) -> None:
    assert await fetch(packed) == Picture(JPEG, "image/jpeg")


async def test_a_packed_picture_is_bounded(fetch: Any) -> None:
    with pytest.raises(e.NoPicture):
        await fetch(bomb)


@pytest.mark.parametrize(("data", "kind"), OTHERS, ids=[kind for _, kind in OTHERS])
async def test_what_is_fetched_and_cannot_be_shown_is_named(fetch: Any, data: bytes, kind: str) -> None:
    with pytest.raises(e.NoPicture) as caught:
        await fetch(reply(200, data))
    assert caught.value.kind == kind


# Inspected
@pytest.mark.parametrize(
    "behind",
    [b"\r\n", b"\0" * 40, b"MotionPhoto_Data" + b"x" * 500, b"\xff\xd8\xff\xe0" + b"x" * 99, b"\xff\xd9"],
    ids=["line end", "zeros", "a block", "a second picture", "a second end"],
)
async def test_a_jpeg_with_something_behind_its_end_is_whole(behind: bytes) -> None:
    seen = await inspect(Picture(JPEG + behind, "image/jpeg"))
    assert (seen.picture.size, seen.photo) == ((40, 30), True)


@pytest.mark.parametrize("data", [JPEG[:-40], JPEG[:-2]])
async def test_a_jpeg_that_is_cut_is_not(data: bytes) -> None:
    with pytest.raises(BrokenPicture):
        await inspect(Picture(data, "image/jpeg"))


@pytest.mark.parametrize(("data", "kind"), [(PNG + b"\r\n", "image/png"), (WEBP + b"\0", "image/webp")])
async def test_nor_does_it_harm_other_kinds(data: bytes, kind: str) -> None:
    assert (await inspect(Picture(data, kind))).picture.size == (40, 30)
