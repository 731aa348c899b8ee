"""What the terminal says by itself, in 简体中文 and English (``phrases.toml``)."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from bot.telegram.texts import Language


class Phrases:
    """``phrases("key", name=value)``: the sentence with the values filled in."""

    def __init__(self, language: Language) -> None:
        self.language: Final = language
        self._sentences = sentences()[language]

    def __call__(self, key: str, **values: object) -> str:
        return self._sentences[key].strip("\n").format_map(values)


@cache
def sentences() -> Mapping[str, Mapping[str, str]]:
    """By language, then by key."""
    return tomllib.loads(files(__package__).joinpath("phrases.toml").read_text("utf-8"))
