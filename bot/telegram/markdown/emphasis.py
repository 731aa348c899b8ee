"""Where emphasis may begin and end in text that has no spaces between words.

CommonMark takes ``**标签：**正文`` for literal asterisks: a run after punctuation may close only before a space or
more punctuation. Chinese and Japanese put neither there. Here, as in the CJK-friendly amendment, wide punctuation
counts as a letter, and a wide neighbour outside the run as a space.
"""

from functools import lru_cache
from typing import NamedTuple
from unicodedata import category, east_asian_width

from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline.state_inline import Scanned, StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType

# Chinese text uses these as its own, though Unicode gives them no width.
_ALSO_CHINESE = "“”‘’…—·"


class _CharacterKind(NamedTuple):
    space: bool
    punctuation: bool
    wide: bool


@lru_cache(maxsize=4096)
def _kind(char: str) -> _CharacterKind:
    return _CharacterKind(
        space=char.isspace(),
        punctuation=category(char)[0] in "PS",
        wide=char in _ALSO_CHINESE or east_asian_width(char) in "WF",
    )


class _EmphasisState(StateInline):
    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:  # noqa: N802, N803, FBT001 - markdown-it's name
        marker = self.src[start]
        end = start
        while end < self.posMax and self.src[end] == marker:
            end += 1
        before = _kind(self.src[start - 1]) if start else _kind(" ")
        after = _kind(self.src[end]) if end < self.posMax else _kind(" ")
        opens = not after.space and (not _narrow_mark(after) or _outside(before))
        closes = not before.space and (not _narrow_mark(before) or _outside(after))
        if canSplitWord:
            return Scanned(opens, closes, end - start)
        return Scanned(
            opens and (not closes or before.punctuation), closes and (not opens or after.punctuation), end - start
        )


def _narrow_mark(kind: _CharacterKind) -> bool:
    return kind.punctuation and not kind.wide


def _outside(kind: _CharacterKind) -> bool:
    return kind.space or kind.punctuation or kind.wide


class EmphasisParser(ParserInline):
    """markdown-it's inline parser with the rule above."""

    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        state = _EmphasisState(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens
