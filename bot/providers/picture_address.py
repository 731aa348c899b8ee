"""Where a picture may be fetched from: an address that somebody else wrote is trusted with nothing."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import urlsplit

from bot.domain import errors as e

_PORTS: Final = {"http": 80, "https": 443}
_LONGEST: Final = 8192
_NAT64: Final = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Address:
    """``host`` in lower case, an IPv6 one without brackets; ``target``: path and query, byte by byte as they came."""

    scheme: str
    host: str
    port: int
    target: bytes

    @property
    def name(self) -> str:
        """``host:port``."""
        return f"{_bracketed(self.host)}:{self.port}"

    @property
    def host_header(self) -> str:
        return _bracketed(self.host) if self.port == _PORTS[self.scheme] else self.name

    def at(self, ip: str) -> str:
        """The root of the same server by its number."""
        return f"{self.scheme}://{_bracketed(ip)}:{self.port}/"


def parse(text: str) -> Address:
    """Raises e.UnsafeAddress for all but http(s) without a user name; percent signs stay as they are."""
    if len(text) > _LONGEST or not re.fullmatch(r"[!-~]+", text):
        raise e.UnsafeAddress(detail="an address that is none")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise e.UnsafeAddress(detail="an address that is none") from error
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in _PORTS or not re.fullmatch(r"[\w.:-]+", host, re.ASCII) or "@" in parts.netloc:
        raise e.UnsafeAddress(detail=f"an address that is not fetched: {parts.scheme}://{parts.hostname}")
    target = text.partition("//")[2].removeprefix(parts.netloc).partition("#")[0]
    return Address(parts.scheme, host, port or _PORTS[parts.scheme], b"/" + target.removeprefix("/").encode("ascii"))


def is_public(ip: str) -> bool:
    """Whether it can be reached from anywhere; an IPv4 address that is wrapped in an IPv6 one counts as itself."""
    address = ip_address(ip)
    if isinstance(address, IPv6Address) and (inner := _inner(address)) is not None:
        address = inner
    return address.is_global and not address.is_multicast


def _inner(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
