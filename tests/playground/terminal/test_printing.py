"""Messages for a terminal: what is formatted is seen as such, columns stand below each other, and data stays data."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.clock import FakeClock
from bot.playground.telegram import Draft, LocalTelegram, Message
from bot.playground.terminal.printing import Ink, Printer
from bot.playground.terminal.printing.cells import safe, width

Json = dict[str, Any]
PLAIN, COLOURED = Ink(coloured=False), Ink(coloured=True)
STYLE = re.compile(r"\x1b\[[\d;]+m")
UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
FORMATS = ("bold", "italic", "underline", "strikethrough", "spoiler", "code", "pre", "blockquote", "text_link", "url")

words = st.text(st.characters(codec=None), max_size=30)
rich_texts = st.recursive(
    words,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.builds(lambda kind, text: {"type": kind, "text": text}, st.sampled_from(FORMATS), inner)
        | st.builds(lambda text, url: {"type": "url", "text": text, "url": url}, inner, words)
        | st.builds(lambda expression: {"type": "mathematical_expression", "expression": expression}, words)
    ),
    max_leaves=8,
)
cells = st.builds(
    lambda text, align, header: {"text": text, "align": align, "valign": "top", "is_header": header},
    rich_texts,
    st.sampled_from(["left", "center", "right"]),
    st.booleans(),
)
tables = st.lists(st.lists(cells, min_size=1, max_size=4), min_size=1, max_size=4).map(
    lambda rows: {"type": "table", "cells": rows}
)
blocks = st.recursive(
    st.builds(
        lambda kind, text: {"type": kind, "text": text}, st.sampled_from(["paragraph", "pre", "pullquote"]), rich_texts
    )
    | st.builds(lambda text, size: {"type": "heading", "text": text, "size": size}, rich_texts, st.integers(1, 6))
    | tables
    | words.map(lambda expression: {"type": "mathematical_expression", "expression": expression})
    | words.map(lambda kind: {"type": f"new {kind}"}),
    lambda inner: (
        st.builds(
            lambda label, inside: {"type": "list", "items": [{"label": label, "blocks": inside}]},
            words,
            st.lists(inner, min_size=1, max_size=3),
        )
        | st.builds(
            lambda summary, inside: {"type": "details", "summary": summary, "blocks": inside},
            rich_texts,
            st.lists(inner),
        )
        | st.lists(inner, max_size=3).map(lambda inside: {"type": "blockquote", "blocks": inside})
    ),
    max_leaves=6,
)


@st.composite
def formatted(draw: st.DrawFn) -> tuple[str, list[Json]]:
    """A text and entities anywhere in it, and beyond its end."""
    text = draw(words)
    reach = st.integers(0, len(text) + 5)
    kinds = st.sampled_from(FORMATS)
    entity = st.builds(
        lambda kind, offset, length, url: {"type": kind, "offset": offset, "length": length, "url": url},
        kinds, reach, reach, words,
    )  # fmt: skip
    return text, draw(st.lists(entity, max_size=4))


def printed(ink: Ink = PLAIN, place: Callable[[str], str] = lambda _: "", **content: Any) -> list[str]:
    """The lines of a message that the bot writes to Ann."""
    world = LocalTelegram("42:x", FakeClock()).world
    message = world.ledger.post(world.private(world.person("Ann")), world.bot, **content)
    return Printer(world, ink, place).body(message)


def entity(kind: str, offset: int, length: int, **more: Any) -> Json:
    return {"type": kind, "offset": offset, "length": length, **more}


@given(formatted(), st.sampled_from([PLAIN, COLOURED]))
def test_nothing_in_a_text_controls_the_terminal(source: tuple[str, list[Json]], ink: Ink) -> None:
    text, entities = source
    label = text or "-"
    keyboard = {"inline_keyboard": [[{"text": label, "callback_data": "x"}, {"text": label, "url": label}]]}
    for line in printed(ink, text=text, entities=tuple(entities), keyboard=keyboard):
        assert not UNSAFE.search(STYLE.sub("", line) if ink is COLOURED else line)


@given(st.lists(blocks, max_size=4), st.sampled_from([PLAIN, COLOURED]))
def test_nothing_in_a_rich_message_controls_the_terminal(given_blocks: list[Json], ink: Ink) -> None:
    for line in printed(ink, rich={"blocks": given_blocks}):
        assert not UNSAFE.search(STYLE.sub("", line) if ink is COLOURED else line)


@given(words, words)
def test_nothing_in_names_and_replies_controls_the_terminal(name: str, said: str) -> None:
    world = LocalTelegram("42:x", FakeClock()).world
    ann = world.person(name)
    first = world.say(ann, world.private(ann), said)
    second = world.send_document(ann, world.private(ann), b"%PDF", said, reply_to=first)
    printer = Printer(world, PLAIN, lambda _: said)
    for line in (printer.head(second, said), *printer.body(second), *printer.text(said)):
        assert not UNSAFE.search(line)


@given(words)
def test_a_text_without_formats_loses_nothing(text: str) -> None:
    assert "\n".join(printed(text=text)) == safe(text)


@given(words)
def test_what_is_safe_says_what_was_there(text: str) -> None:
    printable = "".join(character for character in text if character == "\n" or not UNSAFE.match(character))
    kept = safe(text)
    position = -1
    for character in printable:
        position = kept.index(character, position + 1)


@given(tables, st.sampled_from([PLAIN, COLOURED]))
@example({"type": "table", "cells": [[{"text": ""}], [{"text": ""}, {"text": "🏻"}]]}, PLAIN)
@example({"type": "table", "cells": [[{"text": ""}], [{"text": ""}, {"text": "\ufe0f"}]]}, PLAIN)
def test_the_columns_of_a_table_stand_below_each_other(table: Json, ink: Ink) -> None:
    lines = [STYLE.sub("", line) for line in printed(ink, rich={"blocks": [table]})]
    assert len({width(line) for line in lines}) == 1


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("abc", 3),
        ("你好", 4),
        ("，", 2),
        ("e\u0301", 1),
        ("👍🏽", 2),
        ("👨‍👩‍👧", 2),
        ("🇨🇳", 2),
        ("☀\ufe0f", 2),
        ("ｱ", 1),
        ("", 0),
    ],
)
def test_width_is_that_of_what_is_seen(text: str, columns: int) -> None:
    assert width(text) == columns


def test_a_table_of_two_scripts() -> None:
    rows = [[("City", True), ("人口", True)], [("北京 🏯", False), ("2185", False)]]
    table = [
        [{"text": text, "align": ("left", "right")[column], "valign": "top", "is_header": header}
         for column, (text, header) in enumerate(row)]
        for row in rows
    ]  # fmt: skip
    assert printed(rich={"blocks": [{"type": "table", "cells": table}]}) == [
        "City    │ 人口",
        "────────┼─────",
        "北京 🏯 │ 2185",
    ]


def test_a_cell_over_two_columns_leaves_the_others_in_their_place() -> None:
    table = [[{"text": "a", "colspan": 2}, {"text": "b"}], [{"text": "1"}, {"text": "2"}, {"text": "3"}]]
    assert printed(rich={"blocks": [{"type": "table", "cells": table}]}) == ["a │   │ b", "1 │ 2 │ 3"]


def test_formats_are_marks_where_there_is_no_colour() -> None:
    text = "👍 bold code link"
    entities = (entity("bold", 3, 4), entity("code", 8, 4), entity("text_link", 13, 4, url="https://a.example/"))
    assert printed(text=text, entities=entities) == ["👍 *bold* `code` link (https://a.example/)"]


def test_formats_are_escape_sequences_where_there_is_colour() -> None:
    both = (entity("bold", 0, 2), entity("italic", 1, 2))
    assert printed(COLOURED, text="abc", entities=both) == ["\x1b[1ma\x1b[0m\x1b[1;3mb\x1b[0m\x1b[3mc\x1b[0m"]


def test_quotations_and_code_have_a_bar_before_each_line() -> None:
    text = "one\ntwo\ndone\nx = 1"
    assert printed(text=text, entities=(entity("blockquote", 0, 7), entity("pre", 13, 5))) == [
        "▎ one", "▎ two", "done", "│ x = 1",
    ]  # fmt: skip


def test_each_block_is_seen_as_what_it_is() -> None:
    items = [
        {"label": "1.", "blocks": [paragraph("first"), paragraph("its second line")]},
        {"label": "•", "has_checkbox": True, "is_checked": True, "blocks": [paragraph("done")]},
        {"label": "•", "has_checkbox": True, "blocks": [paragraph("open")]},
    ]
    shown = printed(
        rich={
            "blocks": [
                {"type": "heading", "text": ["Part ", {"type": "bold", "text": "1"}], "size": 2},
                {"type": "list", "items": items},
                {"type": "details", "summary": "more", "blocks": [paragraph("inside")]},
                {"type": "pre", "text": "a\n  b", "language": "python"},
                {"type": "mathematical_expression", "expression": "x^2"},
                {"type": "blockquote", "blocks": [paragraph("said")], "credit": "Ann"},
                {"type": "anchor", "name": "here"},
                {"type": "divider"},
                {"type": "map", "location": {"latitude": 1, "longitude": 2}},
                {"type": "hologram"},
            ]
        }
    )
    assert shown == [
        "== Part *1 ==*", "",
        "1. first", "   its second line", "[x] done", "[ ] open", "",
        "▾ *more*", "  inside", "",
        "│ a", "│   b", "",
        "  x^2", "",
        "▎ said", "▎ _Ann_", "",
        "─" * 24, "",
        "[map 1, 2]", "",
        "[hologram]",
    ]  # fmt: skip


def test_a_picture_is_its_size_and_where_it_lies() -> None:
    photo = {"photo": [{"file_id": "small", "width": 1, "height": 1}, {"file_id": "f", "width": 1024, "height": 512}]}
    assert printed(place={"f": "/pictures/1.png"}.__getitem__, media=photo, text="a cat") == [
        "[picture 1024×512, /pictures/1.png]",
        "a cat",
    ]


def test_a_file_is_its_name() -> None:
    document = {"document": {"file_id": "f", "file_name": "chat.txt"}}
    assert printed(media=document) == ["[document chat.txt]"]


def test_buttons_are_numbered_as_the_message_counts_them() -> None:
    keyboard = {"inline_keyboard": [[callback("A"), callback("B")], [{"text": "C", "url": "https://c.example/"}]]}
    rich = {"blocks": [paragraph("text"), {"type": "buttons", "buttons": [callback("D")]}]}
    assert printed(rich=rich, keyboard=keyboard)[1:] == ["1[A]  2[B]", "3[C] (https://c.example/)", "4[D]"]


def test_a_reply_says_to_what() -> None:
    world = LocalTelegram("42:x", FakeClock()).world
    ann = world.person("Ann")
    first = world.say(ann, world.private(ann), "a question\nover two lines")
    reply = world.say(ann, world.private(ann), "and more", reply_to=first)
    assert Printer(world, PLAIN, lambda _: "").body(reply) == [f"↩ #{first.id} a question over two lines", "and more"]


def test_a_draft_is_shown_in_either_form() -> None:
    world = LocalTelegram("42:x", FakeClock()).world
    printer = Printer(world, PLAIN, lambda _: "")
    assert printer.draft(Draft(1, None, 1, "half a sen", (entity("bold", 0, 4),))) == ["*half* a sen"]
    assert printer.draft(Draft(1, None, 1, "", rich={"blocks": [{"type": "thinking", "text": "Hm"}]})) == ["Hm"]
    assert printer.draft(Draft(1, None, 1, "")) == []


def test_the_head_names_author_number_and_marks() -> None:
    world = LocalTelegram("42:x", FakeClock()).world
    ann = world.person("Ann")
    message: Message = world.say(ann, world.private(ann), "hello")
    head = Printer(world, PLAIN, lambda _: "").head(message, "edited")
    assert re.fullmatch(rf"Ann · #{message.id} · \d\d:\d\d · edited", head)


def paragraph(text: str) -> Json:
    return {"type": "paragraph", "text": text}


def callback(text: str) -> Json:
    return {"text": text, "callback_data": text}
