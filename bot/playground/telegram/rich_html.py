"""The HTML dialect of rich messages becomes input blocks; unknown tags vanish and leave what they held."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from bot.playground.telegram.errors import bad_request

Json = dict[str, Any]

FORMATS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough",
    "code": "code", "mark": "marked", "sub": "subscript",
    "sup": "superscript", "tg-spoiler": "spoiler",
}  # fmt: skip
_INLINE = {*FORMATS, "a", "tg-math", "tg-emoji", "tg-time", "tg-reference", "br", "cite", "tg-button"}
_BLOCKS = {
    "h1", "h2", "h3", "h4", "h5", "h6", "p", "pre", "footer", "hr", "ul", "ol", "li", "blockquote", "aside", "details",
    "summary", "table", "caption", "tr", "th", "td", "img", "tg-math-block", "tg-thinking", "tg-button-row",
}  # fmt: skip
_VOID = {"br", "hr", "img", "input"}
_DEEPEST = 64


@dataclass(slots=True)
class Node:
    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Node | str"] = field(default_factory=list)

    def every(self, *tags: str) -> Iterator["Node"]:
        """The direct children with one of these tags."""
        return (child for child in self.children if isinstance(child, Node) and child.tag in tags)

    def plain(self) -> str:
        return "".join(child if isinstance(child, str) else child.plain() for child in self.children)

    @property
    def is_block(self) -> bool:
        return self.tag in _BLOCKS


class _Tree(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _INLINE | _BLOCKS | _VOID:
            return
        node = Node(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(node)
        if tag not in _VOID:
            self._open.append(node)
            if len(self._open) > _DEEPEST:
                raise bad_request("RICH_MESSAGE_DEPTH_INVALID")

    def handle_endtag(self, tag: str) -> None:
        for index in range(len(self._open) - 1, 0, -1):
            if self._open[index].tag == tag:
                del self._open[index:]
                return

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def tree(source: str) -> Node:
    parser = _Tree()
    parser.feed(re.sub(r"<(?=[!?])", "&lt;", source))  # neither comments nor declarations belong to the dialect
    parser.close()
    return parser.root


def inline_format(node: Node, text: Any) -> Any:
    """The RichText of one inline tag around ``text``."""
    if node.tag in FORMATS:
        return {"type": FORMATS[node.tag], "text": text}
    attributes = node.attributes
    match node.tag:
        case "a" if "href" in attributes:
            return link(attributes["href"], text)
        case "a":
            return {"type": "anchor", "name": attributes.get("name", "")}
        case "br":
            return "\n"
        case "tg-math":
            return {"type": "mathematical_expression", "expression": node.plain()}
        case "tg-emoji":
            return {
                "type": "custom_emoji",
                "custom_emoji_id": attributes.get("emoji-id", ""),
                "alternative_text": node.plain(),
            }
        case "tg-reference":
            return {"type": "reference", "name": attributes.get("name", ""), "text": text}
        case "tg-button":
            return {"type": "button", "button": button_of(node)}
    return text


def link(address: str, text: Any) -> Json:
    if address.startswith("#"):
        return {"type": "anchor_link", "anchor_name": address[1:], "text": text}
    return {"type": "url", "url": address, "text": text}


def button_of(node: Node) -> Json:
    kind, value = node.attributes.get("type", "url"), node.attributes
    button: Json = {"text": node.plain()}
    if kind == "callback_data":
        return button | {"callback_data": value.get("data", "")}
    return button | {"url": value.get("url", value.get("href", ""))}


def image(address: str, caption: str) -> Json:
    kind = re.match(r"tg://(photo|video|audio|document)\?", address)
    name = kind[1] if kind else "photo"
    block: Json = {"type": name, name: {"type": name, "media": address}}
    return block | {"caption": {"text": caption}} if caption else block


def html_blocks(source: str) -> list[Json]:
    return _flow(tree(source).children)


def _flow(children: list[Node | str]) -> list[Json]:
    """Blocks in order; what is inline between them becomes paragraphs."""
    blocks: list[Json] = []
    loose: list[Node | str] = []
    for child in [*children, Node("p")]:
        if isinstance(child, Node) and child.is_block:
            text = texts(loose)
            if any(not isinstance(part, str) or part.strip() for part in text):
                blocks.append({"type": "paragraph", "text": text})
            blocks += _html_block(child)
            loose = []
        else:
            loose.append(child)
    return blocks


def texts(children: list[Node | str]) -> list[Any]:
    found: list[Any] = []
    for child in children:
        if isinstance(child, str):
            text: Any = re.sub(r"\s+", " ", child)
        else:
            text = inline_format(child, texts(child.children))
        if text:
            found.append(text)
    return found


def _html_block(node: Node) -> list[Json]:
    read = _READERS.get(node.tag)
    return _flow(node.children) if read is None else [block for block in [read(node)] if block]


def _paragraph(node: Node) -> Json:
    return {"type": "paragraph", "text": texts(node.children)} if node.children else {}


def _heading(node: Node) -> Json:
    return {"type": "heading", "size": int(node.tag[1]), "text": texts(node.children)}


def _pre(node: Node) -> Json:
    code = next(iter(node.every("code")), node)
    language = code.attributes.get("class", "").removeprefix("language-")
    return {"type": "pre", "text": node.plain()} | ({"language": language} if language else {})


def _blockquote(node: Node) -> Json:
    if "expandable" in node.attributes:
        return {"type": "expandable_blockquote", "text": texts(node.children)}
    return {"type": "blockquote", "blocks": _flow(node.children)}


def _details(node: Node) -> Json:
    summary = next(iter(node.every("summary")), Node("summary"))
    inside = [child for child in node.children if child is not summary]
    block: Json = {"type": "details", "summary": texts(summary.children), "blocks": _flow(inside)}
    return block | {"is_open": "open" in node.attributes}


def _html_list(node: Node) -> Json:
    items: list[Json] = [{"blocks": _flow(item.children)} for item in node.every("li")]
    if node.tag == "ol":
        start = node.attributes.get("start", "")
        first = int(start) if start.isdecimal() else 1
        items = [item | {"type": "1", "value": first + index} for index, item in enumerate(items)]
    return {"type": "list", "items": items}


def _html_table(node: Node) -> Json:
    rows = [[_html_cell(cell) for cell in row.every("td", "th")] for row in node.every("tr")]
    return {"type": "table", "cells": rows}


def _html_cell(node: Node) -> Json:
    cell: Json = {"text": texts(node.children), "align": node.attributes.get("align", "left")}
    cell["valign"] = node.attributes.get("valign", "middle")
    return cell | {"is_header": True} if node.tag == "th" else cell


_READERS: dict[str, Callable[[Node], Json]] = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), _heading),
    "p": _paragraph,
    "hr": lambda _: {"type": "divider"},
    "pre": _pre,
    "ul": _html_list,
    "ol": _html_list,
    "blockquote": _blockquote,
    "aside": lambda node: {"type": "pullquote", "text": texts(node.children)},
    "footer": lambda node: {"type": "footer", "text": texts(node.children)},
    "tg-thinking": lambda node: {"type": "thinking", "text": texts(node.children)},
    "details": _details,
    "table": _html_table,
    "img": lambda node: image(node.attributes.get("src", ""), ""),
    "tg-math-block": lambda node: {"type": "mathematical_expression", "expression": node.plain()},
    "tg-button-row": lambda node: {"type": "buttons", "buttons": [button_of(each) for each in node.every("tg-button")]},
}
