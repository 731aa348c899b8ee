"""The text of a drawing command, taken apart: the options anywhere in it, the prompt is what is left.

    a lighthouse at dawn --size 16:9 -n 2 --no “people, boats” --seed 7
    一只猫，竖版

Phones turn ``--`` into a dash, and quotes into curly ones; both are taken as they were meant. A size, a common ratio
or a word for a shape at the very end counts too: it is cut off, except an English word for a shape that is no more than
the last word ("a winter landscape"), which stays in the prompt as well.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

from bot.domain.drawing import MAX_SEED
from bot.domain.preferences import LocalizedMessage, quoted
from bot.drawing.sizes import RequestedSize, parse_size

MAX_PICTURES: Final = 4


@dataclass(frozen=True, slots=True)
class Options:
    """What the text of a drawing command asks for. None and empty: not said."""

    prompt: str = ""
    size: RequestedSize | None = None
    size_said: str = ""  # the person's word for the size
    count: int = 1
    seed: int | None = None
    steps: int | None = None
    guidance: float | None = None
    negative: str = ""
    model: str = ""  # as it was typed
    improve: bool = False


class WrongValue(ValueError):
    """A value that the option does not take."""


@dataclass(frozen=True, slots=True)
class Option:
    """An option of the command."""

    name: str
    read: Callable[[str], Mapping[str, Any]]  # fields of Options for a value; raises WrongValue
    allowed: str = ""  # the values that fit, for people
    flag: bool = False  # takes no value and reads its own name
    words: bool = False  # its value goes on to the next option


def find(name: str) -> Option | None:
    """By any of its names; a size, a ratio or a word for a shape is an option as well."""
    plain = unicodedata.normalize("NFKC", name).lower()
    if parse_size(plain):
        return Option(f"--{plain}", _size, flag=True)
    return _BY_NAME.get(plain)


def _size(text: str) -> Mapping[str, Any]:
    wanted = parse_size(text)
    if wanted is None:
        raise WrongValue
    return {"size": wanted, "size_said": quoted(text)}


def _whole(text: str, field: str, low: int, high: int) -> Mapping[str, Any]:
    plain = unicodedata.normalize("NFKC", text)
    if not re.fullmatch(r"[0-9]{1,10}", plain) or not low <= int(plain) <= high:
        raise WrongValue
    return {field: int(plain)}


def _number(text: str, field: str) -> Mapping[str, Any]:
    plain = unicodedata.normalize("NFKC", text).replace(",", ".")
    if not re.fullmatch(r"[0-9]{1,4}(?:\.[0-9]{1,4})?", plain):
        raise WrongValue
    return {field: float(plain)}


def _words(text: str, field: str) -> Mapping[str, Any]:
    return {field: text}


def _improve(_: str) -> Mapping[str, Any]:
    return {"improve": True}


# Beside the first name of each: others that people try, and Chinese ones.
_OPTIONS: Final[tuple[tuple[str, Option], ...]] = (
    ("size 尺寸 大小 比例", Option("--size", _size, "1024x1024, 16:9, portrait, landscape, square, 竖版, 横版, 方形")),
    ("n count 数量 张数", Option("-n", partial(_whole, field="count", low=1, high=MAX_PICTURES), f"1–{MAX_PICTURES}")),
    ("seed 种子", Option("--seed", partial(_whole, field="seed", low=0, high=MAX_SEED), f"0–{MAX_SEED}")),
    # What the model takes of these is known when the model is.
    ("steps 步数", Option("--steps", partial(_whole, field="steps", low=0, high=9999), "1–100")),
    ("guidance cfg 引导", Option("--guidance", partial(_number, field="guidance"), "0–20")),
    ("no negative 不要 避免", Option("--no", partial(_words, field="negative"), "“…”", words=True)),
    ("model 模型", Option("--model", partial(_words, field="model"), "Kolors, …")),
    ("improve 润色 优化", Option("--improve", _improve, flag=True)),
)
_BY_NAME: Final[Mapping[str, Option]] = {name: option for names, option in _OPTIONS for name in names.split()}

NAMES: Final = ", ".join(option.name for _, option in _OPTIONS)

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
class ParsedCommand:
    options: Options
    errors: tuple[LocalizedMessage, ...] = ()  # what keeps it from being carried out


@dataclass(slots=True)
class _Reader:
    """Goes through the text from option to option."""

    text: str
    at: int = 0
    prompt: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    errors: list[LocalizedMessage] = field(default_factory=list)

    def read(self) -> None:
        while mark := _MARK.search(self.text, self.at):
            option = find(mark["name"])
            start, self.at = self.at, mark.end()
            if option is None and not mark["hyphens"]:  # a dash of the prose
                self.prompt.append(self.text[start : mark.end()])
                continue
            self.prompt.append(self.text[start : mark.start()])
            if option is None:
                self._refuse("draw.unknown_option", option=quoted(f"--{mark['name']}"), allowed=NAMES)
            else:
                self._take(option, mark["name"] if option.flag else self._value(option))
        self.prompt.append(self.text[self.at :])

    def _take(self, option: Option, value: str) -> None:
        if not value:
            self._refuse("draw.no_value", option=option.name, allowed=option.allowed)
            return
        try:
            self.values |= option.read(value)
        except WrongValue:
            self._refuse("draw.wrong_value", option=option.name, value=quoted(value), allowed=option.allowed)

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

    def _refuse(self, key: str, **values: str) -> None:
        self.errors.append(LocalizedMessage(key, values))


def parse(text: str) -> ParsedCommand:
    """Any text has a meaning; the last of two options of one name counts."""
    reader = _Reader(text)
    reader.read()
    prompt = " ".join(part for piece in reader.prompt if (part := piece.strip()))
    options = replace(Options(_without_tail(prompt) if reader.values else prompt), **reader.values)
    return ParsedCommand(options if options.size else _with_last_word(options), tuple(reader.errors))


def _without_tail(prompt: str) -> str:
    """Without the commas before and between options, and all white space among them."""
    end = len(prompt)
    while end and (prompt[end - 1] in ",，、;；" or prompt[end - 1].isspace()):
        end -= 1
    return prompt[:end]


def _with_last_word(options: Options) -> Options:
    last = _LAST.fullmatch(options.prompt)
    wanted = parse_size(last["word"]) if last else None
    if last is None or wanted is None:
        return options
    word = last["word"]
    if not wanted.exact and not wanted.shape and word.replace("：", ":") not in _RATIOS:
        return options
    stays = wanted.shape and word.isascii() and last["gap"].isspace() and "\n" not in last["gap"]
    return replace(options, prompt=options.prompt if stays else last["before"], size=wanted, size_said=word)
