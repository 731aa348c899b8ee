"""How fast answers come."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Speed:
    """``to_first``: seconds before the first chunk. ``per_second``: tokens. ``chunk``: tokens in one chunk."""

    to_first: float
    per_second: float
    chunk: int


INSTANT = Speed(to_first=0, per_second=math.inf, chunk=16)
HUMAN = Speed(to_first=0.4, per_second=40, chunk=2)
