"""How updates reach the process: polled, delivered to a webhook, forged, and of a form that nobody can read."""

import socket
from typing import Any

import aiohttp

from tests.process.bomb import bomb
from tests.process.local_environment import LocalEnvironment


async def test_question_is_answered_between_what_cannot_be_read(around: LocalEnvironment) -> None:
    world = around.telegram.world
    ann = world.person("Ann")
    room = world.private(ann)
    around.answer(lambda question: f"Answer to {question}")
    bot = await around.start()
    world.say(ann, room, "before")
    world.say_rich(ann, room, bomb("deep words"))
    undecodable = world.inject({"message": {"message_id": "not a number", "chat": {"id": ann.id}}})
    world.say(ann, room, "after")
    await around.until(lambda: "Answer to after" in around.texts(room))
    assert around.texts(room) == ["Answer to before", "Answer to deep words", "Answer to after"]
    assert await bot.stop() == 0
    assert around.stored("SELECT update_id FROM inbox WHERE state = 'dead'") == [(undecodable,)]
    assert around.stored("SELECT count(*) FROM inbox WHERE state = 'done'") == [(3,)]


async def test_webhook_answers_and_forged_deliveries_leave_nothing(around: LocalEnvironment) -> None:
    world = around.telegram.world
    ann = world.person("Ann")
    room = world.private(ann)
    around.answer(lambda question: f"Answer to {question}")
    port = free_port()
    url = f"http://127.0.0.1:{port}/hook"
    bot = await around.spawn(WEBHOOK_URL=url, WEBHOOK_SECRET="a-secret-of-the-tests-32-characters", HTTP_PORT=str(port))
    await around.until(lambda: around.telegram.journal.of("setWebhook"))
    forged = {"update_id": 1, "message": around.telegram.world.ledger.raw(world.say(ann, room, "in earnest"))}
    assert await post(url, forged, secret=None) == 401
    assert await post(url, forged, secret="a-secret-of-the-tests-32-characterz") == 401
    assert await post(url, forged, secret="ä") == 401
    await around.until(lambda: around.texts(room))
    assert around.texts(room) == ["Answer to in earnest"]
    assert await bot.stop() == 0
    assert around.asked() == ["in earnest"]
    assert around.stored("SELECT count(*) FROM inbox WHERE update_id = 1") == [(0,)]
    assert around.stored("SELECT count(*), max(state) FROM inbox") == [(1, "done")]


async def post(url: str, update: dict[str, Any], *, secret: str | None) -> int:
    headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
    async with aiohttp.ClientSession() as session, session.post(url, json=update, headers=headers) as response:
        return response.status


def free_port() -> int:
    """One that is free now; the operator names the webhook's port beforehand."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        return int(held.getsockname()[1])
