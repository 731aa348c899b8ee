"""How many modules of the product one question, drawing, summary and press run through.

    python -m tests.structure.walks

The whole bot runs between the two local servers; a module counts where one of its functions runs between the update's
arrival and the moment when the bot is idle again. The local servers themselves do not count.
"""

import asyncio
import sys
import tempfile
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import FrameType
from typing import Any

from bot.clock import SystemClock
from bot.playground.siliconflow import LocalSiliconFlow
from bot.playground.telegram import LocalTelegram
from bot.playground.telegram.seed import seed
from tests.flows import drawing
from tests.flows.stage import TOKEN, Stage

ROOT = Path(__file__).parents[2]
_PRODUCT = (str(ROOT / "bot"), str(ROOT / "handlers"))
_NAME = "@silicon_local_bot"
_AFTERWARDS = 0.3  # seconds in which the last rows are written, which would count in the next walk else


class Recorder:
    """Which modules run while it is open; it sees the threads that are started after :meth:`watch`."""

    def __init__(self) -> None:
        self._modules: set[str] = set()
        self._is_open = False

    def watch(self) -> None:
        threading.setprofile(self._note)
        sys.setprofile(self._note)

    def end(self) -> None:
        sys.setprofile(None)
        threading.setprofile(None)

    async def modules_of(self, walk: Callable[[], Awaitable[object]]) -> list[str]:
        self._modules = set()
        self._is_open = True
        await walk()
        await asyncio.sleep(_AFTERWARDS)
        self._is_open = False
        return sorted(self._modules)

    def _note(self, frame: FrameType, event: str, _: Any) -> None:
        if self._is_open and event == "call" and frame.f_code.co_filename.startswith(_PRODUCT):
            self._modules.add(frame.f_code.co_filename)


async def walks() -> dict[str, list[str]]:
    """The modules of each walk, as paths from the root."""
    recorder = Recorder()
    with tempfile.TemporaryDirectory() as folder:
        recorder.watch()
        try:
            found = await _all(recorder, Path(folder))
        finally:
            recorder.end()
    return {name: _product(modules) for name, modules in found.items()}


def _product(modules: list[str]) -> list[str]:
    paths = [Path(module).relative_to(ROOT) for module in modules]
    return [str(path) for path in paths if path.parts[:2] != ("bot", "playground")]


async def _all(recorder: Recorder, folder: Path) -> dict[str, list[str]]:
    telegram = LocalTelegram(TOKEN, SystemClock(), flood=False)
    siliconflow = LocalSiliconFlow(SystemClock(), limits={"chat": {}, "image": {}})
    await telegram.start()
    await siliconflow.start()
    world = telegram.world
    world.privacy = False
    seeded = seed(world)
    ann, bob, lin = world.person("Ann", language="en"), world.person("Bob", language="zh-hans"), seeded.people["Lin"]
    stage = Stage(folder, telegram, siliconflow, ann, bob, world.private(ann), seeded.chat)
    await drawing.start(stage)
    try:
        await stage.answer_to(ann, stage.room, "Hello")
        await stage.reply_to(lin, seeded.chat, f"/privacy{_NAME}")
        await stage.idle()
        return {
            "question": await recorder.modules_of(lambda: _ask(stage)),
            "drawing": await recorder.modules_of(lambda: drawing.drawn(stage, ann, stage.room, "/draw a lighthouse")),
            "press": await recorder.modules_of(lambda: _press(stage)),
            "summary": await recorder.modules_of(lambda: _summarize(stage, lin)),
        }
    finally:
        await stage.stop()
        await siliconflow.stop()
        await telegram.stop()


async def _ask(stage: Stage) -> None:
    await stage.answer_to(stage.ann, stage.room, "What is **recursion**?")
    await stage.idle()


async def _press(stage: Stage) -> None:
    count = len(drawing.pictures(stage, stage.room))
    await stage.press(stage.ann, drawing.pictures(stage, stage.room)[-1], "Again")
    await drawing.picture(stage, stage.room, count)


async def _summarize(stage: Stage, lin: Any) -> None:
    count = len(stage.answers(stage.group))
    stage.say(lin, stage.group, f"/summarize{_NAME} 7d")
    message = await stage.next(stage.group, count)
    await stage.until(lambda: not (stage.now(message).text or "").startswith("📖"))
    await stage.idle()


def main() -> None:
    for name, modules in asyncio.run(walks()).items():
        print(f"{name}: {len(modules)} modules")  # noqa: T201 - the script's purpose
        for module in modules:
            print(f"    {module}")  # noqa: T201 - likewise


if __name__ == "__main__":
    main()
