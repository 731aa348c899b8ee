"""The Markdown that models write: CommonMark and GFM, less what they do not mean, plus formulas and a few tags.

Left out: raw HTML (it is text: ``List<String>`` survives), indented code and underlined headings (models indent
prose, and draw a line under a paragraph), reference definitions (an address nobody refers to would vanish).
"""

import re

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock, blockquote, heading, hr, list_block
from markdown_it.rules_block.table import escapedSplit, getLine, table
from markdown_it.rules_inline import StateInline, escape, link
from mdit_py_plugins.footnote import footnote_plugin

from bot.telegram.markdown import addresses, formulas
from bot.telegram.markdown.emphasis import EmphasisParser

# Five lists, or ten quotes, in each other (a list counts twice): near the 16 levels that a rich message may have.
_DEEPEST = 10
_INTERRUPTS: RuleOptionsType = {"alt": ["paragraph", "blockquote", "list"]}
_COMPARISON = re.compile(r">(?:=|\d|\s?[-+$€£¥]?\d[\d.,]*(?![\d.)])|>>(?=\s))")
_QUOTE_LINE = re.compile(r"\s{0,3}>")
_CALCULATION = re.compile(r"\+\s+[\d(]")
_TIGHT_HEADING = re.compile(r"(#{2,6})(?=[^#\s\d!])")
_BLANK_TO_FILL = re.compile(r"_{4,}\s*")
_DRIVE = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]:\Z")
_WINDOWS_PATH = re.compile(r"\\[^\s\"<>|`'，。；：、！？）】》」』”’]*")
_SHARE = re.compile(r"\\\\[\w.$-]+\\[^\s\"<>|`'，。；：、！？）】》」』”’]*")
_SPACES = re.compile(r"[ \t]*")


class Dialect(MarkdownIt):
    """A parser; it keeps no state between texts."""

    def __init__(self) -> None:
        super().__init__("zero")
        self.inline = EmphasisParser()
        self.configure("commonmark", {"html": False, "tasklists": True})
        self.enable(["table", "strikethrough"])
        self.disable(["code", "lheading", "reference", "html_block", "html_inline", "autolink"])
        footnote_plugin(self, inline=False, move_to_end=False)
        block, inline = self.block.ruler, self.inline.ruler
        block.before("table", "too_deep", _too_deep, {"alt": []})
        block.at("table", _whole_table, {"alt": ["paragraph", "reference"]})
        block.before("fence", "math_block", formulas.block, _INTERRUPTS)
        block.before("fence", "details", _details, _INTERRUPTS)
        block.at("blockquote", _quote, {"alt": ["paragraph", "reference", "blockquote", "list"]})
        block.at("hr", _line_across, {"alt": ["paragraph", "reference", "blockquote", "list"]})
        block.at("list", _list, {"alt": ["paragraph", "reference", "blockquote"]})
        block.at("heading", _heading, {"alt": ["paragraph", "reference", "blockquote"]})
        block.at("paragraph", _indented_paragraph)
        inline.before("newline", "address", _address)
        inline.at("newline", _line_end)
        inline.before("escape", "path", _path)
        inline.before("escape", "math", formulas.inline)
        inline.at("escape", _escape)
        inline.at("link", _link)
        inline.before("link", "tag", _tag)
        self.inline.ruler2.enable("unmatched")

    def validateLink(self, url: str) -> bool:  # noqa: N802 - markdown-it's name
        """Any address: what a link may lead to is decided later, so that a refused one still leaves its text."""
        return addresses.is_address(url)

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - markdown-it's name
        """As it was written: an address is never changed."""
        return url


# What people mean where CommonMark takes the beginning of a line for markup.
def _quote(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    """``> 18`` and ``>= 3`` compare, ``>>> x`` is a prompt, unless other lines of the quote say that it is one."""
    if _compares(state, start) and not any(
        0 <= line < end and _QUOTE_LINE.match(_line(state, line)) and not _compares(state, line)
        for line in (start - 1, start + 1)
    ):
        return False
    return blockquote(state, start, end, silent)


def _compares(state: StateBlock, line: int) -> bool:
    return _COMPARISON.match(_line(state, line).lstrip()) is not None


def _line_across(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - as above
    """Four underscores and more are a blank to be filled in."""
    return not _BLANK_TO_FILL.fullmatch(_line(state, start).lstrip()) and hr(state, start, end, silent)


def _list(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - as above
    """A line that begins with ``+ 5`` goes on calculating."""
    return not _CALCULATION.match(_line(state, start).lstrip()) and list_block(state, start, end, silent)


def _heading(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - as above
    """Four spaces before a ``#`` make it a comment in code; after two of them the space may be missing."""
    if state.sCount[start] - state.blkIndent >= 4:
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


def _indented_paragraph(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: ARG001, FBT001 - as above
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


# What is taken whole before emphasis and escapes could change it.
def _address(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    found = addresses.at_colon(state.src, state.pos, state.posMax) if state.src[state.pos] == ":" else None
    scheme = state.src[found[0] : state.pos] if found else ""
    if found is None or (not silent and not state.pending.endswith(scheme)):
        return False
    if not silent:
        state.pending = state.pending[: len(state.pending) - len(scheme)]
        state.push("address", "", 0).content = re.sub(r"\\(?=[_*&~#])", "", state.src[slice(*found)])
    state.pos = found[1]
    return True


def _path(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as above
    r"""``C:\*.txt`` and ``\\server\_share``."""
    src, pos = state.src, state.pos
    if src[pos] != "\\":
        return False
    outside = pos == 0 or src[pos - 1].isspace() or not src[pos - 1].isascii() or src[pos - 1] in "([\"'*"
    shape = _WINDOWS_PATH if _DRIVE.search(src, max(0, pos - 3), pos) else _SHARE if outside else None
    found = shape.match(src, pos, state.posMax) if shape else None
    if not found:
        return False
    text = found[0].rstrip(".,;:!?)]*_")
    if not silent:
        state.append_pending(text)
    state.pos += len(text)
    return bool(text)


def _escape(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as above
    r"""``\.`` is an escape after a number, and otherwise part of a pattern or a path."""
    if state.src.startswith("\\.", state.pos) and not state.src[state.pos - 1 : state.pos].isdigit():
        if not silent:
            state.append_pending("\\.")
        state.pos += 2
        return True
    return escape(state, silent)


def _link(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as above
    """``f(x)[1](a.b)`` indexes and calls: behind a word, only a web address makes a link."""
    before = state.src[state.pos - 1] if state.pos else " "
    if state.src[state.pos] == "[" and before.isascii() and (before.isalnum() or before in ")]_"):
        labelled = state.md.helpers.parseLinkLabel(state, state.pos, disableNested=True)
        if labelled >= 0 and not re.match(r"\(\s*<?https?://", state.src[labelled + 1 : labelled + 12]):
            return False
    return link(state, silent)


def _line_end(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as above
    """A line break; the spaces that begin the next line stay."""
    if state.src[state.pos] != "\n":
        return False
    if not silent:
        state.pending = state.pending.rstrip(" ")
        state.push("softbreak", "br", 0)
    state.pos += 1
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
_ELEMENT = re.compile(r"</?(?!(?:br?|strong|i|em|u|s|del|su[bp])\b)[a-z][a-z0-9-]*(?:\s[^<>\n]*)?/?>", re.IGNORECASE)
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
    if not found or _in_html(state.src, state.pos):
        return False
    if not silent:
        state.push("hardbreak", "br", 0)
    state.pos = found.end()
    return True


def _in_html(source: str, place: int) -> bool:
    """Whether other tags nearby say that somebody shows HTML, and does not break a line."""
    return _ELEMENT.search(source, max(0, place - 200), place + 200) is not None


def _bracketed(state: StateInline, *, silent: bool) -> bool:
    found = _BRACKETED.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    if not silent:
        state.push("address", "", 0).content = found[1]
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
