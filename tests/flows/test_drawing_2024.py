"""A model of 2024, asked by the path that it had then."""

from collections.abc import AsyncIterator

import pytest

from bot.clock import SystemClock
from bot.playground.siliconflow import LocalSiliconFlow
from tests.flows.drawing import asked, calls, content, drawn, start, upstream
from tests.flows.stage import Stage

PATH = "/v1/stabilityai/stable-diffusion-xl-base-1.0/text-to-image"
BODY = {
    "prompt": "an island near sea, with seagulls, moon shining over the sea, light house, boats int he background",
    "image_size": "1024x1024",
    "batch_size": 1,
    "num_inference_steps": 20,
    "guidance_scale": 7.5,
}


@pytest.fixture
async def studio(empty_stage: Stage) -> AsyncIterator[Stage]:
    empty_stage.siliconflow = LocalSiliconFlow(SystemClock(), profile="2024", limits={"chat": {}, "image": {}})
    await empty_stage.siliconflow.start()
    yield await start(empty_stage)
    await empty_stage.stop()
    await empty_stage.siliconflow.stop()


async def test_the_very_request_of_that_time_arrives_as_a_photo(studio: Stage) -> None:
    photo = await drawn(studio, studio.ann, studio.room, f"/draw {BODY['prompt']} --model stable-diffusion-xl-base-1.0")
    [call] = calls(studio)
    assert (call.method, call.path, call.body) == ("POST", PATH, BODY)
    assert "photo" in (photo.media or {})
    assert content(studio, photo) == upstream(studio)[0]
    assert content(studio, photo)[8:12] == b"WEBP"
    assert "stable-diffusion-xl-base-1.0 · 1024x1024 · seed " in photo.text


async def test_the_seed_that_was_told_is_part_of_the_recipe(studio: Stage) -> None:
    photo = await drawn(studio, studio.ann, studio.room, "/draw a cat --model stable-diffusion-xl-base-1.0")
    await drawn(studio, studio.ann, studio.room, "in the snow", reply_to=photo)
    assert f"seed {asked(studio)['seed']} " in photo.text
    assert calls(studio)[-1].path.endswith("/image-to-image")


async def test_todays_api_has_a_successor_for_it(empty_stage: Stage) -> None:
    await start(empty_stage)
    wish = "/draw a cat --model stable-diffusion-xl-base-1.0"
    photo = await drawn(empty_stage, empty_stage.ann, empty_stage.room, wish)
    assert [call.status for call in calls(empty_stage)] == [404, 200]
    assert photo.text.splitlines()[1].startswith("Kolors · 1024x1024")
    assert "because stable-diffusion-xl-base-1.0 was not available" in photo.text
