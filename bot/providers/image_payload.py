"""A request for an image in the form that its API wants: the path, the fields, and the files that go up with them."""

from typing import Any
from urllib.parse import quote

from bot.domain.calls import PictureRequest
from bot.domain.model import ImageApiFormat
from bot.providers.chat_payload import data_url


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
