"""The Markdown dialect of rich messages becomes input blocks: a simple reading, not Telegram's own.

``==marked==``, ``||spoiler||`` and footnotes stay literal text.
"""

import re
from collections.abc import Iterable
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from mdit_py_plugins.dollarmath import dollarmath_plugin

from bot.playground.telegram import rich_html
from bot.playground.telegram.rich_html import Node

Json = dict[str, Any]

_MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"]).use(dollarmath_plugin, allow_space=False)
_FORMATS = {"strong": "bold", "em": "italic", "s": "strikethrough"}
_ISLAND = re.compile(
    r"^<(details|tg-thinking|tg-button-row|aside|blockquote|footer)\b[^>]*>.*?</\1>",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
_DETAILS = re.compile(r"<details( open)?[^>]*>\s*<summary>(.*?)</summary>(.*)</details>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<(/?)([A-Za-z][\w-]*)([^>]*)>")
_BOX = re.compile(r"\[([ xX])\] ")


def markdown_blocks(source: str) -> list[Json]:
    """HTML islands that begin a line are read as HTML, those of ``<details>`` as Markdown inside."""
    blocks: list[Json] = []
    at = 0
    for island in _ISLAND.finditer(source):
        blocks += _pure_markdown(source[at : island.start()])
        details = _DETAILS.fullmatch(island[0])
        blocks += [_details(details)] if details else rich_html.html_blocks(island[0])
        at = island.end()
    return blocks + _pure_markdown(source[at:])


def _details(match: re.Match[str]) -> Json:
    block: Json = {"type": "details", "summary": rich_html.texts(rich_html.tree(match[2]).children)}
    return block | {"blocks": markdown_blocks(match[3]), "is_open": bool(match[1])}


def _pure_markdown(source: str) -> list[Json]:
    return _nodes(SyntaxTreeNode(_MARKDOWN.parse(source)).children)


def _nodes(nodes: Iterable[SyntaxTreeNode]) -> list[Json]:
    return [block for node in nodes for block in _node(node)]


def _node(node: SyntaxTreeNode) -> list[Json]:
    match node.type:
        case "paragraph":
            return _paragraph(node)
        case "heading":
            return [{"type": "heading", "size": int(node.tag[1]), "text": _inline(node.children)}]
        case "fence" | "code_block":
            return [_fence(node)]
        case "hr":
            return [{"type": "divider"}]
        case "math_block" | "math_block_label":
            return [{"type": "mathematical_expression", "expression": node.content.strip()}]
        case "blockquote":
            return [{"type": "blockquote", "blocks": _nodes(node.children)}]
        case "bullet_list" | "ordered_list":
            return [_list(node)]
        case "table":
            return [_table(node)]
        case "html_block":
            return rich_html.html_blocks(node.content)
    return []


def _paragraph(node: SyntaxTreeNode) -> list[Json]:
    inline = node.children[0].children if node.children else []
    if len(inline) == 1 and inline[0].type == "image":
        return [rich_html.image(str(inline[0].attrs.get("src", "")), str(inline[0].attrs.get("title", "")))]
    text = _inline(node.children)
    return [{"type": "paragraph", "text": text}] if text else []


def _fence(node: SyntaxTreeNode) -> Json:
    if node.info.strip() == "math":
        return {"type": "mathematical_expression", "expression": node.content.strip()}
    block: Json = {"type": "pre", "text": node.content.rstrip("\n")}
    return block | {"language": node.info.split()[0]} if node.info.strip() else block


def _list(node: SyntaxTreeNode) -> Json:
    items = [_item(child) for child in node.children]
    if node.type == "ordered_list":
        first = int(node.attrs.get("start", 1))
        items = [item | {"type": "1", "value": first + index} for index, item in enumerate(items)]
    return {"type": "list", "items": items}


def _item(node: SyntaxTreeNode) -> Json:
    blocks = _nodes(node.children)
    first = blocks[0].get("text") if blocks else None
    if isinstance(first, list) and first and isinstance(first[0], str) and (box := _BOX.match(first[0])):
        blocks[0] = blocks[0] | {"text": [first[0][box.end() :], *first[1:]]}
        return {"blocks": blocks, "has_checkbox": True, "is_checked": box[1] != " "}
    return {"blocks": blocks}


def _table(node: SyntaxTreeNode) -> Json:
    rows = [row for part in node.children for row in part.children]
    return {"type": "table", "cells": [[_cell(cell) for cell in row.children] for row in rows]}


def _cell(node: SyntaxTreeNode) -> Json:
    align = str(node.attrs.get("style", "text-align:left")).removeprefix("text-align:")
    cell: Json = {"text": _inline(node.children), "align": align, "valign": "middle"}
    return cell | {"is_header": True} if node.type == "th" else cell


def _inline(nodes: Iterable[SyntaxTreeNode]) -> list[Any]:
    """RichText of inline nodes; an HTML tag opens a format that its end tag closes."""
    frames: list[tuple[Node, list[Any]]] = [(Node(""), [])]
    for node in nodes:
        tag = _TAG.match(node.content) if node.type == "html_inline" else None
        if tag is None:
            frames[-1][1].extend(_inline_node(node))
        elif not tag[1]:
            _open(frames, node.content, tag[2].lower())
        elif len(frames) > 1 and frames[-1][0].tag == tag[2].lower():
            _close(frames)
    while len(frames) > 1:
        _close(frames)
    return frames[0][1]


def _open(frames: list[tuple[Node, list[Any]]], source: str, tag: str) -> None:
    opened = next(iter(rich_html.tree(source).every(tag)), None)
    if opened is None:
        return
    if tag == "br":
        frames[-1][1].append("\n")
    else:
        frames.append((opened, []))


def _close(frames: list[tuple[Node, list[Any]]]) -> None:
    opened, texts = frames.pop()
    opened.children = [text for text in texts if isinstance(text, str)]
    frames[-1][1].append(rich_html.inline_format(opened, texts))


def _inline_node(node: SyntaxTreeNode) -> list[Any]:
    match node.type:
        case "inline":
            return _inline(node.children)
        case "text":
            return [node.content] if node.content else []
        case "softbreak":
            return [" "]
        case "hardbreak":
            return ["\n"]
        case "code_inline":
            return [{"type": "code", "text": node.content}]
        case "math_inline":
            return [{"type": "mathematical_expression", "expression": node.content}]
        case "link":
            return [rich_html.link(str(node.attrs.get("href", "")), _inline(node.children))]
        case "strong" | "em" | "s":
            return [{"type": _FORMATS[node.type], "text": _inline(node.children)}]
    return []
