"""Summaries without a model: the weightiest sentences of what was sent, as they are, with the numbers of their lines.

Asked for by a prompt that wants JSON with ``topics`` and ``refs`` and sends its material as JSON lines with numbers. A
sentence weighs what its words weigh, and a word weighs the more, the more lines have it.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

from bot.playground.siliconflow.call import Call
from bot.playground.siliconflow.refusals import as_json

_MOST = re.compile(r"(\d+) topics, (\d+) points in all, (\d+) of each of the rest")
_LENGTH = 150  # characters of a sentence
_TELLING = 3  # terms; a line of fewer ("noted", "收到") is told only where there are no others
_NOTES = ("note", "decision", "action", "open", "loop")

_BETWEEN_SENTENCES = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])\s*|\n")
_WORD = re.compile(r"[a-z][a-z'-]{2,}|[\u4e00-\u9fff]+")
_SMALL = re.compile("the|and|for|that|this|with|you|are|was|have|not|but|can|will|just|what|from|it's|i'm|don't|so|we")
# Said in every talk: they are the title of none.
_DULL = re.compile(
    "one|two|three|all|both|then|there|here|some|any|only|know|nothing|something|before|after|since|until|today|"
    "tonight|tomorrow|yesterday|time|day|days|now|gets|got|let|let's|i'll|i'd|i've|that's|there's|good|great|"
    "sure|okay|yes|thanks|please|also|too|out|off|back|like|want|need|would|could|should|still|even|more|much|"
    "very|than|them|they|anyway|again|big|noted|sent|which|into|about|been|has|had|going|make|think|look|looks|"
    "come|every|everybody|each|今天|明天|昨天|后天|中午|时候|大家|谢谢|应该"
)
_ASKING = re.compile("what|why|who|how|when|which|where|there|about|did|does|was|were|is|are|为什|什么|么不|怎么|么样")
_JOINT = re.compile(
    "[的了是我你他她它在和就也都不没有要会能可以这那个吗呢吧到从去来把给很还再又上下出多少一二三两几每谁么们]"
)
_DECIDED = re.compile(
    r"\b(?:decided|we agreed|agreed (?:on|to|that)|decision|let's go with|we go with|we are going with|settled)\b"
    r"|决定|定了|就这么|说好了|一致同意",
    re.IGNORECASE,
)
_PROMISED = re.compile(
    r"\b(?:i'll|i will|i can take|i take|leave it to me)\b|我来|我负责|我会|交给我|我去|包在我", re.IGNORECASE
)
_DONE = re.compile(
    r"\b(?:done|sent|finished|fixed|moved|shipped|published|called off|cancell?ed)\b"
    r"|完成|搞定|做完|发了|发出|好了|取消",
    re.IGNORECASE,
)
_DUE = re.compile(
    r"\b(?:by |on |before )?"
    r"(?:today|tonight|tomorrow|noon|(?:mon|tues|wednes|thurs|fri|satur|sun)day|\d{4}-\d\d-\d\d)\b"
    r"|(?:今天|今晚|明天|后天|(?:下?周|星期)[一二三四五六日天]|\d{1,2}\s*月\s*\d{1,2}\s*[日号])"
    r"(?:之?前|上午|下午|中午|晚上)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Line:
    """``kind`` is text for a message, else what the note is; ``to``: the line replied to, or 0; ``heading``: the topic
    that it stood under."""

    n: int
    text: str
    kind: str = "text"
    by: str = ""
    to: int = 0
    due: str = ""
    heading: str = ""


def summarise(call: Call) -> str | None:
    """The JSON that the prompt describes; None for another prompt."""
    system = next((message.text for message in call.messages if message.role == "system"), "")
    if '"topics"' not in system or '"refs"' not in system:
        return None
    material = next((message.text for message in call.messages if message.role == "user"), "")
    objects = _objects(material)
    if objects is None:
        return None
    lines = list(_lines(objects))
    topics, points, others = map(int, match.groups()) if (match := _MOST.search(system)) else (4, 6, 3)
    asked = next((str(entry["asked"]) for entry in objects if "asked" in entry), None)
    if asked is not None:
        return as_json({"topics": _reply(asked, lines, points), "decisions": [], "actions": [], "questions": []})
    answer = {
        "topics": [] if "topics stay empty" in system else _topics(lines, topics, points),
        "decisions": _cited([line for line in lines if _is(line, "decision", _DECIDED)], others),
        "actions": [_action(line) for line in lines if _is(line, "action", _PROMISED)][:others],
        "questions": _cited(_open(lines), others),
    }
    if any(line.kind == "loop" for line in lines):
        answer["closed"] = _closed(lines)
    return as_json(answer)


def _objects(material: str) -> list[dict[str, Any]] | None:
    """None where a line is no object."""
    try:
        found = [json.loads(line) for line in material.split("\n")]
    except (ValueError, RecursionError):
        return None
    return found if all(isinstance(entry, dict) for entry in found) else None


def _lines(objects: Iterable[dict[str, Any]]) -> Iterable[_Line]:
    heading = ""
    for entry in objects:
        heading = str(entry.get("topic", heading))
        n = entry.get("n")
        if not isinstance(n, int):
            continue
        kind = next((name for name in _NOTES if name in entry), "text")
        by = str(entry.get("by") or entry.get("who") or "")
        to = entry.get("re")
        text, due = str(entry.get(kind, "")), str(entry.get("due", ""))
        yield _Line(n, text, kind, by, to if isinstance(to, int) else 0, due, heading if kind == "note" else "")


def _topics(lines: Sequence[_Line], most: int, points: int) -> list[dict[str, Any]]:
    """Notes keep their headings; messages are parted evenly, so that no time of the day is left out."""
    plain = [line for line in lines if line.kind in ("text", "note")]
    weights = _weights(plain)
    best = sorted(plain, key=lambda line: -_score(_sentence(line, weights), weights))[:points]
    telling = [line for line in best if len(_terms(line.text)) >= _TELLING] or [
        line for line in best if _terms(line.text)
    ]
    chosen = sorted(telling, key=lambda line: line.n)
    size = max(-(-len(chosen) // most), 1)
    parts = [list(group) for _, group in groupby(chosen, key=lambda line: line.heading)]
    pieces = [part[start : start + size] for part in parts for start in range(0, len(part), size)][:most]
    topics: dict[str, list[_Line]] = {}
    for piece in pieces:
        topics.setdefault(piece[0].heading or _title(piece, weights), []).extend(piece)
    return [{"title": title, "points": _told(told, weights)} for title, told in topics.items()]


def _reply(question: str, lines: Sequence[_Line], most: int) -> list[dict[str, Any]]:
    """The lines that share words with the question; no topic where there are none."""
    wanted = {term for term in _terms(question) if not _ASKING.fullmatch(term)}
    spread = _weights(lines)
    rare = Counter({term: (10 + 20 // spread[term]) * _sense(term) for term in wanted if spread[term]})
    fits = {line.n: sum(rare[term] for term in set(_terms(line.text))) for line in lines if not _asks(line.text)}
    enough = max(fits.values(), default=0) / 2
    best = sorted((line for line in lines if fits.get(line.n, 0) > enough), key=lambda line: -fits[line.n])
    chosen = sorted(best[: min(most, 4)], key=lambda line: line.n)
    points = [_point(line, _shortened(_by(line) + line.text)) for line in chosen]
    return [{"title": _shortened(question), "points": points}] if points else []


def _names(term: str, weights: Counter[str]) -> bool:
    """Whether it may stand for a matter: two Han characters that are said once are mostly parts of two words."""
    is_word = term.isascii() or (weights[term] > 1 and not _JOINT.search(term))
    return is_word and not _DULL.fullmatch(term)


def _sense(term: str) -> int:
    """Two Han characters may be no word at all."""
    return 2 if term.isascii() else 1


def _open(lines: Sequence[_Line]) -> list[_Line]:
    """Questions that no line replies to."""
    answered = {line.to for line in lines}
    return [
        line
        for line in lines
        if line.kind == "open" or (line.kind == "text" and _asks(line.text) and line.n not in answered)
    ]


def _closed(lines: Sequence[_Line]) -> list[dict[str, Any]]:
    """Loops with the first reply that settles each: a promise by a word of its being done, a question by any answer."""
    loops = {line.n: line for line in lines if line.kind == "loop"}
    closed: dict[int, int] = {}
    for line in lines:
        loop = loops.get(line.to)
        if loop is not None and not _asks(line.text) and (_DONE.search(line.text) or not loop.by):
            closed.setdefault(loop.n, line.n)
    return [{"n": loop, "refs": [reply]} for loop, reply in closed.items()]


def _action(line: _Line) -> dict[str, Any]:
    found = _DUE.search(line.text)
    due = line.due or (found.group() if found else "")
    return {"who": line.by, "what": _shortened(line.text), "due": due, "refs": [line.n]}


def _is(line: _Line, kind: str, pattern: re.Pattern[str]) -> bool:
    is_said = line.kind == "text" and bool(pattern.search(line.text)) and not _asks(line.text)
    return line.kind == kind or is_said


def _cited(lines: Sequence[_Line], most: int) -> list[dict[str, Any]]:
    return [_point(line, _shortened(line.text)) for line in lines[:most]]


def _told(lines: Sequence[_Line], weights: Counter[str]) -> list[dict[str, Any]]:
    return [_point(line, _shortened(_by(line) + _sentence(line, weights))) for line in lines]


def _point(line: _Line, text: str) -> dict[str, Any]:
    return {"text": text, "refs": [line.n]}


def _by(line: _Line) -> str:
    return f"{line.by}: " if line.by else ""


def _sentence(line: _Line, weights: Counter[str]) -> str:
    """The weightiest of the line."""
    sentences = _BETWEEN_SENTENCES.split(line.text)
    return max(sentences, key=lambda sentence: _score(sentence, weights))


def _score(sentence: str, weights: Counter[str]) -> float:
    """The mean weight of its words, with some credit for length."""
    terms = _terms(sentence)
    return sum(weights[term] for term in terms) / (len(terms) + 3)


def _weights(lines: Iterable[_Line]) -> Counter[str]:
    return Counter(term for line in lines for term in set(_terms(line.text)))


def _title(lines: Sequence[_Line], weights: Counter[str]) -> str:
    """The two words that these lines have most in common; two that overlap are one."""
    counts = _weights(lines)
    ranked = sorted(counts, key=lambda term: (-counts[term], -weights[term], -len(term), term))
    first, second = (*([term for term in ranked if _names(term, weights)] or ranked), "", "")[:2]
    for left, right in ((first, second), (second, first)):
        if left and left[-1:] == right[:1] and not left.isascii():
            return left + right[1:]
    return " · ".join(filter(None, (first, second)))


def _terms(text: str) -> list[str]:
    """Latin words, and each two neighbouring Han characters."""
    found: list[str] = []
    for word in _WORD.findall(text.lower()):
        if word[0].isascii():
            found += [] if _SMALL.fullmatch(word) else [word]
        else:
            found += [a + b for a, b in pairwise(word)]
    return found


def _asks(text: str) -> bool:
    return text.rstrip().endswith(("?", "？"))


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LENGTH else line[: _LENGTH - 1] + "…"
