"""The words of a message as they can be seen; of a rich one, from its raw blocks."""

from collections.abc import Iterator
from typing import Any

import regex

_DEEPEST = 40  # levels; Telegram allows 16 of blocks and formats, each of at most two in JSON
_WORDS = ("text", "summary", "caption", "credit", "expression", "alternative_text")
_LONGEST = 32_768  # characters, as Telegram allows

# Control, format, lone surrogates; variation selector 16 is none of them.
_HIDDEN = regex.compile(r"[[\p{Cc}\p{Cf}\p{Cs}]--[\n\t\u200d]]", regex.V1)


def flatten(rich_message: Any) -> str:
    """A block a line; a table's rows as lines, their cells divided by bars."""
    blocks = rich_message.get("blocks") if isinstance(rich_message, dict) else None
    return "\n".join(line for block in _list(blocks) for line in _lines(block, 0))[:_LONGEST]


def _lines(block: Any, depth: int) -> Iterator[str]:
    if depth > _DEEPEST or not isinstance(block, dict):
        return
    for name in _WORDS:
        if own := "".join(_words(block.get(name), depth)).strip():
            yield own
    for row in _list(block.get("cells")):
        yield " | ".join("".join(_words(cell, depth)) for cell in _list(row))
    for inner in (*_list(block.get("items")), *_list(block.get("blocks"))):
        yield from _lines(inner, depth + 1)


def _words(value: Any, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name in _WORDS:
            yield from _words(value.get(name), depth + 1)
    else:
        for item in _list(value):
            yield from _words(item, depth + 1)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def clean(text: str) -> str:
    """Without characters that show nothing and can hide something; line breaks and joiners of emoji stay."""
    cleaned: str = _HIDDEN.sub("", text)
    return cleaned.strip()
