"""What the deltas of a stream say, whatever of it is repeated; where in them it stands, and how they end."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from bot.domain.chat import Finish


def _words(finish: Finish, *words: str) -> dict[str, Finish]:
    return dict.fromkeys(words, finish)


# What other words than "stop" mean, in small letters and with _ between words; unknown ones, and "eos", are a stop.
FINISHES: Final[Mapping[str, Finish]] = {
    **_words("length", "length", "max_tokens", "max_token", "max_output_tokens", "max_length", "model_length"),
    **_words("length", "max_new_tokens", "token_limit", "length_limit", "limit", "model_context_window_exceeded"),
    **_words("length", "max_completion_tokens", "context_length_exceeded"),
    **_words("filtered", "content_filter", "content_filtered", "sensitive", "safety", "recitation", "blocklist"),
    **_words("filtered", "prohibited_content", "spii", "image_safety", "blocked", "risk", "censored", "moderation"),
    **_words("filtered", "data_inspection_failed", "guardrail_intervened", "error_toxic", "content_policy_violation"),
    **_words("filtered", "model_armor", "flagged", "unsafe"),
    **_words("refused", "refusal", "refused"),
}
# The answer broke off.
FAULTS: Final = frozenset(
    {
        *("error", "network_error", "server_error", "failed", "failure", "insufficient_system_resource", "timeout"),
        *("abort", "aborted", "cancelled", "canceled", "interrupted", "overloaded", "internal_error"),
    }
)
# More may come.
NOT_YET: Final = frozenset(
    {"", "null", "none", "unspecified", "finish_reason_unspecified", "in_progress", "running", "false", "not_finished"}
)
GOES_ON: Final = frozenset({"continue", "generating"})


def word(reason: Any) -> str:
    """A reason in small letters, with _ between words; empty where there is none."""
    return re.sub(r"\W+", "_", str(reason).strip().lower())[:64] if reason is not None else ""


_SURE: Final = 2  # deltas that each begin with all before them, after which a stream is taken for a cumulative one
_MOST_HELD: Final = 32  # equal deltas, after which a stream is taken for one that says the same again and again
_REPEATED: Final = 20  # characters from which a delta that is all of the text so far is no coincidence

# Where an answer and its thinking stand in a delta or a message; the first that holds something counts.
TEXT_KEYS: Final = ("content", "text", "refusal", "output_text")
THINKING_KEYS: Final = (
    *("reasoning_content", "reasoning", "thinking", "reasoning_text", "thinking_content", "thought"),
    *("thoughts", "reasoning_details"),
)
# Likewise in a part of a content that is a list.
_PART_KEYS: Final = ("text", "content", "refusal", "value", "output_text", "summary", "thinking", "reasoning")
_THINKING_TYPES: Final = frozenset({"thinking", "reasoning", "thought", "reasoning.text", "reasoning.summary"})
_DEEPEST: Final = 4

Piece = tuple[bool, str]
"""Whether it is thinking, and the text."""


def pieces(delta: Mapping[str, Any]) -> Iterator[Piece]:
    """What a delta, or a message, says."""
    for key in THINKING_KEYS:
        if thinking := "".join(text for _, text in _content(delta.get(key))):
            yield True, thinking
            break
    for key in TEXT_KEYS:
        if said := [piece for piece in _content(delta.get(key)) if piece[1]]:
            yield from said
            break


def _content(content: Any, depth: int = 0) -> Iterator[Piece]:
    """Of a string, a part, or a list of both."""
    if isinstance(content, str):
        yield False, content
    elif isinstance(content, list) and depth < _DEEPEST:
        for part in content:
            yield from _content(part, depth + 1)
    elif isinstance(content, Mapping) and depth < _DEEPEST:
        thinks = content.get("type") in _THINKING_TYPES or content.get("thought") is True
        for key in _PART_KEYS:
            if said := [text for _, text in _content(content.get(key), depth + 1) if text]:
                yield thinks or key in ("thinking", "reasoning"), "".join(said)
                return


class DeltaText:
    """Feed it the texts of deltas; it gives what is new in each.

    Some servers send all of the text so far with each delta, some only with the last one, or beside it as a message.
    A second delta that begins with the first one is held back until the next one tells which kind of stream it is.
    """

    __slots__ = ("_cumulative", "_grown", "_held", "_held_size", "_last", "_parts", "_size", "_tail")

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._cumulative: bool | None = None  # None: not known yet
        self._held: list[str] = []  # deltas that may be repetitions
        self._held_size = 0  # characters
        self._last = ""  # delta
        self._grown = 0
        self._size = 0
        self._tail = 0  # deltas that were joined

    @property
    def whole(self) -> str:
        return "".join(self._parts)

    @property
    def whole_size(self) -> int:
        """Characters so far, those that are held back too."""
        return self._size + self._held_size

    def delta(self, text: str, *, last: bool = False) -> str:
        """``last``: it came with the end of the answer."""
        if not text:
            return ""
        if self._cumulative is None:
            return self._undecided(text, last=last)
        if self._cumulative:
            return self._taken(self._unseen(text))
        if self._repeats(text, last=last):
            return ""
        return self._taken(text)

    def message(self, text: str) -> str:
        """The text of a message beside deltas, which usually is all of it; without any it is a delta itself."""
        before = self.close()
        whole = self.whole
        if text.startswith(whole):
            return before + self._taken(text[len(whole) :])
        if not self._tail:
            return before + self._taken(text)
        return before

    def close(self) -> str:
        """What is held back, once no delta can tell any more."""
        held, self._held, self._held_size = self._held, [], 0
        if not held:
            return ""
        return self._taken(held[-1][self._size :] if self._grown else "".join(held))

    def _undecided(self, text: str, *, last: bool) -> str:
        if not self._last:
            self._last, self._tail = text, 1
            return self._taken(text)
        if not text.startswith(self._last):
            held = "".join(self._held)
            self._held, self._held_size, self._cumulative = [], 0, False
            whole = self.whole + held
            return self._taken(held) if self._is_again(text, whole, last=last) else self._taken(held + text)
        self._grown += len(text) > len(self._last)
        self._held.append(text)
        self._held_size += len(text)
        self._last = text
        self._tail += 1
        if self._grown >= _SURE:
            self._cumulative, self._held, self._held_size = True, [], 0
            return self._taken(text[self._size :])
        if len(self._held) >= _MOST_HELD and not self._grown:
            self._cumulative = False
            return self.close()
        return ""

    def _unseen(self, text: str) -> str:
        whole = self.whole
        if text.startswith(whole):
            return text[len(whole) :]
        if whole.startswith(text) or whole.rstrip() == text.strip():
            return ""
        common = next((at for at, (a, b) in enumerate(zip(whole, text, strict=False)) if a != b), 0)
        return text[len(whole) :] if 2 * common >= len(whole) else text

    def _repeats(self, text: str, *, last: bool) -> bool:
        """Whether the delta is all of the text so far once more."""
        if len(text) < self._size - 8 or not (last or self._size >= _REPEATED):
            return False
        return self._is_again(text, self.whole, last=last)

    def _is_again(self, text: str, whole: str, *, last: bool) -> bool:
        return (last or len(whole) >= _REPEATED) and self._tail > 1 and text.strip() == whole.strip() != ""

    def _taken(self, text: str) -> str:
        if text:
            self._parts.append(text)
            self._size += len(text)
            self._tail += self._cumulative is False
        return text
