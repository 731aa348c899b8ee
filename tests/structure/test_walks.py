"""What a person does runs through no more modules than before."""

from typing import Final

from tests.structure.walks import walks

# Counted by `python -m tests.structure.walks` on 30 November 2026. More modules are harder to
# follow: a number rises only with what a walk has learned to read.
MOST: Final = {"question": 85, "drawing": 77, "press": 70, "summary": 90}


async def test_nothing_runs_through_more_modules_than_it_did() -> None:
    found = {name: len(modules) for name, modules in (await walks()).items()}
    assert {name: count for name, count in found.items() if count > MOST[name]} == {}, "see tests/structure/walks.py"
