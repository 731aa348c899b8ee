"""A drawing call as it was understood, and what is wrong with those that were not."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.playground.siliconflow import refusals
from bot.playground.siliconflow.models import Model
from bot.playground.siliconflow.refusals import Refusal, RefusedError, coded, invalid

NO_PROMPT: Final = coded(400, 20016, "The prompt is missing. Please check again.")
NO_IMAGE: Final = coded(400, 20017, "The image is missing. Please check again.")
SIZE_IS_NO_TEXT: Final = coded(400, 20025, "image_size must be a string.")
BAD_SIZE: Final = coded(400, 20026, "image_size is not supported by the model.")
BAD_STEPS: Final = coded(400, 20028, "num_inference_steps must be an integer between 1 and 100.")
BAD_SEED: Final = coded(400, 20034, "seed must be an integer between 0 and 9999999999.")
BAD_BATCH: Final = coded(400, 20035, "batch_size must be an integer between 1 and 4.")
TOO_MANY_PIXELS: Final = invalid("width * height should not exceed 2073600")
REQUIRED: Final = invalid("Field required")

_DATA_URL = re.compile(r"data:image/(?:png|jpeg|webp);base64,(?P<data>[A-Za-z0-9+/]+={0,2})", re.ASCII)
_SIZE = re.compile(r"([1-9]\d{0,4})x([1-9]\d{0,4})", re.ASCII)
_MAX_PIXELS: Final = 2_073_600
_REQUIRED_2024: Final = ("image_size", "batch_size", "num_inference_steps", "guidance_scale")

_LIST_A: Final = ("1024x1024", "1024x2048", "1536x1024", "1536x2048", "2048x1152", "1152x2048")
_LIST_Z: Final = ("512x512", "768x1024", "1024x576", "576x1024")
SIZES: Final[Mapping[str, tuple[str, ...]]] = {
    "Kwai-Kolors/Kolors": ("1024x1024", "960x1280", "768x1024", "720x1440", "720x1280"),
    "Qwen/Qwen-Image": ("1328x1328", "1664x928", "928x1664", "1472x1140", "1140x1472", "1584x1056", "1056x1584"),
    "Tongyi-MAI/Z-Image": _LIST_Z,
    "Tongyi-MAI/Z-Image-Turbo": _LIST_Z,
    "stabilityai/stable-diffusion-3-medium": _LIST_A,
    "stabilityai/stable-diffusion-xl-base-1.0": _LIST_A,
}
"""As documented; models that change a picture take no size."""
_IMAGES: Final[Mapping[str, int]] = {
    "Kwai-Kolors/Kolors": 1,
    "Qwen/Qwen-Image-Edit": 1,
    "Qwen/Qwen-Image-Edit-2509": 3,
    "stabilityai/stable-diffusion-xl-base-1.0": 1,
}


@dataclass(frozen=True, slots=True)
class PictureCall:
    """``size``: None where it follows the first of ``images``, which are files as they came. ``batch``: how many are
    wanted."""

    model: Model
    prompt: str
    negative: str
    size: tuple[int, int] | None
    seed: int | None
    images: tuple[bytes, ...]
    batch: int


def read_drawing_model(name: Any, models: Mapping[str, Model]) -> Model:
    """Raises RefusedError where none is named, or none that draws."""
    if name is None or name == "":
        raise RefusedError(refusals.NO_MODEL)
    model = models.get(name) if isinstance(name, str) else None
    if model is None or model.kind not in ("image", "edit"):
        raise RefusedError(refusals.NO_SUCH_MODEL)
    return model


def read_picture_call(body: Mapping[str, Any], model: Model, *, strict_sizes: bool) -> PictureCall:
    """A call of today's form. Raises RefusedError for the first thing that is wrong."""
    prompt = _prompt(body)
    keys = ("image", "image2", "image3")[: _IMAGES.get(model.id, 0)]
    images = tuple(_image(body[key]) for key in keys if body.get(key) is not None)
    _require(bool(images) or model.kind != "edit", NO_IMAGE)
    size = None if model.kind == "edit" else _size(body, model, strict=strict_sizes)
    return _call(body, model, prompt, size, images)


def read_old_call(body: Mapping[str, Any], model: Model, *, from_image: bool, strict_sizes: bool) -> PictureCall:
    """A call of the form of 2024. Raises RefusedError for the first thing that is wrong."""
    prompt = _prompt(body)
    _require(all(body.get(key) is not None for key in _REQUIRED_2024), REQUIRED)
    _require(not from_image or model.id in _IMAGES, refusals.NOT_FOUND)
    images = (_image(body.get("image")),) if from_image else ()
    return _call(body, model, prompt, _size(body, model, strict=strict_sizes), images)


def _call(
    body: Mapping[str, Any], model: Model, prompt: str, size: tuple[int, int] | None, images: tuple[bytes, ...]
) -> PictureCall:
    negative = body.get("negative_prompt")
    _require(negative is None or isinstance(negative, str), invalid())
    _whole(body, "num_inference_steps", 1, 100, BAD_STEPS)
    _between(body, "guidance_scale", 0, 100)
    _between(body, "cfg", 0.1, 20)
    return PictureCall(
        model=model,
        prompt=prompt,
        negative=str(negative or ""),
        size=size,
        seed=_whole(body, "seed", 0, 9_999_999_999, BAD_SEED),
        images=images,
        batch=_whole(body, "batch_size", 1, 4, BAD_BATCH) or 1,
    )


def _require(right: bool, refusal: Refusal) -> None:  # noqa: FBT001 - an assertion, not a switch
    if not right:
        raise RefusedError(refusal)


def _prompt(body: Mapping[str, Any]) -> str:
    prompt = body.get("prompt")
    if not isinstance(prompt, str) or not prompt.strip():
        raise RefusedError(NO_PROMPT)
    return prompt


def _size(body: Mapping[str, Any], model: Model, *, strict: bool) -> tuple[int, int]:
    text = body.get("image_size")
    _require(text is not None, REQUIRED)
    if not isinstance(text, str):
        raise RefusedError(SIZE_IS_NO_TEXT)
    found = _SIZE.fullmatch(text)
    if found is None:
        raise RefusedError(BAD_SIZE)
    width, height = int(found[1]), int(found[2])
    if text not in SIZES[model.id]:
        _require(not strict, BAD_SIZE)
        _require(width * height <= _MAX_PIXELS, TOO_MANY_PIXELS)
    return width, height


def _image(value: Any) -> bytes:
    """The file of a data URL; of a web address nothing, since it is never fetched."""
    _require(isinstance(value, str) and value != "", NO_IMAGE)
    if value.startswith(("http://", "https://")):
        return b""
    found = _DATA_URL.fullmatch(value)
    if found is None:
        raise RefusedError(refusals.BAD_IMAGE_DATA if value.startswith("data:") else refusals.BAD_IMAGE_URL)
    try:
        return base64.b64decode(found["data"], validate=True)
    except binascii.Error as error:
        raise RefusedError(refusals.BAD_IMAGE_DATA) from error


def _whole(body: Mapping[str, Any], key: str, low: int, high: int, refusal: Refusal) -> int | None:
    value = body.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise RefusedError(refusal)
    return value


def _between(body: Mapping[str, Any], key: str, low: float, high: float) -> None:
    value = body.get(key)
    fits = isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
    _require(value is None or fits, invalid())
