"""What a model answered, read as untrusted: whatever it wrote, the notes hold only what may be shown.

A number that was not sent is dropped, and so is a statement that is left without any; every list and text is bounded.
"""

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from bot.domain.notes import ActionItem, Closing, GroupNotes, SummaryPoint, SummaryTopic
from bot.groups.prompts import AnswerBounds, NotesPrompt
from bot.groups.transcript import shown

_LISTS = ("topics", "decisions", "actions", "questions")
_LONGEST = 100_000  # characters that are looked at
_TRIES = 50  # opening braces at which an answer may begin
_READ = 2 * _LONGEST  # characters that the tries may read in all: each may read the whole, to find no end
_TITLE = 60  # characters
_WHO, _DUE = 40, 60
PROSE = 2_000
_CITED = 8  # messages of one statement
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[{}\[\]]', re.DOTALL)
_CLOSING = {"{": "}", "[": "]"}
_NUMBER = re.compile(r"[\[(#\s]{0,3}(\d{1,6})[\])\s]{0,3}", re.ASCII)
_DECODER = json.JSONDecoder(strict=False)


def parse(text: str, prompt: NotesPrompt) -> GroupNotes | None:
    """None where there are no notes in it, or none of them rests on anything."""
    answer = next(_objects(text[:_LONGEST]), None)
    if answer is None:
        return None
    reader = _AnswerReader(prompt)
    notes = GroupNotes(
        topics=reader.topics(answer.get("topics")),
        decisions=reader.points(answer.get("decisions"), prompt.bounds.others),
        actions=reader.actions(answer.get("actions")),
        questions=reader.points(answer.get("questions"), prompt.bounds.others),
        people=prompt.people,
        closed=reader.closed(answer.get("closed"), prompt.open_items),
    )
    return notes if notes or not any(answer.get(name) for name in _LISTS) else None


def prose(text: str) -> str:
    """What is left where no notes could be read: the model's words, harmless, without anything to check them by."""
    return shown(text[:_LONGEST], PROSE)


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """Objects with at least one of the lists, wherever they stand: alone, in a fence, amid prose, or cut off."""
    for value in _values(text):
        if isinstance(value, dict) and any(isinstance(value.get(name), list) for name in _LISTS):
            yield value


def _values(text: str) -> Iterator[Any]:
    """What begins at an opening brace, as long as not too much was read; at last the first of all, ended by us."""
    starts = [match.start() for match in islice(re.finditer("{", text), _TRIES)]
    read = 0
    for start in starts:
        value, end = _decoded(text, start)
        yield value
        read += end - start
        if read > _READ:
            break
    for start in starts[:1]:
        yield _decoded(_ended(text[start:]), 0)[0]


def _decoded(text: str, start: int) -> tuple[Any, int]:
    """The value that stands there, if one does, and how far was read."""
    try:
        value, end = _DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        return None, error.pos
    except (ValueError, RecursionError):  # a number of too many digits; too many levels
        return None, len(text)
    return value, end


def _ended(text: str) -> str:
    """An object that was cut off, closed behind the last part of it that is whole."""
    closing: list[str] = []
    end = depth = 0  # of the last part that is whole
    for match in _STRING_OR_BRACKET.finditer(text):
        if match[0] in _CLOSING:
            closing.append(_CLOSING[match[0]])
        elif closing and match[0] == closing[-1]:
            closing.pop()
            end, depth = match.end(), len(closing)
    return text[:end] + "".join(reversed(closing[:depth]))


class _AnswerReader:
    def __init__(self, prompt: NotesPrompt) -> None:
        self._refs = prompt.refs
        self._bounds: AnswerBounds = prompt.bounds

    def topics(self, value: Any) -> tuple[SummaryTopic, ...]:
        found: list[SummaryTopic] = []
        left = self._bounds.points
        for entry in _entries(value):
            if not left or len(found) == self._bounds.topics:
                break
            if points := self.points(entry.get("points"), left):
                found.append(SummaryTopic(_text(entry, "title", _TITLE), points))
                left -= len(points)
        return tuple(found)

    def points(self, value: Any, most: int) -> tuple[SummaryPoint, ...]:
        read = (
            SummaryPoint(_text(entry, "text", self._bounds.length), self._messages(entry)) for entry in _entries(value)
        )
        return tuple(islice((point for point in read if point.text and point.messages), most))

    def actions(self, value: Any) -> tuple[ActionItem, ...]:
        read = (
            ActionItem(
                who=_text(entry, "who", _WHO),
                what=_text(entry, "what", self._bounds.length),
                due=_text(entry, "due", _DUE),
                messages=self._messages(entry),
            )
            for entry in _entries(value)
        )
        return tuple(islice((action for action in read if action.what and action.messages), self._bounds.others))

    def closed(self, value: Any, open_items: int) -> tuple[Closing, ...]:
        """Of each open item that was sent, the first that rests on something."""
        found: dict[int, Closing] = {}
        for entry in _entries(value):
            number, messages = _number(entry.get("n")), self._messages(entry)
            if 0 < number <= open_items and messages:
                found.setdefault(number, Closing(number, messages))
        return tuple(found.values())

    def _messages(self, entry: dict[str, Any]) -> tuple[int, ...]:
        """The messages that the numbers stand for; a number may come alone, or as "3", "[3]" or "#3"."""
        refs = entry.get("refs")
        numbers = [_number(ref) for ref in (refs if isinstance(refs, list) else [refs])]
        cited = {message for n in numbers if 0 < n <= len(self._refs) for message in self._refs[n - 1]}
        return tuple(sorted(cited))[:_CITED]


def _entries(value: Any) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _text(entry: dict[str, Any], name: str, length: int) -> str:
    value = entry.get(name)
    if isinstance(value, list):
        value = ", ".join(part for part in value if isinstance(part, str))
    return shown(value, length) if isinstance(value, str) else ""


def _number(ref: Any) -> int:
    """Zero for none."""
    if isinstance(ref, str) and (match := _NUMBER.fullmatch(ref)):
        return int(match[1])
    return ref if isinstance(ref, int) and not isinstance(ref, bool) else 0
