"""What waits for the press of a button. It is in memory alone: after a restart the button is out of date."""

import secrets
from collections import OrderedDict
from typing import Final, Generic, TypeVar

T = TypeVar("T")

_MOST: Final = 200  # beyond which the oldest is forgotten


class Pending(Generic[T]):
    def __init__(self) -> None:
        self._items: OrderedDict[str, T] = OrderedDict()

    def add(self, item: T) -> str:
        """A name for it that nobody can guess."""
        name = secrets.token_hex(8)
        self._items[name] = item
        if len(self._items) > _MOST:
            self._items.popitem(last=False)
        return name

    def take(self, name: str) -> T | None:
        """Once; None for what is not there any more."""
        return self._items.pop(name, None)
