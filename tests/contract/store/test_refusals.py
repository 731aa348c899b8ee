"""What models have refused, as the file keeps it."""

from dataclasses import replace

from bot.domain.model_adjustments import MemoryAdjustments, ModelAdjustment, ModelAdjustmentRepository
from bot.store import Store

ONE = ModelAdjustment("home", "llama", "entry-1", "temperature")


async def keeps(repository: ModelAdjustmentRepository) -> None:
    other = ModelAdjustment("home", "other", "entry-1", "max_tokens", "max_completion_tokens")
    for row in (ONE, other, ONE, replace(ONE, parameter="context", instead="512")):
        repository.remember(row)
    repository.remember(replace(ONE, parameter="context", instead="256"))
    rows = {(row.model, row.parameter): row.instead for row in await repository.every()}
    assert rows == {
        ("llama", "temperature"): "",
        ("llama", "context"): "256",
        ("other", "max_tokens"): "max_completion_tokens",
    }
    repository.remember(replace(ONE, entry="entry-2"))
    repository.forget_other_entries("home", "llama", "entry-2")
    assert {(row.model, row.parameter) for row in await repository.every()} == {
        ("llama", "temperature"),
        ("other", "max_tokens"),
    }


async def test_the_newest_of_each_parameter_is_kept_until_the_entry_changes(store: Store) -> None:
    await keeps(store.refusals)


async def test_in_memory_likewise() -> None:
    await keeps(MemoryAdjustments())
