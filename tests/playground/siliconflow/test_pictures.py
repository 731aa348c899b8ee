"""The local SiliconFlow draws in both forms of the API, keeps its limits, and fails on order."""

import asyncio
import base64
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from PIL import Image
from yarl import URL

from bot.clock import FakeClock
from bot.playground.siliconflow import LocalSiliconFlow, Quirks, Reset, picture_art, refusals
from bot.playground.siliconflow.picture_storage import LIFETIME, Spoil

KOLORS, EDIT = "Kwai-Kolors/Kolors", "Qwen/Qwen-Image-Edit"
SDXL = "stabilityai/stable-diffusion-xl-base-1.0"
OLD: dict[str, Any] = {
    "prompt": "an island",
    "image_size": "1024x1024",
    "batch_size": 1,
    "num_inference_steps": 20,
    "guidance_scale": 7.5,
}
PLENTY: Any = {"image": {}}

Start = Callable[..., Awaitable[LocalSiliconFlow]]


@pytest.fixture
async def start(clock: FakeClock) -> AsyncIterator[Start]:
    """Starts servers with these settings, without limits unless they say so, and stops them at the end."""
    servers: list[LocalSiliconFlow] = []

    async def start(**settings: Any) -> LocalSiliconFlow:
        servers.append(LocalSiliconFlow(clock, **{"limits": PLENTY, **settings}))
        await servers[-1].start()
        return servers[-1]

    yield start
    for server in servers:
        await server.stop()


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as client:
        yield client


class Answer:
    def __init__(self, status: int, headers: Any, body: Any) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def address(self) -> URL:
        return URL(self.body["images"][0]["url"], encoded=True)


async def post(client: aiohttp.ClientSession, server: LocalSiliconFlow, path: str, body: Any) -> Answer:
    headers = {"Authorization": "Bearer sk-local", "X-Enable-Watermark": "0"}
    async with client.post(f"{server.url}{path}", json=body, headers=headers) as response:
        return Answer(response.status, response.headers, await response.json())


async def draw(client: aiohttp.ClientSession, server: LocalSiliconFlow, **body: Any) -> Answer:
    asked = {"model": KOLORS, "prompt": "an island", "image_size": "768x1024", "seed": 42} | body
    sent = {key: value for key, value in asked.items() if value is not None}
    return await post(client, server, "/images/generations", sent)


async def get(client: aiohttp.ClientSession, address: URL) -> tuple[int, bytes]:
    async with client.get(address, allow_redirects=False) as response:
        return response.status, await response.read()


async def picture(client: aiohttp.ClientSession, answer: Answer) -> Image.Image:
    status, data = await get(client, answer.address)
    assert status == 200
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


async def test_answer_of_today_has_the_documented_keys(start: Start, client: aiohttp.ClientSession) -> None:
    server = await start()
    answer = await draw(client, server)
    url = answer.body["images"][0]["url"]
    assert answer.status == 200
    assert answer.body == {
        "images": [{"url": url}],
        "timings": {"inference": 0.385},
        "seed": 42,
        "shared_id": "0",
        "data": [{"url": url}],
        "created": 1_800_000_000,
    }
    assert server.journal.last.headers["x-enable-watermark"] == "0"


async def test_answer_of_2024_has_as_many_pictures_as_were_wanted(start: Start, client: aiohttp.ClientSession) -> None:
    server = await start(profile="2024")
    answer = await post(client, server, f"/{SDXL}/text-to-image", OLD | {"batch_size": 2})
    assert (answer.status, sorted(answer.body)) == (200, ["images", "seed", "shared_id", "timings"])
    assert len({entry["url"] for entry in answer.body["images"]}) == 2
    image = await picture(client, answer)
    assert (image.format, image.size) == ("WEBP", (1024, 1024))


async def test_today_there_is_one_picture_however_many_are_wanted(start: Start, client: aiohttp.ClientSession) -> None:
    assert len((await draw(client, await start(), batch_size=4)).body["images"]) == 1


async def test_each_form_is_unknown_at_the_other_time(start: Start, client: aiohttp.ClientSession) -> None:
    now, old = await start(), await start(profile="2024")
    assert (await post(client, now, f"/{SDXL}/text-to-image", OLD)).body == "404 page not found"
    assert (await draw(client, old)).status == 404


@pytest.mark.parametrize(("seed", "file_type"), [(42, "PNG"), (43, "JPEG")])
async def test_picture_has_the_size_that_was_asked_for(
    start: Start, client: aiohttp.ClientSession, seed: int, file_type: str
) -> None:
    image = await picture(client, await draw(client, await start(), seed=seed))
    assert (image.format, image.size) == (file_type, (768, 1024))


async def test_same_call_gives_the_same_picture_and_another_call_another(
    start: Start, client: aiohttp.ClientSession
) -> None:
    server = await start()

    async def file(**body: Any) -> bytes:
        return (await get(client, (await draw(client, server, **body)).address))[1]

    assert await file() == await file()
    files = [await file(), await file(seed=44), await file(prompt="a cat"), await file(negative_prompt="dogs")]
    assert len(set(files)) == len(files)


@pytest.mark.parametrize("size", [(1024, 1024), (512, 2048), (60, 40)])
def test_words_are_left_out_where_they_would_be_empty_boxes(size: tuple[int, int]) -> None:
    """The font that every machine has knows no Chinese; what is left of the words is written."""

    def label(prompt: str) -> bytes:
        image = Image.new("RGB", size, "white")
        picture_art.write_label(image, "placeholder · 42", prompt)
        return image.tobytes()

    assert label("一只猫") == label("")
    assert label("一只 cat 猫") == label("cat") != label("")


async def test_given_picture_is_seen_in_the_drawn_one(start: Start, client: aiohttp.ClientSession) -> None:
    server = await start()

    async def edited(colour: str) -> Image.Image:
        file = io.BytesIO()
        Image.new("RGB", (60, 40), colour).save(file, "PNG")
        url = "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
        return await picture(client, await draw(client, server, model=EDIT, image=url, image_size=None))

    red, blue = await edited("red"), await edited("blue")
    assert red.size == blue.size == (60, 40)
    assert red.getpixel((5, 5)) != blue.getpixel((5, 5))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"model": None}, 20013),
        ({"model": "nobody/none"}, 20012),
        ({"model": "Qwen/Qwen3-8B"}, 20012),
        ({"model": SDXL}, 20012),
        ({"prompt": " "}, 20016),
        ({"model": EDIT}, 20017),
        ({"image_size": None}, 20015),
        ({"image_size": 1024}, 20025),
        ({"image_size": "large"}, 20026),
        ({"image_size": "4096x4096"}, 20015),
        ({"num_inference_steps": 101}, 20028),
        ({"seed": -1}, 20034),
        ({"batch_size": 5}, 20035),
        ({"guidance_scale": "high"}, 20015),
        ({"image": "http"}, 20038),
        ({"image": "data:image/png;base64,A"}, 20040),
    ],
)
async def test_what_is_wrong_is_named_by_its_code(
    start: Start, client: aiohttp.ClientSession, body: dict[str, Any], code: int
) -> None:
    server = await start()
    answer = await draw(client, server, **body)
    assert (answer.status, answer.body["code"]) == (400, code)
    assert server.meter.arrivals() == []


async def test_old_form_wants_all_its_fields(start: Start, client: aiohttp.ClientSession) -> None:
    server = await start(profile="2024")
    for key in ("image_size", "batch_size", "num_inference_steps", "guidance_scale"):
        answer = await post(client, server, f"/{SDXL}/text-to-image", {k: v for k, v in OLD.items() if k != key})
        assert (answer.status, answer.body["message"]) == (400, "Field required")


async def test_undocumented_size_is_refused_only_in_strict_mode(start: Start, client: aiohttp.ClientSession) -> None:
    assert (await draw(client, await start(), image_size="800x600")).status == 200
    assert (await draw(client, await start(strict_sizes=True), image_size="800x600")).body["code"] == 20026


async def test_pictures_a_minute_are_limited(start: Start, client: aiohttp.ClientSession, clock: FakeClock) -> None:
    server = await start(limits={})
    statuses = [(await draw(client, server)).status for _ in range(3)]
    assert statuses == [200, 200, 429]
    await clock.advance(60)
    assert (await draw(client, server)).status == 200


async def test_pictures_a_day_are_limited(start: Start, client: aiohttp.ClientSession, clock: FakeClock) -> None:
    server = await start(limits={"image": {"ipd": 1}})
    assert (await draw(client, server)).status == 200
    answer = await draw(client, server)
    assert answer.body["message"].endswith("Details:IPD limit reached.")
    await clock.advance(86_400)
    assert (await draw(client, server)).status == 200


async def test_ordered_errors_come(start: Start, client: aiohttp.ClientSession) -> None:
    server = await start()
    server.faults.add(refusals.MODERATED, model=KOLORS)
    server.faults.add(Reset())
    assert (await draw(client, server)).status == 451
    with pytest.raises(aiohttp.ClientError):
        await draw(client, server)
    assert (await draw(client, server, prompt="a cat !402")).status == 402
    assert (await draw(client, server, prompt="a cat !busy")).body["code"] == 50603
    assert (await draw(client, server)).status == 200


async def test_held_answer_waits_for_its_release(start: Start, client: aiohttp.ClientSession) -> None:
    server, release = await start(), asyncio.Event()
    server.faults.add(Quirks(hold_after=0, release=release))
    drawing = asyncio.create_task(draw(client, server))
    await server.journal.until(lambda journal: len(journal) == 1)
    assert not drawing.done()
    release.set()
    assert (await drawing).status == 200


async def test_address_holds_for_an_hour(start: Start, client: aiohttp.ClientSession, clock: FakeClock) -> None:
    answer = await draw(client, await start())
    await clock.advance(LIFETIME - 1)
    assert (await get(client, answer.address))[0] == 200
    await clock.advance(1)
    status, body = await get(client, answer.address)
    assert (status, b"<Code>AccessDenied</Code>" in body) == (403, True)


async def test_storage_knows_no_key_and_no_other_writing_of_its_address(
    start: Start, client: aiohttp.ClientSession
) -> None:
    address = (await draw(client, await start())).address
    assert (await get(client, URL(str(address))))[0] == 403  # written anew
    async with client.get(address, headers={"Authorization": "Bearer sk-local"}) as response:
        assert response.status == 400


@pytest.mark.parametrize("ordered", ["by a test", "by hand"])
@pytest.mark.parametrize(
    ("spoil", "status", "begins"),
    [
        (Spoil.EXPIRED, 403, b"<?xml"),
        (Spoil.PAGE, 200, b"<html>"),
        (Spoil.BOMB, 200, b"\x89PNG"),
        (Spoil.METADATA, 302, b""),
        (Spoil.LOCALHOST, 302, b""),
        (Spoil.AROUND, 302, b""),
        (Spoil.TEXT, 200, b"This is no picture."),
        (Spoil.TRUNCATED, 200, b"\x89PNG"),
    ],
)
async def test_spoiled_picture_comes_as_it_was_ordered(
    start: Start, client: aiohttp.ClientSession, ordered: str, spoil: Spoil, status: int, begins: bytes
) -> None:
    server = await start()
    if ordered == "by a test":
        server.storage.spoil(spoil)
    answer = await draw(client, server, prompt="a cat" if ordered == "by a test" else f"a cat !{spoil.value}")
    got, body = await get(client, answer.address)
    assert (got, body.startswith(begins)) == (status, True)
    assert len(body) < 100_000


async def test_huge_pictures_are_of_60_megabytes(start: Start, client: aiohttp.ClientSession) -> None:
    server = await start()
    for prompt, length in (("cat !huge", 60_000_000), ("cat !endless", None)):
        async with client.get((await draw(client, server, prompt=prompt)).address) as response:
            assert response.content_length == length
            assert (await response.content.read(8)) == b"\x89PNG\r\n\x1a\n"


async def test_bomb_has_400_million_pixels(start: Start, client: aiohttp.ClientSession) -> None:
    _, body = await get(client, (await draw(client, await start(), prompt="cat !bomb")).address)
    with pytest.raises((Image.DecompressionBombError, Image.DecompressionBombWarning)):
        Image.open(io.BytesIO(body))
