"""What cannot be read holds nobody up: the answer to the question behind it comes within a second."""

import time
from pathlib import Path

import pytest

from tests.process.bomb import bomb
from tests.process.local_environment import LocalEnvironment

GOAL = 1.0  # seconds

pytestmark = pytest.mark.benchmark


async def test_question_behind_a_decode_bomb_is_answered_within_a_second(tmp_path: Path) -> None:
    around = LocalEnvironment(tmp_path)
    await around.open()
    try:
        world = around.telegram.world
        ann = world.person("Ann")
        room = world.private(ann)
        around.answer(lambda question: f"Answer to {question}")
        await around.start(LOG_LEVEL="error")
        world.say(ann, room, "first")
        await around.until(lambda: "Answer to first" in around.texts(room))
        begun = time.perf_counter()
        world.say_rich(ann, room, bomb("deep words"))
        world.inject({"message": {"message_id": "not a number", "chat": {"id": ann.id}}})
        world.say(ann, room, "behind it")
        await around.until(lambda: "Answer to behind it" in around.texts(room))
        seconds = time.perf_counter() - begun
    finally:
        await around.close()
    print(f"\nthe answer behind the bomb came after {seconds:.3f} s, goal {GOAL} s")
    assert seconds <= GOAL
