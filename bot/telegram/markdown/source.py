"""The Markdown source as it is parsed: without unsafe characters, and with every fence on lines of its own."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# Control characters, and those that turn the direction of what follows: Telegram drops most, the rest can deceive.
_UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
_LINE_ENDS = re.compile("\r\n?|[\u2028\u2029]")
_SURROGATES = re.compile("[\ud800-\udfff]")

_CONTAINER = re.compile(r"(?:[ \t]*(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t])))*[ \t]*")
_QUOTED = re.compile(r"(?:[ ]{0,3}>[ ]?)+")
_MARKS = re.compile(r"`{3,}+|~{3,}+")
_INFO = re.compile(r"[\w+#./-]{0,32}", re.ASCII)  # a language, or a file's name
_ATTRIBUTES = re.compile(r"\s*(?:[{:=(\[\"'#]|[\w-]+=)")
_REACH = 60  # lines below which an end within a line is looked for
_NUMBERED = re.compile(r"[ ]{0,3}\d{1,3}[.)][ ]")
_FILE = re.compile(r"[\w./-]+\.\w+")
_SENTENCE_BEFORE = re.compile(r"[：:，,。.;；!！?？)）*\w]\s*$")
_LANGUAGES = frozenset(
    """
    bash sh shell zsh console powershell cmd bat python py python3 js javascript ts typescript jsx tsx json yaml yml
    toml xml html css scss sql c cpp c++ c# cs csharp java kotlin go golang rust rs ruby rb php perl lua r swift scala
    dart text txt plaintext plain markdown md latex tex diff ini dockerfile makefile nginx matlab julia haskell
    """.split()  # noqa: SIM905 - sixty lines otherwise
)


def clean(text: str) -> str:
    """Without control characters, marks that turn the direction of writing, and half characters."""
    return _SURROGATES.sub("\ufffd", _UNSAFE.sub("", _LINE_ENDS.sub("\n", text)))


def with_whole_fences(text: str) -> str:
    """The text with its fences as CommonMark wants them, where it is clear what was meant.

    Small models begin a fence behind words, end it behind code, write on behind its end, or put a list's code at the
    margin. Lines outside of such fences are not touched.
    """
    if "```" not in text and "~~~" not in text:
        return text
    return "\n".join(_FenceReader(text.split("\n")).lines())


@dataclass(frozen=True, slots=True)
class _Fence:
    marks: str
    prefix: str  # what stands before it in its line
    info: str
    code: str  # code that follows in the same line


class _FenceReader:
    """Reads lines from the first to the last, and writes those of fences anew."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._bare = _next_bare_fence(lines)

    def lines(self) -> Iterator[str]:
        at = 0
        while at < len(self._lines):
            line = self._lines[at]
            fence = _opened(line)
            if fence is None:
                words, fence = self._opened_behind_words(line, at)
                if fence is None:
                    yield line
                    at += 1
                    continue
                yield words
            body, at, rest = self._body(fence, at + 1)
            yield from _written(fence, body, closed=rest is not None)
            if rest:
                self._lines[at - 1] = rest
                at -= 1

    def _opened_behind_words(self, line: str, at: int) -> tuple[str, _Fence | None]:
        """A fence at the end of a line of prose, if a later line closes it."""
        marks = list(_MARKS.finditer(line))
        if len(marks) % 2 == 0 or (self._bare[at + 1] is None and not self._ends_within_a_line(at + 1)):
            return line, None
        last = marks[-1]
        words, after = line[: last.start()].rstrip(), line[last.end() :]
        if not _SENTENCE_BEFORE.search(words) or "`" in after or words.count("`") % 2:
            return line, None
        quoted = _QUOTED.match(line)
        return words, _fence(last[0], quoted[0] if quoted else "", after)

    def _ends_within_a_line(self, start: int) -> bool:
        """Whether the next marks, not far below, stand behind code."""
        for line in self._lines[start : start + _REACH]:
            if marks := _MARKS.search(line):
                return bool(line[: marks.start()].strip())
        return False

    def _body(self, fence: _Fence, start: int) -> tuple[list[str], int, str | None]:
        """Its lines of code, where its last line ends, and what follows in that line; None where nothing closes it."""
        quoted = _QUOTED.match(fence.prefix)
        body = [fence.code] if fence.code else []
        for at in range(start, len(self._lines)):
            line = self._lines[at]
            if quoted:
                own = _QUOTED.match(line)
                if not own:
                    return body, at, ""
                line = line[own.end() :]
            elif self._leaves_the_list(fence, at):
                return body, at, ""
            rest, code = self._closed(fence, line, at)
            if rest is not None:
                return body + ([code] if code else []), at + 1, rest and (quoted[0] if quoted else "") + rest
            body.append(line)
        return body, len(self._lines), None

    def _leaves_the_list(self, fence: _Fence, at: int) -> bool:
        """Whether a line at the margin ends an unclosed fence of a list, as CommonMark has it."""
        line = self._lines[at]
        if not line.strip() or _width(line) >= _column(fence.prefix):
            return False
        return self._bare[at] is None or _NUMBERED.match(line) is not None

    def _closed(self, fence: _Fence, line: str, at: int) -> tuple[str | None, str]:
        """What follows the end of the fence in this line (None: it goes on), and the code before it."""
        stripped = line.lstrip()
        if stripped.startswith(fence.marks):
            rest = stripped.lstrip(fence.marks[0])
            if not rest.strip():
                return "", ""
            begins = _INFO.fullmatch(rest.strip()) and (rest[0] != " " or self._bare[at + 1] is not None)
            return (None, "") if begins or fence.marks in rest else (rest.lstrip(), "")
        place = line.rfind(fence.marks)
        if place <= 0 or self._bare[at + 1] is not None or line.count(fence.marks[0]) != len(fence.marks):
            return None, ""
        rest = line[place + len(fence.marks) :]
        if line[place - 1] in "\"'(" or (rest and rest[0] in "\"'),;"):
            return None, ""
        return rest.strip(), line[:place].rstrip()


def unclosed_fence(text: str) -> str:
    """The marks that would close what the text leaves open at its end; empty where no fence is open."""
    open_marks = ""
    for line in text.split("\n") if "```" in text or "~~~" in text else ():
        stripped = line.lstrip(" \t>")
        found = list(_MARKS.finditer(line))
        if open_marks:
            if stripped.startswith(open_marks) and not _INFO.fullmatch(stripped.lstrip(open_marks[0]).strip() or " "):
                open_marks = ""
        elif len(found) % 2 and "`" not in line[found[-1].end() :]:
            open_marks = found[-1][0]
    return open_marks


def _opened(line: str) -> _Fence | None:
    prefix = _CONTAINER.match(line)
    start = prefix.end() if prefix else 0
    marks = _MARKS.match(line, start)
    if not marks or (marks[0][0] == "`" and "`" in line[marks.end() :]):
        return None
    return _fence(marks[0], line[:start], line[marks.end() :])


def _fence(marks: str, prefix: str, after: str) -> _Fence:
    word, _, rest = after.strip().partition(" ")
    if not rest.strip() and (word.isascii() or _INFO.fullmatch(word)):
        return _Fence(marks, prefix, word, "")
    if _ATTRIBUTES.match(rest) or _ATTRIBUTES.match(after) or _FILE.fullmatch(rest.strip()):
        return _Fence(marks, prefix, after.strip(), "")
    if word.lower() in _LANGUAGES:
        return _Fence(marks, prefix, word, rest)
    return _Fence(marks, prefix, "", after.strip())


def _written(fence: _Fence, body: list[str], *, closed: bool) -> Iterator[str]:
    quoted = _QUOTED.match(fence.prefix)
    yield f"{fence.prefix}{fence.marks}{fence.info}"
    before = quoted[0] if quoted else ""
    column = _column(fence.prefix[len(before) :])
    if column and any(line.strip() and _width(line) < column for line in body):
        body = [" " * column + line if line.strip() else line for line in body]
    for line in body:
        yield before + line
    if closed:
        yield before + " " * column + fence.marks


def _column(prefix: str) -> int:
    return len(prefix.expandtabs(4))


def _width(line: str) -> int:
    expanded = line.expandtabs(4)
    return len(expanded) - len(expanded.lstrip(" "))


def _next_bare_fence(lines: list[str]) -> list[int | None]:
    """For each line, the next one from it on that can only close a fence; None where one that opens comes first."""
    found: list[int | None] = [None] * (len(lines) + 1)
    for at in range(len(lines) - 1, -1, -1):
        stripped = lines[at].lstrip(" \t>")
        marks = _MARKS.match(stripped)
        if not marks:
            found[at] = found[at + 1]
        else:
            rest = stripped[marks.end() :].rstrip()
            found[at] = None if rest and _INFO.fullmatch(rest) else at
    return found
