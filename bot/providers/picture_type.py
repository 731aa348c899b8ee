"""What kind of picture some bytes are, by their first ones: a name or a header may say anything."""

HEAD = 12
"""So many bytes tell."""


def media_type(head: bytes | bytearray) -> str | None:
    """``image/png``, ``image/jpeg`` or ``image/webp``; None for everything else."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"RIFF") and head[8:HEAD] == b"WEBP":
        return "image/webp"
    return None
