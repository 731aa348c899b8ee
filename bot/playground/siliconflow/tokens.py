"""How usage is counted here: a stable rule, near enough to real tokenizers for budgets to mean something.

One token for each character of the Chinese, Japanese and Korean scripts, one for each run of up to four others; three
more for each message. A picture: 256 with ``detail`` low or auto, else 1369 (what 1024x1024 costs).
"""

import re
from dataclasses import dataclass
from itertools import islice
from typing import Any

MESSAGE_TOKENS = 3
PICTURE_TOKENS_LOW = 256
PICTURE_TOKENS_HIGH = 1369

_WIDE = "\u1100-\u11ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_TOKEN = re.compile(f"[{_WIDE}]|[^{_WIDE}]{{1,4}}", re.DOTALL)


def split(text: str) -> list[str]:
    """The tokens, which together are the text."""
    return _TOKEN.findall(text)


def count(text: str) -> int:
    return len(split(text))


def groups(text: str, size: int) -> list[str]:
    """The text in pieces of ``size`` tokens."""
    parts = split(text)
    return ["".join(parts[start : start + size]) for start in range(0, len(parts), size)]


def first(text: str, tokens: int) -> str:
    """The longest beginning of ``text`` that is at most ``tokens`` long."""
    return "".join(match.group() for match in islice(_TOKEN.finditer(text), tokens))


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call so far: ``cached`` is part of ``prompt``; thinking and text make the completion."""

    prompt: int
    cached: int
    thinking: int = 0
    text: int = 0

    @property
    def total(self) -> int:
        return self.prompt + self.thinking + self.text

    def counters(self) -> dict[str, Any]:
        """All that older models report."""
        return {
            "prompt_tokens": self.prompt,
            "completion_tokens": self.thinking + self.text,
            "total_tokens": self.total,
        }

    def running(self) -> dict[str, Any]:
        """As a chunk of a stream reports it: details only where there is something to tell."""
        thought = {"completion_tokens_details": {"reasoning_tokens": self.thinking}} if self.thinking else {}
        return self.counters() | thought | (self._cache() if self.cached else {})

    def whole(self) -> dict[str, Any]:
        """As an answer that is not streamed reports it."""
        thought = {"completion_tokens_details": {"reasoning_tokens": self.thinking}}
        return self.counters() | thought | self._cache()

    def _cache(self) -> dict[str, Any]:
        return {
            "prompt_tokens_details": {"cached_tokens": self.cached},
            "prompt_cache_hit_tokens": self.cached,
            "prompt_cache_miss_tokens": self.prompt - self.cached,
        }
