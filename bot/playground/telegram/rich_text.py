"""RichText: a string, a list, or a typed format around another; checked, counted, and handed back as it was."""

import re
from typing import Any
from urllib.parse import urlsplit

from bot.playground.telegram.errors import RefusedError, bad_request
from bot.playground.telegram.keyboards import button

Json = dict[str, Any]

_AROUND = frozenset(
    {"bold", "italic", "underline", "strikethrough", "spoiler", "marked", "code", "subscript", "superscript"}
)
_FIELDS: dict[str, dict[str, type]] = {
    "url": {"url": str},
    "text_mention": {"user": dict},
    "mention": {"username": str},
    "date_time": {"unix_time": int, "date_time_format": str},
    "email_address": {"email_address": str},
    "phone_number": {"phone_number": str},
    "bank_card_number": {"bank_card_number": str},
    "hashtag": {"hashtag": str},
    "cashtag": {"cashtag": str},
    "bot_command": {"bot_command": str},
    "anchor_link": {"anchor_name": str},
    "reference": {"name": str},
    "reference_link": {"reference_name": str},
}
_LEAVES: dict[str, dict[str, type]] = {
    "custom_emoji": {"custom_emoji_id": str, "alternative_text": str},
    "mathematical_expression": {"expression": str},
    "anchor": {"name": str},
    "button": {"button": dict},
}
_SHAPES = {
    "mention": (r"@?[A-Za-z]\w{2,31}", "MENTION"),
    "email_address": (r"[^@\s]+@[^@\s]+\.[^@\s]+", "EMAIL"),
    "phone_number": (r"\+?[\d ()-]{3,32}", "PHONE"),
    "bank_card_number": (r"[\d -]{13,23}", "BANK_CARD"),
    "hashtag": (r"#?\w+", "HASHTAG"),
    "cashtag": (r"\$?[A-Z]{1,8}(@\w+)?", "CASHTAG"),
    "bot_command": (r"/?\w{1,64}(@\w+)?", "BOT_COMMAND"),
}
_SHOWN = {"custom_emoji": "alternative_text", "mathematical_expression": "expression"}
_JSON_TYPES = {str: "String", int: "Number", dict: "Object", list: "Array"}


def parse_error(reason: str) -> RefusedError:
    return bad_request(f"can't parse InputRichBlock: {reason}")


def require(given: Json, name: str, kind: type | None = None) -> Any:
    if name not in given:
        raise parse_error(f'Can\'t find field "{name}"')
    if kind is not None and (not isinstance(given[name], kind) or isinstance(given[name], bool)):
        raise parse_error(f'Field "{name}" must be of type {_JSON_TYPES[kind]}')
    return given[name]


def check_rich_url(url: str) -> None:
    """Only what leads somewhere from anywhere: http(s), mailto, tel, tg, or an anchor of the message."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise bad_request("RICH_MESSAGE_URL_INVALID") from None
    is_web = parts.scheme in {"http", "https"} and bool(parts.hostname)
    is_other = parts.scheme in {"mailto", "tel", "tg"} and bool(parts.netloc or parts.path)
    if not (is_web or is_other or (url.startswith("#") and len(url) > 1)):
        raise bad_request("RICH_MESSAGE_URL_INVALID")


class RichText:
    """Counts the characters of all texts of one message."""

    def __init__(self, characters: int, depth: int) -> None:
        self._left = characters
        self._deepest = depth

    def required(self, given: Any, depth: int) -> Any:
        """Like :meth:`check`, and something must be seen."""
        before = self._left
        checked = self.check(given, depth)
        if self._left == before:
            raise bad_request("RICH_MESSAGE_CONTENT_REQUIRED")
        return checked

    def check(self, given: Any, depth: int) -> Any:
        if depth > self._deepest:
            raise bad_request("RICH_MESSAGE_DEPTH_INVALID")
        if isinstance(given, str):
            self._count(given)
            return given
        if isinstance(given, list):
            return [self.check(part, depth + isinstance(part, list)) for part in given]
        if isinstance(given, dict):
            return self._format(given, depth + 1)
        raise parse_error("RichText must be a String, an Array or an Object")

    def _format(self, given: Json, depth: int) -> Json:
        kind = require(given, "type", str)
        fields = _LEAVES.get(kind, _FIELDS.get(kind, {} if kind in _AROUND else None))
        if fields is None:
            raise parse_error(f'type "{kind}" is unsupported')
        kept = {"type": kind} | {name: require(given, name, type_) for name, type_ in fields.items()}
        self._check_value(kind, kept)
        if kind in _LEAVES:
            if depth > self._deepest:
                raise bad_request("RICH_MESSAGE_DEPTH_INVALID")
            self._count_leaf(kind, kept, depth)
            return kept
        return kept | {"text": self.check(require(given, "text"), depth)}

    def _check_value(self, kind: str, kept: Json) -> None:
        if kind == "url":
            check_rich_url(kept["url"])
        if kind in _SHAPES:
            pattern, name = _SHAPES[kind]
            if not re.fullmatch(pattern, next(iter(kept[field] for field in _FIELDS[kind]))):
                raise bad_request(f"RICH_MESSAGE_{name}_INVALID")
        if kind == "custom_emoji" and not kept["custom_emoji_id"].isdigit():
            raise bad_request("RICH_MESSAGE_EMOJI_INVALID")

    def _count_leaf(self, kind: str, kept: Json, depth: int) -> None:
        if kind == "button":
            self.check(button(kept["button"], "RichMessageButton")["text"], depth)
        else:
            self._count(kept.get(_SHOWN.get(kind, ""), ""))

    def _count(self, text: str) -> None:
        self._left -= len(text)
        if self._left < 0:
            raise bad_request("RICH_MESSAGE_TEXT_TOO_LONG")
