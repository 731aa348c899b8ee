"""Every sentence the bot says, in 简体中文 and English (``zh.toml``, ``en.toml``; one key, one message; what is said of
each command is in ``commands.toml``, by both languages)."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

Language = Literal["zh", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")


def language_of(code: str | None) -> Language:
    """The language for a Telegram language code (IETF; may be absent): Chinese for zh in any form, else English."""
    return "zh" if code is not None and code.lower().startswith("zh") else "en"


class Texts:
    """``texts("key", name=value)``: the message of that key with the values filled in, which are data, not markup."""

    def __init__(self, language: Language) -> None:
        self.language: Final = language
        self._messages = messages(language)

    def __call__(self, key: str, **values: object) -> str:
        message = self._messages[key]
        return message.format_map(values) if values else message


@cache
def messages(language: Language) -> Mapping[str, str]:
    """All messages of a language by their dotted keys; a command's begin with ``command.`` and its name."""
    said = {f"{table}.{key}": text for table, entries in _read(language).items() for key, text in entries.items()}
    for name, entries in _read("commands").items():
        said |= {f"command.{name}.{key}": texts[language] for key, texts in entries.items()}
    return {key: text.strip() for key, text in said.items()}


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))
