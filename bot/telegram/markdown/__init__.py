"""Models' Markdown for Telegram: one tree, shown as rich blocks, as text with entities, or as plain text.

Nothing here does I/O. What a model writes can do nothing: links are http or https, pictures are links, HTML is text.
"""

from bot.telegram.markdown.outgoing import OutgoingMessage, RichMode, present, quote, render
from bot.telegram.markdown.parser import parse
from bot.telegram.markdown.stream_preview import StreamPreview, preview
from bot.telegram.markdown.tree import Document

__all__ = ["Document", "OutgoingMessage", "RichMode", "StreamPreview", "parse", "present", "preview", "quote", "render"]
