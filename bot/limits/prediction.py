"""How long a model's next answer will be: what is reserved before the true number is known."""

import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

_ENOUGH: Final = 10
"""Answers seen before their variance means anything."""

_MEMORY: Final = 100
"""Answers over which the averages reach back."""


@dataclass(slots=True)
class _Moments:
    """Plain mean and variance at first, exponential moving ones later."""

    seen: int = 0
    mean: float = 0.0
    variance: float = 0.0

    def observe(self, tokens: int) -> None:
        self.seen += 1
        gain = 1 / min(self.seen, _MEMORY)
        away = tokens - self.mean
        self.mean += gain * away
        self.variance = (1 - gain) * (self.variance + gain * away * away)


class OutputPrediction:
    """Moving mean and variance of the output tokens, by whatever tells answers of a kind apart."""

    def __init__(self) -> None:
        self._kinds: dict[Hashable, _Moments] = {}

    def expect(self, kind: Hashable, most: int) -> tuple[int, float]:
        """Tokens to expect, at most ``most``, and their variance; all of them for certain while nothing is known.

        A variance of few answers is itself a guess, mostly too low, and so is raised.
        """
        moments = self._kinds.get(kind)
        if moments is None or moments.seen < _ENOUGH:
            return most, 0.0
        return min(math.ceil(moments.mean), most), moments.variance * (1 + 2 * _ENOUGH / moments.seen)

    def observe(self, kind: Hashable, tokens: int) -> None:
        self._kinds.setdefault(kind, _Moments()).observe(tokens)
