"""What an operator can know of the database without starting the bot."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """The engine, and where its file stands among the steps of the schema."""

    engine: str  # its version, like 3.51.3
    exists: bool
    newest: str  # the newest step that this program knows
    pending: tuple[str, ...] = ()  # steps that the file still lacks
    exposed: tuple[Path, ...] = ()  # files of people's words and pictures that others on this machine may read
    unknown: tuple[str, ...] = ()  # steps that only a newer program knows
