"""What providers call the end of an answer."""

import re
from collections.abc import Mapping
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
