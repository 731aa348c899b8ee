"""Messages as a person sees them, as lines for a terminal.

What people, groups and models wrote is data: no control character of theirs reaches the terminal.
"""

from bot.playground.terminal.printing.messages import Printer
from bot.playground.terminal.printing.spans import Ink

__all__ = ["Ink", "Printer"]
