"""The text of a drawing command, taken apart: the options anywhere in it, the prompt is what is left.

    a lighthouse at dawn --size 16:9 -n 2 --no “people, boats” --seed 7
    一只猫，竖版

Phones turn ``--`` into a dash, and quotes into curly ones; both are taken as they were meant. A size, a common ratio
or a word for a shape at the very end counts too: it is cut off, except an English word for a shape that is no more than
the last word ("a winter landscape"), which stays in the prompt as well.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from bot.images.options import NAMES, Option, Options, WrongValue, find
from bot.images.remark import Remark, quoted
from bot.images.sizes import wish

_MARK = re.compile(
    r"(?<![^\s,，、;；。])(?:(?P<hyphens>--)|[—–―]{1,2}|-(?=n(?:[\s=＝\d]|$)))"
    r"(?P<name>n(?=\d)|[a-zA-Z]+|[\u4e00-\u9fff]+|\d+[:：xX×*]\d+)(?:(?<=n)(?=\d)|\s*[=＝:：]\s*|\s+|$)"
)
_QUOTES: Final[Mapping[str, str]] = {
    **dict.fromkeys('"“”„«»＂', '"“”„«»＂'),
    **dict.fromkeys("'‘’‚＇", "'‘’‚＇"),
    **dict.fromkeys("「『", "」』"),
}
_LAST = re.compile(r"(?P<before>.*[^\s,，、;；])(?P<gap>[\s,，、;；]++)(?P<word>[^\s,，、;；]++)", re.DOTALL)
_RATIOS: Final = frozenset(
    ("1:1", "1:2", "2:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "10:16", "16:10", "9:21", "21:9")
)
"""Those that are no time of day, or hardly ever."""


@dataclass(frozen=True, slots=True)
class Command:
    """``complaints``: what keeps it from being carried out."""

    options: Options
    complaints: tuple[Remark, ...] = ()


@dataclass(slots=True)
class _Reader:
    text: str
    at: int = 0
    prompt: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    complaints: list[Remark] = field(default_factory=list)

    def read(self) -> None:
        while mark := _MARK.search(self.text, self.at):
            option = find(mark["name"])
            start, self.at = self.at, mark.end()
            if option is None and not mark["hyphens"]:  # a dash of the prose
                self.prompt.append(self.text[start : mark.end()])
                continue
            self.prompt.append(self.text[start : mark.start()])
            if option is None:
                self._complain("draw.unknown_option", option=quoted(f"--{mark['name']}"), allowed=NAMES)
            else:
                self._take(option, mark["name"] if option.flag else self._value(option))
        self.prompt.append(self.text[self.at :])

    def _take(self, option: Option, value: str) -> None:
        if not value:
            self._complain("draw.no_value", option=option.name, allowed=option.allowed)
            return
        try:
            self.values |= option.read(value)
        except WrongValue:
            self._complain("draw.wrong_value", option=option.name, value=quoted(value), allowed=option.allowed)

    def _value(self, option: Option) -> str:
        """Within quotes, or else one word; empty where there is none."""
        if (value := self._within_quotes()) is not None:
            return value.strip()
        if _MARK.match(self.text, self.at):
            return ""
        following = _MARK.search(self.text, self.at) if option.words else re.compile(r"\s").search(self.text, self.at)
        start, self.at = self.at, following.start() if following else len(self.text)
        value = self.text[start : self.at].strip()
        return value if option.words else value.rstrip(",，、;；。")

    def _within_quotes(self) -> str | None:
        """What stands between a quote here and the next one at the end of a word; None: nothing does."""
        closing = _QUOTES.get(self.text[self.at : self.at + 1])
        if closing is None:
            return None
        found = re.compile(rf"[{closing}](?=[\s,，、。;；]|$)").search(self.text, self.at + 1)
        if found is None:
            return None
        start, self.at = self.at + 1, found.end()
        return self.text[start : found.start()]

    def _complain(self, key: str, **values: str) -> None:
        self.complaints.append(Remark(key, values))


def parse(text: str) -> Command:
    """Any text has a meaning; the last of two options of one name counts."""
    reader = _Reader(text)
    reader.read()
    prompt = " ".join(part for piece in reader.prompt if (part := piece.strip()))
    options = replace(Options(prompt.rstrip(",，、;； ") if reader.values else prompt), **reader.values)
    return Command(options if options.size else _with_last_word(options), tuple(reader.complaints))


def _with_last_word(options: Options) -> Options:
    last = _LAST.fullmatch(options.prompt)
    wanted = wish(last["word"]) if last else None
    if last is None or wanted is None:
        return options
    word = last["word"]
    if not wanted.exact and not wanted.shape and word.replace("：", ":") not in _RATIOS:
        return options
    stays = wanted.shape and word.isascii() and last["gap"].isspace() and "\n" not in last["gap"]
    return replace(options, prompt=options.prompt if stays else last["before"], size=wanted, size_said=word)
