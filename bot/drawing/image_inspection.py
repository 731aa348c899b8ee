"""Whether what came is a whole picture that can be shown, found out within a bounded amount of memory."""

import asyncio
import io
import struct
import threading
import warnings
import zlib
from dataclasses import dataclass
from typing import Final

from PIL import Image, PngImagePlugin

from bot.domain.calls import Picture
from bot.providers.image_headers import BrokenPicture, Shape, measure

MAX_PIXELS: Final = 40_000_000

# What Telegram takes as a photo: so many bytes, width and height together, one divided by the other; also as WebP.
PHOTO_BYTES: Final = 10_000_000
PHOTO_SIDES: Final = 10_000
PHOTO_RATIO: Final = 20

_MEMORY: Final = 36_000_000  # bytes: the picture and everything that decoding it takes
_JPEG_QUALITY: Final = 90

# Bytes for a pixel that Pillow 13 was seen to take: decoded, before that as a progressive JPEG, and written again.
_DECODED: Final = {"image/png": 4.6, "image/jpeg": 4.6, "image/webp": 18.0}
_PROGRESSIVE: Final = 6.5
_WRITTEN: Final = 1.5
_SCALES: Final = (1, 2, 4, 8)  # what the sides of a JPEG can be divided by while it is decoded

_BROKEN: Final = (
    *(OSError, EOFError, ValueError, ArithmeticError, LookupError, TypeError, MemoryError, SyntaxError),
    *(struct.error, zlib.error, Image.DecompressionBombError, Image.DecompressionBombWarning),
)
"""What Pillow raises for pictures that are none."""

# Our own limit comes first; these are for pictures whose headers tell Pillow something else than us, and for texts in
# a PNG, which may be compressed.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
PngImagePlugin.MAX_TEXT_MEMORY = PngImagePlugin.MAX_TEXT_CHUNK
warnings.simplefilter("error", Image.DecompressionBombWarning)

_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class Inspected:
    """``photo``: Telegram shows it as a photo; else it can go as a file."""

    picture: Picture
    photo: bool


async def inspect(picture: Picture) -> Inspected:
    """The picture with its size, made smaller (and a JPEG) where only so it is a photo, if that takes little memory.

    Done in a thread, one after the other. Raises BrokenPicture.
    """
    return await asyncio.to_thread(_inspect, picture)


def _inspect(picture: Picture) -> Inspected:
    shape = measure(picture.data)
    if shape.pixels > MAX_PIXELS:
        raise BrokenPicture(f"{shape.width}x{shape.height} is too large")
    with _one_at_a_time:
        if _cost(shape, len(picture.data), _SCALES[-1]) <= _MEMORY:
            _decode(picture.data, shape, _SCALES[-1])
        if len(picture.data) > PHOTO_BYTES and (smaller := _smaller(picture.data, shape)):
            picture, shape = Picture(smaller, "image/jpeg"), measure(smaller)
    return Inspected(Picture(picture.data, shape.media_type, (shape.width, shape.height)), _is_photo(picture, shape))


def _is_photo(picture: Picture, shape: Shape) -> bool:
    sides = shape.width, shape.height
    fits = sum(sides) <= PHOTO_SIDES and max(sides) <= PHOTO_RATIO * min(sides)
    return fits and len(picture.data) <= PHOTO_BYTES


def _cost(shape: Shape, size: int, scale: int, written: float = 0.0) -> float:
    """Bytes of memory, for a file of ``size`` bytes."""
    part = scale**2 if shape.media_type == "image/jpeg" else 1
    per_pixel = (_DECODED[shape.media_type] + written) / part + (_PROGRESSIVE if shape.progressive else 0)
    return shape.pixels * per_pixel + size + 2 * shape.extra


def _decode(data: bytes, shape: Shape, scale: int) -> Image.Image:
    """``scale``: by how much a JPEG may be made smaller on the way."""
    try:
        image = Image.open(io.BytesIO(data), formats=[shape.media_type.removeprefix("image/")])
        if image.size != (shape.width, shape.height):
            raise BrokenPicture("two sizes in one picture")
        image.draft(None, (-(-shape.width // scale), -(-shape.height // scale)))
        image.load()
    except _BROKEN as error:
        raise BrokenPicture(f"{type(error).__name__}: {error}") from error
    return image


def _smaller(data: bytes, shape: Shape) -> bytes | None:
    """As a JPEG that is as large as memory allows; None where it does not allow any."""
    scales = _SCALES if shape.media_type == "image/jpeg" else _SCALES[:1]
    scale = next((scale for scale in scales if _cost(shape, len(data), scale, _WRITTEN) <= _MEMORY), None)
    if scale is None:
        return None
    image = _decode(data, shape, scale)
    if image.mode not in ("RGB", "L"):
        return None
    copy = io.BytesIO()
    image.save(copy, "JPEG", quality=_JPEG_QUALITY)
    return copy.getvalue()
