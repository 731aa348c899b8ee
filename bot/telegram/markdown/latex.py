r"""Formulas as text: ``\frac{a}{b} \le x^2`` becomes ``a/b ≤ x²``; what text cannot say rightly is refused.

A formula is read into terms, each of a kind, and each is written with a look at its neighbours: two dimensions tell
factors, roots and mixed numbers apart, a line needs brackets for it (``\frac{1}{2}x`` is ``½x``, ``\frac{1}{2x}`` is
``1/(2x)``).
"""

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple, TypeAlias

from bot.telegram.markdown.latex_symbols import (
    ACCENTS,
    BIG_OPERATORS,
    DOUBLE_STRUCK,
    FUNCTIONS,
    IGNORED,
    IGNORED_WITH_ARGUMENT,
    LINES,
    LITERAL,
    ROW_BRACKETS,
    SUBSCRIPTS,
    SUPERSCRIPTS,
    SYMBOLS,
    UPRIGHT,
    VULGAR_FRACTIONS,
)

_Kind: TypeAlias = Literal[
    "number", "letter", "word", "open", "close", "bar", "operator", "postfix", "space", "function", "big",
    "superscript", "subscript", "fraction", "root", "row",
]  # fmt: skip
_TOKEN = re.compile(r"\\([A-Za-z]+\*?)|\\(.)|(\s+)|(.)", re.DOTALL)
_LONGEST = 1500  # characters
_DEEPEST = 12
_OPTION = re.compile(r"\[[^\]\\]{0,12}\]")
_ARROW = re.compile(r"(?<=[^\s(])([→⟶⇒⟹⇔⟺↦∈∉≤≥≠≈≡∼⊂⊆∪∩×÷·±]) ")
_REACTION = {"->": "→", "<=>": "⇌", "<->": "↔", "=>": "⇒"}
_BEFORE_FACTOR = frozenset({"number", "letter", "word", "close", "bar", "superscript", "subscript", "fraction", "root"})
_FACTOR = frozenset({"number", "letter", "word", "open", "bar", "function", "big", "fraction", "root"})
_PRODUCT = frozenset({"number", "letter", "word", "superscript", "subscript"})


class NotOneLineError(Exception):
    """What needs two dimensions, or is not known."""


class _Term(NamedTuple):
    kind: _Kind
    text: str
    above: "_Formula" = ()  # a fraction's numerator, a root's content, a script
    below: "_Formula" = ()  # a fraction's denominator, a root's index


_Formula: TypeAlias = tuple[_Term, ...]


def readable(source: str, *, lines: bool = False) -> str | None:
    """The formula as text, or None where only its source is right. ``lines``: rows may stand below each other."""
    if len(source) > _LONGEST:
        return None
    try:
        rows = _FormulaReader(source).rows("")
        written = [_written(tuple(term for cell in row for term in cell)) for row in rows]
    except NotOneLineError:
        return None
    joined = "\n".join(row for row in map(str.strip, written) if row)
    text = re.sub(r"[^\S\n]+", " ", _ARROW.sub(r" \1 ", joined)).strip()
    return (text if lines else text.replace("\n", "; ")) or None


def shifted(text: str, letters: Mapping[int, int]) -> str | None:
    """``text`` raised or lowered by one of the tables; None when a character has no such form."""
    return text.translate(letters) if text and all(ord(char) in letters for char in text) else None


class _FormulaReader:
    def __init__(self, source: str) -> None:
        self._source = source
        self._tokens = list(_TOKEN.finditer(source))
        self._next = 0
        self._depth = 0

    def rows(self, environment: str) -> list[list[_Formula]]:
        r"""Rows of cells up to ``\end{environment}``, which is consumed; to the end of the source without a name."""
        rows: list[list[_Formula]] = [[]]
        cell: list[_Term] = []
        while (token := self._take()) is not None:
            if token[0] == "&":
                rows[-1].append(tuple(cell))
                cell = []
            elif token[2] == "\\" or token[1] in {"newline", "cr"}:
                self._skip_option()
                rows[-1].append(tuple(cell))
                rows.append([])
                cell = []
            elif token[1] == "end" and environment:
                if self._raw_argument() != environment:
                    raise NotOneLineError
                rows[-1].append(tuple(cell))
                return rows
            else:
                cell += self._read(token)
        if environment:
            raise NotOneLineError
        rows[-1].append(tuple(cell))
        return rows

    def _take(self) -> re.Match[str] | None:
        if self._next == len(self._tokens):
            return None
        self._next += 1
        return self._tokens[self._next - 1]

    def _peek(self) -> str:
        return self._tokens[self._next][0] if self._next < len(self._tokens) else ""

    def _until(self, closing: str) -> list[_Term]:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise NotOneLineError
        out: list[_Term] = []
        while (token := self._take()) is not None and token[0] != closing:
            if token[0] == "&" or token[2] == "\\":
                raise NotOneLineError
            out += self._read(token)
        if token is None:
            raise NotOneLineError
        self._depth -= 1
        return out

    def _read(self, token: re.Match[str]) -> list[_Term]:
        if command := token[1] or token[2]:
            return self._command(command)
        match token[3] or token[4]:
            case "{":
                return self._until("}")
            case "^":
                return [_Term("superscript", "", self._argument())]
            case "_":
                return [_Term("subscript", "", self._argument())]
            case "}":
                raise NotOneLineError
            case "~":
                return [_Term("space", " ")]
            case "'":
                return [_Term("postfix", "′")]
            case other:
                return [_Term(_kind_of(other), " " if token[3] else other)]

    def _argument(self) -> _Formula:
        token = self._take()
        while token is not None and token[3]:
            token = self._take()
        if token is None or token[0] in {"&", "}"}:
            raise NotOneLineError
        return tuple(self._read(token))

    def _raw_argument(self) -> str:
        """The source between braces, as it is."""
        while self._peek().isspace():
            self._next += 1
        opening = self._take()
        if opening is None or opening[0] != "{":
            raise NotOneLineError
        level = 1
        while (token := self._take()) is not None:
            level += (token[0] == "{") - (token[0] == "}")
            if not level:
                return self._source[opening.end() : token.start()]
        raise NotOneLineError

    def _skip_option(self) -> str:
        """An option in square brackets, if one follows."""
        place = self._tokens[self._next].start() if self._next < len(self._tokens) else len(self._source)
        found = _OPTION.match(self._source, place)
        if not found:
            return ""
        while self._next < len(self._tokens) and self._tokens[self._next].start() < found.end():
            self._next += 1
        return found[0][1:-1]

    def _command(self, name: str) -> list[_Term]:
        name = name.rstrip("*") if len(name) > 1 else name
        if name in SYMBOLS:
            return [_Term(_kind_of(SYMBOLS[name]), SYMBOLS[name])]
        if name in BIG_OPERATORS:
            return [_Term("big", BIG_OPERATORS[name])]
        if name in IGNORED:
            if name in {"left", "right", "middle"} and self._peek() == ".":
                self._next += 1
            return []
        if name in FUNCTIONS:
            return [_Term("function", "mod" if name == "bmod" else name)]
        if name in UPRIGHT:
            return [_Term("word", _written(terms))] if len(terms := self._argument()) > 1 else list(terms)
        if name in LITERAL:
            return [_Term("word", self._raw_argument().replace("\\", ""))]
        if name in ACCENTS:
            return [_accented(_written(self._argument()), ACCENTS[name])]
        if name in IGNORED_WITH_ARGUMENT:
            self._raw_argument()
            return []
        return self._construction(name)

    def _construction(self, name: str) -> list[_Term]:  # noqa: C901 - a table in the form of code
        match name:
            case "frac" | "dfrac" | "tfrac" | "cfrac":
                return [_Term("fraction", "", self._argument(), self._argument())]
            case "sqrt":
                index = self._skip_option() if self._peek() == "[" else ""
                return [_Term("root", index, self._argument())]
            case "mathbb" | "Bbb":
                return [_Term("letter", _written(self._argument()).translate(DOUBLE_STRUCK))]
            case "operatorname":
                return [_Term("function", _written(self._argument()).strip())]
            case "binom" | "dbinom" | "tbinom":
                return [_Term("word", f"C({_written(self._argument())}, {_written(self._argument())})")]
            case "pmod":
                return [_Term("operator", f" (mod {_written(self._argument())})")]
            case "tag":
                return [_Term("space", f"  ({self._raw_argument()})")]
            case "xrightarrow" | "xleftarrow":
                return [self._arrow(name)]
            case "not":
                return [_Term("operator", _written(self._argument()) + "\u0338")]
            case "textcolor":
                self._raw_argument()
                return list(self._argument())
            case "hspace":
                self._raw_argument()
                return [_Term("space", " ")]
            case "ce":
                return [_Term("word", _chemistry(self._raw_argument()))]
            case "begin":
                return self._environment()
            case _:
                raise NotOneLineError

    def _arrow(self, name: str) -> _Term:
        below, above = self._skip_option(), _written(self._argument()).strip()
        label = "; ".join(text for text in (above, below) if text)
        arrow = "→" if name == "xrightarrow" else "←"
        text = arrow if not label else f"—{label}→" if name == "xrightarrow" else f"←{label}—"
        return _Term("operator", text)

    def _environment(self) -> list[_Term]:
        self._depth += 1
        name = self._raw_argument()
        if self._depth > _DEEPEST or (name not in ROW_BRACKETS and name not in LINES):
            raise NotOneLineError
        if name in {"array", "alignat", "alignat*", "alignedat"}:
            self._skip_option()
            self._raw_argument()
        rows = [row for row in self.rows(name) if any(_written(cell).strip() for cell in row)]
        self._depth -= 1
        if name in LINES:
            return [_Term("row", "\n".join("".join(_written(cell) for cell in row).strip() for row in rows))]
        opening, closing = ROW_BRACKETS[name]
        written = [", ".join(_written(cell).strip().rstrip(",，") for cell in row) for row in rows]
        return [_Term("row", opening + "; ".join(written) + closing)]


def _kind_of(char: str) -> _Kind:
    if char.isdigit() or char == ".":
        return "number"
    if not char.strip():
        return "space"
    if char in "([{⟨⌊⌈":
        return "open"
    if char in ")]}⟩⌋⌉":
        return "close"
    if char in "|‖":
        return "bar"
    if char in "!%′°":
        return "postfix"
    return "letter" if char.isalpha() or char in "∞∅∂∇…⋯△∠" else "operator"


def _written(terms: _Formula) -> str:
    """The terms on one line."""
    out: list[str] = []
    for at, term in enumerate(terms):
        before, after = _neighbour(terms, at, -1), _neighbour(terms, at, 1)
        match term.kind:
            case "fraction":
                out.append(_fraction(term, before, after))
            case "root":
                out.append(_root(term, before, after))
            case "superscript" | "subscript":
                joined = at + 1 < len(terms) and terms[at + 1].kind in {"letter", "word", "number"}
                out.append(_script(term, joined=joined))
            case "function":
                out.append(_function(term, before, after))
            case _:
                out.append(term.text)
    return "".join(out)


def _neighbour(terms: _Formula, at: int, step: int) -> _Term | None:
    at += step
    while 0 <= at < len(terms):
        if terms[at].kind != "space":
            return terms[at]
        at += step
    return None


def _function(term: _Term, before: _Term | None, after: _Term | None) -> str:
    space_before = " " if before and before.kind in _BEFORE_FACTOR else ""
    space_after = "" if after is None or after.kind in {"open", "superscript", "subscript"} else " "
    return space_before + term.text + space_after


def _fraction(term: _Term, before: _Term | None, after: _Term | None) -> str:
    above, below = _written(term.above).strip(), _written(term.below).strip()
    if not above or not below:
        raise NotOneLineError
    over = above if _is_product(term.above) else f"({above})"
    under = below if _is_atom(term.below) else f"({below})"
    plain = f"{over}/{under}"
    vulgar = VULGAR_FRACTIONS.get((above, below))
    raised = after is not None and after.kind in {"superscript", "subscript", "postfix"}
    factor_after = after is not None and after.kind in _FACTOR
    if before is not None and before.kind == "number" and above.isdigit() and below.isdigit() and not raised:
        return vulgar or f" {plain}" + ("·" if factor_after else "")
    divided = before is not None and (before.text in {"/", "÷", ":"} or before.kind in {"function", "big"})
    if before is not None and (before.kind in _BEFORE_FACTOR or divided):
        return f"({plain})"
    if raised:
        return f"({plain})"
    return (vulgar or f"({plain})") if factor_after else plain


def _root(term: _Term, before: _Term | None, after: _Term | None) -> str:
    content = _written(term.above).strip()
    if not content:
        raise NotOneLineError
    index = term.text.strip()
    sign = {"": "√", "2": "√", "3": "∛", "4": "∜"}.get(index) or (shifted(index, SUPERSCRIPTS) or "") + "√"
    if sign == "√" and index not in {"", "2"}:
        raise NotOneLineError
    if len(sign) > 1 and before is not None and before.kind in _BEFORE_FACTOR:
        sign = "·" + sign
    followed = after is not None and after.kind in _FACTOR
    simple = _is_atom(term.above) and not any(part.kind in {"superscript", "subscript"} for part in term.above)
    text = sign + (content if simple and not followed else f"({content})")
    raised = after is not None and after.kind in {"superscript", "subscript", "postfix"}
    return f"({text})" if raised else text


def _script(term: _Term, *, joined: bool) -> str:
    text = _written(term.above).strip()
    mark, letters = ("^", SUPERSCRIPTS) if term.kind == "superscript" else ("_", SUBSCRIPTS)
    if not text:
        return ""
    if text in {"∘", "°"} and mark == "^":
        return "°"
    if not text.strip("′"):
        return text
    if small := shifted(text.replace(" ", ""), letters):
        return small
    alone = len(term.above) == 1 or all(part.kind == "number" for part in term.above)
    return mark + (text if alone and _is_atom(term.above) and not joined else f"({text})")


def _is_atom(terms: _Formula) -> bool:
    """What needs no brackets under a bar or a root: a number, a letter with its scripts, a word, a differential."""
    terms = tuple(term for term in terms if term.kind != "space")
    kinds = [term.kind for term in terms]
    if not terms or set(kinds) == {"number"} or all(_is_chinese(term) for term in terms):
        return bool(terms)
    if kinds == ["letter", "letter"] and terms[0].text in {"d", "∂", "Δ"}:
        return True
    scripts = all(kind in {"superscript", "subscript"} for kind in kinds[1:])
    if kinds[0] == "word":
        return scripts and not any(char in terms[0].text.strip() for char in " +-*/=,")
    return kinds[0] == "letter" and scripts


def _is_product(terms: _Formula) -> bool:
    return _is_atom(terms) or (all(term.kind in _PRODUCT for term in terms) and "/" not in _written(terms))


def _is_chinese(term: _Term) -> bool:
    return term.kind == "letter" and "\u2e80" <= term.text <= "\u9fff"


def _accented(text: str, mark: str) -> _Term:
    text = text.strip()
    if not text or (len(text) > 1 and not text.isalnum()):
        raise NotOneLineError
    if mark in {"\u0305", "\u0332"}:
        return _Term("letter", "".join(char + mark for char in text))
    if len(text) > 1 and mark != "\u20d7":
        raise NotOneLineError
    return _Term("letter", text + mark)


def _chemistry(source: str) -> str:
    r"""``\ce{2H2 + O2 -> 2H2O}``: digits behind a letter count atoms, what is raised is a charge."""
    for arrow, sign in _REACTION.items():
        source = source.replace(arrow, sign)
    source = re.sub(r"\^\{?([\d+-]{1,4})\}?", lambda found: shifted(found[1], SUPERSCRIPTS) or "", source)
    source = re.sub(r"(?<=[A-Za-z)\]])_?\{?(\d+)\}?", lambda found: shifted(found[1], SUBSCRIPTS) or "", source)
    source = re.sub(r"(?<=[A-Za-z₀-₉)])([+-])(?=\s|$)", lambda found: shifted(found[1], SUPERSCRIPTS) or "", source)
    if re.search(r"[\\{}$^_]", source):
        raise NotOneLineError
    return source
