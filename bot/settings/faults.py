"""What is wrong with a configuration: which setting, what about it, and its mend. Values are never shown."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeGuard, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

Loc = tuple[str | int, ...]

_WORDS: Mapping[str, tuple[str, str]] = {
    "missing": ("is missing", "Add it"),
    "int_parsing": ("is not a whole number", "Write it in digits alone"),
    "int_type": ("is not a whole number", "Write it in digits alone"),
    "float_type": ("is not a number", "Write it in digits, with a point"),
    "float_parsing": ("is not a number", "Write it in digits, with a point"),
    "finite_number": ("is not a number", "Write it in digits, with a point"),
    "model_type": ("is not a table", "Write its keys below a line [name]"),
    "mapping_type": ("is not a table", "Write its keys below a line [name]"),
    "tuple_type": ("is not a list", "Write it as [...], or a table as [[...]]"),
    "string_type": ("is not a text", "Put it in quotes"),
    "greater_than_equal": ("is too small", "The smallest value is {ge}"),
    "greater_than": ("is too small", "It must be more than {gt}"),
    "less_than_equal": ("is too large", "The largest value is {le}"),
    "string_too_short": ("is empty", "Write it, or leave the key out"),
    "string_pattern_mismatch": ("is not a name", "Use small letters, digits, - and _, 32 at most"),
    "literal_error": ("has a value that is not known", "Choose {expected}"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """``name``: a variable, or a file and a key in it. ``wrong`` continues it to a sentence, ``mend`` is one."""

    name: str
    wrong: str
    mend: str

    def __str__(self) -> str:
        return f"{self.name} {self.wrong}. {self.mend}."


class SettingsError(Exception):
    """The configuration cannot be used; every fault of it is listed."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = tuple(faults)


def fault(wrong: str, mend: str) -> PydanticCustomError:
    """What a validator raises; the name comes from where it stands."""
    return PydanticCustomError("fault", "{wrong}", {"wrong": wrong, "mend": mend})


def in_environment(error: ValidationError) -> list[Fault]:
    return [Fault(str(item["loc"][0]).upper(), *_words(item)) for item in _items(error)]


def in_file(error: ValidationError, name: str, model: type[BaseModel]) -> list[Fault]:
    """``name`` of the file; ``model`` tells which keys would have been right."""
    return [
        Fault(
            f"{name}: {_key(item['loc'])}",
            *(_unknown(model, item["loc"]) if item["type"] == "extra_forbidden" else _words(item)),
        )
        for item in _items(error)
    ]


def _items(error: ValidationError) -> list[ErrorDetails]:
    return error.errors(include_input=False, include_url=False)


def _words(item: ErrorDetails) -> tuple[str, str]:
    context: dict[str, Any] = item.get("ctx", {})
    if item["type"] == "fault":
        return context["wrong"], context["mend"]
    wrong, mend = _WORDS.get(item["type"], ("is of the wrong kind", item["msg"]))
    return wrong, mend.format_map(context)


def _key(loc: Loc) -> str:
    """Written as in TOML, entries of a list counted from 1: ``limits."a/b".rpm``, ``models[1].price``."""
    key = ""
    for part in loc:
        if isinstance(part, int):
            key += f"[{part + 1}]"
        elif part != "[key]":  # pydantic's mark where the name itself is at fault
            bare = re.fullmatch(r"[\w-]+", part)
            key += ("." if key else "") + (part if bare else json.dumps(part, ensure_ascii=False))
    return key


def _unknown(model: type[BaseModel], loc: Loc) -> tuple[str, str]:
    known = sorted(_table(model, loc[:-1]).model_fields)
    near = get_close_matches(str(loc[-1]), known, n=1)
    return "is not a known key", f"Perhaps {near[0]} is meant" if near else f"Known here: {', '.join(known)}"


def _table(model: type[BaseModel], loc: Loc) -> type[BaseModel]:
    """The model of the table at ``loc``; within a field that holds many, the next part is a name or a place."""
    parts = iter(loc)
    for part in parts:
        annotation = model.model_fields[str(part)].annotation
        model = next(found for found in (annotation, *get_args(annotation)) if _is_table(found))
        if get_origin(annotation) in (tuple, Mapping):
            next(parts)
    return model


def _is_table(annotation: Any) -> TypeGuard[type[BaseModel]]:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
