"""The Markdown that models write: CommonMark and GFM, less what they do not mean, plus formulas and a few tags.

Left out: raw HTML (it is text: ``List<String>`` survives), indented code and underlined headings (models indent
prose, and draw a line under a paragraph), reference definitions (an address nobody refers to would vanish).
"""

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.table import escapedSplit, getLine, table
from mdit_py_plugins.footnote import footnote_plugin

from bot.telegram.markdown import details, formulas, tags
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
        self.block.ruler.before("fence", "details", details.block, _INTERRUPTS)
        self.inline.ruler.before("escape", "math", formulas.inline)
        self.inline.ruler.before("link", "tag", tags.inline)

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
