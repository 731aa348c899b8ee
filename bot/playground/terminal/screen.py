"""What is written to the terminal: blocks one below the other, the last of which may still grow."""

import re
from collections.abc import Hashable, Iterable, Sequence
from shutil import get_terminal_size
from typing import TextIO

from bot.playground.terminal.printing.cells import height

_AROUND = 3  # rows: the head, the empty line at the end, and the one where the next begins
_CODES = re.compile(r"\x1b\[[\d;]*m")


class Screen:
    """``redraws``: the last block is drawn over where it changes; otherwise only what is new of it is written."""

    def __init__(self, out: TextIO, *, redraws: bool) -> None:
        self.redraws = redraws
        self._out = out
        self._key: Hashable = None
        self._shown: list[str] = []
        self._settled = True

    def show(
        self, key: Hashable, head: str, lines: Sequence[str], *, settled: bool = True, instead_of: Hashable = None
    ) -> None:
        """A block: a new one, unless ``key`` or ``instead_of`` is that of the last. ``settled`` False: it still grows,
        and its last line is not yet whole.
        """
        continues = self._key is not None and self._key in {key, instead_of}
        if self.redraws:
            self._redraw(head, list(lines), continues=continues, settled=settled)
        else:
            lines = lines if settled else lines[:-1]
            if not self._append(head, list(lines), continues=continues, settled=settled):
                return
        self._key = key
        self._out.flush()

    def say(self, *lines: str) -> None:
        """Something that never changes."""
        self.show(None, "", lines)

    def gone(self, key: Hashable) -> bool:
        """Take the block away, if it is the last and can be drawn over."""
        if not self.redraws or self._key is None or self._key != key:
            return False
        self._erase()
        self._key = None
        self._out.flush()
        return True

    def typed(self, line: str) -> None:
        """A person has typed a line: it is taken away, and comes again as a message."""
        if self.redraws:
            self._out.write(_up(_rows([line])))

    def _redraw(self, head: str, lines: list[str], *, continues: bool, settled: bool) -> None:
        if continues:
            self._erase()
        if not settled:
            lines = _end(lines)
        self._shown = [*([head] if head else []), *lines, ""]
        self._write(self._shown)

    def _append(self, head: str, lines: list[str], *, continues: bool, settled: bool) -> bool:
        """Whether anything of it had to be, or could be, written."""
        grows = continues and lines[: len(self._shown)] == self._shown
        if not grows and not settled and (continues or not lines):
            return False
        if grows:
            self._write(lines[len(self._shown) :])
        else:
            self._write([*([] if self._settled else [""]), *([head] if head else []), *lines])
        if settled:
            self._write([""])
        self._shown, self._settled = lines, settled
        return True

    def _erase(self) -> None:
        self._out.write(_up(min(_rows(self._shown), get_terminal_size().lines - 1)))

    def _write(self, lines: Sequence[str]) -> None:
        self._out.writelines(f"{line}\n" for line in lines)


def _rows(lines: Iterable[str]) -> int:
    columns = get_terminal_size().columns
    return sum(height(_CODES.sub("", line), columns) for line in lines)


def _end(lines: list[str]) -> list[str]:
    """As much as the screen holds: what has left it at its top cannot be drawn over."""
    room, first = get_terminal_size().lines - _AROUND, len(lines)
    while first and (room := room - _rows([lines[first - 1]])) >= 0:
        first -= 1
    return lines[first:]


def _up(rows: int) -> str:
    return f"\x1b[{rows}A\r\x1b[J" if rows else ""
