"""A message to a person as data: a key of the texts, and what it is filled with in the language of that person."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class LocalizedMessage:
    key: str  # of the text, as "draw.other_size"
    values: Mapping[str, str] = field(default_factory=dict)  # data; a person's own words among them are bounded


def quoted(text: str) -> str:
    """A person's words on one line, short enough to be repeated in a message."""
    line = " ".join(text.split())
    return line if len(line) <= 40 else line[:39] + "…"
