"""A call for an image, whoever answers it: the request, what was drawn, and the port of a client."""

from dataclasses import dataclass, field
from typing import Protocol

from bot.domain.chat import Account
from bot.domain.model import Model


@dataclass(frozen=True, slots=True)
class Picture:
    """An image that was made, or that one is made from."""

    data: bytes = field(repr=False)
    media_type: str  # image/png, image/jpeg or image/webp
    size: tuple[int, int] | None = None  # width and height in pixels, where they are known


@dataclass(frozen=True, slots=True)
class PictureRequest:
    """One picture. None stands for what the model does not take."""

    model: Model
    prompt: str
    size: str | None = None  # "WxH"
    seed: int | None = None  # None: chosen by the provider
    steps: int | None = None
    guidance: float | None = None
    negative: str = ""
    pictures: tuple[Picture, ...] = ()  # what to start from


@dataclass(frozen=True, slots=True)
class Drawn:
    """One picture, drawn."""

    # Itself, or the address where it lies for an hour, which is to be fetched at once, unchanged.
    picture: Picture | str
    seed: int | None  # with which it was drawn; None where nobody knows
    seconds: float  # for which it was drawn
    shared_id: str = ""  # the provider's number for it; empty where it gave none


class PictureClient(Protocol):
    async def draw(self, account: Account, request: PictureRequest) -> Drawn:
        """Draw one picture. Raises :class:`bot.domain.errors.UpstreamError`."""
        ...
