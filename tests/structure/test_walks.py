"""What a person does runs through no more modules than are written down here."""

from typing import Final

from tests.structure.walks import walks

# Counted by `python -m tests.structure.walks` on 30 November 2026. A guard against growth, not the goal, which is 45
# for a question: reading streams and Markdown as they are sent raised it from 75.
MOST: Final = {"question": 85, "drawing": 77, "press": 70, "summary": 90}


async def test_nothing_runs_through_more_modules_than_counted() -> None:
    found = {name: len(modules) for name, modules in (await walks()).items()}
    assert {name: count for name, count in found.items() if count > MOST[name]} == {}, "see tests/structure/walks.py"
