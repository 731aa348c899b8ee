"""A command as people write it at the head of a message: ``/name@bot arguments``."""

import re
from dataclasses import dataclass
from typing import Final

# Telegram's own form: clients mark the same words as a command. Each piece ends where the next begins, so nothing is
# read twice, however long the text.
_FORM: Final = re.compile(r"\s*+/([A-Za-z0-9_]{1,64}+)(?:@([A-Za-z0-9_]*+))?(?!\S)\s*+")


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """One command that was written. Case tells no commands apart: phones begin a message with a capital."""

    name: str  # in lower case, without the slash
    mention: str  # the bot it is meant for, in lower case; empty: whichever reads it
    arguments: str  # all that stands behind it, as it was written

    def is_for(self, username: str) -> bool:
        """Whether the bot of that name is meant; with an empty name every one is, for then nobody can tell."""
        return not self.mention or not username or self.mention == username.lower()


def slash_command(text: str) -> SlashCommand | None:
    """The command that a text begins with; None where it begins with anything else, such as a path."""
    found = _FORM.match(text)
    if found is None:
        return None
    return SlashCommand(found[1].lower(), (found[2] or "").lower(), text[found.end() :])
