"""The words by which an owner lets somebody in: ``ID [ROLE] [NAME=NUMBER ...]``, names as in the file."""

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

from bot.domain.money import Money
from bot.domain.quota import Member


class _Kind(NamedTuple):
    """How a bound is written and read."""

    field: str  # of the quota that it sets
    form: str  # a pattern
    read: Callable[[str], int | Money]


_COUNT: Final = r"[0-9]{1,7}"
_YUAN: Final = r"[0-9]{1,7}(\.[0-9]{1,6})?"


def _money(text: str) -> Money:
    return Money.from_yuan(float(text))


_KINDS: Final[Mapping[str, _Kind]] = {
    "questions_per_day": _Kind("questions_per_day", _COUNT, int),
    "pictures_per_day": _Kind("pictures_per_day", _COUNT, int),
    "yuan_per_day": _Kind("cost_per_day", _YUAN, _money),
    "yuan_per_month": _Kind("cost_per_month", _YUAN, _money),
}
NAMES: Final = tuple(_KINDS)


class WrongAllowance(ValueError):
    """A word that is not what belongs in its place."""

    def __init__(self, part: str, word: str) -> None:
        super().__init__(f"no {part}: {word}")
        self.part: Final = part  # ``id``, ``role``, ``name`` or ``number``
        self.word: Final = word


def identity(text: str) -> int:
    """The id of a user or a chat. Raises :class:`WrongAllowance`."""
    if not re.fullmatch(r"-?[1-9][0-9]{0,17}", text):
        raise WrongAllowance("id", text)
    return int(text)


def parse(text: str, roles: Collection[str]) -> Member:
    """Who is let in, and within which quota. Raises :class:`WrongAllowance`."""
    first, *words = unicodedata.normalize("NFKC", text).split() or [""]
    member = Member(identity(first), allowed=True)
    for word in words:
        name, separator, number = word.partition("=")
        if not separator:
            member = replace(member, role=_role(word, roles))
        else:
            member = replace(member, quota=replace(member.quota, **_bound(name.lower(), number)))
    return member


def _role(word: str, roles: Collection[str]) -> str:
    if word.lower() not in roles:
        raise WrongAllowance("role", word)
    return word.lower()


def _bound(name: str, number: str) -> dict[str, Any]:
    """The field of a quota that is set, and its value."""
    kind = _KINDS.get(name)
    if kind is None:
        raise WrongAllowance("name", name)
    if not re.fullmatch(kind.form, number):
        raise WrongAllowance("number", f"{name}={number}")
    return {kind.field: kind.read(number)}
