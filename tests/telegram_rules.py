"""Telegram's rules for what is sent to it, as checks that tests of rendering share."""

import re
from collections.abc import Sequence
from typing import Any

from aiogram.types import MessageEntity

from bot.telegram.markdown import OutgoingMessage
from bot.telegram.markdown.formatted_text import units


def bare(text: str) -> str:
    return "".join(text.split())


def holds_in_order(text: str, wanted: str) -> bool:
    characters = iter(text)
    return all(char in characters for char in wanted)


def check_entities(text: str, entities: tuple[MessageEntity, ...]) -> None:
    """Telegram's rules: UTF-16 units, no half pairs, proper nesting, code alone, no quote in a quote, no blanks."""
    assert len(entities) <= 100
    encoded = text.encode("utf-16-le")
    assert list(entities) == sorted(entities, key=lambda entity: (entity.offset, -entity.length))
    open_: list[MessageEntity] = []
    for entity in entities:
        end = entity.offset + entity.length
        assert 0 <= entity.offset < end <= len(encoded) // 2
        covered = encoded[2 * entity.offset : 2 * end].decode("utf-16-le")  # raises where a pair is cut
        assert covered.strip()
        assert covered == covered.rstrip()
        open_ = [outer for outer in open_ if outer.offset + outer.length > entity.offset]
        for outer in open_:
            assert outer.offset + outer.length >= end
            assert outer.type not in {"pre", "code"}
            assert outer.type != entity.type
            assert not (outer.type.endswith("blockquote") and entity.type.endswith("blockquote"))
            assert entity.type not in {"pre", "code"} or outer.type.endswith("blockquote")
        assert entity.type != "text_link" or re.fullmatch(r"https?://[^\s/]+\.[^\s]+", entity.url or "")
        open_.append(entity)


def check_text(part: OutgoingMessage) -> None:
    assert part.blocks is None
    assert part.text
    assert part.text == part.text.rstrip()
    assert units(part.text) <= 4096
    check_entities(part.text, part.entities)


class Counted:
    """What a rich message contains, counted as Telegram does from what goes over the wire."""

    def __init__(self, part: OutgoingMessage) -> None:
        self.units = self.blocks = self.depth = 0
        assert part.blocks
        self.all([block.model_dump(mode="json", exclude_none=True) for block in part.blocks], 1)

    def all(self, blocks: Sequence[dict[str, Any]], depth: int) -> None:
        assert blocks
        for block in blocks:
            self.block(block, depth)

    def block(self, block: dict[str, Any], depth: int) -> None:
        self.blocks += 1
        self.depth = max(self.depth, depth)
        assert block["type"] not in {"heading", "pre"} or plain_of(block["text"]).strip()
        self.units += units(block.get("expression", ""))
        self.text(block.get("text", ""), depth + 1)
        self.text(block.get("summary", ""), depth + 1)
        if "blocks" in block:
            self.all(block["blocks"], depth + 1)
        if "items" in block:
            self.list(block["items"], depth + 1)
        if "cells" in block:
            self.table(block["cells"], depth + 1)

    def list(self, items: Sequence[dict[str, Any]], depth: int) -> None:
        assert len({"value" in item for item in items}) == 1
        for item in items:
            self.blocks += 1
            self.all(item["blocks"], depth + 1)

    def table(self, rows: Sequence[Sequence[dict[str, Any]]], depth: int) -> None:
        self.blocks += len(rows)
        for cell in (cell for row in rows for cell in row):
            assert cell["align"] in {"left", "center", "right"}
            assert cell["valign"] in {"top", "middle", "bottom"}
            self.text(cell.get("text", ""), depth)
        assert {len(row) for row in rows} <= set(range(1, 21))

    def text(self, text: Any, depth: int) -> None:
        self.depth = max(self.depth, depth)
        if isinstance(text, str):
            self.units += units(text)
        elif isinstance(text, list):
            for child in text:
                self.text(child, depth)
        else:
            if text["type"] == "url":
                assert re.fullmatch(r"https?://[^\s/]+\.[^\s]+", text["url"])
                assert plain_of(text["text"]).strip()
            self.text(text.get("text", text.get("expression", "")), depth + 1)


def plain_of(text: Any) -> str:
    if isinstance(text, str):
        return text
    if isinstance(text, list):
        return "".join(map(plain_of, text))
    return plain_of(text.get("text", text.get("expression", "")))


def check_part(part: OutgoingMessage) -> None:
    if part.blocks is None:
        check_text(part)
        return
    counted = Counted(part)
    assert counted.units <= 30_000
    assert counted.blocks <= 450
    assert counted.depth <= 16
    fallback = part.fallback()
    for text in fallback:
        check_text(text)
    assert bare("".join(text.text for text in fallback)) == bare(part.plain)
