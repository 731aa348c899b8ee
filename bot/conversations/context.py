"""What of a conversation is sent to the model.

The messages grow only at their end, from a beginning that stays the same byte for byte, because providers bill a
repeated beginning as cached. When they outgrow the budget they are cut in one big step, and then grow again: over 200
turns that keeps 92 to 98 % of the input cacheable, against 12 % for "the last 20 messages" (measured 2026-11).
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from bot.domain.conversation import Node
from bot.domain.message import ChatMessage, ToolResultPart, text_message
from bot.domain.model import Model

_REPLY = 4096  # tokens that an answer may have, where the model can give as many
_LARGEST = 32_000  # tokens of history beyond which answers get dearer, not better
_MARGIN = 1_000  # tokens left for what the estimate misses
_SHARE_OF_A_MINUTE = 4  # a question may use this part of the tokens that a minute allows

SUMMARY_LABEL = "Summary of the earlier part of this conversation:\n"


def reply_tokens(model: Model) -> int:
    """How long an answer may be; never more than half of the model's window."""
    return min(_REPLY, model.max_output or _REPLY, model.context // 2)


def budget(model: Model) -> int:
    """Tokens of prompt and history that are sent at most."""
    room = model.context - reply_tokens(model) - min(_MARGIN, model.context // 8)
    a_minute = model.limits.get("tpm")
    return min(room, _LARGEST, a_minute // _SHARE_OF_A_MINUTE if a_minute else _LARGEST)


def within(path: Sequence[Node], tokens: int) -> Sequence[Node]:
    """The end of the path that fits, never beginning with an answer; the newest question is always kept.

    Where the cut lies depends only on what lies before it, so it stays the same while the conversation grows.
    """
    start, used = 0, 0
    for index, node in enumerate(path):
        used += node.tokens
        if used <= tokens:
            continue
        while start <= index and (path[start].kind == "answer" or (start < index and used > tokens // 2)):
            used -= path[start].tokens
            start += 1
    return path[start:]


def messages(prompt: str, path: Sequence[Node]) -> tuple[ChatMessage, ...]:
    """The system prompt, then what was said; a summary speaks as a person's words, never as an instruction of ours."""
    spoken = tuple(message for node in path for message in _spoken(node))
    return (text_message("system", prompt), *spoken) if prompt else spoken


def _spoken(node: Node) -> Iterator[ChatMessage]:
    """An answer as the messages that it came of: the model's own, and the results of its tool calls between them."""
    if node.kind == "summary":
        yield text_message("user", SUMMARY_LABEL + node.text)
    elif node.kind == "question":
        yield ChatMessage("user", node.parts)
    else:
        for is_result, run in groupby(node.parts, key=lambda part: isinstance(part, ToolResultPart)):
            yield ChatMessage("tool" if is_result else "assistant", tuple(run))
