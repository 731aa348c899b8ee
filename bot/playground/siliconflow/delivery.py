"""Performs the steps of an answer on a connection: few writes, and a flush before everything that is waited for."""

import asyncio
import socket
import struct
from collections.abc import Iterable

from aiohttp import web

from bot.clock import Clock
from bot.playground.siliconflow.refusals import JSON_TYPE
from bot.playground.siliconflow.stream import Break, Step, Wait

_EVENT_STREAM = "text/event-stream; charset=utf-8"


async def stream(request: web.Request, steps: Iterable[Step], clock: Clock) -> tuple[web.StreamResponse, bool]:
    """The response, and whether it is whole. Not even its head is sent before the first bytes."""
    response = web.StreamResponse(headers={"Content-Type": _EVENT_STREAM})
    pending = bytearray()
    for step in steps:
        if isinstance(step, bytes):
            pending += step
            continue
        await _flush(request, response, pending)
        if isinstance(step, Break):
            close(request)
            return response, False
        await _wait(step, clock)
    await _flush(request, response, pending)
    await response.write_eof()
    return response, True


async def whole(
    request: web.Request, steps: Iterable[Step], content: bytes, clock: Clock
) -> tuple[web.StreamResponse, bool]:
    """``content`` after all waits of the stream that it would have been; where that breaks, only half of it."""
    response = web.StreamResponse(headers={"Content-Type": JSON_TYPE, "Content-Length": str(len(content))})
    for step in steps:
        if isinstance(step, Break):
            await _flush(request, response, bytearray(content[: len(content) // 2]))
            close(request)
            return response, False
        if not isinstance(step, bytes):
            await _wait(step, clock)
    await _flush(request, response, bytearray(content))
    await response.write_eof()
    return response, True


def close(request: web.Request) -> None:
    """The connection ends after what was written to it."""
    if request.transport:
        request.transport.close()


def reset(request: web.Request) -> None:
    """The peer sees ECONNRESET, not an end: a linger time of zero makes the kernel send RST."""
    if request.transport:
        connection = request.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()


async def _flush(request: web.Request, response: web.StreamResponse, pending: bytearray) -> None:
    if not pending:
        return
    if not response.prepared:
        await response.prepare(request)
    await response.write(bytes(pending))
    pending.clear()


async def _wait(step: Wait, clock: Clock) -> None:
    if isinstance(step, asyncio.Event):
        await step.wait()
    else:
        await clock.sleep(step)
