"""How messages and notes are written for a model: one JSON object a line, so that no text can end its own line."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from bot.providers.tokens import estimate
from bot.summaries.request import GroupMessage
from bot.summaries.sanitization import said

PAUSE = timedelta(minutes=30)
_MOST = 3_800  # tokens of one message, so that it fits into a segment whatever it is made of
_SAFE_LENGTH = 1_000  # characters that are fewer tokens than that in any script
_ALIAS_TOKENS = 3  # by which an alias may be longer than the name that it stands for
STAMP_TOKENS = 22  # of a line of time, rounded up


def line(**fields: Any) -> str:
    return _ENCODER.encode(fields)


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def message_line(n: int, by: str, message: GroupMessage, handles: Mapping[str, str], re: int | None) -> str:
    """``n`` is its number, ``re`` that of the message replied to."""
    fields: dict[str, Any] = {"n": n, "by": by}
    if re is not None:
        fields["re"] = re
    if message.kind != "text":
        fields["kind"] = message.kind
    return line(**fields, text=_capped(said(message.text, handles)))


def time_line(message: GroupMessage) -> str:
    return line(time=f"{message.at:%a %Y-%m-%d %H:%M}")


def weight(message: GroupMessage) -> int:
    """Tokens of its line at most, whatever its number and the aliases in it, without a line of time."""
    return estimate(message_line(9999, "U999", message, {}, 9999)) + _ALIAS_TOKENS * message.text.count("@")


def follows(message: GroupMessage, previous: GroupMessage) -> bool:
    """Whether it was said in one go with the one before: soon after, and on the same day."""
    return message.at - previous.at <= PAUSE and message.at.date() == previous.at.date()


def runs(messages: Sequence[GroupMessage]) -> Iterator[list[GroupMessage]]:
    """Parts that were said in one go; a line of time stands before each."""
    run: list[GroupMessage] = []
    for message in messages:
        if run and not follows(message, run[-1]):
            yield run
            run = []
        run.append(message)
    if run:
        yield run


def by_replies(run: Sequence[GroupMessage]) -> Iterator[GroupMessage]:
    """Each message, followed by those that reply to it: a conversation stands together, whatever ran between."""
    place = {message.id: index for index, message in enumerate(run)}
    replies: list[list[GroupMessage]] = [[] for _ in run]
    roots: list[GroupMessage] = []
    for index, message in enumerate(run):
        parent = place.get(message.reply_to) if message.reply_to is not None else None
        (replies[parent] if parent is not None and parent < index else roots).append(message)
    waiting = roots[::-1]
    while waiting:
        message = waiting.pop()
        yield message
        waiting += replies[place[message.id]][::-1]


def _capped(text: str) -> str:
    while len(text) > _SAFE_LENGTH and (tokens := estimate(line(text=text))) > _MOST:
        text = text[: min(len(text) * _MOST // tokens, len(text) - 1)]
    return text
