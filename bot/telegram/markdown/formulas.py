r"""Formulas in Markdown: ``$x$``, ``\(x\)``, ``$$x$$``, ``\[x\]``, environments; no prices and variables."""

import re

from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

_BODY = r"(?:[^$\\]|\\.){1,1000}+"
_DOLLAR = re.compile(rf"\$(?!\s)({_BODY})(?<!\s)\$(?![A-Za-z0-9_$])")
_SPACED = re.compile(r"\$[ ]((?:[^$\\\n]|\\[^\n]){1,1000}+)(?<=[ ])\$(?!\d)")
_DOLLARS = re.compile(rf"\$\$({_BODY})\$\$")
_BACKSLASHED = {"\\(": "\\)", "\\[": "\\]"}
_REACH = 1000  # characters in which a formula inside a line must end
_LATEX = re.compile(r"[\\=^_{}]")
_CJK = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uff00-\uffef]")
_COMMAND = re.compile(r"\\(?:text|mathrm|operatorname|mbox)\s*\{[^{}]*\}|\\[A-Za-z]+|\\.")
_WORD = re.compile(r"[A-Za-z]{4,}|(?<![A-Za-z])(?:and|the|for|per|are|was|but|not|from|USD|EUR|CNY)(?![A-Za-z])")
_ENDS_OPEN = re.compile(r"[-+*/=<>,:;(\[]\s*\Z")
_PRICE = re.compile(r"\d[\d,.]{0,30}\s{1,8}[A-Za-z]{2}|\d[\d,.]{0,30}\s{0,8}[-–~至到]\s*\Z")
_ENVIRONMENT = re.compile(
    r"\\begin\{(cases|dcases|rcases|array|[pbBvV]?matrix|smallmatrix|aligned|align\*?|gathered|gather\*?|split"
    r"|equation\*?|eqnarray\*?|multline\*?)\}"
)

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
        place = src.find(closing, pos + 2, min(end, pos + _REACH))
        if place < 0:
            return None
        text, after = src[pos + 2 : place], place + 2
        if closing == "\\]" and not _LATEX.search(text):
            return None  # they are escaped brackets
    elif begin := _ENVIRONMENT.match(src, pos, end) if src[pos] == "\\" else None:
        closing = f"\\end{{{begin[1]}}}"
        place = src.find(closing, pos, min(end, pos + 2 * _REACH))
        after = place + len(closing)
        text = src[pos:after] if place >= 0 else ""
    else:
        return None
    return (text.strip(), after) if text.strip() else None


def _dollar(src: str, pos: int, end: int) -> re.Match[str] | None:
    before = src[pos - 1] if pos else " "
    if before == "$" or (before.isascii() and before.isalnum()):
        return None
    if found := _DOLLAR.match(src, pos, end):
        # "从$5涨到了$": words in a formula come with a command around them
        plain = "\\" not in found[1]
        return None if plain and (_CJK.search(found[1]) or _is_price(found[1])) else found
    found = _SPACED.match(src, pos, end)
    return found if found and _is_formula(found[1].strip()) else None


def _is_price(text: str) -> bool:
    return text[0].isdigit() and _PRICE.search(text) is not None and not _LATEX.search(text)


def _is_formula(text: str) -> bool:
    """Whether what stands between dollars and spaces is one; "5 and" and "5 - " are parts of prices."""
    plain = _COMMAND.sub(" ", text)
    return bool(text) and not (
        _CJK.search(plain)
        or _WORD.search(plain)
        or (_ENDS_OPEN.search(plain) and "\\" not in text)
        or ("\\" not in text and _PRICE.search(text))
        or plain.count("{") != plain.count("}")
    )


def block(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    begin = state.bMarks[start] + state.tShift[start]
    environment = _ENVIRONMENT.match(state.src, begin, state.eMarks[start])
    closing = f"\\end{{{environment[1]}}}" if environment else _FENCES.get(state.src[begin : begin + 2])
    if closing is None:
        return False
    last = _last_line(state, start, end, begin + 2, closing)
    if last is None:
        return False
    source = state.getLines(start, last + 1, state.blkIndent, keepLastLF=False).strip()
    source = source if environment else source[2:-2].strip()
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
            return line if text.find(closing) == len(text) - len(closing) else None
    return None
