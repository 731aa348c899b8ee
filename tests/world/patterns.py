"""Every regular expression of the product, found by itself, and the texts on which it might take long.

A pattern is found in what the modules hold, however deep in their tables, and in what is given to ``re`` in the source.
"""

import ast
import importlib
import pkgutil
import re
import warnings
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import regex

import bot
import handlers
from bot.billing import allowance
from bot.logs import Redactor
from tests.structure.figures import ROOT
from tests.world.growth import Work

_LIBRARIES: Final = {"re": re, "regex": regex}
_METHODS: Final = frozenset({"match", "fullmatch", "search", "finditer", "findall", "sub", "subn", "split"})
_ANCHORED: Final = frozenset({"match", "fullmatch"})  # all others go through the whole text
_UNKNOWN: Final = "x"  # in place of what a pattern is put together from when it is needed
_DEEPEST: Final = 6

MADE_LATER: Final[Mapping[str, Callable[[], Iterable[str]]]] = {
    "bot/billing/allowance.py": lambda: [kind.form for kind in allowance._KINDS.values()],
    "bot/groups/arguments.py": list,  # none: its table holds them
    "bot/logs.py": lambda: [Redactor(["secret"])._pattern.pattern],
}
"""Patterns that neither a module holds nor the source shows, by the module that makes them."""


@dataclass(slots=True)
class FoundPattern:
    place: str
    compiled: Any  # of re or of regex
    methods: set[str] = field(default_factory=set)  # with which it is used; none: any

    @property
    def source(self) -> str:
        source: str | bytes = self.compiled.pattern
        return source.decode("latin-1") if isinstance(source, bytes) else source

    def work(self) -> Work:
        """The most that is done with it."""
        compiled = self.compiled
        if self.methods and self.methods <= _ANCHORED:
            do = compiled.fullmatch if "fullmatch" in self.methods else compiled.match
        else:
            do = _all_of(compiled)
        return (lambda text: do(text.encode("latin-1", "replace"))) if isinstance(compiled.pattern, bytes) else do


def _all_of(compiled: Any) -> Callable[[Any], object]:
    return lambda text: deque(compiled.finditer(text), maxlen=0)


@cache
def found() -> tuple[FoundPattern, ...]:
    """Those of ``bot`` and ``handlers``, the playground apart."""
    patterns: dict[tuple[object, int], FoundPattern] = {}
    for module in _product():
        for one in (*_held(module), *_given(module), *_made(module)):
            known = patterns.setdefault((one.compiled.pattern, one.compiled.flags), one)
            known.methods |= one.methods
    return tuple(patterns.values())


def unread() -> set[str]:
    """The modules that put a pattern together where nothing here can read it."""
    return {_path(module) for module in _product() for call in _calls(module) if call.inside and call.source is None}


def _product() -> Iterator[ModuleType]:
    for package in (bot, handlers):
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not info.name.startswith("bot.playground") and not info.name.endswith("__main__"):
                yield importlib.import_module(info.name)


def _path(module: ModuleType) -> str:
    return Path(module.__file__ or "").relative_to(ROOT).as_posix()


def _held(module: ModuleType) -> Iterator[FoundPattern]:
    """What its names stand for, with the methods that are called on it there."""
    methods: defaultdict[str, set[str]] = defaultdict(set)
    called: set[ast.Name] = set()
    for node in ast.walk(_tree(module)):
        match node:
            case ast.Attribute(value=ast.Name(id=name) as base, attr=method) if method in _METHODS:
                methods[name].add(method)
                called.add(base)
            case ast.Name(id=name, ctx=ast.Load()) if node not in called:
                methods[name].add("handed on")
    for name, value in vars(module).items():
        for compiled in _within(value, 0):
            yield FoundPattern(f"{_path(module)} {name}", compiled, {*methods[name]} if compiled is value else {"held"})


def _within(value: Any, depth: int) -> Iterator[Any]:
    """Compiled patterns in a value, its items, and its fields where it is ours."""
    if isinstance(value, re.Pattern | regex.Pattern):
        yield value
    elif depth < _DEEPEST:
        for inner in _inner(value):
            yield from _within(inner, depth + 1)


def _inner(value: Any) -> Iterable[Any]:
    if isinstance(value, Mapping):
        return (*value, *value.values())
    if isinstance(value, tuple | list | set | frozenset):
        return value
    if isinstance(value, type):
        return tuple(vars(value).values()) if _is_ours(value) else ()
    if isinstance(value, partial):
        return (*value.args, *value.keywords.values())
    if not _is_ours(type(value)):
        return ()
    slots = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
    return [getattr(value, name, None) for name in (*slots, *getattr(value, "__dict__", ()))]


def _is_ours(kind: type) -> bool:
    return kind.__module__.partition(".")[0] in ("bot", "handlers")


@dataclass(frozen=True, slots=True)
class _Call:
    """Of a function of ``re`` or ``regex``."""

    line: int
    library: str
    method: str
    source: str | bytes | None  # None: cannot be read
    flags: int
    inside: bool  # of a function


def _given(module: ModuleType) -> Iterator[FoundPattern]:
    """What is given to the functions themselves; compiled in a function it may be used in any way."""
    for call in _calls(module):
        if call.source is not None and (call.inside or call.method != "compile"):
            compiled = _LIBRARIES[call.library].compile(call.source, call.flags)
            yield FoundPattern(f"{_path(module)}:{call.line}", compiled, {call.method})


def _made(module: ModuleType) -> Iterator[FoundPattern]:
    if make := MADE_LATER.get(_path(module)):
        yield from (FoundPattern(_path(module), re.compile(source), {"made"}) for source in make())


@cache
def _tree(module: ModuleType) -> ast.Module:
    return ast.parse(Path(module.__file__ or "").read_text("utf-8"))


def _calls(module: ModuleType) -> Iterator[_Call]:
    tree = _tree(module)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    inside = {node for function in functions for node in ast.walk(function)}
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="re" | "regex" as library), attr=method), args=[source, *rest]
            ) if method in {*_METHODS, "compile"}:
                given = [*rest, *(word.value for word in node.keywords if word.arg == "flags")]
                flags = sum({_flag(part) for argument in given for part in ast.walk(argument)})
                yield _Call(node.lineno, library, method, _read(source, vars(module)), flags, node in inside)


def _flag(node: ast.AST) -> int:
    match node:
        case ast.Attribute(value=ast.Name(id="re" | "regex" as library), attr=name):
            return int(getattr(_LIBRARIES[library], name))
    return 0


def _read(node: ast.expr, names: Mapping[str, Any]) -> str | bytes | None:
    """A literal; what is put into it is a name of the module, or stands for anything."""
    match node:
        case ast.Constant(value=str() | bytes() as text):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(str(_read(part, names)) for part in parts)
        case ast.FormattedValue(value=ast.Name(id=name)) if isinstance(names.get(name), str):
            return str(names[name])
        case ast.FormattedValue():
            return _UNKNOWN
    return None


# The texts: what the pattern itself is made of, repeated, behind what leads to it, before what it cannot end with.

_PARSER: Final[Any] = importlib.import_module("re._parser")  # has no types
_ENDS: Final = ("", "\n\0")
_COMMON: Final = (
    " ",
    "\n",
    " \n",
    "\t",
    "a",
    "A",
    "1",
    "?",
    ")",
    "(",
    "[",
    "{",
    '"',
    "\\",
    ".",
    "-",
    "/",
    "@",
    "的",
    "🇩",
    "\u0301",
)
_CANDIDATES: Final = 'a Z0_\n-.!(/"\t=:一é'
_MOST_SAMPLES: Final = 4
_MOST_MEMBERS: Final = 5
_CATEGORIES: Final = {"DIGIT": "1", "SPACE": " ", "WORD": "a", "NOT_DIGIT": "a", "NOT_SPACE": "a", "NOT_WORD": "-"}


@dataclass(frozen=True, slots=True)
class Adversary:
    """A text of any length that a pattern might stumble over."""

    lead: str
    unit: str
    end: str

    def __call__(self, length: int) -> str:
        return self.lead + self.unit * (length // len(self.unit)) + self.end


def adversaries(source: str, flags: int) -> list[Adversary]:
    units = dict.fromkeys(("", unit) for unit in (*_COMMON, *_literals(source)))
    units |= dict.fromkeys(_units(_parsed(source, flags), ""))
    return [Adversary(lead, unit, end) for lead, unit in units if unit for end in _ENDS]


def _parsed(source: str, flags: int) -> list[Any]:
    """Empty for what only the other library understands."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of sets within sets, which the other library has
        try:
            return list(_PARSER.parse(source, flags & ~int(re.UNICODE) if flags & re.ASCII else flags))
        except re.error:
            return []


def _literals(source: str) -> Iterable[str]:
    return {character for character in source if not character.isalnum() and character not in _COMMON}


def _units(items: list[Any], lead: str) -> Iterator[tuple[str, str]]:
    """Each with what stands before it."""
    for place, item in enumerate(items):
        before = lead + _samples(items[:place])[0]
        own = _options(item)
        yield from ((lead, sample + option) for sample in _samples(items[:place])[:2] for option in own)
        yield from ((start, option) for start in (lead, before) for option in own)
        if _is_repeat(item):
            yield from ((before, a + b) for a, b in pairwise(own))
            yield from ((before, option + sample) for option in own for sample in _samples(items[place + 1 :])[:2])
        for inner in _bodies(item):
            yield from _units(list(inner), before)


def _is_repeat(item: Any) -> bool:
    return str(item[0]).endswith("_REPEAT")


def _bodies(item: Any) -> list[Any]:
    """The sequences within."""
    kind, value = str(item[0]), item[1]
    if kind == "BRANCH":
        return list(value[1])
    if kind.endswith("_REPEAT"):
        return [value[2]]
    if kind == "SUBPATTERN":
        return [value[3]]
    if kind == "ATOMIC_GROUP":
        return [value]
    if kind.startswith("ASSERT"):
        return [value[1]]
    return [body for body in value[1:] if body] if kind == "GROUPREF_EXISTS" else []


def _samples(items: Iterable[Any]) -> list[str]:
    """Some texts that the sequence matches, in the main."""
    made = [""]
    for item in items:
        options = _options(item) or [""]
        made = [made[0] + option for option in options] + [one + options[0] for one in made[1:]]
        made = list(dict.fromkeys(made))[:_MOST_SAMPLES]
    return made


def _options(item: Any) -> list[str]:
    kind, value = str(item[0]), item[1]
    if kind == "LITERAL":
        return [chr(value)]
    if kind in ("ANY", "NOT_LITERAL"):
        return [next(one for one in _CANDIDATES if ord(one) != value)]
    if kind == "IN":
        return _members(value)
    if kind.endswith("_REPEAT"):
        least, most, body = value
        return [sample * max(1, min(least, most)) for sample in _samples(body)]
    if kind.startswith(("ASSERT", "AT", "GROUPREF")) and kind != "ATOMIC_GROUP":
        return []
    return [sample for body in _bodies(item) for sample in _samples(body)]


def _members(members: list[Any]) -> list[str]:
    listed = [one for member in members for one in _listed(member)]
    if str(members[0][0]) == "NEGATE":
        kept = [one for one in _CANDIDATES if one not in listed]
        return [*kept[:2], *listed[:_MOST_MEMBERS]] or listed
    return list(dict.fromkeys(listed))[:_MOST_MEMBERS]


def _listed(member: Any) -> list[str]:
    kind, value = str(member[0]), member[1]
    if kind == "LITERAL":
        return [chr(value)]
    if kind == "RANGE":
        return [chr(value[0]), chr(value[1])]
    return [_CATEGORIES.get(str(value).removeprefix("CATEGORY_"), "a")] if kind == "CATEGORY" else []
