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
    _label(image, f"{_MARK} · {seed}", call.prompt)
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


def _label(image: Image.Image, mark: str, prompt: str) -> None:
    """Small, at the lower edge, on a strip."""
    width, height = image.size
    points = max(10, height // 50)
    lines = [mark, " ".join(prompt.split())[:_LEGIBLE]]
    draw = ImageDraw.Draw(image, "RGBA")
    top = height - points * 2 * len(lines)
    draw.rectangle((0, top, width, height), fill=(0, 0, 0, 120))
    for number, line in enumerate(lines):
        draw.text(
            (points, top + points * (2 * number + 0.4)), line, fill=(255, 255, 255), font=ImageFont.load_default(points)
        )
