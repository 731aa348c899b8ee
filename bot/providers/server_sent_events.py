"""Server-sent events, as far as chat APIs use them: the ``data`` lines, cut out of bytes."""

LINE_LIMIT = 1 << 20
STRAY_LIMIT = 4 << 20
DONE = b"[DONE]"


class Oversized(ValueError):
    """A line, or a body that is no event stream, longer than any answer."""


class EventLines:
    """Feed it bytes as they come; it gives the payload of each complete ``data`` line, and :data:`DONE` as such.

    Each ``data`` line is an event of its own, as every provider sends them, so a blank line that is missing does no
    harm. Comments and other fields are skipped. What is no event stream at all (a plain JSON body, HTML) gathers in
    ``stray``. Lines are cut as bytes, so a character cut over two reads is whole again.
    """

    __slots__ = ("_rest", "stray")

    def __init__(self) -> None:
        self._rest = b""
        self.stray = bytearray()

    def feed(self, chunk: bytes) -> list[bytes]:
        lines = (self._rest + chunk if self._rest else chunk).split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > LINE_LIMIT:
            raise Oversized("a line without an end")
        return [payload for line in lines if line and (payload := self._payload(line))]

    def close(self) -> list[bytes]:
        """What an end without a newline left over."""
        rest, self._rest = self._rest, b""
        payload = self._payload(rest)
        return [payload] if payload else []

    def _payload(self, line: bytes) -> bytes:
        if line.startswith(b"data:"):
            return line[5:].strip()
        if line.strip() and not line.startswith((b":", b"event:", b"id:", b"retry:")):
            self.stray += line + b"\n"
            if len(self.stray) > STRAY_LIMIT:
                raise Oversized("a body without an end")
        return b""
