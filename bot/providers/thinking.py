"""Takes thinking that leaked into an answer, ``<think>…</think>`` at its start, out of it again."""

_OPEN = "<think>"
_CLOSE = "</think>"


class ThinkSplitter:
    """Feed it an answer's text in pieces; each gives ``(thinking, text)``. Tags may be cut anywhere.

    Only a tag at the very start counts: later it may be what the answer is about. Of a tag that may still turn out to
    be one, no more is held back than the tag is long.
    """

    __slots__ = ("_held", "_state")

    def __init__(self) -> None:
        self._state = "start"  # start -> thinking -> gap -> answer, or start -> answer
        self._held = ""

    def feed(self, piece: str) -> tuple[str, str]:
        if self._state == "answer":
            return "", piece
        piece, self._held = self._held + piece, ""
        thinking = ""
        if self._state == "start":
            piece = self._open(piece)
        if self._state == "thinking":
            thinking, piece = self._close(piece)
        if self._state == "gap" and (piece := piece.lstrip()):
            self._state = "answer"
        return thinking, piece

    def close(self) -> tuple[str, str]:
        """What was held back when the answer ended."""
        held, self._held = self._held, ""
        return (held, "") if self._state == "thinking" else ("", held)

    def _open(self, piece: str) -> str:
        start = piece.lstrip()
        if start.startswith(_OPEN):
            self._state = "thinking"
            return start[len(_OPEN) :]
        if _OPEN.startswith(start):
            self._held = piece
            return ""
        self._state = "answer"
        return piece

    def _close(self, piece: str) -> tuple[str, str]:
        thinking, tag, rest = piece.partition(_CLOSE)
        if tag:
            self._state = "gap"
            return thinking, rest
        held = next((n for n in range(len(_CLOSE) - 1, 0, -1) if piece.endswith(_CLOSE[:n])), 0)
        self._held = piece[len(piece) - held :]
        return piece[: len(piece) - held], ""
