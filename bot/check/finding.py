"""One line of the report of `check`."""

from dataclasses import dataclass
from typing import Literal

from bot.logs import visible


@dataclass(frozen=True, slots=True)
class Finding:
    """``text`` continues ``subject`` to a sentence; unless ``ok`` it names the mend."""

    level: Literal["ok", "warn", "fail"]
    subject: str
    text: str

    def __str__(self) -> str:
        return f"{self.level:<4} {self.subject} {visible(self.text)}"
