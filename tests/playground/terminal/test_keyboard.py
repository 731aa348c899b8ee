"""Lines from a pipe: whole ones as they come, in whatever pieces."""

import os

from bot.playground.terminal.keyboard import typed_lines


async def read(*pieces: bytes) -> list[str]:
    reading, writing = os.pipe()
    for piece in pieces:
        os.write(writing, piece)
    os.close(writing)
    lines = [line async for line in typed_lines(reading)]
    os.close(reading)
    return lines


async def test_the_last_line_needs_no_end() -> None:
    assert await read(b"one\r\n\ntw", b"o\nthree") == ["one", "", "two", "three"]


async def test_what_is_no_utf8_is_replaced() -> None:
    assert await read("你".encode(), b"\xff\n", "好".encode()[:2]) == ["你\ufffd", "\ufffd"]


async def test_a_line_comes_before_the_next_is_typed() -> None:
    reading, writing = os.pipe()
    lines = typed_lines(reading)
    for word in ("one", "two"):
        os.write(writing, f"{word}\n".encode())
        assert await anext(lines) == word
    os.close(writing)
    assert [line async for line in lines] == []
    os.close(reading)
