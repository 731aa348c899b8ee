"""The blocks of a rich message, each as lines."""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from bot.playground.terminal.printing import spans
from bot.playground.terminal.printing.spans import Ink, Line, Span
from bot.playground.terminal.printing.tables import table

Json = dict[str, Any]
_RULE = "─" * 24
_STEP = Span("  ")
_BAR = Span("▎ ", frozenset({"faint"}))
_CODE_BAR = Span("│ ", frozenset({"faint"}))


class Blocks:
    """``medium``: what stands for a picture or a file, by its kind and its description."""

    def __init__(self, ink: Ink, medium: Callable[[str, Any], str]) -> None:
        self._ink = ink
        self._medium = medium

    def lines(self, blocks: Iterable[Json]) -> list[Line]:
        """An empty line between two blocks."""
        found: list[Line] = []
        for block in blocks:
            shown = self._block(block)
            found += [(), *shown] if found and shown else shown
        return found

    def _block(self, block: Json) -> list[Line]:
        kind = str(block.get("type"))
        if show := self._KINDS.get(kind):
            return show(self, block)
        if kind in block:
            return [(spans.label(self._medium(kind, block[kind])),), *self._caption(block)]
        return [(spans.label(f"[{kind}]", "faint"),)]

    def _text(self, value: Any, *looks: str) -> list[Line]:
        return spans.lines(self._ink.drawn(spans.of_rich(value, *looks)))

    def _paragraph(self, block: Json) -> list[Line]:
        return self._text(block.get("text"))

    def _heading(self, block: Json) -> list[Line]:
        return self._text(block.get("text"), "heading")

    def _faint(self, block: Json) -> list[Line]:
        return self._text(block.get("text"), "faint")

    def _pre(self, block: Json) -> list[Line]:
        return _before(spans.lines(spans.of_rich(block.get("text"))), _CODE_BAR)

    def _divider(self, _: Json) -> list[Line]:
        return [(spans.label(_RULE, "faint"),)]

    def _nothing(self, _: Json) -> list[Line]:
        return []

    def _formula(self, block: Json) -> list[Line]:
        return _before(spans.lines([spans.span(str(block.get("expression")), "formula")]), _STEP)

    def _list(self, block: Json) -> list[Line]:
        return [line for item in block["items"] for line in self._item(item)]

    def _item(self, item: Json) -> list[Line]:
        box = ("[x] " if item.get("is_checked") else "[ ] ") if item.get("has_checkbox") else f"{item.get('label')} "
        first, *rest = self._close(item["blocks"]) or [()]
        return [(spans.label(box), *first), *_before(rest, Span(" " * len(box)))]

    def _close(self, blocks: Iterable[Json]) -> list[Line]:
        """Without empty lines: a list in a list."""
        return [line for block in blocks for line in self._block(block)]

    def _quote(self, block: Json) -> list[Line]:
        return _before([*self._text(block.get("text")), *self._text(block.get("credit") or [], "italic")], _BAR)

    def _blockquote(self, block: Json) -> list[Line]:
        credit = self._text(block["credit"], "italic") if block.get("credit") else []
        return _before([*self.lines(block["blocks"]), *credit], _BAR)

    def _details(self, block: Json) -> list[Line]:
        first, *rest = self._text(block.get("summary"), "bold")
        return [(Span("▾ "), *first), *_before([*rest, *self.lines(block["blocks"])], _STEP)]

    def _group(self, block: Json) -> list[Line]:
        return [*self._close(block["blocks"]), *self._caption(block)]

    def _table(self, block: Json) -> list[Line]:
        caption = self._text(block["caption"], "italic") if block.get("caption") else []
        return [*table(block["cells"], self._cell), *caption]

    def _cell(self, cell: Json) -> Line:
        text = spans.of_rich(cell.get("text", ""), *(["bold"] if cell.get("is_header") and self._ink.coloured else []))
        return self._ink.drawn(Span(piece.text.replace("\n", " "), piece.looks) for piece in text)

    def _map(self, block: Json) -> list[Line]:
        place = block.get("location", {})
        return [(spans.label(f"[map {place.get('latitude')}, {place.get('longitude')}]"),), *self._caption(block)]

    def _caption(self, block: Json) -> list[Line]:
        return self._text(block["caption"].get("text"), "italic") if block.get("caption") else []

    _KINDS: ClassVar[dict[str, "Callable[[Blocks, Json], list[Line]]"]] = {
        "paragraph": _paragraph,
        "heading": _heading,
        "footer": _faint,
        "thinking": _faint,
        "pre": _pre,
        "divider": _divider,
        "anchor": _nothing,
        "buttons": _nothing,  # all buttons of a message stand below it, numbered
        "mathematical_expression": _formula,
        "list": _list,
        "expandable_blockquote": _quote,
        "pullquote": _quote,
        "blockquote": _blockquote,
        "details": _details,
        "collage": _group,
        "slideshow": _group,
        "table": _table,
        "map": _map,
    }


def _before(lines: Iterable[Line], mark: Span) -> list[Line]:
    return [(mark, *line) for line in lines]
