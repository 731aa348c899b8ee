"""Rich messages: what becomes of Markdown, HTML and blocks, and each limit with its code."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.playground.telegram.errors import RefusedError
from bot.playground.telegram.rich import rich_message

Json = dict[str, Any]


def stored(kind: str, medium: Json) -> Any:
    return [{"file_id": medium["media"]}] if kind == "photo" else {"file_id": medium["media"]}


def check(given: Json, *, draft: bool = False) -> list[Json]:
    blocks: list[Json] = rich_message(given, stored, draft=draft)["blocks"]
    return blocks


def paragraph(text: Any = "x") -> Json:
    return {"type": "paragraph", "text": text}


def nested(depth: int, kind: str = "bold") -> Any:
    text: Any = "x"
    for _ in range(depth):
        text = {"type": kind, "text": text}
    return text


def quotes(depth: int) -> Json:
    block = paragraph()
    for _ in range(depth):
        block = {"type": "blockquote", "blocks": [block]}
    return block


def cell(**more: Any) -> Json:
    return {"text": "x", "align": "left", "valign": "top", **more}


def refusal(given: Json, **options: bool) -> str:
    with pytest.raises(RefusedError) as caught:
        check(given, **options)
    return caught.value.description.removeprefix("Bad Request: ")


@pytest.mark.parametrize(
    "blocks",
    [
        [paragraph("x" * 32_768)],
        [paragraph()] * 500,
        [{"type": "paragraph", "text": nested(15)}],
        [quotes(15)],
        [{"type": "photo", "photo": {"type": "photo", "media": "id"}}] * 50,
        [{"type": "table", "cells": [[cell()] * 20]}],
        [{"type": "buttons", "buttons": [{"text": "a", "callback_data": "b"}] * 8}],
        [{"type": "list", "items": [{"blocks": [paragraph()], "type": "1"}]}],
        [paragraph(["a", {"type": "url", "text": "b", "url": "mailto:a@b.example"}, {"type": "anchor", "name": "c"}])],
        [{"type": "pre", "text": "x", "language": "py"}, {"type": "divider"}],
        [{"type": "details", "summary": "s", "blocks": [quotes(1)], "is_open": True}],
        [{"type": "expandable_blockquote", "text": "q", "credit": "c"}, {"type": "footer", "text": "f"}],
        [{"type": "mathematical_expression", "expression": "x^2"}, {"type": "anchor", "name": "top"}],
    ],
)
def test_what_fits_is_shown(blocks: list[Json]) -> None:
    assert [block["type"] for block in check({"blocks": blocks})] == [block["type"] for block in blocks]


@pytest.mark.parametrize(
    ("blocks", "code"),
    [
        ([paragraph("x" * 32_768), paragraph("x")], "RICH_MESSAGE_TEXT_TOO_LONG"),
        ([paragraph()] * 501, "RICH_MESSAGE_BLOCKS_TOO_MANY"),
        ([{"type": "list", "items": [{"blocks": [paragraph()]}] * 250}], "RICH_MESSAGE_BLOCKS_TOO_MANY"),
        ([{"type": "table", "cells": [[cell()]] * 500}], "RICH_MESSAGE_BLOCKS_TOO_MANY"),
        ([paragraph(nested(16))], "RICH_MESSAGE_DEPTH_INVALID"),
        ([quotes(16)], "RICH_MESSAGE_DEPTH_INVALID"),
        ([{"type": "photo", "photo": {"media": "id"}}] * 51, "RICH_MESSAGE_MEDIA_TOO_MANY"),
        ([{"type": "table", "cells": [[cell(colspan=20), cell()]]}], "RICH_MESSAGE_TABLE_COLS_TOO_MANY"),
        ([{"type": "buttons", "buttons": [{"text": "a", "callback_data": "b" * 65}]}], "BUTTON_DATA_INVALID"),
        ([paragraph({"type": "url", "text": "x", "url": "docs/a.md"})], "RICH_MESSAGE_URL_INVALID"),
        ([paragraph({"type": "url", "text": "x", "url": "javascript:alert(1)"})], "RICH_MESSAGE_URL_INVALID"),
        ([paragraph({"type": "email_address", "text": "x", "email_address": "no"})], "RICH_MESSAGE_EMAIL_INVALID"),
        ([paragraph({"type": "mention", "text": "x", "username": "1"})], "RICH_MESSAGE_MENTION_INVALID"),
        ([{"type": "heading", "text": "", "size": 1}], "RICH_MESSAGE_CONTENT_REQUIRED"),
        ([{"type": "blockquote", "blocks": []}], "RICH_MESSAGE_CONTENT_REQUIRED"),
        ([{"type": "list", "items": [{"blocks": []}]}], "RICH_MESSAGE_CONTENT_REQUIRED"),
        ([{"type": "thinking", "text": "hm"}], "RICH_MESSAGE_CONTENT_REQUIRED"),
        ([{"type": "photo", "photo": {"media": "tg://photo?id=1"}}], "RICH_MESSAGE_PHOTO_URL_INVALID"),
        ([{"type": "heading", "text": "x", "size": 7}], "invalid section heading size specified"),
        ([{"type": "list", "items": []}], "list must be non-empty"),
        (
            [{"type": "list", "items": [{"blocks": [paragraph()], "type": "1"}, {"blocks": [paragraph()]}]}],
            "list must be either ordered or unordered",
        ),
        ([{"text": "x"}], "can't parse InputRichBlock: Can't find field \"type\""),
        ([{"type": "shiny"}], 'can\'t parse InputRichBlock: type "shiny" is unsupported'),
        (
            [{"type": "heading", "text": "x", "size": "1"}],
            'can\'t parse InputRichBlock: Field "size" must be of type Number',
        ),
        ([{"type": "table", "cells": [[{"text": "x"}]]}], "can't parse InputRichBlock: Can't find field \"align\""),
        ([paragraph({"type": "shiny", "text": "x"})], 'can\'t parse InputRichBlock: type "shiny" is unsupported'),
        ([], "rich message must be non-empty"),
    ],
)
def test_each_limit_has_its_code(blocks: list[Json], code: str) -> None:
    assert refusal({"blocks": blocks}) == code


def test_exactly_one_source_is_given() -> None:
    assert refusal({}) == "rich message must be non-empty"
    assert refusal({"markdown": "x", "html": "x"}).startswith("exactly one")
    assert refusal({"markdown": " "}) == "RICH_MESSAGE_MARKDOWN_INVALID"
    assert refusal({"html": ""}) == "RICH_MESSAGE_HTML_INVALID"
    assert refusal({"markdown": "x" * 32_769}) == "RICH_MESSAGE_TEXT_TOO_LONG"


def test_thinking_is_for_drafts() -> None:
    thinking = {"markdown": "<tg-thinking>reading</tg-thinking>\n\nso far"}
    assert [block["type"] for block in check(thinking, draft=True)] == ["thinking", "paragraph"]
    assert refusal(thinking) == "RICH_MESSAGE_CONTENT_REQUIRED"


def test_drafts_take_only_stored_media() -> None:
    by_url = {"blocks": [{"type": "photo", "photo": {"media": "https://a.example/p.png"}}]}
    assert len(check(by_url)) == 1
    assert refusal(by_url, draft=True) == "RICH_MESSAGE_PHOTO_URL_INVALID"


def test_declared_media_may_be_named_in_markdown() -> None:
    message = {"markdown": "![](tg://photo?id=a)", "media": [{"id": "a", "media": {"type": "photo", "media": "file"}}]}
    assert check(message) == [{"type": "photo", "photo": [{"file_id": "file"}]}]
    assert refusal({"markdown": "![](tg://photo?id=b)"}) == "RICH_MESSAGE_PHOTO_URL_INVALID"


def test_markdown_becomes_blocks() -> None:
    source = (
        "# T\n\na **b** `c`\nd\n\n> q\n\n- [x] done\n- [ ] open\n\n1. one\n\n"
        "| h |\n|:-:|\n| c |\n\n```py\nx\n```\n\n$$y$$\n\n---\n\n"
        "<details open><summary>s</summary>\n\n*i*\n\n</details>\n"
    )
    blocks = check({"markdown": source})
    kinds = ["heading", "paragraph", "blockquote", "list", "list", "table", "pre", "mathematical_expression", "divider"]
    assert [block["type"] for block in blocks] == [*kinds, "details"]
    assert blocks[1]["text"] == ["a ", {"type": "bold", "text": ["b"]}, " ", {"type": "code", "text": "c"}, " ", "d"]
    assert [item.get("is_checked", False) for item in blocks[3]["items"]] == [True, False]
    assert blocks[4]["items"][0]["label"] == "1."
    assert blocks[5]["cells"][0][0] == {"text": ["h"], "align": "center", "valign": "middle", "is_header": True}
    assert blocks[6] == {"type": "pre", "text": "x", "language": "py"}
    assert blocks[9]["blocks"] == [{"type": "paragraph", "text": [{"type": "italic", "text": ["i"]}]}]


def test_ordered_lists_begin_where_they_say() -> None:
    numbers = [check({"html": f'<ol start="{start}"><li>a</li></ol>'})[0]["items"][0]["value"] for start in ("3", "x")]
    assert numbers == [3, 1]


def test_html_becomes_blocks() -> None:
    source = (
        "<h2>T</h2>loose <u>u</u><x>kept</x><p>p<br>q</p><ul><li>a</li></ul>"
        '<table><tr><th align="right">h</th></tr></table><pre><code class="language-py">x &lt; y</code></pre>'
    )
    blocks = check({"html": source})
    assert [block["type"] for block in blocks] == ["heading", "paragraph", "paragraph", "list", "table", "pre"]
    assert blocks[1]["text"] == ["loose ", {"type": "underline", "text": ["u"]}, "kept"]
    assert blocks[2]["text"] == ["p", "\n", "q"]
    assert blocks[5] == {"type": "pre", "text": "x < y", "language": "py"}


@pytest.mark.parametrize("source", ["[a](b/c.md)", '<a href="/x">y</a>'])
def test_relative_links_reject_the_whole_message(source: str) -> None:
    assert refusal({"markdown": source}) == "RICH_MESSAGE_URL_INVALID"


@pytest.mark.parametrize(
    "source", ["**open", "```py\nx = 1", "| a | b\n|---", "<![x[", "<!-- ", "[a](http", "a ~~b", "$x", "<b>x"]
)
def test_unfinished_markdown_is_tolerated(source: str) -> None:
    assert check({"markdown": source})


_FIELDS = ["type", "text", "blocks", "items", "cells", "url", "photo", "value", "colspan", "buttons", "button", "size"]
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from(["paragraph", "list", "table", "url"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_FIELDS), inner),
    max_leaves=12,
)


@given(st.lists(_JSON, max_size=3))
@settings(max_examples=200)
def test_any_blocks_are_either_checked_or_refused(blocks: list[Any]) -> None:
    try:
        checked = check({"blocks": blocks})
    except RefusedError:
        return
    assert json.loads(json.dumps(checked)) == checked


@given(st.text(max_size=200))
def test_any_markdown_is_either_shown_or_refused(source: str) -> None:
    for dialect in ("markdown", "html"):
        with suppress(RefusedError):
            assert check({dialect: source})
