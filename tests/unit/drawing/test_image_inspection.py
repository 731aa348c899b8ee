"""Only whole pictures pass, and finding that out takes little memory whatever came."""

import io
import random
import subprocess
import sys
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.domain.calls import Picture
from bot.drawing.image_inspection import PHOTO_BYTES, inspect
from bot.providers.image_headers import BrokenPicture, measure, media_type

TYPES = ("PNG", "JPEG", "WEBP")


def picture(file_type: str = "PNG", size: tuple[int, int] = (40, 30), mode: str = "RGB", **how: object) -> bytes:
    """Noise, which does not compress away."""
    file = io.BytesIO()
    pixels = random.Random(1).randbytes(size[0] * size[1] * len(mode))  # noqa: S311 - no secret
    Image.frombytes(mode, size, pixels).save(file, file_type, **how)
    return file.getvalue()


def given_as(data: bytes) -> Picture:
    return Picture(data, media_type(data) or "")


def chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")


def png(width: int, height: int, *between: bytes, rows: bytes = b"", depth: int = 1) -> bytes:
    """Of ``depth`` bits for each of a pixel's colours, with what is wanted between its header and its rows."""
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes((depth, 2 if depth == 8 else 0, 0, 0, 0))
    compressed = zlib.compress(rows or bytes((width * 3 + 1 if depth == 8 else -(-width // 8) + 1) * height))
    return b"".join(
        (b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", header), *between, chunk(b"IDAT", compressed), chunk(b"IEND", b""))
    )


@pytest.mark.parametrize("file_type", TYPES)
async def test_whole_picture_passes_unchanged(file_type: str) -> None:
    data = picture(file_type)
    inspected = await inspect(given_as(data))
    assert inspected.photo
    assert (inspected.picture.data, inspected.picture.size) == (data, (40, 30))
    assert inspected.picture.media_type == f"image/{file_type.lower()}"


@pytest.mark.parametrize(
    ("file_type", "how"),
    [
        ("PNG", {"mode": "RGBA"}),
        ("PNG", {"mode": "L"}),
        ("JPEG", {"progressive": True}),
        ("JPEG", {"comment": b"x" * 300, "exif": b"Exif\0\0" + bytes(600)}),
        ("WEBP", {"lossless": True}),
        ("WEBP", {"mode": "RGBA", "exif": b"Exif\0\0" + bytes(60)}),
    ],
)
async def test_size_is_found_in_all_kinds_of_files(file_type: str, how: dict[str, object]) -> None:
    data = picture(file_type, (123, 77), **how)  # type: ignore[arg-type]  # see above
    shape = measure(data)
    assert (shape.width, shape.height, shape.progressive) == (123, 77, "progressive" in how)
    assert (await inspect(given_as(data))).photo


@pytest.mark.parametrize("file_type", TYPES)
@pytest.mark.parametrize("part", [0.05, 0.5, 0.98])
async def test_truncated_picture_is_refused(file_type: str, part: float) -> None:
    data = picture(file_type)
    with pytest.raises(BrokenPicture):
        await inspect(given_as(data[: int(len(data) * part)]))


@pytest.mark.parametrize(
    "data", [b"", b"<html></html>", b"GIF89a" + bytes(50), b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xff\xd9"]
)
async def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(BrokenPicture):
        await inspect(given_as(data))


async def test_pixels_that_are_not_there_are_missed() -> None:
    with pytest.raises(BrokenPicture):
        await inspect(given_as(png(800, 600, rows=b"\0")))


@pytest.mark.parametrize("size", [(20_000, 20_000), (2**31 - 1, 2**31 - 1), (0, 10)])
async def test_size_is_judged_before_anything_is_decoded(size: tuple[int, int]) -> None:
    with pytest.raises(BrokenPicture):
        await inspect(given_as(png(*size, rows=b"\0")))


@given(st.sampled_from(TYPES), st.data())
@settings(deadline=None, max_examples=150)
async def test_no_damage_raises_anything_else(file_type: str, data: st.DataObject) -> None:
    damaged = bytearray(picture(file_type, (16, 12)))
    for at, value in data.draw(st.lists(st.tuples(st.integers(0, len(damaged) - 1), st.integers(0, 255)), max_size=6)):
        damaged[at] = value
    try:
        inspected = await inspect(given_as(bytes(damaged)))
    except BrokenPicture:
        return
    assert inspected.picture.size is not None


@pytest.mark.parametrize(("size", "photo"), [((400, 20), True), ((420, 20), False), ((9000, 1100), False)])
async def test_strips_and_giants_are_no_photos(size: tuple[int, int], photo: bool) -> None:
    assert (await inspect(given_as(png(*size)))).photo is photo


async def test_too_heavy_picture_becomes_a_lighter_photo() -> None:
    heavy = picture("PNG", (1900, 1800))
    assert len(heavy) > PHOTO_BYTES
    inspected = await inspect(given_as(heavy))
    assert inspected.photo
    assert (inspected.picture.media_type, inspected.picture.size) == ("image/jpeg", (1900, 1800))
    assert len(inspected.picture.data) < PHOTO_BYTES


async def test_too_heavy_picture_that_would_take_too_much_memory_stays_a_file() -> None:
    heavy = picture("PNG", (1800, 1500), mode="RGBA", compress_level=0)
    assert len(heavy) > PHOTO_BYTES
    inspected = await inspect(given_as(heavy))
    assert (inspected.photo, inspected.picture.data) == (False, heavy)


# Prints by how many megabytes the process grew at its peak, above what small pictures need; the file is part of it.
_MEASURE = """
import asyncio, io, sys
from pathlib import Path
from PIL import Image
from bot.providers.image_headers import BrokenPicture
from bot.drawing.image_inspection import inspect
from bot.domain.calls import Picture
from bot.providers.image_headers import media_type

def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))

async def look(data):
    try:
        await inspect(Picture(data, media_type(data)))
    except BrokenPicture:
        pass

for kind in ("PNG", "JPEG", "WEBP"):
    file = io.BytesIO()
    Image.new("RGB", (64, 64)).save(file, kind)
    asyncio.run(look(file.getvalue()))
idle = peak()
asyncio.run(look(Path(sys.argv[1]).read_bytes()))
print(peak() - idle)
"""


def flat(side: int) -> bytes:
    """As many pixels as there can be in a small file."""
    return png(side, side, depth=8)


def noisy(file_type: str, side: int, **how: object) -> bytes:
    file = io.BytesIO()
    Image.effect_noise((side, side), 90).convert("RGB").save(file, file_type, **how)
    return file.getvalue()


HOSTILE: Mapping[str, Callable[[], bytes]] = {
    "as many pixels as are decoded": lambda: flat(2790),
    "more pixels": lambda: flat(6300),
    "a bomb": lambda: png(20_000, 20_000),
    "a progressive JPEG": lambda: noisy("JPEG", 2250, progressive=True, subsampling=0, quality=30),
    "a large progressive JPEG": lambda: noisy("JPEG", 5000, progressive=True, subsampling=0, quality=5),
    "a WebP": lambda: noisy("WEBP", 1350, quality=20),
    "a large WebP": lambda: noisy("WEBP", 4000, quality=5),
    "compressed texts": lambda: png(64, 64, *[chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(1_000_000)))] * 70),
    "metadata": lambda: png(64, 64, chunk(b"eXIf", bytes(19_900_000))),
    "metadata that are read": lambda: png(64, 64, chunk(b"eXIf", bytes(11_900_000))),
    "a heavy PNG": lambda: noisy("PNG", 1830, compress_level=0),
    "a heavy JPEG": lambda: noisy("JPEG", 3500, quality=100, subsampling=0),
}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is read from /proc")
@pytest.mark.parametrize("name", HOSTILE)
def test_no_picture_takes_more_than_40_megabytes(name: str, tmp_path: Path) -> None:
    file = tmp_path / "picture"
    file.write_bytes(HOSTILE[name]())
    assert file.stat().st_size <= 20_000_000
    done = subprocess.run([sys.executable, "-c", _MEASURE, str(file)], capture_output=True, text=True, check=True)  # noqa: S603 - our own words
    assert float(done.stdout) < 40
