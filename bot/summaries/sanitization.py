"""What people and models write, made harmless on its way to the model and back; and members' aliases."""

import re
from collections.abc import Mapping
from dataclasses import replace

import regex

from bot.domain.notes import GroupNotes

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
_DOT = re.compile(r"(?<=\S)\.(?=[^\W\d])")
_ROOM = 10  # times the length that is wanted: more is not looked at, since most of it would be cut off anyway
_WORD_JOINER = "\u2060"  # of no width; Telegram ends a domain's name at it


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
    text, before = visible(text)[: _ROOM * length], ""
    while before != text:
        before = text
        for pattern, kept in _TAKEN:
            text = pattern.sub(kept, text)
    text = shortened(_SPACE.sub(" ", text).strip().replace("@", "＠"), length)
    return _DOT.sub(f"{_WORD_JOINER}.", text)


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
