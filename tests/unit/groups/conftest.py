"""A room where a group is archived, summarised and told digests."""

import pytest

from bot.store import Store
from tests.unit.groups.group_room import Room


@pytest.fixture
def room(store: Store) -> Room:
    return Room(store)
