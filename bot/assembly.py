"""What the configuration names, as the values that the rooms work with."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import cast

from bot.conversations.styles import Persona
from bot.domain.quota import Quota as Bounds
from bot.domain.quota import QuotaOverride
from bot.limits.quota_plan import MemberRole, QuotaPlan
from bot.providers.catalogue import Catalogue, Drawing, Metric
from bot.providers.picture_forms import retired
from bot.providers.price import Price
from bot.providers.provider import ModelSpec, ProviderSpec
from bot.providers.registry import Registry, build
from bot.settings import BotFile, Fault, Settings, SettingsError
from bot.settings.file import Limits, Model, Quota


def registry(settings: Settings) -> Registry:
    """SiliconFlow first, then the providers of bot.toml. Raises :class:`SettingsError`."""
    try:
        built = build(list(_specs(settings)))
        catalogue = _overridden(built.catalogue, settings.file)
    except ValueError as error:
        fault = Fault(settings.bot_config.name, f"names what does not fit ({error})", "Correct it as it says")
        raise SettingsError([fault]) from None
    if settings.summary_model and (faults := _summary_model(settings.summary_model, catalogue)):
        raise SettingsError(faults)
    return Registry(catalogue, built.accounts, built.providers)


def _summary_model(name: str, catalogue: Catalogue) -> list[Fault]:
    """None wrong where there is no model at all: then that is what has to be said."""
    model, ids = catalogue.get(name), [each.id for each in catalogue.chat_models()]
    if not ids or (model is not None and not model.draws):
        return []
    near = get_close_matches(name, ids, n=1, cutoff=0.4)
    wrong = "names no model that chats" if model is None else "names a model that draws"
    return [Fault("SUMMARY_MODEL", wrong, f"Write a whole id, like {(near or ids)[0]}, or leave it unset")]


def retired_models(settings: Settings) -> Catalogue:
    """Models that only an older API has, where SiliconFlow is asked, with the operator's limits."""
    specs = (spec for spec in _specs(settings) if spec.preset == "siliconflow")
    return next((retired(spec.name).limited(spec.name, spec.limits) for spec in specs), Catalogue())


def personas(file: BotFile) -> dict[str, Persona]:
    return {
        name: Persona({"zh": entry.title.zh, "en": entry.title.en}, entry.prompt, entry.temperature)
        for name, entry in file.personas.items()
    }


def plan(settings: Settings) -> QuotaPlan:
    """Quotas and roles."""
    given = settings.file.quotas
    return QuotaPlan(
        general=Bounds(settings.quota_questions_per_day, settings.quota_pictures_per_day),
        total=settings.quota_yuan_per_month,
        roles={name: MemberRole(_override(role), role.weight) for name, role in given.roles.items()},
        users={number: _override(quota) for number, quota in given.users.items()},
        chats={number: _override(quota) for number, quota in given.chats.items()},
    )


def _override(quota: Quota) -> QuotaOverride:
    return QuotaOverride(
        questions_per_day=quota.questions_per_day,
        pictures_per_day=quota.pictures_per_day,
        cost_per_day=quota.yuan_per_day,
        cost_per_month=quota.yuan_per_month,
    )


def _specs(settings: Settings) -> Iterator[ProviderSpec]:
    if settings.siliconflow_api_key:
        yield ProviderSpec(
            name="siliconflow",
            preset="siliconflow",
            base_url=settings.siliconflow_base_url,
            keys=tuple(key.get_secret_value() for key in settings.siliconflow_api_key),
            models=tuple(map(_model, settings.file.models)),
            limits=_given(
                rps=settings.siliconflow_rps,
                rpm=settings.siliconflow_rpm,
                tpm=settings.siliconflow_tpm,
                ipm=settings.siliconflow_ipm,
                ipd=settings.siliconflow_ipd,
            ),
        )
    for name, entry in settings.file.providers.items():
        yield ProviderSpec(
            name=name,
            preset=entry.preset,
            base_url=entry.base_url or "",
            keys=tuple(key.get_secret_value() for key in entry.api_key),
            models=tuple(map(_model, entry.models)),
            limits=_limits(entry.limits),
            parallel=entry.limits.parallel,
        )


def _model(entry: Model) -> ModelSpec:
    return ModelSpec(
        id=entry.id,
        family=entry.family,
        context=entry.context,
        max_output=entry.max_output,
        price=Price(entry.price.prompt, entry.price.output, entry.price.cached, entry.price.picture),
        thinks=entry.thinks,
        sees=entry.sees,
        drawing=Drawing(**entry.drawing.model_dump(), max_steps=0) if entry.drawing else None,
    )


def _overridden(catalogue: Catalogue, file: BotFile) -> Catalogue:
    """With the limits and fallbacks that bot.toml gives to single models. Raises ValueError for one that is none."""
    names = {*file.limits, *file.fallbacks, *(name for chain in file.fallbacks.values() for name in chain)}
    if unknown := sorted(name for name in names if catalogue.get(name) is None):
        raise ValueError(f"no models: {', '.join(unknown)}")
    limits = {_id(catalogue, name): _limits(entry) for name, entry in file.limits.items()}
    parallel = {_id(catalogue, name): entry.parallel for name, entry in file.limits.items()}
    fallbacks = {_id(catalogue, name): chain for name, chain in file.fallbacks.items()}
    return catalogue.adjusted(limits, parallel, fallbacks)


def _id(catalogue: Catalogue, name: str) -> str:
    model = catalogue.get(name)
    return model.id if model else name


def _limits(entry: Limits) -> dict[Metric, int]:
    return _given(**entry.model_dump(exclude={"parallel"}))


def _given(**limits: int | None) -> dict[Metric, int]:
    """Those that are set; the fields of a settings table are named as the metrics."""
    return {cast("Metric", metric): limit for metric, limit in limits.items() if limit is not None}
