"""What a drawing call is, whoever answers it: request, what was drawn, and the port of a client."""

from dataclasses import dataclass
from typing import Protocol

from bot.providers.catalogue import Model
from bot.providers.chat import Account, Picture


@dataclass(frozen=True, slots=True)
class PictureRequest:
    """One picture. ``size`` is "WxH".

    None stands for what the model does not take; a ``seed`` of None is chosen by the provider. ``pictures``: what to
    start from.
    """

    model: Model
    prompt: str
    size: str | None = None
    seed: int | None = None
    steps: int | None = None
    guidance: float | None = None
    negative: str = ""
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawn:
    """``picture``: itself, or the address where it lies for an hour, which is to be fetched at once, unchanged.

    ``seed``: with which it was drawn, None where nobody knows. ``seconds``: how long that took. ``shared_id``: the
    provider's number for it, empty where it gave none.
    """

    picture: Picture | str
    seed: int | None
    seconds: float
    shared_id: str = ""


class PictureClient(Protocol):
    async def draw(self, account: Account, request: PictureRequest) -> Drawn:
        """Draw one picture. Raises :class:`bot.providers.errors.UpstreamError`."""
        ...
