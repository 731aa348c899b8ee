"""A group's messages as a model reads them: made harmless, members under aliases, one JSON object a line."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import regex

from bot.domain.notes import GroupNotes
from bot.groups.summary import GroupMessage
from bot.providers.tokens import estimate

PAUSE = timedelta(minutes=30)
_MOST = 3_800  # tokens of one message, so that it fits into a segment whatever it is made of
_SAFE_LENGTH = 1_000  # characters that are fewer tokens than that in any script
_ALIAS_TOKENS = 3  # by which an alias may be longer than the name that it stands for
STAMP_TOKENS = 22  # of a line of time, rounded up

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_MESSAGE_LENGTH = 4_096  # characters; only rich posts are longer
_MARKS = r"[\p{Mn}\p{Me}]"
# Nobody sees these, but a model reads them: controls, joiners, marks of direction, tags, variation selectors, fillers.
_UNSEEN = regex.compile(
    r"(?V1)[[\p{C}--[\n\t]][\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]]"
)
_PILES = regex.compile(rf"(?<={_MARKS}{{4}}){_MARKS}+")  # more marks on one character than any language has
_LINE_ENDS = re.compile("\r\n?|[\u2028\u2029]")
_SPACE = re.compile(r"\s+")
_ALIAS = re.compile(r"(?<![A-Za-z0-9_])U(\d{1,4})(?![A-Za-z0-9_])")
_HANDLE = re.compile(r"@([A-Za-z0-9_]{4,32})")
# Taken away until nothing is left to take, since what remains may join to another.
_TAKEN: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\[([^\[\]]*)\]\([^()]*\)"), r"\1"),  # a link in Markdown: its label stays
    (re.compile(r"[a-z][a-z0-9+.-]{0,20}:/{2,}\S*", re.IGNORECASE), ""),
    (re.compile(r"\*{2,}|_{2,}|`+"), ""),
    (re.compile(r"(?<!\w)[@/](?=[\w@/])"), ""),  # mentions and commands: the name stays
)
_PASSES = 10  # nobody who means well nests deeper
_ALL_TAKEN = str.maketrans("", "", "[]*_`@/")  # without these, nothing above is left to be found
_DOT = re.compile(r"(?<=\S)\.(?=[^\W\d])")
_ROOM = 10  # times the length that is wanted: more is not looked at, since most of it would be cut off anyway
_WORD_JOINER = "\u2060"  # of no width; Telegram ends a domain's name at it


def line(**fields: Any) -> str:
    return _ENCODER.encode(fields)


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


def visible(text: str) -> str:
    """Without control and invisible characters, and without piles of combining marks."""
    cleaned: str = _PILES.sub("", _UNSEEN.sub("", _LINE_ENDS.sub("\n", text)))
    return cleaned.strip()


def said(text: str, handles: Mapping[str, str]) -> str:
    """A message as the model gets it. ``handles``: aliases by user name, put in place of ``@name``.

    What looks like an alias was not written by us; it is taken apart, so that no member is named by it.
    """
    text = _ALIAS.sub(r"U \1", visible(text)[:_MESSAGE_LENGTH])
    return _HANDLE.sub(lambda match: handles.get(match[1].lower(), match[0]), text)


def shown(text: str, length: int) -> str:
    """A model's words, or a person's name, in one line: without links, mentions and commands, and not too long.

    Telegram makes links of whatever looks like a domain, so dots inside of names are broken up, unseen.
    """
    plain = _plain(visible(text)[: _ROOM * length])
    text = shortened(_SPACE.sub(" ", plain).strip().replace("@", "＠"), length)
    return _DOT.sub(f"{_WORD_JOINER}.", text)


def _plain(text: str) -> str:
    """Without links and markup; what is nested too deep loses every character of theirs."""
    for _ in range(_PASSES):
        before = text
        for pattern, kept in _TAKEN:
            text = pattern.sub(kept, text)
        if text == before:
            return text
    return text.translate(_ALL_TAKEN)


def shortened(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def named(text: str) -> set[int]:
    """The numbers of the aliases in it."""
    return {int(match[1]) for match in _ALIAS.finditer(text)}


def renamed(text: str, names: Mapping[str, str]) -> str:
    """With other names in place of aliases, where these stand as words of their own; unknown ones stay."""
    return _ALIAS.sub(lambda match: names.get(match[0], match[0]), text)


class Aliases:
    """The names under which a model knows a group's members: U1, U2 and so on, in the order in which they come up."""

    def __init__(self) -> None:
        self._given: dict[int, str] = {}

    @property
    def people(self) -> tuple[int, ...]:
        """Author ids, U1's first."""
        return tuple(self._given)

    def of(self, author: int) -> str:
        return self._given.setdefault(author, f"U{len(self._given) + 1}")

    def adopt(self, notes: GroupNotes) -> GroupNotes:
        """Notes that were made under other aliases, under these; ``people`` is left to be set when all are known."""
        names = {f"U{k}": self.of(author) for k, author in enumerate(notes.people, start=1)}
        return replace(notes.rewritten(lambda text: renamed(text, names)), people=())
