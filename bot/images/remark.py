"""What there is to say about a wish, as data that the texts of each language fill."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Remark:
    """``key``: of the text. ``values``: what it is filled with; a person's own words among them are bounded."""

    key: str
    values: Mapping[str, str] = field(default_factory=dict)


def quoted(text: str) -> str:
    """A person's words, short enough to be repeated."""
    line = " ".join(text.split())
    return line if len(line) <= 40 else line[:39] + "…"
