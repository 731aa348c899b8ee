"""The full-text index of what groups said: text as it holds it, and what people look for as a question to it.

The index parts texts at what is no letter or digit, which parts nothing in scripts without spaces: there each
character becomes a word, and two that follow each other are found as a phrase.
"""

import re
from collections.abc import Sequence

from sqlite_utils.db import Database as Connection

_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_CHARACTER = re.compile(f"([{_UNSPACED}])")
_TERM = re.compile(rf"[^\W_{_UNSPACED}]+|[{_UNSPACED}]+")
_MOST_TERMS = 20
_SHORTEST_STEM = 3  # letters: half of all words begin with one of fewer, and reading them all takes seconds
_ALPHABETS = "\u1100"  # below it one character is a letter, above it mostly a syllable


def indexed(text: str) -> str:
    return _CHARACTER.sub(r" \1 ", text)


def terms(text: str) -> list[str]:
    """The different words of a text, up to 20; a run of characters without spaces is one."""
    return list(dict.fromkeys(_TERM.findall(text)))[:_MOST_TERMS]


def phrase(term: str) -> str:
    """One term as a quoted phrase, so that nothing in it has a meaning; the end of a spaced word may be missing."""
    return f'"{indexed(term).strip()}"' + ("*" if _is_stem(term) else "")


def _is_stem(term: str) -> bool:
    return not _CHARACTER.match(term) and (len(term) >= _SHORTEST_STEM or term >= _ALPHABETS)


def chat_term(chat_id: int) -> str:
    """A chat as a word of the index."""
    return f"c{-chat_id}"


def add_words(row: int | None, chat_id: int, text: str, db: Connection) -> None:
    """Take the text of the row of this number into the index."""
    sql = "INSERT INTO group_words (rowid, chat, words) VALUES (?, ?, ?)"
    db.execute(sql, (row, chat_term(chat_id), indexed(text)))


def remove_words(rows: Sequence[tuple[int, int, str]], db: Connection) -> None:
    """Take rows (number, chat, text) out of the index, which has to be told what it holds of them."""
    sql = "INSERT INTO group_words (group_words, rowid, chat, words) VALUES ('delete', ?, ?, ?)"
    db.conn.executemany(sql, [(row, chat_term(chat_id), indexed(text)) for row, chat_id, text in rows])
