"""What people have chosen."""

from bot.domain.preferences import Preferences
from bot.store import Store


async def test_a_person_who_chose_nothing_has_no_preferences(store: Store) -> None:
    assert await store.people.choices(5, 5) == (Preferences(), None)


async def test_preferences_are_kept_per_person_and_models_per_chat(store: Store) -> None:
    chosen = Preferences(language="zh", persona="text:嘘", temperature=1, thinking="on", rich="off")
    await store.people.save(5, Preferences(language="en"))
    await store.people.save(5, chosen)
    await store.people.choose_model(5, -1, "first")
    await store.people.choose_model(5, -1, "second")
    assert await store.people.choices(5, -1) == (chosen, "second")
    assert await store.people.choices(5, 5) == (chosen, None)
    assert await store.people.choices(6, -1) == (Preferences(), None)
