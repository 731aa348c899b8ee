"""The engines on which the store's contract is tested: each opens the store of a folder, on what it kept before."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from bot.store import Store

Engine = Callable[[Path], Awaitable[Store]]

ENGINES: Final[dict[str, Engine]] = {"sqlite": lambda folder: Store.open(folder / "bot.db")}
