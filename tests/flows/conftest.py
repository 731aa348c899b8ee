"""Stages to play on: with a bot at work, with one that draws, and with none yet."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.playground.siliconflow import LocalSiliconFlow
from bot.playground.telegram import LocalTelegram
from tests.flows import drawing
from tests.flows.stage import TOKEN, Stage


@pytest.fixture
async def empty_stage(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Stage]:
    """Everything but the bot, which a test starts with settings of its own."""
    telegram = LocalTelegram(TOKEN, SystemClock(), flood=False)
    siliconflow = LocalSiliconFlow(SystemClock(), limits={"chat": {}, "image": {}})
    await telegram.start()
    await siliconflow.start()
    world = telegram.world
    ann, bob = world.person("Ann", language="en"), world.person("Bob", language="zh-hans")
    group = world.group("Friends", ann, bob)
    stage = Stage(tmp_path, telegram, siliconflow, ann, bob, world.private(ann), group)
    yield stage
    await stage.stop()
    await siliconflow.stop()
    await telegram.stop()
    assert not telegram.journal.ghosts, "a draft was shown after its answer"
    errors = [record for record in caplog.get_records("call") if record.levelno >= logging.ERROR]
    assert stage.may_fail or not errors, errors


@pytest.fixture
async def stage(empty_stage: Stage) -> Stage:
    await empty_stage.start()
    return empty_stage


@pytest.fixture
async def studio(empty_stage: Stage) -> Stage:
    """A bot that draws."""
    return await drawing.start(empty_stage)
