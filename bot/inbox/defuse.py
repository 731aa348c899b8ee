"""Rich messages are taken out of Telegram's JSON before pydantic sees them.

aiogram 3.31 validates nested rich text by trying every kind at every level: five nested formats take 12 seconds, and
an unknown kind fails the whole answer (measured 2026-11-23). So the blocks are moved to a field that pydantic keeps as
it is.
"""

import json
from typing import Any

RAW_FIELD = "rich_message_raw"


def defuse(data: Any) -> Any:
    """Move each ``rich_message``'s content to ``rich_message_raw`` beside it, leaving no blocks; changes ``data``.

    Once more changes nothing more: an update is read on its arrival, and again before it is handled.
    """
    stack = [data]
    while stack:
        value = stack.pop()
        if isinstance(value, list):
            stack.extend(value)
        elif isinstance(value, dict):
            rich, raw = value.pop("rich_message", None), value.pop(RAW_FIELD, None)
            stack.extend(value.values())
            if isinstance(rich, dict):
                value[RAW_FIELD] = rich if raw is None else raw
                value["rich_message"] = {"blocks": []}
    return data


def loads(text: str) -> Any:
    """``json.loads`` for all that comes from Telegram; cheap where no rich message is in it."""
    data = json.loads(text)
    return defuse(data) if '"rich_message"' in text else data
