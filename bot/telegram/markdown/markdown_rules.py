"""The Markdown that models write: CommonMark and GFM, less what they do not mean, plus formulas and a few tags.

Left out: raw HTML (it is text: ``List<String>`` survives), indented code and underlined headings (models indent
prose, and draw a line under a paragraph), reference definitions (an address nobody refers to would vanish).
"""

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from mdit_py_plugins.footnote import footnote_plugin

from bot.telegram.markdown import addresses, block_rules, formulas, inline_rules
from bot.telegram.markdown.emphasis import EmphasisParser

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
        inline.before("newline", "address", inline_rules.address)
        inline.at("newline", inline_rules.line_end)
        inline.before("escape", "path", inline_rules.path)
        inline.before("escape", "math", formulas.inline)
        inline.at("escape", inline_rules.escaped)
        inline.at("link", inline_rules.link)
        inline.before("link", "tag", inline_rules.tag)
        self.inline.ruler2.enable("unmatched")

    def validateLink(self, url: str) -> bool:  # noqa: N802 - markdown-it's name
        """Any address: what a link may lead to is decided later, so that a refused one still leaves its text."""
        return addresses.is_address(url)

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - markdown-it's name
        """As it was written: an address is never changed."""
        return url
