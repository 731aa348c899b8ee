"""What the bot says: the same in both languages, all of it used, and well set."""

import ast
import re
import string
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from bot.telegram.texts import LANGUAGES, Language, Texts, language_of, messages

ROOT = Path(__file__).parents[3]
SOURCES = [*ROOT.glob("bot/**/*.py"), *ROOT.glob("handlers/*.py")]
HAN = "[\u3400-\u4dbf\u4e00-\u9fff]"


def placeholders(message: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(message) if name is not None}


@cache
def trees() -> list[ast.Module]:
    return [ast.parse(source.read_text("utf-8")) for source in SOURCES]


@cache
def calls() -> list[tuple[re.Pattern[str], set[str]]]:
    """Each ``texts(key, name=value)`` of the sources: what keys it may mean, and the names it fills in."""
    nodes = [node for tree in trees() for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    return [
        (key, {keyword.arg for keyword in node.keywords if keyword.arg is not None})
        for node in nodes
        if _name(node.func) == "texts"
        for key in _keys(node.args[0])
    ]


def _name(function: ast.expr) -> str | None:
    match function:
        case ast.Name(name) | ast.Attribute(_, name):
            return name
    return None


def _keys(key: ast.expr) -> Iterator[re.Pattern[str]]:
    match key:
        case ast.Constant(str(text)):
            yield re.compile(re.escape(text))
        case ast.JoinedStr(values):
            parts = [re.escape(str(v.value)) if isinstance(v, ast.Constant) else r"\w+" for v in values]
            yield re.compile("".join(parts))
        case ast.IfExp(_, yes, no):
            yield from _keys(yes)
            yield from _keys(no)


def words() -> set[str]:
    """Everything in the sources that has the form of a key, for keys that stand in tables."""
    return {
        node.value
        for tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_both_languages_have_the_same_keys_and_placeholders() -> None:
    chinese, english = messages("zh"), messages("en")
    assert list(chinese) == list(english)
    for key, message in chinese.items():
        assert placeholders(message) == placeholders(english[key]), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_that_is_asked_for_exists_and_gets_its_values(language: Language) -> None:
    known = messages(language)
    found = calls()
    assert len(found) > 40
    for pattern, given in found:
        keys = [key for key in known if pattern.fullmatch(key)]
        assert keys, pattern.pattern
        for key in keys if len(keys) == 1 else ():
            assert placeholders(known[key]) <= given, key


def test_every_key_is_used() -> None:
    patterns = [pattern for pattern, _ in calls()]
    named = words()
    unused = [
        key for key in messages("en") if key not in named and not any(pattern.fullmatch(key) for pattern in patterns)
    ]
    assert not unused


def test_chinese_is_set_with_full_width_punctuation() -> None:
    narrow = re.compile(rf"{HAN}\s?[,:;?!()]|[,:;?!()]\s?{HAN}|{HAN}\.")
    for language in LANGUAGES:
        for key, message in messages(language).items():
            assert not narrow.search(message), f"{language} {key}: {message}"


def test_chinese_stands_apart_from_latin_letters_and_digits() -> None:
    welded = re.compile(rf"{HAN}[A-Za-z0-9]|[A-Za-z0-9]{HAN}")
    for key, message in messages("zh").items():
        assert not welded.search(message), f"{key}: {message}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_messages_fit_where_telegram_shows_them(language: Language) -> None:
    for key, message in messages(language).items():
        assert message
        assert len(message) < 1000, key
    for key in ("stop.not_yours", "model.not_yours", "model.search_hint", "settings.not_yours", "buttons.outdated"):
        assert len(messages(language)[key]) <= 200, "an alert holds no more"


def test_values_are_data() -> None:
    assert Texts("en")("model.found", words="{name} %s <b>") == "Models with “{name} %s <b>”:"


@pytest.mark.parametrize(
    ("code", "language"),
    [("zh", "zh"), ("zh-hans", "zh"), ("ZH-TW", "zh"), ("en", "en"), ("de", "en"), ("", "en"), (None, "en")],
)
def test_the_language_follows_that_of_telegram(code: str | None, language: str) -> None:
    assert language_of(code) == language
