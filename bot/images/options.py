"""What the text of a drawing command asks for."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from bot.images.recipe import MAX_SEED
from bot.images.remark import quoted
from bot.images.sizes import Wish, wish

MAX_PICTURES: Final = 4


@dataclass(frozen=True, slots=True)
class Options:
    """None and empty: not said. ``size_said``: the word for ``size``; ``model``: as it was typed."""

    prompt: str = ""
    size: Wish | None = None
    size_said: str = ""
    count: int = 1
    seed: int | None = None
    steps: int | None = None
    guidance: float | None = None
    negative: str = ""
    model: str = ""
    improve: bool = False


class WrongValue(ValueError):
    """A value that is none."""


@dataclass(frozen=True, slots=True)
class Option:
    """``read`` gives the fields of :class:`Options` for a value, or raises WrongValue; ``allowed`` tells what fits.

    ``flag``: takes no value and reads its own name. ``words``: its value goes on to the next option.
    """

    name: str
    read: Callable[[str], Mapping[str, Any]]
    allowed: str = ""
    flag: bool = False
    words: bool = False


def find(name: str) -> Option | None:
    """By any of its names; a size, a ratio or a word for a shape is an option as well."""
    plain = unicodedata.normalize("NFKC", name).lower()
    if wish(plain):
        return Option(f"--{plain}", _size, flag=True)
    return _BY_NAME.get(plain)


def _size(text: str) -> Mapping[str, Any]:
    wanted = wish(text)
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
