"""The words by which an owner lets somebody in: ``ID [ROLE] [NAME=NUMBER ...]``, names as in the file."""

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

from bot.limits.members import Member

_FIELDS: Final[Mapping[str, tuple[str, int]]] = {
    "questions_per_day": ("questions_per_day", 1),
    "pictures_per_day": ("pictures_per_day", 1),
    "yuan_per_day": ("cost_per_day", 1_000_000),
    "yuan_per_month": ("cost_per_month", 1_000_000),
}
NAMES: Final = tuple(_FIELDS)


class WrongAllowance(ValueError):
    """``word`` is not what stands there: ``part`` is ``id``, ``role``, ``name`` or ``number``."""

    def __init__(self, part: str, word: str) -> None:
        super().__init__(f"no {part}: {word}")
        self.part: Final = part
        self.word: Final = word


def identity(text: str) -> int:
    """The id of a user or a chat. Raises :class:`WrongAllowance`."""
    if not re.fullmatch(r"-?[1-9][0-9]{0,17}", text):
        raise WrongAllowance("id", text)
    return int(text)


def parse(text: str, roles: Collection[str]) -> Member:
    """Who is let in, and on which terms. Raises :class:`WrongAllowance`."""
    first, *words = unicodedata.normalize("NFKC", text).split() or [""]
    member = Member(identity(first), allowed=True)
    for word in words:
        name, separator, number = word.partition("=")
        if not separator:
            member = replace(member, role=_role(word, roles))
        else:
            member = replace(member, terms=replace(member.terms, **_term(name.lower(), number)))
    return member


def _role(word: str, roles: Collection[str]) -> str:
    if word.lower() not in roles:
        raise WrongAllowance("role", word)
    return word.lower()


def _term(name: str, number: str) -> dict[str, int]:
    if name not in _FIELDS:
        raise WrongAllowance("name", name)
    field, factor = _FIELDS[name]
    if not re.fullmatch(r"[0-9]{1,7}" if factor == 1 else r"[0-9]{1,7}(\.[0-9]{1,6})?", number):
        raise WrongAllowance("number", f"{name}={number}")
    return {field: round(float(number) * factor)}
