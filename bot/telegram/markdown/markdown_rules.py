"""The Markdown that models write: CommonMark and GFM, less what they do not mean, plus formulas and a few tags.

Left out: raw HTML (it is text: ``List<String>`` survives), indented code and underlined headings (models indent
prose, and draw a line under a paragraph), reference definitions (an address nobody refers to would vanish).
"""

import re

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_inline import StateInline, escape
from markdown_it.rules_inline import link as markdown_link
from mdit_py_plugins.footnote import footnote_plugin

from bot.telegram.markdown import addresses, block_rules, formulas
from bot.telegram.markdown.emphasis import EmphasisParser

_DRIVE = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]:\Z")
_WINDOWS_PATH = re.compile(r"\\[^\s\"<>|`'，。；：、！？）】》」』”’]*")
_SHARE = re.compile(r"\\\\[\w.$-]+\\[^\s\"<>|`'，。；：、！？）】》」』”’]*")
# Tags in a line: styles, line breaks, and addresses in angle brackets. Others are text.
_TAGS = {"b": "strong", "i": "em", "del": "s"}  # the others bear their token's name
_TAG = re.compile(r"<(b|strong|i|em|u|s|del|sub|sup)>", re.IGNORECASE)
_BREAK = re.compile(r"<br\s*/?>\n?", re.IGNORECASE)
_ELEMENT = re.compile(r"</?(?!(?:br?|strong|i|em|u|s|del|su[bp])\b)[a-z][a-z0-9-]*(?:\s[^<>\n]*)?/?>", re.IGNORECASE)
_BRACKETED = re.compile(r"<(https?://[^\s<>]+)>", re.IGNORECASE)
# Characters in which a tag must be closed; keeps many open tags from costing the square of their number.
_TAG_REACH = 2000


def address(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    found = addresses.at_colon(state.src, state.pos, state.posMax) if state.src[state.pos] == ":" else None
    scheme = state.src[found[0] : state.pos] if found else ""
    if found is None or (not silent and not state.pending.endswith(scheme)):
        return False
    if not silent:
        state.pending = state.pending[: len(state.pending) - len(scheme)]
        state.push("address", "", 0).content = re.sub(r"\\(?=[_*&~#])", "", state.src[slice(*found)])
    state.pos = found[1]
    return True


def path(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as above
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


def escaped(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as above
    r"""``\.`` is an escape after a number, and otherwise part of a pattern or a path."""
    if state.src.startswith("\\.", state.pos) and not state.src[state.pos - 1 : state.pos].isdigit():
        if not silent:
            state.append_pending("\\.")
        state.pos += 2
        return True
    return escape(state, silent)


def link(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as above
    """``f(x)[1](a.b)`` indexes and calls: behind a word, only a web address makes a link."""
    before = state.src[state.pos - 1] if state.pos else " "
    if state.src[state.pos] == "[" and before.isascii() and (before.isalnum() or before in ")]_"):
        labelled = state.md.helpers.parseLinkLabel(state, state.pos, disableNested=True)
        if labelled >= 0 and not re.match(r"\(\s*<?https?://", state.src[labelled + 1 : labelled + 12]):
            return False
    return markdown_link(state, silent)


def line_end(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as above
    """A line break; the spaces that begin the next line stay."""
    if state.src[state.pos] != "\n":
        return False
    if not silent:
        state.pending = state.pending.rstrip(" ")
        state.push("softbreak", "br", 0)
    state.pos += 1
    return True


def tag(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
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
        block, inline = self.block.ruler, self.inline.ruler
        block.before("table", "too_deep", block_rules.too_deep, {"alt": []})
        block.at("table", block_rules.whole_table, {"alt": ["paragraph", "reference"]})
        block.before("fence", "math_block", formulas.block, _INTERRUPTS)
        block.before("fence", "details", block_rules.details, _INTERRUPTS)
        block.at("blockquote", block_rules.quote, {"alt": ["paragraph", "reference", "blockquote", "list"]})
        block.at("hr", block_rules.line_across, {"alt": ["paragraph", "reference", "blockquote", "list"]})
        block.at("list", block_rules.numbered_or_bulleted, {"alt": ["paragraph", "reference", "blockquote"]})
        block.at("heading", block_rules.title, {"alt": ["paragraph", "reference", "blockquote"]})
        block.at("paragraph", block_rules.indented_paragraph)
        inline.before("newline", "address", address)
        inline.at("newline", line_end)
        inline.before("escape", "path", path)
        inline.before("escape", "math", formulas.inline)
        inline.at("escape", escaped)
        inline.at("link", link)
        inline.before("link", "tag", tag)
        self.inline.ruler2.enable("unmatched")

    def validateLink(self, url: str) -> bool:  # noqa: N802 - markdown-it's name
        """Any address: what a link may lead to is decided later, so that a refused one still leaves its text."""
        return addresses.is_address(url)

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - markdown-it's name
        """As it was written: an address is never changed."""
        return url
