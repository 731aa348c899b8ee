"""What a picture's own headers say: its type, its size, whether all of it is there. Nothing is decoded for that."""

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

HEAD = 12
"""So many bytes tell of a kind that can be shown."""

# Kinds that cannot, by what stands at the beginning, or behind the first four bytes.
_OTHER_KINDS: Final = (
    *((b"GIF8", "GIF"), (b"BM", "BMP"), (b"II*\0", "TIFF"), (b"MM\0*", "TIFF"), (b"II+\0", "TIFF")),
    *((b"\xff\x0a", "JPEG XL"), (b"\0\0\0\x0cJXL ", "JPEG XL"), (b"\0\0\x01\0", "ICO"), (b"8BPS", "PSD")),
    *((b"%PDF", "PDF"), (b"qoif", "QOI"), (b"RIFF", "RIFF"), (b"\x1aE\xdf\xa3", "WebM"), (b"P6", "PPM")),
)
_OTHER_BRANDS: Final = {b"avif": "AVIF", b"avis": "AVIF", b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIC"}
_SVG: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s{0,64}(?:<\?xml[^>]{0,200}>\s{0,64})?"
    rb"(?:<!--[^>]{0,400}-->\s{0,64}|<!DOCTYPE svg[^>]{0,300}>\s{0,64}){0,3}<svg[\s>]"
)


def other_kind(head: bytes | bytearray) -> str:
    """What kind of file it is that cannot be shown, as people call it; empty where that is not known."""
    if head[4:8] == b"ftyp":
        return _OTHER_BRANDS.get(bytes(head[8:12]), "MP4")
    if _SVG.match(bytes(head[:1500])):
        return "SVG"
    return next((name for beginning, name in _OTHER_KINDS if head.startswith(beginning)), "")


class BrokenPicture(Exception):
    """It is no picture, or not a whole one; the text says why, for logs."""


@dataclass(frozen=True, slots=True)
class Shape:
    """In pixels. ``extra``: bytes of the file that a decoder copies, since they are no compressed pixels.

    ``progressive``: decoding even a small version takes the memory of all of it.
    """

    media_type: str
    width: int
    height: int
    extra: int
    progressive: bool = False

    @property
    def pixels(self) -> int:
        return self.width * self.height


def media_type(head: bytes | bytearray) -> str | None:
    """``image/png``, ``image/jpeg`` or ``image/webp``; None for everything else."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"RIFF") and head[8:HEAD] == b"WEBP":
        return "image/webp"
    return None


def measure(data: bytes) -> Shape:
    """Raises BrokenPicture where the end is missing, too."""
    kind = media_type(data)
    try:
        if kind == "image/png":
            shape = _png(memoryview(data))
        elif kind == "image/jpeg":
            shape = _jpeg(data)
        elif kind == "image/webp":
            shape = _webp(data)
        else:
            raise BrokenPicture("no PNG, JPEG or WebP")
    except (struct.error, IndexError) as error:
        raise BrokenPicture("cut off in its headers") from error
    if not shape.pixels:
        raise BrokenPicture("without any pixels")
    return shape


def _png(data: memoryview) -> Shape:
    """Chunks up to IEND, each with its sum."""
    at, first, extra = 8, b"", 0
    while True:
        length, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 4 : at + 8 + length]
        (stated,) = struct.unpack_from(">I", data, at + 8 + length)
        if zlib.crc32(body) != stated:
            raise BrokenPicture("a PNG with a broken chunk")
        first = first or bytes(body[:12])
        extra += 0 if kind == b"IDAT" else length
        if kind == b"IEND":
            break
        at += 12 + length
    if not first.startswith(b"IHDR"):
        raise BrokenPicture("a PNG without a header")
    width, height = struct.unpack_from(">II", first, 4)
    return Shape("image/png", width, height, extra)


def _jpeg(data: bytes) -> Shape:
    frame, extra, pixels = None, 0, 2
    for marker, at, length in _jpeg_segments(data):
        extra += length
        pixels = at + length
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            frame = marker, *struct.unpack_from(">HH", data, at + 3)
    if frame is None:
        raise BrokenPicture("a JPEG without a frame")
    if data.find(b"\xff\xd9", pixels) < 0:  # what some programs write behind it does no harm
        raise BrokenPicture("a JPEG without an end")
    marker, height, width = frame
    return Shape("image/jpeg", width, height, extra, progressive=marker not in (0xC0, 0xC1))


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """(marker, where its length stands, that length), up to the pixels."""
    at = 2
    while True:
        prefix, marker = data[at], data[at + 1]
        if prefix != 0xFF or marker == 0xDA:
            return
        at += 1
        if marker == 0xFF or marker == 0x01 or 0xD0 <= marker <= 0xD8:  # filling, and markers without a length
            at += marker != 0xFF
            continue
        (length,) = struct.unpack_from(">H", data, at + 1)
        yield marker, at + 1, length
        at += 1 + length


def _webp(data: bytes) -> Shape:
    (length,) = struct.unpack_from("<I", data, 4)
    if length + 8 > len(data):
        raise BrokenPicture("a WebP that is cut off")
    kind = data[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
    elif kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 ":
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", data, 26))
    else:
        raise BrokenPicture("a WebP of an unknown kind")
    return Shape("image/webp", width, height, len(data))
