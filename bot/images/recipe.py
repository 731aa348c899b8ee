"""How a picture was made, so that it can be made again, or another like it."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.model import Model
from bot.providers.chat import Picture
from bot.providers.pictures import PictureRequest

MAX_SEED: Final = 9_999_999_999
"""As SiliconFlow has it."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """``model``: its id. ``size``: "WxH". None stands for what the model does not take.

    ``seed`` None: the provider's choice, which :meth:`seeded` adds. ``parent``: the number of the picture that this one
    came from; ``source``: where the picture it starts from is kept.
    """

    prompt: str
    model: str
    negative: str = ""
    size: str | None = None
    seed: int | None = None
    steps: int | None = None
    guidance: float | None = None
    parent: int | None = None
    source: str | None = None

    def again(self, parent: int) -> "Recipe":
        """The same words, another picture."""
        return replace(self, parent=parent, seed=None if self.seed is None else fresh_seed())

    def varied(self, parent: int, source: str) -> "Recipe":
        """The same words, and this picture to start from."""
        return replace(self.again(parent), source=source)

    def resized(self, parent: int, size: str) -> "Recipe":
        return replace(self, parent=parent, size=size)

    def seeded(self, seed: int | None) -> "Recipe":
        """With the seed that the provider told, if it did."""
        return self if seed is None else replace(self, seed=seed)

    def series(self, count: int) -> "list[Recipe]":
        """As many different pictures, each of which can be repeated by itself: their seeds are neighbours."""
        if self.seed is None:
            return [self] * count
        return [replace(self, seed=(self.seed + number) % (MAX_SEED + 1)) for number in range(count)]

    def request(self, model: Model, pictures: Sequence[Picture] = ()) -> PictureRequest:
        """The call. ``model``: that of the recipe; ``pictures``: what to start from."""
        return PictureRequest(
            model=model,
            prompt=self.prompt,
            size=self.size,
            seed=self.seed,
            steps=self.steps,
            guidance=self.guidance,
            negative=self.negative,
            pictures=tuple(pictures),
        )


def fresh_seed() -> int:
    """Small enough for every API: some take 31 bits only."""
    return secrets.randbelow(2**31)
