"""Which beginnings of prompts were sent before: those are billed as cached."""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from bot.playground.siliconflow.call import Call
from bot.playground.siliconflow.refusals import as_json

_REMEMBERED = 50_000


class PromptCache:
    """Whole messages only (the API caches finer blocks), per account and model, until pushed out by newer ones."""

    def __init__(self) -> None:
        self._seen: OrderedDict[bytes, None] = OrderedDict()

    def hit(self, account: str, call: Call, body: Mapping[str, Any]) -> int:
        """The tokens of the longest beginning that was sent before; this call's beginnings are known from now on."""
        digest = hashlib.blake2b(f"{account} {call.model.id}".encode(), digest_size=16)
        cached = beginning = 0
        for message, raw in zip(call.messages, body["messages"], strict=True):
            digest.update(as_json(raw).encode("utf-8", "replace"))
            beginning += message.tokens
            key = digest.digest()
            if key in self._seen:
                cached = beginning
                self._seen.move_to_end(key)
            self._seen[key] = None
        while len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return cached
