"""Processes end with the test that started them, and what they wrote is shown where it failed."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.process.local_environment import LocalEnvironment

_SHOWN = 60  # lines of each run


@pytest.fixture
async def around(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[LocalEnvironment]:
    around = LocalEnvironment(tmp_path)
    await around.open()
    yield around
    await around.close()
    for number, run in enumerate(around.runs, 1):
        request.node.add_report_section("teardown", f"output of run {number}", "\n".join(run.lines[-_SHOWN:]))
