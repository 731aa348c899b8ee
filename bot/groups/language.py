"""Which script a text is written in: what language to answer in, and what words to look for."""

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Literal

TextLanguage = Literal["zh", "en", ""]
"""Empty: neither, or not to be told by the script; the model sees which it is."""

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_LATIN = re.compile(r"[A-Za-z]")
_ADDRESS = re.compile(r"https?://\S+")
_LETTERS_OF_A_WORD = 3  # Latin letters that say about as much as one Han character
_A_TENTH = 10

_WORD = re.compile(r"[^\W_\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+|[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+")
_STEM = 5  # letters by which "dropped" and "dropping" are one
_SMALL = re.compile(
    "the|and|for|was|were|are|did|does|has|have|had|what|when|where|which|who|whom|whose|why|how|that|this|with|from|"
    "about|you|your|our|their|his|her|its|not|but|can|could|should|would|will"
)


def main_language(texts: Iterable[str]) -> TextLanguage:
    """The language of most of the texts, be they long or short, as far as their script tells it."""
    chinese = others = 0
    for text in texts:
        words = _ADDRESS.sub("", text)
        if _is_chinese(words):
            chinese += 1
        elif any(map(str.isalpha, words)):
            others += 1
    return "zh" if chinese > others else ""


def _is_chinese(text: str) -> bool:
    han, kana, latin = (len(script.findall(text)) for script in (_HAN, _KANA, _LATIN))
    return kana * _A_TENTH <= han and han * _LETTERS_OF_A_WORD >= latin and han > 0


def terms(text: str) -> list[str]:
    """What can be looked for: the stems of words, and each two neighbouring characters of scripts without spaces."""
    found: list[str] = []
    for word in _WORD.findall(text.casefold()):
        if word[0] < "\u3040" or word[0] > "\u9fff":
            found += [] if len(word) == 1 or _SMALL.fullmatch(word) else [word[:_STEM]]
        else:
            found += [a + b for a, b in pairwise(word)] or [word]
    return found
