"""Markup becomes text and entities as Telegram's servers read it, in what clients write seldom and people often."""

from contextlib import suppress
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram.helpers import escape_markdown

from bot.playground.telegram.errors import RefusedError
from bot.playground.telegram.markup import parse
from bot.playground.telegram.text import formatted, offsets

Json = dict[str, Any]


def read(source: str, mode: str) -> tuple[str, list[tuple[str, int, int]]]:
    text, entities = parse(source, mode)
    return text, [(entity["type"], entity["offset"], entity["length"]) for entity in entities]


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("*a* _b_ `c`", "a b c", [("bold", 0, 1), ("italic", 2, 1), ("code", 4, 1)]),
        ("🦊*狐_狸*", "🦊狐_狸", [("bold", 2, 3)]),
        (r"\*a\* b\c \_ \` \[", r"*a* b\c _ ` [", []),
        ("`a*b`", "a*b", [("code", 0, 3)]),
        ("**x", "x", []),
        ("[a](https://fox.example/)", "a", [("text_link", 0, 1)]),
        ("[a](https://fox.example/", "a", [("text_link", 0, 1)]),
        ("[fox.example] b", "fox.example b", [("text_link", 0, 11)]),
        ("[a] b [c]()", "a b c", []),
        ("```a```", "a", [("pre", 0, 1)]),
        ("```\na`b```c", "a`bc", [("pre", 0, 3)]),
        ("```python\na b```", "a b", [("pre", 0, 3)]),
        ("```python a```", " a", [("pre", 0, 2)]),
    ],
)
def test_the_old_markdown(source: str, text: str, entities: list[tuple[str, int, int]]) -> None:
    assert read(source, "Markdown") == (text, entities)


def test_the_old_markdown_knows_addresses_and_languages() -> None:
    _, [link, block] = parse("[a](fox.example) ```python\nb```", "markdown")
    assert (link["url"], block["language"]) == ("fox.example", "python")


@pytest.mark.parametrize(("source", "at"), [("狐*a", 3), ("a_b", 1), ("```a``", 0), ("`a ``b", 4), ("[a", 0)])
def test_the_old_markdown_says_where_an_entity_has_no_end(source: str, at: int) -> None:
    with pytest.raises(RefusedError) as caught:
        parse(source, "Markdown")
    assert caught.value.description == (
        f"Bad Request: can't parse entities: Can't find end of the entity starting at byte offset {at}"
    )


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        (r"`a\\`b", r"a\b", [("code", 0, 2)]),
        (r"`a\`b`", "a`b", [("code", 0, 3)]),
        (r"\狐 \\ \*", r"\狐 \ *", []),
        ("```\na\n```", "a\n", [("pre", 0, 2)]),
        ("```python a```", " a", [("pre", 0, 2)]),
        (r"[fox\.example]", "fox.example", [("text_link", 0, 11)]),
        (r"🦊[fox\.example] a", "🦊fox.example a", [("text_link", 2, 11)]),
        (r"[a](https://fox.example/\)b)", "a", [("text_link", 0, 1)]),
        ("[a](nowhere)", "a", []),
    ],
)
def test_escapes_and_links_of_the_new_markdown(source: str, text: str, entities: list[tuple[str, int, int]]) -> None:
    assert read(source, "MarkdownV2") == (text, entities)


def test_quotes_of_the_new_markdown() -> None:
    source = ">a\n>b\n**>*c*\n>||d||\n>e||\nf"
    assert read(source, "MarkdownV2") == (
        "a\nb\nc\nd\ne\nf",
        [("blockquote", 0, 4), ("bold", 4, 1), ("spoiler", 6, 1), ("expandable_blockquote", 4, 6)],
    )
    assert read(">a||", "MarkdownV2") == ("a", [("expandable_blockquote", 0, 1)])
    assert read(">a *b*", "MarkdownV2") == ("a b", [("bold", 2, 1), ("blockquote", 0, 3)])


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (r"`a\`", "Can't find end of Code entity at byte offset 0"),
        ("狐 [a](https://fox.example/", "Can't find end of a URL at byte offset 8"),
    ],
)
def test_the_new_markdown_says_what_has_no_end(source: str, problem: str) -> None:
    with pytest.raises(RefusedError) as caught:
        parse(source, "MarkdownV2")
    assert caught.value.description == f"Bad Request: can't parse entities: {problem}"


@pytest.mark.parametrize("address", ["nowhere", "http://nowhere/", "javascript:alert(1)", "http://[", "/settings"])
def test_a_link_that_leads_nowhere_is_its_text_alone(address: str) -> None:
    assert read(f'<a href="{address}">a</a>', "HTML") == ("a", [])


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("&lt;&gt;&amp;&quot;", '<>&"'),
        ("&#60;&#x3c;&#X3c;", "<<&#X3c;"),
        ("&nbsp;&apos;&hellip;", "&nbsp;&apos;&hellip;"),
        ("a&lt b&", "a< b&"),
        ("&#xd83e;&#xdd8a;", "🦊"),
        ("&#0;&#x110000;&#12345678901;", "&#0;&#x110000;&#12345678901;"),
    ],
)
def test_few_character_references_are_known_to_html(source: str, text: str) -> None:
    assert read(source, "HTML") == (text, [])


def test_half_a_character_is_none() -> None:
    with pytest.raises(RefusedError, match="check for unmatched surrogate code units"):
        parse("a&#xd83e;b", "HTML")


def test_a_link_without_an_address_is_its_own() -> None:
    text, [link] = parse("🦊 <a>fox.example</a>", "HTML")
    assert (text, link["url"], link["offset"]) == ("🦊 fox.example", "fox.example", 3)


def test_a_span_is_a_spoiler_or_nothing() -> None:
    assert read('<span class="tg-spoiler">a</span>', "HTML") == ("a", [("spoiler", 0, 1)])
    with pytest.raises(RefusedError, match='Tag "span" must have class "tg-spoiler" at byte offset 0'):
        parse('<span class="red">a</span>', "HTML")


def test_characters_that_are_not_shown_go_and_entities_stay_on_their_words() -> None:
    text = "\u202ea\tb\r🦊\r狐\x00c\nd"
    entities: list[Json] = [
        {"type": "bold", "offset": 4, "length": 5},
        {"type": "code", "offset": 8, "length": 1},
        {"type": "italic", "offset": 4, "length": 1},
    ]
    shown, kept = formatted(text, entities, limit=4096, too_long="too long")
    assert shown == "a b🦊狐 c\nd"
    assert [(entity["type"], entity["offset"], entity["length"]) for entity in kept] == [
        ("bold", 3, 3),
        ("code", 5, 1),
    ]


@given(st.text(st.sampled_from("ab狐🦊 \n\\*_[]()`~|>!#<&;/=\"'") | st.characters(exclude_categories=["Cs"])))
@pytest.mark.parametrize(("mode", "version"), [("Markdown", 1), ("MarkdownV2", 2)])
def test_what_python_telegram_bot_escapes_is_shown_as_it_was(mode: str, version: Literal[1, 2], text: str) -> None:
    """The old Markdown cannot escape a backslash, so there is none for it."""
    if version == 1:
        text = text.replace("\\", "/")
    assert parse(escape_markdown(text, version=version), mode) == (text, [])


_MARKS = ["*", "_", "__", "~", "||", "`", "```", "[", "](", "](https://fox.example/)", ")", ">", "**>", "\n", "\\", "!"]
_TAGS = ["<b>", "</b>", "<a href='fox.example'>", "</a>", "<pre>", "</pre>", "</>", "<", "&lt;", "&#xd83e;", "&#60"]


@given(st.lists(st.sampled_from([*_MARKS, *_TAGS, "a", "狐", "🦊", "python "]), max_size=12).map("".join))
@pytest.mark.parametrize("mode", ["HTML", "MarkdownV2", "Markdown"])
def test_any_markup_is_read_or_refused(mode: str, source: str) -> None:
    with suppress(RefusedError):
        text, entities = parse(source, mode)
        borders = set(offsets(text))
        for entity in entities:
            assert entity["length"] > 0
            assert {entity["offset"], entity["offset"] + entity["length"]} <= borders
