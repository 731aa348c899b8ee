"""Server-sent events as chat APIs really send them: bytes in, the JSON values of complete events out.

Seen in the wild (2024 to 2026), and read: a byte order mark; CR, LF or both as the end of a line, cut anywhere; one
event in several ``data`` lines, and several events without a blank line between them; a doubled ``data:``; fields that
are called ``error``; events that are called so; comments; a body that is no stream at all.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from pydantic_core import from_json

LINE_LIMIT: Final = 1 << 20
STRAY_LIMIT: Final = 4 << 20
_MOST_TRIED: Final = 64  # lines of an event after which only a blank line ends it
_BOM: Final = b"\xef\xbb\xbf"
_IGNORED: Final = frozenset({b"id", b"retry"})  # fields that say nothing about an answer


class Oversized(ValueError):
    """A line, an event, or a body that is no event stream, longer than any answer."""


@dataclass(frozen=True, slots=True)
class Spoiled:
    """An event that is no JSON."""

    payload: bytes


class _Done:
    """The event that is the last of a stream."""


DONE: Final = _Done()
_DONE_WORDS: Final = frozenset({b"[DONE]", b'"[DONE]"', b"[done]", b"DONE"})

Event = Any
"""A JSON value, :class:`Spoiled`, or :data:`DONE`."""


class EventReader:
    """Feed it bytes as they come; it gives the events that are complete.

    An event is complete when its ``data`` lines together are JSON, or at a blank line: some servers leave those out.
    What is no event stream at all (a plain JSON body, HTML) gathers in ``stray``. Lines are cut as bytes, so a
    character cut over two reads is whole again.
    """

    __slots__ = ("_begun", "_data", "_data_size", "_name", "_rest", "stray")

    def __init__(self) -> None:
        self._begun = False
        self._rest = b""  # the beginning of a line
        self._data: list[bytes] = []  # the lines of an event that goes on
        self._data_size = 0
        self._name = b""
        self.stray = bytearray()

    def feed(self, chunk: bytes) -> list[Event]:
        text = self._rest + chunk if self._rest else chunk
        if not self._begun:
            if len(text) < len(_BOM) and _BOM.startswith(text):
                self._rest = text
                return []
            self._begun, text = True, text.removeprefix(_BOM)
        held = b"\r" if text.endswith(b"\r") else b""  # perhaps the first half of a line's end
        lines = text.removesuffix(b"\r").replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        self._rest = lines.pop() + held
        if len(self._rest) > LINE_LIMIT:
            raise Oversized("a line without an end")
        return [event for line in lines for event in self._line(line)]

    def close(self) -> list[Event]:
        """What an end without a newline, or without a blank line, left over."""
        rest, self._rest = self._rest.removeprefix(_BOM).removesuffix(b"\r"), b""
        return [*self._line(rest), *self._flush()]

    def _line(self, line: bytes) -> Iterator[Event]:
        line = line.strip()
        if not line:
            yield from self._flush()
            return
        field, colon, value = line.partition(b":")
        name = field.strip().lower()
        if colon and name == b"data":
            yield from self._data_line(value.strip())
        elif colon and name == b"error":
            yield {"error": parsed_or_text(value.strip())}
        elif colon and name == b"event":
            self._name = value.strip().lower()
        elif name and name not in _IGNORED:
            self._keep_aside(line)

    def _data_line(self, value: bytes) -> Iterator[Event]:
        while value.startswith(b"data:"):
            value = value[5:].strip()
        if not self._data and value in _DONE_WORDS:
            yield DONE
            return
        if not value and not self._data:
            return
        self._data.append(value)
        self._data_size += len(value) + 1
        if self._data_size > LINE_LIMIT:
            raise Oversized("an event without an end")
        if len(self._data) == 1 or (value[-1:] in b"}]" and len(self._data) <= _MOST_TRIED):
            whole = parsed(b"\n".join(self._data))
            if not isinstance(whole, Spoiled):
                yield from self._named(whole)

    def _flush(self) -> Iterator[Event]:
        if self._data:
            yield from self._named(parsed(b"\n".join(self._data)))
        self._name = b""

    def _named(self, event: Event) -> Iterator[Event]:
        """The event; one that is called an error as one, whatever its form."""
        self._data, self._data_size = [], 0
        is_error = self._name == b"error" and not (isinstance(event, dict) and ("error" in event or "choices" in event))
        yield (
            {"error": event.payload.decode("utf-8", "replace") if isinstance(event, Spoiled) else event}
            if (is_error)
            else event
        )

    def _keep_aside(self, line: bytes) -> None:
        self.stray += line + b"\n"
        if len(self.stray) > STRAY_LIMIT:
            raise Oversized("a body without an end")


def parsed(payload: bytes) -> Event:
    """The quick parser refuses broken text and halves of characters; the other one takes them."""
    try:
        return from_json(payload)
    except ValueError:
        pass
    try:
        return json.loads(payload.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return Spoiled(payload)


def parsed_or_text(payload: bytes) -> Any:
    found = parsed(payload)
    return payload.decode("utf-8", "replace") if isinstance(found, Spoiled) else found
