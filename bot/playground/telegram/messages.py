"""A message as a value: what a page or a test reads, before it becomes Telegram's JSON."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """``text`` and ``entities`` are the caption where ``media`` is set. ``rich`` is ``{"blocks": [...]}``, ``media`` is
    ``{"photo": [...]}`` and the like, ``service`` what happened (``{"pinned_message": ...}``), ``forward`` where it was
    written first (a MessageOrigin). Times are Unix seconds. ``only_for``: the one member who sees an ephemeral message,
    which that member's own command or reply may be; its number is ``ephemeral``, while ``id`` is 0, and that of the one
    that it replies to ``reply_to_ephemeral``. ``voice``: the chat in whose name the sender speaks, who is hidden then;
    ``is_automatic``: a channel's post, as it comes into its discussion.
    """

    id: int
    chat: int
    sender: int
    date: int
    text: str = ""
    entities: tuple[Json, ...] = ()
    rich: Json | None = None
    media: Json | None = None
    keyboard: Json | None = None
    service: Json | None = None
    thread: int | None = None
    is_topic: bool = False
    reply_to: int | None = None
    quote: Json | None = None
    album: str | None = None
    forward: Json | None = None
    preview: Json | None = None
    edited: int | None = None
    deleted: bool = False
    only_for: int | None = None
    ephemeral: int | None = None
    reply_to_ephemeral: int | None = None
    voice: int | None = None
    is_automatic: bool = False

    def buttons(self) -> Iterator[Json]:
        """All inline buttons, those inside rich blocks included."""
        for row in (self.keyboard or {}).get("inline_keyboard", []):
            yield from row
        yield from _rich_buttons((self.rich or {}).get("blocks", []))

    def body(self) -> Json:
        """The part of Telegram's JSON that the sender wrote."""
        raw: Json = {}
        if self.rich is not None:
            raw["rich_message"] = self.rich
        if self.media is not None:
            raw |= self.media
        text, entities = ("caption", "caption_entities") if self.media is not None else ("text", "entities")
        if self.text:
            raw[text] = self.text
        if self.entities:
            raw[entities] = list(self.entities)
        return raw


def _rich_buttons(node: Any) -> Iterator[Json]:
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(reversed(node))
        elif isinstance(node, dict):
            if node.get("type") == "button":
                yield node["button"]
            elif node.get("type") == "buttons":
                yield from node["buttons"]
            else:
                waiting.extend(node.values())
