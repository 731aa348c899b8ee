"""The Markdown that models write: CommonMark and GFM, less what they do not mean, plus formulas and a few tags.

Left out: raw HTML (it is text: ``List<String>`` survives), indented code and underlined headings (models indent
prose, and draw a line under a paragraph), reference definitions (an address nobody refers to would vanish).
"""

import re

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.table import escapedSplit, getLine, table
from markdown_it.rules_inline import StateInline
from mdit_py_plugins.footnote import footnote_plugin

from bot.telegram.markdown import formulas
from bot.telegram.markdown.emphasis import EmphasisParser

# Five lists, or ten quotes, in each other (a list counts twice): near the 16 levels that a rich message may have.
_DEEPEST = 10
_INTERRUPTS: RuleOptionsType = {"alt": ["paragraph", "blockquote", "list"]}


class Dialect(MarkdownIt):
    """A parser; it keeps no state between texts."""

    def __init__(self) -> None:
        super().__init__("zero")
        self.inline = EmphasisParser()
        self.configure("commonmark", {"html": False, "tasklists": True})
        self.enable(["table", "strikethrough"])
        self.disable(["code", "lheading", "reference", "html_block", "html_inline", "autolink"])
        footnote_plugin(self, inline=False, move_to_end=False)
        self.block.ruler.before("table", "too_deep", _too_deep, {"alt": []})
        self.block.ruler.at("table", _whole_table, {"alt": ["paragraph", "reference"]})
        self.block.ruler.before("fence", "math_block", formulas.block, _INTERRUPTS)
        self.block.ruler.before("fence", "details", _details, _INTERRUPTS)
        self.inline.ruler.before("escape", "math", formulas.inline)
        self.inline.ruler.before("link", "tag", _tag)

    def validateLink(self, url: str) -> bool:  # noqa: ARG002, N802 - markdown-it's name and signature
        """Any: what a link may lead to is decided later, so that a refused one still leaves its text."""
        return True


def _too_deep(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
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


def _whole_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - as above
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


# Tags in a line: styles, line breaks, and addresses in angle brackets. Others are text.
_TAGS = {"b": "strong", "i": "em", "del": "s"}  # the others bear their token's name
_TAG = re.compile(r"<(b|strong|i|em|u|s|del|sub|sup)>", re.IGNORECASE)
_BREAK = re.compile(r"<br\s*/?>\n?", re.IGNORECASE)
_BRACKETED = re.compile(r"<(https?://[^\s<>]+)>", re.IGNORECASE)
_TAG_REACH = (
    2000  # characters in which a tag must be closed; keeps many open tags from costing the square of their number
)


def _tag(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    if state.src[state.pos] != "<":
        return False
    return _line_break(state, silent=silent) or _bracketed(state, silent=silent) or _style(state, silent=silent)


def _line_break(state: StateInline, *, silent: bool) -> bool:
    found = _BREAK.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    if not silent:
        state.push("hardbreak", "br", 0)
    state.pos = found.end()
    return True


def _bracketed(state: StateInline, *, silent: bool) -> bool:
    found = _BRACKETED.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    if not silent:
        state.push("text", "", 0).content = found[1]
    state.pos = found.end()
    return True


def _style(state: StateInline, *, silent: bool) -> bool:
    found = _TAG.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    closing = f"</{found[1]}>"
    end = state.src.find(closing, found.end(), min(state.posMax, found.end() + _TAG_REACH))
    if end < 0:
        return False
    if not silent:
        name, maximum = _TAGS.get(found[1].lower(), found[1].lower()), state.posMax
        state.push(f"{name}_open", name, 1)
        state.pos, state.posMax = found.end(), end
        state.md.inline.tokenize(state)
        state.push(f"{name}_close", name, -1)
        state.posMax = maximum
    state.pos = end + len(closing)
    return True


# ``<details><summary>…</summary>``, the one HTML block that models use in chat.
_HEAD = re.compile(r"<details(?:\s+open)?>\s*(?:\n\s*)?<summary>(.*?)</summary>\s*(?:\n|$)", re.IGNORECASE)
_OPENING = re.compile(r"\s*<details\b", re.IGNORECASE)
_CLOSING = re.compile(r"\s*</details>\s*$", re.IGNORECASE)
_NESTED = 4


def _details(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
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
