"""Text as the full-text index holds it, and what people look for as a question to that index.

The index parts texts at what is no letter or digit, which parts nothing in scripts without spaces: there each
character becomes a word, and two that follow each other are found as a phrase.
"""

import re

_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_CHARACTER = re.compile(f"([{_UNSPACED}])")
_TERM = re.compile(rf"[^\W_{_UNSPACED}]+|[{_UNSPACED}]+")
_MOST_TERMS = 20


def indexed(text: str) -> str:
    return _CHARACTER.sub(r" \1 ", text)


def terms(text: str) -> list[str]:
    """The words of a text, up to 20; a run of characters without spaces is one."""
    return _TERM.findall(text)[:_MOST_TERMS]


def phrase(term: str) -> str:
    """One term as a quoted phrase, so that nothing in it has a meaning; the end of a spaced word may be missing."""
    return f'"{indexed(term).strip()}"' + ("" if _CHARACTER.match(term) else "*")
