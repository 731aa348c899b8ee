"""Where emphasis begins and ends: CommonMark's rules, where people mean them.

``**标签：**正文`` is bold although CommonMark wants a space there; ``2*3*4``, ``2**10``, ``src/**/*.py``, ``COUNT(*)``,
``__init__`` and ``____`` are what they look like. What is left of ``**`` in prose is paired or dropped at the end.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple
from unicodedata import category, east_asian_width

from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline.state_inline import Delimiter, Scanned, StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType

# Chinese text uses these as its own, though Unicode gives them no width.
_ALSO_CHINESE = "“”‘’…—·"
_NEITHER_END = "#@&*/\\-_+=~^$<>|`"  # punctuation that may as well begin a word as end one
_AFTER_NOTHING = frozenset(")]},;，。、；？！）】》」』”’")  # emphasis does not begin before these
_BEFORE_NOTHING = frozenset("([{（【《「『“‘")  # nor end behind these
_AROUND = "\"'`~_"  # may stand at both ends of what is emphasised
_IDENTIFIER = re.compile(r"_{2,8}[A-Za-z0-9]\w{0,80}(?!\w)", re.ASCII)
_GLOB = re.compile(r"\.\w")
_KEYWORD = re.compile(r"[a-z_][a-z0-9_]*(?=$|[\s,):=;.])", re.ASCII)
_CONTENT = re.compile(r"[^\W\d_]{2}|[\u2e80-\u9fff]")
_HIGHLIGHT = re.compile(r"(?<![A-Za-z])[A-Za-z]++(?:\*\*[A-Za-z]++)+")
_MARKS = re.compile(r"\*{1,3}(?!\*)|~~(?!~)")
_NEAR = 40  # characters around a run that are looked at


class _CharacterKind(NamedTuple):
    space: bool
    punctuation: bool
    wide: bool
    terminal: bool  # ends something: a full stop, a closing bracket, a quote


@lru_cache(maxsize=4096)
def _kind(char: str) -> _CharacterKind:
    group = category(char)
    return _CharacterKind(
        space=char.isspace(),
        punctuation=group[0] in "PS",
        wide=char in _ALSO_CHINESE or east_asian_width(char) in "WF",
        terminal=char == "%" or (group in {"Po", "Pe", "Pf"} and char not in _NEITHER_END),
    )


def _is_word(char: str) -> bool:
    """A digit, or a letter of a script that puts spaces between words."""
    return char.isalnum() and (char.isascii() or "\u00aa" <= char <= "\u052f" or "\u2070" <= char <= "\u209f")


class _Run(NamedTuple):
    """Markers in a row: where they stand, and what stands beside them."""

    source: str
    start: int
    end: int
    before: str
    after: str

    @property
    def size(self) -> int:
        return self.end - self.start

    def is_operator(self) -> bool:
        """Between operands: a product or a power."""
        return (_is_word(self.before) or self.before in ")]}") and (_is_word(self.after) or self.after in "([{")

    def is_highlight(self) -> bool:
        """``st**r**awberry``: letters of a long word; ``x**n`` is none."""
        first = max(0, self.start - _NEAR)
        for found in _HIGHLIGHT.finditer(self.source, first, self.end + _NEAR):
            if found.start() < self.start < found.end():
                word = found[0]
                return word.count("**") % 2 == 0 and len(word) - 2 * word.count("**") >= 6
        return False

    def is_pattern(self) -> bool:
        """Part of a path or a glob, or between quotation marks by itself."""
        if self.before in "\"'" and self.after == self.before:
            return True
        if self.size == 1:
            return self.before == "/" or self.after == "/" or bool(_GLOB.match(self.source, self.end))
        if self.before == "/":
            return not self.after.isalnum()
        begins = self.before.isspace() or self.before in "\"'([{"
        return begins and self.after == "/" and self.source[self.end + 1 : self.end + 2] in {"", "*", " "}

    def closes_a_word(self) -> bool:
        """``*S*earch``: what this run would close holds no space."""
        opening = self.source.rfind(self.source[self.start], max(0, self.start - _NEAR), self.start)
        inside = self.source[opening + 1 : self.start]
        outside = self.source[opening - 1 : opening] if opening > 0 else " "
        goes_on = self.source[self.end : self.end + _NEAR].split(maxsplit=1)[0]
        whole = bool(inside) and not any(map(str.isspace, inside)) and "*" not in goes_on
        return opening >= 0 and whole and outside != "*" and not _is_word(outside)

    def in_an_equation(self) -> bool:
        begin = self.source.rfind("\n", max(0, self.start - 2 * _NEAR), self.start) + 1
        around = self.source[max(begin, self.start - 2 * _NEAR) : self.end + 2 * _NEAR].partition("\n")[0]
        return any(sign in around for sign in "=＝≈≤≥")


def _flanks(run: _Run) -> tuple[bool, bool]:
    """Whether a run of asterisks may begin emphasis, and whether it may end it."""
    before, after = _kind(run.before), _kind(run.after)
    opens = not after.space and run.after not in _AFTER_NOTHING
    closes = not before.space and run.before not in _BEFORE_NOTHING
    if run.is_pattern():
        return False, False
    if run.is_operator():
        return _inside_a_word(run)
    if run.size == 1 and _is_product_of_words(run, before, after):
        return False, False
    outside_before = before.space or before.punctuation or before.wide
    outside_after = after.space or after.punctuation or after.wide
    if after.punctuation and not after.wide and not outside_before:
        opens = opens and (run.after in _BEFORE_NOTHING or run.after in _AROUND) and run.size > 1
    if before.punctuation and not before.wide and not outside_after:
        closes = (
            closes
            and (before.terminal or run.before in _AROUND)
            and (run.size > 1 or run.before in ")]}" or not run.after.isascii())
        )
    if run.size == 1 and run.after == "." and not outside_after:
        opens = False
    return opens, closes


def _inside_a_word(run: _Run) -> tuple[bool, bool]:
    if run.size == 2 and run.is_highlight():
        return True, True
    if run.after.isdigit() and (run.before.isdigit() or run.before in ")]}" or run.size == 1):
        return False, False
    return False, run.size > 1 or run.closes_a_word()


def _is_product_of_words(run: _Run, before: _CharacterKind, after: _CharacterKind) -> bool:
    """``5*数量*单价``; ``这是*重点*内容`` is emphasis."""
    chinese_before = before.wide and not before.punctuation
    chinese_after = after.wide and not after.punctuation
    if (chinese_before and run.after.isdigit()) or (run.before.isdigit() and chinese_after):
        return True
    operands = (chinese_before or _is_word(run.before) or run.before in ")）") and (
        chinese_after or _is_word(run.after) or run.after in "(（"
    )
    return operands and run.in_an_equation()


class _EmphasisState(StateInline):
    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:  # noqa: ARG002, N802, N803, FBT001 - markdown-it's
        run = self.run(start)
        if run.source[start] == "*":
            return Scanned(*_flanks(run), run.size)
        before, after = _kind(run.before), _kind(run.after)
        if run.source[start] == "~":
            return Scanned(not after.space, not before.space, run.size)
        opens = not after.space and (not _narrow_mark(after) or _outside(before))
        closes = not before.space and (not _narrow_mark(before) or _outside(after))
        if run.size > 2:  # a blank to be filled in
            return Scanned(can_open=False, can_close=False, length=run.size)
        opens_word = opens and (not closes or before.punctuation) and run.after not in _AFTER_NOTHING
        closes_word = closes and (not opens or after.punctuation) and run.before not in _BEFORE_NOTHING
        return Scanned(opens_word, closes_word, run.size)

    def run(self, start: int) -> _Run:
        end = start
        while end < self.posMax and self.src[end] == self.src[start]:
            end += 1
        before = self.src[start - 1] if start else " "
        return _Run(self.src, start, end, before, self.src[end] if end < self.posMax else " ")


def _narrow_mark(kind: _CharacterKind) -> bool:
    return kind.punctuation and not kind.wide


def _outside(kind: _CharacterKind) -> bool:
    return kind.space or kind.punctuation or kind.wide


def tokenize(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    """markdown-it's rule, which also notes where a run stands, and leaves names such as ``__init__`` alone."""
    marker = state.src[state.pos]
    if silent or marker not in "*_" or not isinstance(state, _EmphasisState):
        return False
    if marker == "_" and (name := _IDENTIFIER.match(state.src, state.pos, state.posMax)) and name[0].endswith("__"):
        state.append_pending(name[0])
        state.pos = name.end()
        return True
    opens, closes, size = state.scanDelims(state.pos, marker == "*")
    for offset in range(size):
        token = state.push("text", "", 0)
        token.content = marker
        if offset == 0:
            token.meta = {"run": state.run(state.pos)}
        state.delimiters.append(Delimiter(ord(marker), size, len(state.tokens) - 1, -1, opens, closes))
    state.pos += size
    return True


def pair_what_is_left(state: StateInline) -> None:
    """Pair the double asterisks that nothing matched, line by line; drop those that only prose can have."""
    waiting: tuple[int, int, _Run] | None = None  # the token, its depth, and the run there
    depth = 0
    for at, run in _unmatched(state.tokens):
        if run is None:
            token = state.tokens[at]
            depth += token.nesting
            if waiting and (token.type in {"softbreak", "hardbreak"} or depth < waiting[1]):
                _drop(state.tokens, waiting)
                waiting = None
        elif waiting and waiting[1] == depth and _makes_sense(waiting[2], run):
            _pair(state.tokens, waiting[0], at)
            waiting = None
        else:
            _drop(state.tokens, waiting)
            waiting = (at, depth, run)
    _drop(state.tokens, waiting)


def _unmatched(tokens: list[Token]) -> Iterator[tuple[int, _Run | None]]:
    """Each token; with its run where that is a pair of asterisks of no operator."""
    for at, token in enumerate(tokens):
        run: _Run | None = token.meta.get("run") if token.content == "*" else None
        whole = at + 1 < len(tokens) and tokens[at + 1].content == "*"
        yield at, run if run is not None and run.size == 2 and whole and not _is_code(run) else None


def _is_code(run: _Run) -> bool:
    if run.is_operator() or run.is_pattern() or run.after in "/." or run.before in "/'\"`":
        return True
    if run.before.isspace() and run.after.isspace():
        left, right = run.source[: run.start].rstrip()[-1:], run.source[run.end :].lstrip()[:1]
        return left.isdigit() or right.isdigit() or left in {")", "]"} or run.in_an_equation()
    return run.before in "(,[{" and _is_keyword(run)


def _is_keyword(run: _Run) -> bool:
    """``**kwargs``, as far as one can tell."""
    return _KEYWORD.match(run.source, run.end) is not None


def _makes_sense(opening: _Run, closing: _Run) -> bool:
    inside = opening.source[opening.end : closing.start]
    if _is_keyword(opening) and _is_keyword(closing) and not inside.rstrip().isalnum():
        return False  # "**options and **kwargs"
    return len(inside) <= 400 and _CONTENT.search(inside) is not None


def _pair(tokens: list[Token], opening: int, closing: int) -> None:
    for at in (opening, closing):
        tokens[at].tag, tokens[at].content, tokens[at + 1].content = "strong", "", ""
    tokens[opening].type, tokens[opening].nesting = "strong_open", 1
    tokens[closing].type, tokens[closing].nesting = "strong_close", -1


def _drop(tokens: list[Token], waiting: tuple[int, int, _Run] | None) -> None:
    """Take marks out that can only have been meant as marks."""
    if waiting is None:
        return
    at, _, run = waiting
    line_begins = not run.source[: run.start].rpartition("\n")[2].strip() if run.before.isspace() else False
    begins = (line_begins or not run.after.isascii()) and (run.after.isupper() or _is_letter_beyond_ascii(run.after))
    ends = run.after.isspace() and (_kind(run.before).terminal or _is_letter_beyond_ascii(run.before))
    if begins or ends or (not run.before.isascii() and not run.after.isascii()):
        tokens[at].content = tokens[at + 1].content = ""


def marks_left_open(line: str) -> str:
    """The marks that would close the emphasis that a line without code leaves open at its end."""
    stack: list[str] = []
    for found in _MARKS.finditer(line):
        before, after = line[found.start() - 1 : found.start()] or " ", line[found.end() : found.end() + 1] or " "
        run = _Run(line, found.start(), found.end(), before, after)
        opens, closes = _flanks(run) if line[found.start()] == "*" else (not after.isspace(), not before.isspace())
        if closes and found[0] in stack:
            del stack[stack.index(found[0]) :]
        elif opens and run.before not in "([{," and not line.startswith("kwargs", run.end):
            stack.append(found[0])
    return "".join(reversed(stack))


def _is_letter_beyond_ascii(char: str) -> bool:
    return not char.isascii() and not char.isspace()


class EmphasisParser(ParserInline):
    """markdown-it's inline parser with the rules above."""

    def __init__(self) -> None:
        super().__init__()
        self.ruler.at("emphasis", tokenize)
        self.ruler2.after("emphasis", "unmatched", pair_what_is_left)

    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        state = _EmphasisState(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens
