"""How an API wants to be asked for an image: SiliconFlow's of today, its first one of 2024, or OpenAI's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from bot.domain.model import Model


@dataclass(frozen=True, slots=True)
class ImageApiFormat:
    """One form of request, as data."""

    path: str  # after the base URL; with ``{model}`` in it the model's name is no field
    edit_path: str  # likewise, where the request holds a picture
    size: str  # the key of the size
    always: Mapping[str, Any] = field(default_factory=dict)  # what each request holds
    optional: frozenset[str] = frozenset()  # keys of that which may be left out where a model refuses them
    unmarked: Mapping[str, str] = field(default_factory=dict)  # headers that ask for an image without a visible mark
    uploads: bool = False  # pictures go up as files, not as data URLs
    # ours: we always choose and send it; told: the provider chooses unless a person did, and tells its choice.
    seed: Literal["ours", "told", "none"] = "ours"


SILICONFLOW: Final = ImageApiFormat(
    "/images/generations", "/images/generations", "image_size", unmarked={"X-Enable-Watermark": "0"}
)
SILICONFLOW_2024: Final = ImageApiFormat(
    "/{model}/text-to-image", "/{model}/image-to-image", "image_size", {"batch_size": 1}, seed="told"
)
OPENAI: Final = ImageApiFormat(
    "/images/generations",
    "/images/edits",
    "size",
    {"n": 1, "response_format": "b64_json"},
    optional=frozenset({"response_format"}),  # its newer models always answer so, and refuse the key
    uploads=True,
    seed="none",
)

# All formats that a model or a provider can name.
IMAGE_API_FORMATS: Final[Mapping[str, ImageApiFormat]] = {
    "siliconflow": SILICONFLOW,
    "siliconflow-2024": SILICONFLOW_2024,
    "openai": OPENAI,
}


def image_api_format(model: Model) -> ImageApiFormat:
    """As the model's entry says; ``model`` draws."""
    return IMAGE_API_FORMATS[model.drawing.api_format] if model.drawing else OPENAI
