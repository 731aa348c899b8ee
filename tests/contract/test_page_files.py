"""The files that the browser gets: whole, in both languages, and without a way for text to become markup."""

import re
from importlib.resources import files

import pytest

from bot.playground.page import actions

STATIC = {
    file.name: file.read_text(encoding="utf-8") for file in files("bot.playground.page").joinpath("static").iterdir()
}
MODULES = {name: text for name, text in STATIC.items() if name.endswith(".js")}
PAGE = STATIC["index.html"]


def keys(language: str) -> set[str]:
    """What the page says in one language; the sentences for refusals as ``errors.REASON``."""
    start = STATIC["words.js"].index(f"\n  {language}: {{")
    table = STATIC["words.js"][start:].split("\n  },", 1)[0]
    sentences = re.findall(r"^    (\w+):", table, re.MULTILINE)
    refusals = re.findall(r"^      (\w+):", table, re.MULTILINE)
    return {*sentences, *(f"errors.{reason}" for reason in refusals)}


def test_both_languages_say_the_same_things() -> None:
    assert keys("en") == keys("zh")
    assert len(keys("en")) > 40


def test_every_word_that_is_used_exists() -> None:
    used = set(re.findall(r'\bwords\("(\w+)"', "".join(MODULES.values())))
    used |= set(re.findall(r'data-(?:words|label)="(\w+)"', PAGE))
    assert used <= keys("en")
    assert "errors" in used


def test_every_refusal_has_a_sentence() -> None:
    source = files("bot.playground.page").joinpath("actions.py").read_text(encoding="utf-8")
    reasons = set(re.findall(r'Refused\("(\w+)"\)', source)) | {"malformed"}
    assert {f"errors.{reason}" for reason in reasons} <= keys("en")
    assert set(actions.ACTIONS) == set(re.findall(r'attempt\("(\w+)"', MODULES["page.js"]))


def test_all_that_the_files_name_is_there() -> None:
    named = set(re.findall(r'(?:src|href)="([^"]+)"', PAGE))
    named |= {name for text in MODULES.values() for name in re.findall(r'from "\./([^"]+)"', text)}
    assert named <= set(STATIC)
    assert set(STATIC) - named == {"index.html"}


@pytest.mark.parametrize("name", sorted(STATIC))
def test_no_text_becomes_markup_and_nothing_comes_from_elsewhere(name: str) -> None:
    text = STATIC[name]
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|DOMParser", text
    )
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg|\$\{)", text)


def test_nothing_in_the_page_needs_an_exception_from_its_policy() -> None:
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", PAGE)
    assert re.findall(r"<script[^>]*>([^<]*)</script>", PAGE) == [""]
