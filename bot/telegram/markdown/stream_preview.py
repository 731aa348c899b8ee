"""A stream in progress as one message, for drafts and edits that are replaced about once a second.

What is shown is what the finished message will say of the text so far: markup that is still open is closed for the
frame, so that no raw ``**`` or backtick is seen. Of a long text the end is shown, and its beginning gives way in small
steps. Only the end of a long text is parsed, so that a frame costs the same however long the answer is.
"""

import re
from dataclasses import replace

from bot.telegram.markdown.emphasis import marks_left_open
from bot.telegram.markdown.formatted_text import FormattedText, tail, units
from bot.telegram.markdown.parser import parse
from bot.telegram.markdown.source import clean, unclosed_fence
from bot.telegram.markdown.text_writer import to_text

LIMIT = 4000  # UTF-16 units of a frame
_PARSED = 7500  # characters that are parsed at most
_KEPT = 5500  # characters that stay when the parsed part is shortened: more than a frame shows
_STEPS = 16  # in which a frame's worth of text gives way at the top

_BEGINNING = re.compile(
    r"[ \t>]*+(?:[-*+][ \t]++)?(?:#{1,6}|[-*+>]|`{1,2}|~{1,2}|\$\$?|\||[-*_=]{1,3}|\[[ xX]?\]?)?[ \t]*+"
)
_FENCE = re.compile(r"\A[ \t>]*+(?:`{3,}+|~{3,}+)")
_UNDECIDED = re.compile(r"(?:(?<![*~`])[*~`]+|__|\\|<|!?\[|&)[ \t]*\Z")
_HALF_LINK = re.compile(r"!?\[([^\[\]\n]*+)(?:\](?:\([^()\s]*+(?:\([^()\s]*+(?:\)[^()\s]*+)?)?)?)?\Z")
_HALF_RULER = re.compile(r"[ \t]*+\|?+[ \t]*+:?+-[-:| \t]*+")
_CODE = re.compile(r"(?<!`)(`++).+?(?<!`)\1(?!`)")
_HALF_DOLLAR = re.compile(r"(?<![\\$\w])\$(?![\s$])[^$\n\\]*+\\[^$\n]*+\Z")


class StreamPreview:
    """The frames of one answer; give it the whole text so far each time, also where that begins anew."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._start = 0  # where the part begins that is still parsed
        self._fence = ""  # the opening of the fence that is cut there
        self._cut = ""  # what stands before that place

    def frame(self, markdown: str) -> FormattedText:
        """The text so far, at most ``limit`` UTF-16 units of it, with at most 100 entities.

        Takes 1 to 10 ms for what models write, and up to 200 ms for what was chosen to be slow.
        """
        if not markdown.startswith(self._cut):  # another answer began
            self._start, self._fence, self._cut = 0, "", ""
        if len(markdown) - self._start > _PARSED:
            self._shorten(markdown)
        text = self._fence + closed(clean(markdown[self._start :]))
        return _end(to_text(parse(text).blocks), self._limit, beheaded=self._start > 0)

    def _shorten(self, markdown: str) -> None:
        """Parse from a place on that lies between blocks, if there is one."""
        latest = len(markdown) - _KEPT
        for separator in ("\n\n", "\n", " "):
            place = markdown.rfind(separator, self._start + 1, latest)
            if place > self._start:
                break
        start = place + len(separator) if place > self._start else latest
        fence = unclosed_fence(self._fence + markdown[self._start : start])
        self._start, self._fence = start, f"{fence}\n" if fence else ""
        self._cut = markdown[:start]


def preview(markdown: str, limit: int = LIMIT) -> str:
    """The words of the frame that shows this text."""
    return StreamPreview(limit).frame(markdown).text


def closed(text: str) -> str:
    """The text with what is open at its end closed, and without what may become markup."""
    if fence := unclosed_fence(text):
        return f"{_without_half_fence(text)}\n{fence}"
    before, line_end, line = text.rpartition("\n")
    if _BEGINNING.fullmatch(line):
        line = ""
    elif _HALF_RULER.fullmatch(line) and "|" in before.rpartition("\n")[2]:
        return before + line_end + _ruler(before.rpartition("\n")[2])
    line = line.rstrip() if _FENCE.fullmatch(line.rstrip()) else _UNDECIDED.sub("", line.rstrip())
    line = _HALF_LINK.sub(r"\1", line) if not _inside_code(line) else line
    line = line.rstrip()
    return before + line_end + line + _closing_marks(line) + _closing_formula(before + line_end + line)


def _without_half_fence(text: str) -> str:
    before, line_end, line = text.rpartition("\n")
    return before + line_end + ("" if line.strip() and not line.strip().strip("`~") else line)


def _ruler(header: str) -> str:
    return "|" + "---|" * (header.strip().strip("|").count("|") + 1)


def _inside_code(line: str) -> bool:
    return "`" in _CODE.sub("", _FENCE.sub("", line, count=1) if _FENCE.match(line) else line)


def _closing_marks(line: str) -> str:
    line = _FENCE.sub("", line, count=1) if _FENCE.match(line) else line  # words behind the end of a fence
    rest = _CODE.sub(lambda found: "x" * len(found[0]), line)
    if open_code := re.search(r"`+", rest):
        return open_code[0] + marks_left_open(rest[: open_code.start()])
    return marks_left_open(rest)


def _closing_formula(text: str) -> str:
    r"""``$$``, ``\)`` or ``\]``, if the last paragraph leaves one open."""
    paragraph = _CODE.sub("", text[text.rfind("\n\n") + 1 :])
    if paragraph.count("$$") % 2:
        return "\n$$" if paragraph.lstrip("\n").startswith("$$\n") else "$$"
    for opening, closing in (("\\(", "\\)"), ("\\[", "\\]")):
        if paragraph.rfind(opening) > paragraph.rfind(closing) and "\\" in paragraph[paragraph.rfind(opening) + 2 :]:
            return closing
    return "$" if _HALF_DOLLAR.search(paragraph) else ""


def _end(formatted: FormattedText, limit: int, *, beheaded: bool) -> FormattedText:
    """The end of the text, from a line's beginning on where there is one near."""
    text = formatted.text
    excess = units(text) - limit + (2 if beheaded else 0)
    if excess <= 0:
        return _after_dots(tail(formatted, 0)) if beheaded and text else tail(formatted, 0)
    step = max(limit // _STEPS, 1)
    start = _place(text, -(-(excess + 1) // step) * step)
    near = _place(text[start:], step) + start
    line, space = text.find("\n", start, near), text.find(" ", start, near)
    start = line + 1 if line >= 0 else space + 1 if space >= 0 else start
    return _after_dots(tail(formatted, start))


def _place(text: str, size: int) -> int:
    """How many characters take ``size`` UTF-16 units, a half one included."""
    return len(text.encode("utf-16-le")[: 2 * (size + 1)].decode("utf-16-le", "ignore")) if not text.isascii() else size


def _after_dots(formatted: FormattedText) -> FormattedText:
    spans = tuple(replace(span, start=span.start + 1, end=span.end + 1) for span in formatted.spans)
    return FormattedText("…" + formatted.text, spans)
