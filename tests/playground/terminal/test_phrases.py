"""What the terminal says by itself: the same in both languages, and all of it used."""

import ast
import string
from pathlib import Path

from bot.playground.terminal.phrases import Phrases, sentences

SOURCES = (Path(__file__).parents[3] / "bot/playground").rglob("*.py")


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def test_both_languages_have_the_same_sentences_and_placeholders() -> None:
    english, chinese = sentences()["en"], sentences()["zh"]
    assert {key: placeholders(text) for key, text in english.items()} == {
        key: placeholders(text) for key, text in chinese.items()
    }


def test_every_sentence_is_used() -> None:
    nodes = (node for source in SOURCES for node in ast.walk(ast.parse(source.read_text("utf-8"))))
    words = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    assert sentences()["en"].keys() <= words


def test_values_are_filled_in_as_data() -> None:
    assert "{listed}" in Phrases("zh")("chats", name="{listed}", listed="1")
