"""The beginnings of lines as people mean them: rules for markdown-it's block parser."""

import re

from markdown_it.rules_block import StateBlock, blockquote, heading, hr, list_block
from markdown_it.rules_block.table import escapedSplit, getLine, table

# Five lists, or ten quotes, in each other (a list counts twice): near the 16 levels that a rich message may have.
_DEEPEST = 10
_COMPARISON = re.compile(r">(?:=|\d|\s?[-+$€£¥]?\d[\d.,]*(?![\d.)])|>>(?=\s))")
_QUOTE_LINE = re.compile(r"\s{0,3}>")
_CALCULATION = re.compile(r"\+\s+[\d(]")
_TIGHT_HEADING = re.compile(r"(#{2,6})(?=[^#\s\d!])")
_CODE_LINE = re.compile(
    r"\s*+(?:#!|#include|import \w|from \S+ import|(?:def|class) \w++.*:|return\b|print\(|(?:for|if|while|with) .*:$"
    r"|(?:echo|sudo|pip|npm|cd|apt|git|export|docker) \S|[\w.\[\]]++ ?[-+*/]?= ?\S|[\w.]++\(.*\);?$|.*[;{}]$)"
)
_BLANK_TO_FILL = re.compile(r"_{4,}\s*")
_SPACES = re.compile(r"[ \t]*")
# ``<details><summary>…</summary>``, the one HTML block that models use in chat.
_HEAD = re.compile(r"<details(?:\s+open)?>\s*(?:\n\s*)?<summary>(.*?)</summary>\s*(?:\n|$)", re.IGNORECASE)
_OPENING = re.compile(r"\s*<details\b", re.IGNORECASE)
_CLOSING = re.compile(r"\s*</details>\s*$", re.IGNORECASE)
_NESTED = 4


def quote(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    """``> 18`` and ``>= 3`` compare, ``>>> x`` is a prompt, unless other lines of the quote say that it is one."""
    if _compares(state, start) and not any(
        0 <= line < end and _QUOTE_LINE.match(_line(state, line)) and not _compares(state, line)
        for line in (start - 1, start + 1)
    ):
        return False
    return blockquote(state, start, end, silent)


def _compares(state: StateBlock, line: int) -> bool:
    return _COMPARISON.match(_line(state, line).lstrip()) is not None


def line_across(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - as above
    """Four underscores and more are a blank to be filled in."""
    return not _BLANK_TO_FILL.fullmatch(_line(state, start).lstrip()) and hr(state, start, end, silent)


def numbered_or_bulleted(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - as above
    """A line that begins with ``+ 5`` goes on calculating."""
    return not _CALCULATION.match(_line(state, start).lstrip()) and list_block(state, start, end, silent)


def title(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - as above
    """Four spaces before a ``#``, or code beside it, make it a comment; after two of them the space may be missing."""
    if state.sCount[start] - state.blkIndent >= 4 or _comments(state, start, end):
        return False
    text = _line(state, start).strip()
    tight = _TIGHT_HEADING.match(text)
    if tight is None or silent:
        return tight is not None or heading(state, start, end, silent)
    state.push("heading_open", f"h{tight.end()}", 1)
    inline = state.push("inline", "", 0)
    inline.content, inline.children = text[tight.end() :], []
    state.push("heading_close", f"h{tight.end()}", -1)
    state.line = start + 1
    return True


def _comments(state: StateBlock, start: int, end: int) -> bool:
    """Whether a line with one ``#`` stands in code that was written without a fence."""
    if not _line(state, start).lstrip().startswith("# "):
        return False
    beside = [_line(state, line) for line in (start - 1, start + 1) if 0 <= line < end]
    return any(_CODE_LINE.match(line) for line in beside)


def indented_paragraph(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: ARG001, FBT001 - as above
    """A paragraph that keeps the indentation of its lines, since models write code without a fence."""
    parent, state.parentType = state.parentType, "paragraph"
    rules = state.md.block.ruler.getRules("paragraph")
    silent = True  # the rules are only asked whether they would interrupt
    line = start + 1
    while line < state.lineMax and not state.isEmpty(line):
        own = state.sCount[line] >= 0 and state.sCount[line] - state.blkIndent <= 3
        if own and any(rule(state, line, state.lineMax, silent) for rule in rules):
            break
        line += 1
    _paragraph(
        state, _with_indentation(state.getLines(start, line, state.blkIndent, keepLastLF=False), state.blkIndent)
    )
    state.line, state.parentType = line, parent
    return True


def _with_indentation(content: str, margin: int) -> str:
    """The lines of a paragraph; in a list, less than four spaces are only carelessness."""
    least = 4 if margin else 2
    lines = content.rstrip().split("\n")
    for at, line in enumerate(lines):
        spaces = _SPACES.match(line)
        before = spaces[0].expandtabs(4) if spaces else ""
        lines[at] = (before if len(before) >= least else "") + line[len(spaces[0]) if spaces else 0 :]
    return "\n".join(lines)


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] : state.eMarks[line]]


def too_deep(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    """Below a depth nobody writes on purpose, what is left is one paragraph; markdown-it would drop it."""
    if silent or state.level < _DEEPEST:
        return False
    last = start
    while last < end and (last == start or state.sCount[last] >= state.blkIndent):
        last += 1
    _paragraph(state, state.getLines(start, last, state.blkIndent, keepLastLF=False).strip())
    state.line = last
    return True


def _paragraph(state: StateBlock, content: str) -> None:
    state.push("paragraph_open", "p", 1)
    inline = state.push("inline", "", 0)
    inline.content, inline.children = content, []
    state.push("paragraph_close", "p", -1)


def whole_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - as above
    """GFM drops the cells of a row beyond the header's; mostly they are a ``|`` inside code, so join them again."""
    first = len(state.tokens)
    if not table(state, start, end, silent):
        return False
    last_cell = line = width = 0
    for index in range(first, len(state.tokens)):
        token = state.tokens[index]
        if token.type == "tr_open" and token.map:
            line, width = token.map[0], 0
        elif token.type == "inline":
            last_cell, width = index, width + 1
        elif token.type == "tr_close":
            cells = _cells(getLine(state, line))
            if len(cells) > width:
                state.tokens[last_cell].content = "|".join(cells[width - 1 :]).strip()
    return True


def _cells(line: str) -> list[str]:
    cells = escapedSplit(line.strip())
    return cells[(not cells[0]) : len(cells) - (len(cells) > 1 and not cells[-1])]


def details(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    begin = state.bMarks[start] + state.tShift[start]
    if not state.src.startswith("<", begin) or not _OPENING.match(state.src, begin):
        return False
    head = state.getLines(start, min(start + 3, end), state.blkIndent, keepLastLF=False).lstrip()
    opening = _HEAD.match(head)
    closing = _closing_line(state, start + 1, end) if opening else None
    if opening is None or closing is None:
        return False
    if silent:
        return True
    state.push("details_open", "details", 1)
    summary = state.push("inline", "", 0)
    summary.content, summary.children = opening[1].strip(), []
    body = start + opening[0].rstrip("\n").count("\n") + 1
    parent, maximum = state.parentType, state.lineMax
    state.parentType, state.lineMax = "container", closing
    state.md.block.tokenize(state, body, closing)
    state.parentType, state.lineMax = parent, maximum
    state.push("details_close", "details", -1)
    state.line = closing + 1
    return True


def _closing_line(state: StateBlock, start: int, end: int) -> int | None:
    """Where the details that opened above ``start`` end; None also where they nest too deep to be looked through."""
    nested = 0
    for line in range(start, end):
        text = state.src[state.bMarks[line] : state.eMarks[line]]
        if _CLOSING.match(text):
            if not nested:
                return line
            nested -= 1
        elif _OPENING.match(text):
            nested += 1
            if nested > _NESTED:
                return None
    return None
