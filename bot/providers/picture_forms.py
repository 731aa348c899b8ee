"""In which form a model is asked for a picture: SiliconFlow's of today, its first one of 2024, or OpenAI's."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from bot.providers.catalogue import Catalogue, Drawing, Guidance, Metric, Model
from bot.providers.price import Price


@dataclass(frozen=True, slots=True)
class Form:
    """``path``: after the base URL, ``edit_path`` where the request holds a picture; with ``{model}`` in it the model's
    name is no field.

    ``size``: the key of the size. ``always``: what each request holds; ``optional`` of that may be left out where a
    model refuses it. ``unmarked``: headers that ask for a picture without a visible mark. ``uploads``: pictures go up
    as files, not as data URLs. ``seed``: ours is always sent; "told": the provider chooses unless a person did, and
    tells its choice; "none" is taken.
    """

    path: str
    edit_path: str
    size: str
    always: Mapping[str, Any] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    unmarked: Mapping[str, str] = field(default_factory=dict)
    uploads: bool = False
    seed: Literal["ours", "told", "none"] = "ours"


SILICONFLOW = Form("/images/generations", "/images/generations", "image_size", unmarked={"X-Enable-Watermark": "0"})
SILICONFLOW_2024 = Form(
    "/{model}/text-to-image", "/{model}/image-to-image", "image_size", {"batch_size": 1}, seed="told"
)
OPENAI = Form(
    "/images/generations",
    "/images/edits",
    "size",
    {"n": 1, "response_format": "b64_json"},
    optional=frozenset({"response_format"}),  # its newer models always answer so, and refuse the key
    uploads=True,
    seed="none",
)

_BY_NAME: Mapping[str, Form] = {"siliconflow": SILICONFLOW, "2024": SILICONFLOW_2024, "openai": OPENAI}


def form_of(model: Model) -> Form:
    """As its entry says; ``model`` draws."""
    return _BY_NAME[model.drawing.form if model.drawing else "openai"]


@cache
def retired(provider: str = "siliconflow") -> Catalogue:
    """The models that only an older API has, under the name that ``provider`` has in the configuration."""
    data = _data()
    limits, chains = data["limits"]["picture"], data["chains"]
    entries = data["models"]["retired"].items()
    return Catalogue.of(_model(provider, name, limits, chains[entry["chain"]], entry) for name, entry in entries)


def _model(provider: str, name: str, limits: Mapping[Metric, int], chain: list[str], entry: Mapping[str, Any]) -> Model:
    drawing = Drawing(
        sizes=tuple(entry["sizes"]),
        guidance=Guidance(*entry["guidance"]),
        negative_prompt=entry["negative_prompt"],
        pictures=entry.get("pictures", 0),
        form=entry["form"],
    )
    return Model(
        id=name,
        provider=provider,
        family=entry["family"],
        context=0,
        max_output=0,
        price=Price(),
        thinks="never",
        sees=False,
        draws=True,
        limits=limits,
        fallbacks=tuple(chain),
        drawing=drawing,
    )


def _data() -> Mapping[str, Any]:
    return tomllib.loads(files("bot.providers").joinpath("data/siliconflow.toml").read_text("utf-8"))
