"""``parse_mode``: markup becomes text and entities, or the error that Telegram gives."""

from collections.abc import Callable
from typing import Any

from bot.playground.telegram.errors import bad_request
from bot.playground.telegram.markup_html import html
from bot.playground.telegram.markup_v1 import markdown
from bot.playground.telegram.markup_v2 import markdown_v2
from bot.playground.telegram.text import is_link

Parsed = tuple[str, list[dict[str, Any]]]

_PARSERS: dict[str, Callable[[str], Parsed]] = {"html": html, "markdownv2": markdown_v2, "markdown": markdown}


def parse(text: str, mode: str) -> Parsed:
    """A link that leads nowhere is not refused here, unlike one given as an entity: its text stays without it."""
    parser = _PARSERS.get(mode.lower())
    if parser is None:
        raise bad_request("unsupported parse_mode")
    text, entities = parser(text)
    return text, [entity for entity in entities if entity["type"] != "text_link" or is_link(entity["url"])]
