"""A drawing call: the request, the fields that its API's format wants, what was drawn, and the port of a client."""

from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

from bot.domain.image_api_format import ImageApiFormat
from bot.domain.model import Model
from bot.providers.chat import Account, Picture
from bot.providers.message_payload import data_url


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
        """Draw one picture. Raises :class:`bot.providers.errors.UpstreamError`."""
        ...


def path(form: ImageApiFormat, request: PictureRequest) -> str:
    """What follows the base URL."""
    template = form.edit_path if request.pictures else form.path
    return template.format(model=quote(request.model.upstream))


def fields(form: ImageApiFormat, request: PictureRequest) -> dict[str, Any]:
    """All fields but uploaded pictures; those the model does not take are not there."""
    drawing = request.model.drawing
    given = {
        "model": None if "{model}" in form.path else request.model.upstream,
        "prompt": request.prompt,
        "negative_prompt": request.negative or None,
        form.size: request.size,
        "seed": request.seed,
        "num_inference_steps": request.steps,
        drawing.guidance.key if drawing and drawing.guidance else "guidance_scale": request.guidance,
        **form.always,
    }
    body = {key: value for key, value in given.items() if value is not None}
    if not form.uploads:
        for number, picture in enumerate(request.pictures, 1):
            body["image" if number == 1 else f"image{number}"] = data_url(picture.media_type, picture.data)
    return body


def uploads(form: ImageApiFormat, request: PictureRequest) -> list[tuple[str, tuple[str, bytes, str]]]:
    """The parts of a multipart body: (key, (file name, bytes, type)); none where pictures are fields."""
    if not form.uploads:
        return []
    key = "image" if len(request.pictures) == 1 else "image[]"
    return [
        (key, (f"{number}.{picture.media_type.removeprefix('image/')}", picture.data, picture.media_type))
        for number, picture in enumerate(request.pictures, 1)
    ]
