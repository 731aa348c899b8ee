"""Figures of the product's code: modules, sizes, and names that exist more than once.

    python -m tests.structure.figures [FOLDER]

The playground's local servers stand in for other people's programs and are counted apart.
"""

import ast
import statistics
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Module:
    path: Path  # from the root
    lines: int
    classes: tuple[str, ...]  # defined at the top level, public ones
    names: tuple[str, ...]  # all that is defined at the top level, public functions and classes

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"


def modules(root: Path = ROOT) -> list[Module]:
    """Of the product, without the playground, in the order of their paths."""
    paths = sorted(path for package in ("bot", "handlers") for path in (root / package).rglob("*.py"))
    return [_module(path, root) for path in paths if path.relative_to(root).parts[:2] != ("bot", "playground")]


def _module(path: Path, root: Path) -> Module:
    source = path.read_text(encoding="utf-8")
    body = ast.parse(source).body
    classes = [node.name for node in body if isinstance(node, ast.ClassDef)]
    functions = [node.name for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    public = [name for name in (*classes, *functions) if not name.startswith("_")]
    return Module(path.relative_to(root), source.count("\n"), tuple(classes), tuple(public))


def repeated_classes(found: list[Module]) -> dict[str, list[Path]]:
    """Class names that are defined in more than one module, private ones too."""
    return _repeated((name.lstrip("_"), module.path) for module in found for name in module.classes)


def repeated_modules(found: list[Module]) -> dict[str, list[Path]]:
    """File names of modules that exist in more than one folder."""
    return _repeated((module.path.stem, module.path) for module in found if not module.path.stem.startswith("__"))


def _repeated(pairs: Iterator[tuple[str, Path]]) -> dict[str, list[Path]]:
    places: defaultdict[str, list[Path]] = defaultdict(list)
    for name, path in pairs:
        places[name].append(path)
    return {name: paths for name, paths in sorted(places.items()) if len(paths) > 1}


def main(root: Path) -> None:
    found = modules(root)
    full = [module for module in found if module.lines > 0 and not module.is_package]
    sizes = [module.lines for module in full]
    folders = Counter("/".join(module.path.parts[:-1]) for module in found)
    lines = [
        f"modules: {len(found)}, of them packages' own files: {sum(module.is_package for module in found)}",
        f"lines: {sum(module.lines for module in found)}",
        f"lines of a module: mean {statistics.mean(sizes):.0f}, median {statistics.median(sizes):.0f}",
        f"above 250 lines: {sum(size > 250 for size in sizes)}; below 40: {sum(size < 40 for size in sizes)}",
        f"class names that exist twice or more: {len(repeated_classes(found))}",
        f"module names that exist twice or more: {len(repeated_modules(found))}",
        *(f"    {folder}: {count}" for folder, count in sorted(folders.items())),
    ]
    for name, paths in (*repeated_classes(found).items(), *repeated_modules(found).items()):
        lines.append(f"twice: {name}: {', '.join(map(str, paths))}")
    print("\n".join(lines))  # noqa: T201 - the script's purpose


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT)
