"""Sizes as people ask for them, and the nearest that a model draws."""

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

SHAPES: Final[Mapping[str, tuple[int, int]]] = {
    **dict.fromkeys(("portrait", "vertical", "tall", "竖版", "竖图", "竖屏", "竖向", "竖", "纵向"), (3, 4)),
    **dict.fromkeys(("landscape", "horizontal", "wide", "横版", "横图", "横屏", "横向", "横"), (4, 3)),
    **dict.fromkeys(("square", "方形", "方图", "正方形", "正方", "方"), (1, 1)),
}
"""Words for a shape, with the ratio that they mean."""

_SIZE = re.compile(r"([1-9][0-9]{0,4})[x×*]([1-9][0-9]{0,4})")
_RATIO = re.compile(r"([1-9][0-9]{0,3}):([1-9][0-9]{0,3})")
_SMALLEST: Final = 256  # pixels on a side; what is smaller no model draws well
_LARGEST_RATIO: Final = 4.0
_SAME: Final = 0.02  # natural logarithm of a ratio: differences that nobody sees


@dataclass(frozen=True, slots=True)
class RequestedSize:
    """The size that a person asks for."""

    width: int
    height: int
    exact: bool = False  # in pixels; else only the ratio counts
    shape: bool = False  # the orientation matters more than the ratio

    @property
    def ratio(self) -> float:
        """Natural logarithm of width by height: equally far for 2:1 and 1:2."""
        return math.log(self.width / self.height)

    @property
    def pixels(self) -> int:
        return self.width * self.height


def parse_size(text: str) -> RequestedSize | None:
    """From ``1024x768``, ``16:9`` or a word for a shape, in any width and case; None for everything else."""
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    if found := _SIZE.fullmatch(plain):
        return RequestedSize(int(found[1]), int(found[2]), exact=True)
    if found := _RATIO.fullmatch(plain):
        return RequestedSize(int(found[1]), int(found[2]))
    if plain in SHAPES:
        return RequestedSize(*SHAPES[plain], shape=True)
    return None


def nearest(wanted: RequestedSize, sizes: Sequence[str], max_pixels: int | None = None) -> str:
    """One of ``sizes`` (at least one, the usual one first), or an exact wish itself where other sizes are taken too.

    The ratio counts first, then the orientation, then how many pixels there are.
    """
    if wanted.exact and max_pixels is not None and _is_drawable(wanted, max_pixels):
        return f"{wanted.width}x{wanted.height}"
    offered = {size: offer for size in sizes if (offer := parse_size(size))}
    area = wanted.pixels if wanted.exact else next(iter(offered.values())).pixels
    if wanted.shape:
        offered = {size: offer for size, offer in offered.items() if _turn(offer) == _turn(wanted)} or offered
    return min(offered, key=lambda size: _distance(offered[size], wanted, area))


def fits(size: str, wanted: RequestedSize) -> bool:
    """Whether ``size`` is what was wished, as far as one sees."""
    drawn = parse_size(size)
    if drawn is None:
        return False
    if wanted.shape:
        return _turn(drawn) == _turn(wanted)
    if wanted.exact:
        return (drawn.width, drawn.height) == (wanted.width, wanted.height)
    return abs(drawn.ratio - wanted.ratio) < _SAME


def _is_drawable(wanted: RequestedSize, max_pixels: int) -> bool:
    narrow = min(wanted.width, wanted.height) < _SMALLEST or abs(wanted.ratio) > math.log(_LARGEST_RATIO)
    return wanted.pixels <= max_pixels and not narrow


def _distance(offer: RequestedSize, wanted: RequestedSize, area: int) -> tuple[float, bool, float]:
    ratio = round(abs(offer.ratio - wanted.ratio) / _SAME)
    return ratio, _turn(offer) != _turn(wanted), abs(math.log(offer.pixels / area))


def _turn(size: RequestedSize) -> int:
    return (size.width > size.height) - (size.width < size.height)
