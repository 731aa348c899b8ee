"""The webhook over real HTTP: who may post, what, and when it is answered with 200."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.inbox.webhook import application

SECRET = "a-secret_of_the_two"


class Hook:
    """``stored`` is what was accepted; ``free`` is cleared to make storing take its time, once it has ``begun``."""

    def __init__(self) -> None:
        self.stored: list[Any] = []
        self.broken = False
        self.free = asyncio.Event()
        self.free.set()
        self.begun = asyncio.Event()
        self.url = ""
        self.session: aiohttp.ClientSession

    async def accept(self, updates: Sequence[Any]) -> None:
        self.begun.set()
        await self.free.wait()
        if self.broken:
            raise OSError("the disk is full")
        self.stored.extend(updates)

    async def post(self, text: bytes | str, *, secret: str | None = SECRET, path: str = "/hook") -> int:
        body = io.BytesIO(text.encode() if isinstance(text, str) else text)
        headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
        async with self.session.post(self.url + path, data=body, headers=headers) as response:
            return response.status


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    hook = Hook()
    runner = web.AppRunner(application("/hook", SECRET, hook.accept), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with aiohttp.ClientSession() as hook.session:
        yield hook
    await runner.cleanup()


async def test_an_update_is_stored(hook: Hook) -> None:
    assert await hook.post('{"update_id": 7, "message": {"text": "你好"}}') == 200
    assert hook.stored == [{"update_id": 7, "message": {"text": "你好"}}]


async def test_200_comes_only_after_storing(hook: Hook) -> None:
    hook.free.clear()
    posting = asyncio.create_task(hook.post('{"update_id": 7}'))
    await hook.begun.wait()
    assert not posting.done()
    hook.free.set()
    assert await posting == 200


async def test_what_could_not_be_stored_is_asked_for_again(hook: Hook) -> None:
    hook.broken = True
    assert await hook.post('{"update_id": 7}') == 500
    hook.broken = False
    assert await hook.post('{"update_id": 7}') == 200


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", SECRET[:-1], "秘密"])
async def test_strangers_leave_no_trace(hook: Hook, secret: str | None) -> None:
    assert await hook.post('{"update_id": 7}', secret=secret) == 401
    assert hook.stored == []


async def test_a_secret_that_is_no_text_is_refused(hook: Hook) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(hook.url.rpartition(":")[2]))
    writer.write(
        b"POST /hook HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n"
        b"X-Telegram-Bot-Api-Secret-Token: \xff\xfe\r\n\r\n{}"
    )
    assert (await reader.readline()).split()[1] == b"401"
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b'{"update_id": 7', b"[" * 100_000], ids=lambda b: repr(b[:9])
)
async def test_what_is_no_json_is_a_bad_request(hook: Hook, body: bytes) -> None:
    assert await hook.post(body) == 400
    assert hook.stored == []


async def test_a_body_without_end_is_refused(hook: Hook) -> None:
    assert await hook.post(json.dumps({"update_id": 7, "text": "x" * 1024 * 1024})) == 413
    assert hook.stored == []


async def test_other_paths_are_not_there(hook: Hook) -> None:
    assert await hook.post('{"update_id": 7}', path="/") == 404


async def test_rich_messages_are_defused_on_arrival(hook: Hook) -> None:
    rich = {"blocks": [{"type": "paragraph", "text": "hi"}]}
    assert await hook.post(json.dumps({"update_id": 7, "message": {"rich_message": rich}})) == 200
    [update] = hook.stored
    assert update["message"] == {"rich_message": {"blocks": []}, "rich_message_raw": rich}
