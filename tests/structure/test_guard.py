"""The guard against connections outside of the machine."""

import asyncio
import socket

import pytest

from tests.conftest import OutsideConnection


def test_a_connection_outside_fails() -> None:
    with socket.socket() as outside, pytest.raises(OutsideConnection):
        outside.connect(("192.0.2.1", 80))


async def test_a_connection_outside_from_the_loop_fails() -> None:
    with pytest.raises(OutsideConnection):
        await asyncio.open_connection("192.0.2.1", 80)


def test_looking_up_a_name_fails() -> None:
    with pytest.raises(OutsideConnection):
        socket.getaddrinfo("example.org", 80)


def test_loopback_stays_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()
