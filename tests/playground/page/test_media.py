"""Pictures on the chat page: shown where they are some, and saved where they might be anything."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession

from bot.clock import SystemClock
from bot.playground.page import Page
from bot.playground.telegram import LocalTelegram
from bot.playground.telegram.files import PIXEL


@pytest.fixture
async def telegram() -> AsyncIterator[LocalTelegram]:
    telegram = LocalTelegram("4200:page", SystemClock())
    await telegram.start()
    yield telegram
    await telegram.stop()


@pytest.fixture
async def address(telegram: LocalTelegram) -> AsyncIterator[str]:
    page = Page(telegram)
    await page.start("127.0.0.1", 0)
    yield f"http://127.0.0.1:{page.port}/media"
    await page.stop()


async def test_a_picture_is_shown(telegram: LocalTelegram, address: str) -> None:
    ann = telegram.world.person("Ann")
    photo = telegram.world.send_photo(ann, telegram.world.private(ann))
    file_id = (photo.media or {})["photo"][-1]["file_id"]
    async with ClientSession() as http, http.get(f"{address}/{file_id}") as answer:
        assert await answer.read() == PIXEL
        assert answer.content_type == "image/png"
        assert "Content-Disposition" not in answer.headers


async def test_any_other_file_is_saved_and_never_run(telegram: LocalTelegram, address: str) -> None:
    ann = telegram.world.person("Ann")
    page = telegram.world.send_document(ann, telegram.world.private(ann), b"<script>alert(1)</script>", "a.html")
    file_id = (page.media or {})["document"]["file_id"]
    async with ClientSession() as http, http.get(f"{address}/{file_id}") as answer:
        assert answer.content_type == "application/octet-stream"
        assert answer.headers["Content-Disposition"] == "attachment"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_what_is_not_there_is_not_found(address: str) -> None:
    async with ClientSession() as http, http.get(f"{address}/..%2Fsecret") as answer:
        assert answer.status == 404
