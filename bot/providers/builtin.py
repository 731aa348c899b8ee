"""The catalogue that comes with the bot, read from its data file."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from bot.providers.catalogue import Catalogue, Drawing, Guidance, Model
from bot.providers.price import Hours, Price, Tier

_DRAWING_KEYS = ("steps", "max_steps", "negative_prompt", "pictures", "needs_picture", "max_pixels")


@cache
def siliconflow(provider: str = "siliconflow") -> Catalogue:
    """SiliconFlow's models, under the name that ``provider`` has in the configuration."""
    data = tomllib.loads(files("bot.providers").joinpath("data/siliconflow.toml").read_text("utf-8"))
    models = [
        _model(provider, model_id, {"limits": data["limits"][kind], **entry}, data["chains"])
        for kind, group in (("chat", "chat"), ("picture", "drawing"))
        for model_id, entry in data["models"][group].items()
    ]
    return Catalogue.of(models, data["aliases"])


def _model(provider: str, model_id: str, entry: Mapping[str, Any], chains: Mapping[str, list[str]]) -> Model:
    drawing = _drawing(entry) if "sizes" in entry else None
    return Model(
        id=model_id,
        provider=provider,
        family=entry["family"],
        context=entry.get("context", 0),
        max_output=entry.get("max_output", 0),
        price=_price(entry),
        thinks=entry.get("thinks", "never"),
        sees=entry.get("sees", False),
        draws=drawing is not None,
        limits=entry["limits"],
        fallbacks=tuple(other for other in chains[entry["chain"]] if other != model_id),
        drawing=drawing,
        best_at={language: entry[language] for language in ("zh", "en") if language in entry},
        json=entry.get("json", True),
    )


def _price(entry: Mapping[str, Any]) -> Price:
    prompt, output, *cached = entry.get("price", (0, 0))
    return Price(
        prompt=prompt,
        output=output,
        cached=cached[0] if cached else None,
        picture=entry.get("picture", 0),
        tiers=tuple(Tier(*tier) for tier in entry.get("tiers", ())),
        hours=tuple(Hours(*hours) for hours in entry.get("hours", ())),
    )


def _drawing(entry: Mapping[str, Any]) -> Drawing:
    guidance = Guidance(*entry["guidance"]) if "guidance" in entry else None
    rest = {key: entry[key] for key in _DRAWING_KEYS if key in entry}
    return Drawing(sizes=tuple(entry["sizes"]), guidance=guidance, form="siliconflow", **rest)
