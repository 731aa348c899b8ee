"""Models' Markdown for Telegram: one tree, shown as rich blocks, as text with entities, or as plain text.

Nothing here does I/O. What a model writes can do nothing: links are http or https, pictures are links, HTML is text.
"""

from bot.telegram.markdown.parsing import parse
from bot.telegram.markdown.parts import Part, RichMode, present, quote
from bot.telegram.markdown.preview import preview
from bot.telegram.markdown.tree import Document

__all__ = ["Document", "Part", "RichMode", "parse", "present", "preview", "quote"]
