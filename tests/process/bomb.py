"""What one person can send and every plain aiogram bot stops at."""

from typing import Any

DEPTH = 16  # how deep Telegram lets rich messages be nested


def bomb(words: str) -> list[dict[str, Any]]:
    """A rich message that takes aiogram's models longer than anybody waits, and a block that they do not know."""
    text: Any = words
    for level in range(DEPTH):
        text = {"type": ("bold", "italic", "underline")[level % 3], "text": text}
    return [{"type": "paragraph", "text": text}, {"type": "hologram", "beams": [1, 2, 3]}]
