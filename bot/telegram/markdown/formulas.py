r"""Formulas in Markdown: ``$x$``, ``\(x\)``, ``$$x$$`` and ``\[x\]``, told apart from prices and shell variables."""

import re

from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

_BODY = r"(?:[^$\\]|\\.){1,1000}+"
_DOLLAR = re.compile(rf"\$(?!\s)({_BODY})(?<!\s)\$(?![A-Za-z0-9_$])")
_DOLLARS = re.compile(rf"\$\$({_BODY})\$\$")
_BACKSLASHED = {"\\(": "\\)", "\\[": "\\]"}
_REACH = 1000  # characters in which a formula inside a line must end
_LATEX = re.compile(r"[\\=^_{}]")
_CJK = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uff00-\uffef]")

_FENCES = {"$$": "$$", "\\[": "\\]"}
_LONGEST = 100  # lines; a display formula is short, and an unclosed one must not be searched for to the end each time


def inline(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    source = _match(state)
    if source is None:
        return False
    text, end = source
    if not silent:
        state.push("math_inline", "math", 0).content = text
    state.pos = end
    return True


def _match(state: StateInline) -> tuple[str, int] | None:
    src, pos, end = state.src, state.pos, state.posMax
    if src[pos] == "$":
        found = _DOLLARS.match(src, pos, end) or _dollar(src, pos, end)
        text, after = (found[1], found.end()) if found else ("", pos)
    elif closing := _BACKSLASHED.get(src[pos : pos + 2]):
        after = src.find(closing, pos + 2, min(end, pos + _REACH)) + 2
        text = src[pos + 2 : after - 2] if after > pos else ""
        if closing == "\\]" and not _LATEX.search(text):
            return None  # they are escaped brackets
    else:
        return None
    return (text.strip(), after) if text.strip() else None


def _dollar(src: str, pos: int, end: int) -> re.Match[str] | None:
    before = src[pos - 1] if pos else " "
    if before == "$" or (before.isascii() and before.isalnum()):
        return None
    found = _DOLLAR.match(src, pos, end)
    # "从$5涨到了$": words in a formula come with a command around them
    return None if found and _CJK.search(found[1]) and "\\" not in found[1] else found


def block(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    begin = state.bMarks[start] + state.tShift[start]
    closing = _FENCES.get(state.src[begin : begin + 2])
    if closing is None:
        return False
    last = _last_line(state, start, end, begin + 2, closing)
    if last is None:
        return False
    source = state.getLines(start, last + 1, state.blkIndent, keepLastLF=False).strip()[2:-2].strip()
    if not source or (closing == "\\]" and last == start and not _LATEX.search(source)):
        return False
    if not silent:
        state.push("math_block", "math", 0).content = source
        state.line = last + 1
    return True


def _last_line(state: StateBlock, start: int, end: int, begin: int, closing: str) -> int | None:
    """The line that ends with ``closing``; None where anything follows it, or where nothing closes."""
    for line in range(start, min(end, start + _LONGEST)):
        if line > start and not state.isEmpty(line) and state.sCount[line] < state.blkIndent:
            return None
        text = state.src[begin if line == start else state.bMarks[line] : state.eMarks[line]].rstrip()
        if closing in text:
            return line if text.find(closing) == len(text) - 2 else None
    return None
