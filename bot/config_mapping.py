"""What the configuration names, as the values that the rooms work with."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from bot.billing.quota_plan import MemberRole, QuotaPlan
from bot.chat.profiles import Persona
from bot.domain.catalogue import Catalogue
from bot.domain.quota import Quota as Bounds
from bot.domain.quota import QuotaOverride
from bot.providers import models
from bot.providers.models import Registry
from bot.settings import BotFile, Fault, Settings, SettingsError
from bot.settings.file import QuotaTable
from bot.settings.model_table import LimitsTable


def registry(settings: Settings) -> Registry:
    """All models, accounts and providers. Raises :class:`SettingsError` for a name that is no model's."""
    built = models.build(settings.providers)
    if faults := list(_lost_models(settings, built.catalogue)):
        raise SettingsError(faults)
    catalogue = _overridden(built.catalogue, settings.file)
    if settings.summary_model and (faults := _summary_model(settings.summary_model, catalogue)):
        raise SettingsError(faults)
    return Registry(catalogue, built.accounts, built.providers)


def _lost_models(settings: Settings, catalogue: Catalogue) -> Iterator[Fault]:
    """A fault for each name in bot.toml that no model has."""
    file, where = settings.file, settings.bot_config.name
    named: Mapping[str, set[str]] = {
        "limits": set(file.limits),
        "fallbacks": {*file.fallbacks, *(name for chain in file.fallbacks.values() for name in chain)},
        "models": {name for table in settings.providers.values() for model in table.models for name in model.fallbacks},
    }
    ids = [model.id for model in catalogue]
    for key, names in named.items():
        for name in sorted(name for name in names if catalogue.get(name) is None):
            near = get_close_matches(name, ids, n=1, cutoff=0.4)
            mend = f"Write a whole id, like {near[0]}" if near else "Write a whole id, or describe the model there too"
            yield Fault(f"{where}: {key}", f"names {name}, which is no model", mend)


def _summary_model(name: str, catalogue: Catalogue) -> list[Fault]:
    """None wrong where there is no model at all: then that is what has to be said."""
    model, ids = catalogue.get(name), [each.id for each in catalogue.chat_models()]
    if not ids or (model is not None and not model.draws):
        return []
    near = get_close_matches(name, ids, n=1, cutoff=0.4)
    wrong = "names no model that chats" if model is None else "names a model that draws"
    return [Fault("SUMMARY_MODEL", wrong, f"Write a whole id, like {(near or ids)[0]}, or leave it unset")]


def legacy_image_models(settings: Settings) -> Catalogue:
    """Models that only an older API has, where SiliconFlow is asked, with the operator's limits."""
    for name, table in settings.providers.items():
        if table.preset == "siliconflow":
            return models.legacy_image_models(name).limited(name, table.limits.metrics)
    return Catalogue()


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


def _override(quota: QuotaTable) -> QuotaOverride:
    return QuotaOverride(
        questions_per_day=quota.questions_per_day,
        pictures_per_day=quota.pictures_per_day,
        cost_per_day=quota.yuan_per_day,
        cost_per_month=quota.yuan_per_month,
    )


def _overridden(catalogue: Catalogue, file: BotFile) -> Catalogue:
    """With the limits and fallbacks that bot.toml gives to single models, all of which are there."""
    tables: dict[str, LimitsTable] = {_id(catalogue, name): table for name, table in file.limits.items()}
    limits = {name: table.metrics for name, table in tables.items()}
    parallel = {name: table.parallel for name, table in tables.items()}
    fallbacks = {_id(catalogue, name): chain for name, chain in file.fallbacks.items()}
    return catalogue.adjusted(limits, parallel, fallbacks)


def _id(catalogue: Catalogue, name: str) -> str:
    model = catalogue.get(name)
    return model.id if model else name
