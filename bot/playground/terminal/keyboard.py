"""Lines from standard input, without keeping the event loop waiting."""

import asyncio
import codecs
import os
import threading
from collections.abc import AsyncIterator

_PIECE = 65_536


async def typed_lines(descriptor: int) -> AsyncIterator[str]:
    """Until its end; what is no UTF-8 is replaced.

    A thread reads, because neither files nor all terminals can be waited for otherwise. It ends with the process, and
    holds no lock of ``sys.stdin`` then.
    """
    loop, lines = asyncio.get_running_loop(), asyncio.Queue[str | None]()

    def read() -> None:
        decoder, rest = codecs.getincrementaldecoder("utf-8")("replace"), ""
        while piece := _read(descriptor):
            *whole, rest = (rest + decoder.decode(piece)).split("\n")
            _hand_over(loop, lines, *whole)
        last = rest + decoder.decode(b"", final=True)
        _hand_over(loop, lines, *([last] if last else []), None)

    threading.Thread(target=read, daemon=True).start()
    while (line := await lines.get()) is not None:
        yield line.removesuffix("\r")


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, _PIECE)
    except OSError:  # closed, or a terminal that is gone
        return b""


def _hand_over(loop: asyncio.AbstractEventLoop, lines: "asyncio.Queue[str | None]", *given: str | None) -> None:
    for line in given:
        try:
            loop.call_soon_threadsafe(lines.put_nowait, line)
        except RuntimeError:  # the loop has ended meanwhile
            return
