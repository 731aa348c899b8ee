"""A stream in progress as plain text, for drafts and edits that are replaced several times a second.

A cleaned source rather than a parsed one: markup that is not closed yet would make a parser change its mind about
text that people already read, and tables and code jump. Each line is cleaned by itself and says nothing new once it
is complete, so of what was shown only the line in progress can still change. The cleaning leaves what the finished
message will say, so far as a line can tell, and clients that turn a draft into its message do so smoothly.
"""

import re

from bot.telegram.markdown.formatted_text import units
from bot.telegram.markdown.source import clean

_FENCE = re.compile(r"\s*(`{3,}|~{3,})(.*)")
_QUOTE = re.compile(r"\s{0,3}>\s?")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+")
_BULLET = re.compile(r"^(\s*)[-*+]\s+(\[[ xX]\]\s+)?")
_RULE = re.compile(r"\s*([-*_])(?:\s*\1){2,}\s*")
# Code first, so that asterisks inside it stay; an asterisk between letters is a product, not emphasis.
_MARKUP = re.compile(
    r"`+([^`]*)(?:`+|$)"
    r"|!?\[([^\[\]]*)\]\([^()\s]*\)"
    r"|(?<![A-Za-z0-9*\\])\*{1,3}(?=[^\s*])"
    r"|(?<=[^\s*\\])\*{1,3}(?![A-Za-z0-9*])"
    r"|~~"
)
_UNDECIDED = "*_~`#-+ \t"  # at the end of the line in progress: markup that may go on, or nothing at all


def preview(markdown: str, limit: int = 4000) -> str:
    """The text so far, at most ``limit`` UTF-16 units.

    For a prefix of a text, the preview up to its last line break is a prefix of the whole text's preview. Beyond the
    limit the end is shown: the beginning then gives way in steps of a quarter of the limit, not with every word.
    """
    return _end(_cleaned(clean(markdown)), limit)


def _cleaned(markdown: str) -> str:
    lines = markdown.split("\n")
    lines[-1] = lines[-1].rstrip(_UNDECIDED)
    shown: list[str] = []
    fence = ""
    for line in lines:
        found = _FENCE.match(line)
        if found and _turns(fence, *found.groups()):
            fence = "" if fence else found[1]
        elif fence:
            shown.append(line)
        elif line.strip() or (shown and shown[-1]):
            shown.append(_line(line.rstrip()))
    return "\n".join(shown).strip()


def _turns(fence: str, marks: str, info: str) -> bool:
    """Whether these marks open a fence, or close the one that is open."""
    if fence:
        return marks.startswith(fence) and not info.strip()
    return "`" not in info


def _line(line: str) -> str:
    quote = _QUOTE.match(line)
    line = line[quote.end() :] if quote else line
    if _RULE.fullmatch(line):
        return "———"
    heading = _HEADING.match(line)
    text = line[heading.end() :] if heading else _BULLET.sub(_bullet, line, count=1)
    return _MARKUP.sub(lambda found: found[1] or found[2] or "", text)


def _bullet(found: re.Match[str]) -> str:
    box = found[2]
    return found[1] + ("• " if not box else "☐ " if box[1] == " " else "☑ ")


def _end(text: str, limit: int) -> str:
    excess = units(text) - limit
    if excess <= 0:
        return text
    step = max(limit // 4, 1)
    start = -(-(excess + 1) // step) * step
    end = text.encode("utf-16-le")[2 * start :].decode("utf-16-le", "ignore")
    line = end.find("\n", 0, step)
    return "…" + (end[line + 1 :] if line >= 0 else end[end.find(" ", 0, step) + 1 :])
