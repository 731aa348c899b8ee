"""Pictures of nothing: a composition of shapes that depends on the call alone, marked as what it is."""

import hashlib
import io
import random
from typing import Final, Literal

from PIL import Image, ImageDraw, ImageFont, ImageOps

from bot.playground.siliconflow.picture_call import PictureCall

FileType = Literal["PNG", "JPEG", "WEBP"]
SUFFIXES: Final[dict[FileType, str]] = {"PNG": "png", "JPEG": "jpeg", "WEBP": "webp"}

_SHAPES: Final = 7
_MARK: Final = "placeholder"
_DEFAULT: Final = (1024, 1024)
_LEGIBLE: Final = 60  # characters of a prompt on a line
_UNKNOWN: Final = "\U0010ffff"  # never a character, so no font has it
_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def paint(call: PictureCall, seed: int, file_type: FileType) -> bytes:
    """The same file for the same call and seed. A picture that it starts from shines through."""
    given = _opened(call.images[0]) if call.images else None
    size = call.size or (given.size if given else _DEFAULT)
    words = f"{call.prompt}\0{call.negative}\0{seed}".encode("utf-8", "replace")
    chance = random.Random(hashlib.sha256(words).digest())  # noqa: S311 - art, no secret
    image = _ground(size, chance)
    draw = ImageDraw.Draw(image, "RGBA")
    for _ in range(_SHAPES):
        _shape(draw, size, chance)
    if given is not None:
        image = Image.blend(image, ImageOps.fit(given, size), 0.5)
    write_label(image, f"{_MARK} · {seed}", call.prompt)
    file = io.BytesIO()
    image.save(file, file_type, **({"compress_level": 1} if file_type == "PNG" else {"quality": 80}))
    return file.getvalue()


def _opened(file: bytes) -> Image.Image | None:
    """None for what is no picture: the API does not tell either."""
    try:
        with Image.open(io.BytesIO(file), formats=("PNG", "JPEG", "WEBP")) as image:
            return image.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None


def _ground(size: tuple[int, int], chance: random.Random) -> Image.Image:
    gradient = Image.linear_gradient("L").rotate(chance.choice((0, 90, 180, 270))).resize(size)
    return ImageOps.colorize(gradient, _colour(chance), _colour(chance))


def _shape(draw: ImageDraw.ImageDraw, size: tuple[int, int], chance: random.Random) -> None:
    width, height = size
    across = chance.randint(1, max(1, min(size) // 3))
    left, top = chance.randint(-across, width), chance.randint(-across, height)
    figure = draw.ellipse if chance.random() < 0.6 else draw.rectangle
    figure((left, top, left + across, top + across), fill=(*_colour(chance), 150))


def _colour(chance: random.Random) -> tuple[int, int, int]:
    return chance.randrange(256), chance.randrange(256), chance.randrange(256)


def write_label(image: Image.Image, mark: str, prompt: str) -> None:
    """At the lower edge, on a strip; large enough to be read where a chat shows the picture small."""
    width, height = image.size
    points = max(10, min(image.size) // 24)
    large, small = ImageFont.load_default(points), ImageFont.load_default(max(10, points // 2))
    words = _drawable(" ".join(prompt.split())[:_LEGIBLE], small)
    draw = ImageDraw.Draw(image, "RGBA")
    top = height - points * (4 if words else 2)
    draw.rectangle((0, top, width, height), fill=(0, 0, 0, 120))
    draw.text((points, top + points * 0.4), mark, fill=(255, 255, 255), font=large)
    draw.text((points, top + points * 2.4), words, fill=(255, 255, 255), font=small)


def _drawable(words: str, font: _Font) -> str:
    """Without the characters that the font shows as empty boxes: Pillow's own, the same everywhere, has no Chinese."""
    box = bytes(font.getmask(_UNKNOWN))
    return " ".join("".join(each for each in words if bytes(font.getmask(each)) != box).split())
