"""What the configuration names, put together: all models, all accounts, and how each provider is asked."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from bot.providers.builtin import siliconflow
from bot.providers.catalogue import Catalogue, Form, Model
from bot.providers.chat import Account
from bot.providers.provider import PRESETS, ModelSpec, Provider, ProviderSpec, address


@dataclass(frozen=True, slots=True)
class Registry:
    """``accounts`` and ``providers`` go by the provider's name."""

    catalogue: Catalogue
    accounts: Mapping[str, tuple[Account, ...]]
    providers: Mapping[str, Provider]


def build(specs: Iterable[ProviderSpec]) -> Registry:
    """The registry of ``specs``, whose order is the order of preference among models.

    Raises ValueError naming everything that is wrong: an unknown preset, an address that is none, a provider named
    twice or without a key it needs, a key that is none, a fallback that is no model.
    """
    specs = list(specs)
    if complaints := [complaint for spec in specs for complaint in _complaints(spec)] + _twice(specs):
        raise ValueError("; ".join(complaints))
    catalogue = Catalogue()
    for spec in specs:
        catalogue = _with_models(catalogue, spec)
    if lost := sorted({name for model in catalogue for name in model.fallbacks if catalogue.get(name) is None}):
        raise ValueError(f"fallbacks that are no models: {', '.join(lost)}")
    providers = {spec.name: _provider(spec) for spec in specs}
    accounts = {spec.name: _accounts(spec, providers[spec.name].base_url) for spec in specs}
    return Registry(catalogue, accounts, providers)


def _complaints(spec: ProviderSpec) -> list[str]:
    preset = PRESETS.get(spec.preset)
    if preset is None:
        return [f"provider {spec.name}: no preset {spec.preset!r}; there are {', '.join(PRESETS)}"]
    complaints = []
    try:
        address(spec.base_url or preset.base_url)
    except ValueError as error:
        complaints.append(f"provider {spec.name}: {error}")
    if not spec.keys and not preset.keyless:
        complaints.append(f"provider {spec.name}: needs a key")
    if any(not re.fullmatch(r"[!-~]*", key.strip()) for key in spec.keys):
        complaints.append(f"provider {spec.name}: a key holds characters that no key has")
    return complaints


def _twice(specs: list[ProviderSpec]) -> list[str]:
    names = [spec.name for spec in specs]
    return [f"provider {name}: named twice" for name in dict.fromkeys(names) if names.count(name) > 1]


def _provider(spec: ProviderSpec) -> Provider:
    preset = PRESETS[spec.preset]
    return replace(preset, name=spec.name, base_url=address(spec.base_url or preset.base_url))


def _accounts(spec: ProviderSpec, base_url: str) -> tuple[Account, ...]:
    """The first key's account is called as the provider, the others are numbered from 2."""
    keys = tuple(dict.fromkeys(key.strip() for key in spec.keys)) or ("",)
    names = (spec.name, *(f"{spec.name}#{number}" for number in range(2, len(keys) + 1)))
    return tuple(Account(name, spec.name, base_url, key) for name, key in zip(names, keys, strict=True))


def _with_models(catalogue: Catalogue, spec: ProviderSpec) -> Catalogue:
    if spec.preset == "siliconflow":
        shipped = siliconflow(spec.name)
        catalogue = catalogue.merged(shipped, shipped.aliases)
    form: Form = "siliconflow" if spec.preset == "siliconflow" else "openai"
    models = [_model(spec.name, model, form) for model in spec.models]
    return catalogue.merged(models).limited(spec.name, spec.limits, spec.parallel)


def _model(provider: str, spec: ModelSpec, form: Form) -> Model:
    return Model(
        id=spec.id,
        provider=provider,
        family=spec.family or spec.id.rpartition("/")[0] or provider,
        context=spec.context,
        max_output=spec.max_output,
        price=spec.price,
        thinks=spec.thinks,
        sees=spec.sees,
        draws=spec.drawing is not None,
        limits=spec.limits,
        fallbacks=spec.fallbacks,
        drawing=replace(spec.drawing, form=form) if spec.drawing else None,
    )
