"""What a reader of markup has understood so far, and how it says what it cannot."""

from dataclasses import dataclass, field
from typing import Any

from bot.playground.telegram.errors import bad_request
from bot.playground.telegram.text import utf16

Json = dict[str, Any]


def fail(reason: str) -> Exception:
    return bad_request(f"can't parse entities: {reason}")


def fail_at(reason: str, source: str, at: int, more: str = "") -> Exception:
    return fail(f"{reason} at byte offset {len(source[:at].encode())}{more}")


@dataclass(slots=True)
class Open:
    name: str
    kind: str
    begin: int
    at: int
    extra: Json = field(default_factory=dict)


@dataclass(slots=True)
class Output:
    """Text so far and the entities that are open in it."""

    text: str = ""
    size: int = 0
    entities: list[Json] = field(default_factory=list)
    open: list[Open] = field(default_factory=list)

    def write(self, text: str) -> None:
        self.text += text
        self.size += utf16(text)

    def under(self, opened: Open) -> str:
        """The text that the entity covers so far."""
        return self.text.encode("utf-16-le", "surrogatepass")[2 * opened.begin :].decode("utf-16-le", "surrogatepass")

    def begin(self, name: str, kind: str, at: int, **extra: Any) -> None:
        self.open.append(Open(name, kind, self.size, at, extra))

    def end(self) -> None:
        done = self.open.pop()
        if self.size > done.begin:
            self.entities.append(
                {"type": done.kind, "offset": done.begin, "length": self.size - done.begin, **done.extra}
            )
