"""How people know a model: by the last part of its id; and when two names mean the same model."""

import re
from collections.abc import Collection, Iterable
from typing import Final

_TAG: Final = re.compile(r":(?:latest|default)$")
_VARIANT: Final = re.compile(r":[\w.-]+$")  # of one model: OpenRouter's ``:online``, Ollama's ``:8b``
_PREFIX: Final = re.compile(r"^(?:models|model|accounts/[\w-]+/models|publishers/[\w-]+/models)/")


def short_id(model_id: str) -> str:
    """``org/Name`` as ``Name``; paid twins of free models keep their mark."""
    name = model_id.rpartition("/")[2]
    return f"{name} Pro" if model_id.startswith("Pro/") else name


def comparable(model_id: str) -> str:
    """The name without what means nothing: case, blanks, ``models/`` before it, ``:latest`` behind it."""
    return _TAG.sub("", _PREFIX.sub("", model_id.strip().lower()))


def is_listed(model_id: str, names: Collection[str]) -> bool:
    """Whether a list of models has the model under any spelling, or one of which it is a variant."""
    if model_id in names:
        return True
    wanted, listed = comparable(model_id), {comparable(name) for name in names}
    return wanted in listed or _VARIANT.sub("", wanted) in listed


def same_models(text: str, names: Iterable[str]) -> list[str]:
    """The names that mean what ``text`` means, as people write it: exactly, in another spelling, without an owner."""
    found = list(names)
    if text in found:
        return [text]
    wanted = comparable(text)
    if same := [name for name in found if comparable(name) == wanted]:
        return same
    if same := [name for name in found if comparable(name).rpartition("/")[2] == wanted]:
        return same
    return [name for name in found if comparable(name) == wanted.rpartition("/")[2]]
