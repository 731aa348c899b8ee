"""Rich messages: an InputRichMessage is checked against every limit and becomes the blocks that readers get.

Limits: 32768 characters, 500 blocks (nested ones, list items and table rows count), 16 levels of blocks and formats,
50 media, 20 table columns, 8 buttons a row. Links are not detected in plain text here.
"""

from collections.abc import Callable
from typing import Any, ClassVar

from bot.playground.telegram.errors import bad_request
from bot.playground.telegram.keyboards import button
from bot.playground.telegram.rich_html import html_blocks
from bot.playground.telegram.rich_markdown import markdown_blocks
from bot.playground.telegram.rich_text import RichText, parse_error, require

Json = dict[str, Any]
Resolve = Callable[[str, Any], Any]
_Check = Callable[["_Checker", Json, int], Json]

CHARACTERS = 32_768
BLOCKS = 500
DEPTH = 16
MEDIA = 50
COLUMNS = 20
BUTTONS = 8

_MEDIA = ("photo", "video", "animation", "audio", "document", "voice_note")
_ALIGN = {"left", "center", "right"}
_VALIGN = {"top", "middle", "bottom"}


def rich_message(given: Json, resolve: Resolve, *, draft: bool) -> Json:
    """``resolve(kind, input_media)`` gives the stored file of a media block; ``draft`` allows thinking blocks."""
    sources = [name for name in ("html", "markdown", "blocks") if given.get(name) is not None]
    if not sources:
        raise bad_request("rich message must be non-empty")
    if len(sources) > 1:
        raise bad_request("exactly one of the fields html, markdown and blocks must be used")
    declared = {str(item.get("id")): item.get("media") for item in _list(given, "media") if isinstance(item, dict)}
    checker = _Checker(resolve, declared, draft=draft)
    checked: Json = {"blocks": checker.blocks(_input_blocks(given, sources[0]), 1)}
    return checked | {"is_rtl": True} if given.get("is_rtl") is True else checked


def _list(given: Json, name: str) -> list[Any]:
    value = given.get(name) or []
    if not isinstance(value, list):
        raise bad_request(f'can\'t parse InputRichMessage: Field "{name}" must be of type Array')
    return value


def _input_blocks(given: Json, source: str) -> list[Any]:
    value = given[source]
    if source == "blocks":
        if not isinstance(value, list):
            raise parse_error('Field "blocks" must be of type Array')
        if not value:
            raise bad_request("rich message must be non-empty")
        return value
    if not isinstance(value, str):
        raise bad_request(f'can\'t parse InputRichMessage: Field "{source}" must be of type String')
    if len(value) > CHARACTERS:
        raise bad_request("RICH_MESSAGE_TEXT_TOO_LONG")
    blocks = markdown_blocks(value) if source == "markdown" else html_blocks(value)
    if not blocks:
        raise bad_request(f"RICH_MESSAGE_{source.upper()}_INVALID")
    return blocks


class _Checker:
    def __init__(self, resolve: Resolve, declared: dict[str, Any], *, draft: bool) -> None:
        self._resolve = resolve
        self._declared = declared
        self._draft = draft
        self._text = RichText(CHARACTERS, DEPTH)
        self._blocks = 0
        self._media = 0

    def blocks(self, given: Any, depth: int) -> list[Json]:
        if not isinstance(given, list):
            raise parse_error('Field "blocks" must be of type Array')
        if not given:
            raise bad_request("RICH_MESSAGE_CONTENT_REQUIRED")
        return [self._block(block, depth) for block in given]

    def _block(self, given: Any, depth: int) -> Json:
        if not isinstance(given, dict):
            raise parse_error("expected an Object")
        kind = require(given, "type", str)
        self._count()
        if depth > DEPTH:
            raise bad_request("RICH_MESSAGE_DEPTH_INVALID")
        if kind in _MEDIA:
            return self._medium(kind, given, depth)
        check = self._CHECKS.get(kind)
        if check is None:
            raise parse_error(f'type "{kind}" is unsupported')
        return {"type": kind} | check(self, given, depth)

    def _count(self) -> None:
        self._blocks += 1
        if self._blocks > BLOCKS:
            raise bad_request("RICH_MESSAGE_BLOCKS_TOO_MANY")

    def _content(self, given: Json, name: str, depth: int) -> Any:
        return self._text.required(require(given, name), depth)

    def _optional(self, given: Json, name: str, depth: int) -> Json:
        return {name: self._text.check(given[name], depth)} if given.get(name) else {}

    def _plain(self, given: Json, depth: int) -> Json:
        return {"text": self._content(given, "text", depth)}

    def _quote(self, given: Json, depth: int) -> Json:
        return self._plain(given, depth) | self._optional(given, "credit", depth)

    def _blockquote(self, given: Json, depth: int) -> Json:
        return {"blocks": self.blocks(require(given, "blocks"), depth + 1)} | self._optional(given, "credit", depth)

    def _heading(self, given: Json, depth: int) -> Json:
        size = require(given, "size", int)
        if not 1 <= size <= 6:
            raise bad_request("invalid section heading size specified")
        return self._plain(given, depth) | {"size": size}

    def _pre(self, given: Json, depth: int) -> Json:
        language = given.get("language")
        return self._plain(given, depth) | ({"language": str(language)} if language else {})

    def _divider(self, given: Json, depth: int) -> Json:  # noqa: ARG002 - one signature for the whole table of checks
        return {}

    def _named(self, given: Json, depth: int) -> Json:  # noqa: ARG002 - as above
        return {"name": require(given, "name", str)}

    def _math(self, given: Json, depth: int) -> Json:
        expression = require(given, "expression", str)
        self._text.required(expression, depth)
        return {"expression": expression}

    def _thinking(self, given: Json, depth: int) -> Json:
        if not self._draft:
            raise bad_request("RICH_MESSAGE_CONTENT_REQUIRED")
        return self._plain(given, depth)

    def _details(self, given: Json, depth: int) -> Json:
        body = {
            "summary": self._content(given, "summary", depth),
            "blocks": self.blocks(require(given, "blocks"), depth + 1),
        }
        return body | ({"is_open": True} if given.get("is_open") is True else {})

    def _group(self, given: Json, depth: int) -> Json:
        return {"blocks": self.blocks(require(given, "blocks"), depth + 1)} | self._caption(given, depth)

    def _list(self, given: Json, depth: int) -> Json:
        items = require(given, "items", list)
        if not items:
            raise bad_request("list must be non-empty")
        for item in items:
            if not isinstance(item, dict):
                raise parse_error("expected an Object")
        if len({bool(item.get("type")) for item in items}) > 1:
            raise bad_request("list must be either ordered or unordered")
        checked = []
        number = 0
        for item in items:
            number = require(item, "value", int) if item.get("value") else number + 1
            checked.append(self._item(item, number, depth))
        return {"items": checked}

    def _item(self, given: Json, number: int, depth: int) -> Json:
        self._count()
        item: Json = {"blocks": self.blocks(require(given, "blocks"), depth + 1), "label": "•"}
        if given.get("type"):
            item |= {"type": given["type"], "value": number, "label": f"{number}."}
        if given.get("has_checkbox") is True:
            item |= {"has_checkbox": True} | ({"is_checked": True} if given.get("is_checked") is True else {})
        return item

    def _table(self, given: Json, depth: int) -> Json:
        rows = require(given, "cells", list)
        if not rows or not all(isinstance(row, list) and row for row in rows):
            raise bad_request("RICH_MESSAGE_CONTENT_REQUIRED")
        table: Json = {"cells": [self._row(row, depth) for row in rows]}
        flags = {name: True for name in ("is_bordered", "is_striped", "is_compact") if given.get(name) is True}
        return table | flags | self._optional(given, "caption", depth)

    def _row(self, row: list[Any], depth: int) -> list[Json]:
        self._count()
        cells = [self._cell(cell, depth) for cell in row]
        if sum(cell.get("colspan", 1) for cell in cells) > COLUMNS:
            raise bad_request("RICH_MESSAGE_TABLE_COLS_TOO_MANY")
        return cells

    def _cell(self, given: Any, depth: int) -> Json:
        if not isinstance(given, dict):
            raise parse_error("expected an Object")
        for name, allowed in (("align", _ALIGN), ("valign", _VALIGN)):
            if require(given, name, str) not in allowed:
                raise parse_error(f'Field "{name}" has an unsupported value')
        spans = {name: require(given, name, int) for name in ("colspan", "rowspan") if given.get(name)}
        kept = {name: given[name] for name in ("align", "valign", "is_header") if given.get(name)} | spans
        return kept | self._optional(given, "text", depth + 1)

    def _map(self, given: Json, depth: int) -> Json:
        size = {name: given.get(name) or default for name, default in (("zoom", 15), ("width", 400), ("height", 300))}
        return {"location": require(given, "location", dict)} | size | self._caption(given, depth)

    def _buttons(self, given: Json, depth: int) -> Json:
        buttons = require(given, "buttons", list)
        if not 1 <= len(buttons) <= BUTTONS:
            raise bad_request("RICH_MESSAGE_BUTTONS_INVALID")
        checked = [button(each, "RichMessageButton") for each in buttons]
        for each in checked:
            self._text.required(each["text"], depth)
        return {"buttons": checked} | ({"align": given["align"]} if given.get("align") else {})

    def _medium(self, kind: str, given: Json, depth: int) -> Json:
        self._media += 1
        if self._media > MEDIA:
            raise bad_request("RICH_MESSAGE_MEDIA_TOO_MANY")
        medium = require(given, kind, dict)
        address = str(medium.get("media", ""))
        if address.startswith("tg://"):
            medium = self._declared.get(address.partition("?id=")[2])
        is_stored = isinstance(medium, dict) and "://" not in str(medium.get("media", ""))
        if not isinstance(medium, dict) or (self._draft and not is_stored):
            raise bad_request(f"RICH_MESSAGE_{kind.upper()}_URL_INVALID")
        return {"type": kind, kind: self._resolve(kind, medium)} | self._caption(given, depth)

    def _caption(self, given: Json, depth: int) -> Json:
        caption = given.get("caption")
        if not isinstance(caption, dict):
            return {}
        return {"caption": {"text": self._content(caption, "text", depth)} | self._optional(caption, "credit", depth)}

    _CHECKS: ClassVar[dict[str, "_Check"]] = {
        "paragraph": _plain,
        "heading": _heading,
        "pre": _pre,
        "footer": _plain,
        "divider": _divider,
        "mathematical_expression": _math,
        "anchor": _named,
        "list": _list,
        "blockquote": _blockquote,
        "expandable_blockquote": _quote,
        "pullquote": _quote,
        "collage": _group,
        "slideshow": _group,
        "table": _table,
        "details": _details,
        "map": _map,
        "buttons": _buttons,
        "thinking": _thinking,
    }
