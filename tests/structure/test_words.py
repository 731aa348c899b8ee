"""One word for one thing: no name is defined twice, and none that the glossary retires is back."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.structure import figures

GLOSSARY = figures.ROOT / "docs/glossary.md"
HEADING = "## Retired words"
NAMED_BY: dict[type[ast.AST], str] = {
    ast.ClassDef: "name",
    ast.FunctionDef: "name",
    ast.AsyncFunctionDef: "name",
    ast.Name: "id",
    ast.Attribute: "attr",
    ast.arg: "arg",
    ast.keyword: "arg",
    ast.ExceptHandler: "name",
    ast.MatchAs: "name",
    ast.MatchStar: "name",
    ast.MatchMapping: "rest",
}


def retired(text: str) -> dict[str, str]:
    """What to use instead of each name of the glossary's table of retired words."""
    _, heading, rest = text.partition(f"\n{HEADING}\n")
    assert heading, f"docs/glossary.md has no section {HEADING!r}"
    rows = re.findall(r"^\| (.+) \| (.+) \|$", rest.partition("\n## ")[0], re.MULTILINE)
    names = {name: instead for left, instead in rows for name in re.findall(r"`(\w+)`", left)}
    assert names, f"docs/glossary.md names no word below {HEADING!r}"
    return names


def names(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Every name that a module defines or uses, whole, with its line: of classes, functions, parameters, variables,
    attributes, keywords and modules."""
    for node in ast.walk(tree):
        if isinstance(node, ast.alias):
            yield from ((part, node.lineno) for part in (*node.name.split("."), node.asname) if part)
        elif name := getattr(node, NAMED_BY.get(type(node), ""), None):
            yield name, getattr(node, "lineno", 0)


def found(words: dict[str, str], path: Path, source: str) -> list[str]:
    """Where the words stand in one module, its own name included; an underscore before a name is no other name."""
    everything = [(path.stem, 1), *names(ast.parse(source))]
    return [
        f"{path}:{line}: {name}, instead {words[word]}"
        for name, line in everything
        for word in {name, name.lstrip("_")} & words.keys()
    ]


def places(repeated: dict[str, list[Path]]) -> list[str]:
    return [f"{name}: {', '.join(map(str, paths))}" for name, paths in repeated.items()]


@pytest.fixture(scope="module")
def modules() -> list[figures.Module]:
    return figures.modules()


def test_no_class_is_defined_twice(modules: list[figures.Module]) -> None:
    assert places(figures.repeated_classes(modules)) == []


def test_no_two_modules_have_one_name(modules: list[figures.Module]) -> None:
    assert places(figures.repeated_modules(modules)) == []


def test_no_retired_word_is_back(modules: list[figures.Module]) -> None:
    words = retired(GLOSSARY.read_text(encoding="utf-8"))
    paths = [module.path for module in modules]
    back = [place for path in paths for place in found(words, path, (figures.ROOT / path).read_text("utf-8"))]
    assert back == [], "docs/glossary.md retires these words"


def test_whole_names_are_found_and_parts_of_names_and_sentences_are_not() -> None:
    source = '''
import wire
from bot import seats as seat

class _Purse:
    """The purse, the wire and the turn."""

    def hang(self, spot, *, in_turn=None):
        self.tip = turning = self.order.draw(wish=1)
        match spot:
            case [*easel] if other_gate:
                raise KeyError("studio")
'''
    words = (
        "wire",
        "seat",
        "Purse",
        "hang",
        "spot",
        "turn",
        "tip",
        "order",
        "wish",
        "easel",
        "gate",
        "studio",
        "_draw",
    )
    back = found(dict.fromkeys(words, "`x`"), Path("bot/tip.py"), source)
    named = sorted(place.split(": ")[1].split(",")[0] for place in back)
    assert named == sorted(["tip", "wire", "seat", "_Purse", "hang", "spot", "spot", "tip", "order", "wish", "easel"])
    assert back[0] == "bot/tip.py:1: tip, instead `x`"


@pytest.mark.parametrize("text", ["", "# Glossary\n", f"\n{HEADING}\n", f"\n{HEADING}\n\n## More\n| `a` | `b` |\n"])
def test_a_glossary_without_retired_words_fails(text: str) -> None:
    with pytest.raises(AssertionError, match=r"docs/glossary\.md"):
        retired(text)


def test_every_name_of_a_row_is_retired() -> None:
    text = f"\n{HEADING}\n\n| retired | use instead |\n| --- | --- |\n| `Bill`, `_ChatBill` | `CostReservation` |\n"
    assert retired(text) == dict.fromkeys(("Bill", "_ChatBill"), "`CostReservation`")
