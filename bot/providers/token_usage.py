"""What a call used, in whatever names and types its provider counts."""

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from bot.domain.money import TokenUsage

MOST: Final = 100_000_000  # tokens; more in one call is a mistake of the counter

# Where each count may stand; the first that holds one counts. OpenAI, Anthropic, Google, Ollama, DashScope, Cohere.
_PROMPT: Final = (
    *("prompt_tokens", "input_tokens", "promptTokenCount", "prompt_eval_count", "inputTokens", "promptTokens"),
    *("prompt_token_count", "inputTokenCount", "tokens_in", "n_prompt_tokens", "prompt_n"),
)
_OUTPUT: Final = (
    *("completion_tokens", "output_tokens", "candidatesTokenCount", "eval_count", "outputTokens", "completionTokens"),
    *("generated_tokens", "candidates_token_count", "outputTokenCount", "tokens_out", "predicted_n"),
)
_TOTAL: Final = ("total_tokens", "totalTokenCount", "totalTokens", "total_token_count", "total")
_CACHED: Final = (
    *("prompt_tokens_details.cached_tokens", "input_tokens_details.cached_tokens", "prompt_cache_hit_tokens"),
    *("cached_tokens", "cache_read_input_tokens", "cachedContentTokenCount", "cached_prompt_tokens"),
)
_REASONING: Final = (
    *("completion_tokens_details.reasoning_tokens", "output_tokens_details.reasoning_tokens", "reasoning_tokens"),
    "thoughtsTokenCount",
)
_KNOWN: Final = frozenset(
    name.partition(".")[0] for names in (_PROMPT, _OUTPUT, _TOTAL, _CACHED, _REASONING) for name in names
)


class UsageReader:
    """Keeps the newest count of each kind; counts are cumulative, and one of nothing after something is none."""

    __slots__ = ("_cached", "_output", "_prompt", "_reasoning", "_total")

    def __init__(self) -> None:
        self._prompt = self._output = self._total = self._cached = self._reasoning = 0

    def take(self, sent: Any) -> None:
        if not isinstance(sent, Mapping):
            return
        if isinstance(sent.get("tokens"), Mapping):
            sent = {**sent["tokens"], **sent}
        if _KNOWN.isdisjoint(sent):  # as in all events but the last
            return
        self._prompt = _first(sent, _PROMPT) or self._prompt
        self._output = _first(sent, _OUTPUT) or self._output
        self._total = _first(sent, _TOTAL) or self._total
        self._cached = _first(sent, _CACHED) or self._cached
        self._reasoning = _first(sent, _REASONING) or self._reasoning

    def usage(self, estimate: Callable[[], int]) -> TokenUsage | None:
        """None where nothing was counted; a prompt of 0 where that was not. ``estimate``: of the answer's tokens."""
        prompt, output = self._prompt, self._output
        if not (prompt or output or self._total):
            return None
        if not output and prompt and self._total:
            output = max(self._total - prompt, 0)
        elif not output:
            output = min(estimate(), self._total or MOST)
        if not prompt:
            prompt = max(self._total - output, 0)
        return TokenUsage(prompt, output, min(self._cached, prompt), min(self._reasoning, output))


def _first(sent: Mapping[str, Any], names: tuple[str, ...]) -> int:
    return next((count for name in names if (count := _count(_at(sent, name)))), 0)


def _at(sent: Any, path: str) -> Any:
    for name in path.split("."):
        sent = sent.get(name) if isinstance(sent, Mapping) else None
    return sent


def _count(value: Any) -> int:
    """Of ``12``, ``12.0`` or ``"12"``; 0 for everything that is no believable number of tokens."""
    if isinstance(value, str) and len(value) < 20:
        try:
            value = float(value)
        except ValueError:
            return 0
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return 0
    return int(value) if 0 < value <= MOST else 0
