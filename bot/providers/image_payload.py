"""A request for an image in the form that its API wants: the path, the fields, and the files that go up with them."""

import re
from typing import Any, Final
from urllib.parse import quote

from bot.domain import errors as e
from bot.domain.calls import PictureRequest
from bot.domain.model import ImageApiFormat
from bot.providers.chat_payload import data_url

# What a model need not be told, beside what its form calls optional.
_SPARE: Final = frozenset(
    {"seed", "num_inference_steps", "guidance_scale", "cfg", "negative_prompt", "batch_size", "n"}
)
_MISSING: Final = re.compile(r"required|missing|must (?:be|have)|不能为空|缺少|必填", re.IGNORECASE)


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


def spare(error: e.RequestError, form: ImageApiFormat, body: dict[str, Any]) -> str:
    """The key that is refused and may be left out; empty where there is none."""
    if not isinstance(error, e.Unsupported | e.InvalidRequest):
        return ""
    keys = sorted((form.optional | _SPARE) & body.keys(), key=len, reverse=True)
    named = error.parameter if isinstance(error, e.Unsupported) else ""
    if named in keys:
        return named
    if _MISSING.search(error.detail):
        return ""
    return next((key for key in keys if len(key) > 1 and re.search(rf"(?<!\w){key}(?!\w)", error.detail)), "")


def missing(error: e.RequestError, body: dict[str, Any], request: PictureRequest) -> dict[str, Any]:
    """A field that the refusal demands and that our request has under another name; nothing where there is none."""
    if not isinstance(error, e.Unsupported | e.InvalidRequest) or not _MISSING.search(error.detail):
        return {}
    usual = {"image_size": request.size, "size": request.size, "batch_size": 1, "num_inference_steps": 20}
    known = {**usual, "guidance_scale": 7.5, "response_format": "url", "n": 1}
    for key, value in known.items():
        if key not in body and value is not None and re.search(rf"(?<!\w){key}(?!\w)", error.detail):
            return {key: value}
    return {}
