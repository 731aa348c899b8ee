"""The shipped catalogue holds together, and what is built on it does what it says."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.catalogue import Catalogue
from bot.domain.model import IMAGE_API_FORMATS, ImageCapabilities, Model
from bot.domain.money import Hours, Price, Tier
from bot.domain.provider import PRESETS
from bot.providers.models import Registry, build, siliconflow
from bot.settings.file import ProviderTable
from bot.settings.values import http_address

SHIPPED = siliconflow()
RETIRED_2026_09 = ["MiniMaxAI/MiniMax-M2.5", "nex-agi/Nex-N2-Pro", "Qwen/Qwen3.5-397B-A17B", "baidu/ERNIE-Image-Turbo"]


def model(name: str, provider: str = "p", **fields: object) -> Model:
    plain = Model(name, provider, "F", 32_768, 4_096, Price(), "never", sees=False, limits={"rpm": 10})
    return replace(plain, **fields)  # type: ignore[arg-type]  # named by the tests below


def configured(**tables: dict[str, object]) -> Registry:
    """The registry of these tables of bot.toml, by the providers' names."""
    return build({name: ProviderTable.model_validate(table) for name, table in tables.items()})


# What is shipped
def test_default_is_the_free_model_first_in_order() -> None:
    default = SHIPPED.chat_models()[0]
    assert (default.id, default.price.free, default.thinks) == ("Qwen/Qwen3-8B", True, "switch")
    assert SHIPPED.draw_models()[0].id == "Kwai-Kolors/Kolors"


@pytest.mark.parametrize("entry", list(SHIPPED), ids=lambda entry: entry.id)
def test_entry_is_sound(entry: Model) -> None:
    assert entry.provider == "siliconflow"
    if entry.draws:
        assert entry.limits == {"ipm": 2, "ipd": 400}
        assert entry.drawing is not None
        assert entry.drawing.needs_picture is (not entry.drawing.sizes)
        assert entry.drawing.pictures or not entry.drawing.needs_picture
        assert all(len([int(side) for side in size.split("x")]) == 2 for size in entry.drawing.sizes)
    else:
        assert entry.drawing is None
        assert entry.limits["rpm"] == 1000
        assert 0 < entry.max_output <= entry.context
    assert set(entry.best_at) in ({"zh", "en"}, set())
    assert entry.price.cached is None or entry.price.cached < entry.price.prompt
    assert not (entry.price.tiers and entry.price.hours)
    assert list(entry.price.tiers) == sorted(entry.price.tiers, key=lambda tier: tier.above)


@pytest.mark.parametrize("entry", list(SHIPPED), ids=lambda entry: entry.id)
def test_what_stands_in_is_as_able(entry: Model) -> None:
    others = SHIPPED.fallbacks(entry)
    assert others or entry.id == "Qwen/Qwen-Image-Edit-2509"  # nothing else takes three pictures
    assert [other.id for other in others] == list(entry.fallbacks)
    for other in others:
        assert other.draws == entry.draws
        assert other.sees >= entry.sees
        if entry.drawing and other.drawing:
            assert other.drawing.pictures >= entry.drawing.pictures or not entry.drawing.needs_picture
            assert other.drawing.needs_picture == entry.drawing.needs_picture
    if entry.price.free and not entry.draws:
        assert others == sorted(others, key=lambda other: not other.price.free)
        assert others[0].price.free or entry.sees


def test_every_retired_name_leads_to_a_living_model() -> None:
    for name in SHIPPED.aliases:
        assert name not in SHIPPED.models
        assert SHIPPED.get(name) is not None, name


@pytest.mark.parametrize("name", RETIRED_2026_09)
def test_what_went_off_in_september_is_gone(name: str) -> None:
    found = SHIPPED.get(name)
    assert found is not None
    assert found.id != name


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Qwen/Qwen2-7B-Instruct", "Qwen/Qwen3-8B"),
        ("THUDM/glm-4-9b-chat", "THUDM/GLM-4-9B-0414"),
        ("deepseek-ai/DeepSeek-V2-Chat", "deepseek-ai/DeepSeek-V3.2"),
        ("deepseek-ai/DeepSeek-Coder-V2-Instruct", "Qwen/Qwen3-Coder-30B-A3B-Instruct"),
        ("Pro/moonshotai/Kimi-K2.5", "Pro/moonshotai/Kimi-K2.6"),
        ("Pro/zai-org/GLM-5", "Pro/zai-org/GLM-5.1"),
        ("stabilityai/stable-diffusion-3-medium", "Kwai-Kolors/Kolors"),
    ],
)
def test_retired_names_have_successors(old: str, new: str) -> None:
    found = SHIPPED.get(old)
    assert found is not None
    assert found.id == new


def test_prices_and_limits_of_note() -> None:
    flash = SHIPPED.models["deepseek-ai/DeepSeek-V4-Flash"]
    assert flash.price == Price(3, 9, 0.3, hours=(Hours(2, 8, 1.5, 4.5, 0.15),))
    assert SHIPPED.models["Qwen/Qwen3.5-9B"].price.tiers == (Tier(128_000, 1.5, 12),)
    assert SHIPPED.models["Qwen/Qwen-Image"].price.picture == 0.3
    assert SHIPPED.models["deepseek-ai/DeepSeek-V3.2"].limits == {"rpm": 1000, "tpm": 100_000}
    assert SHIPPED.models["Qwen/Qwen3-8B"].limits == {"rpm": 1000, "tpm": 50_000}


# Looking up
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("qwen/qwen3-8b", ["Qwen/Qwen3-8B"]),
        ("Qwen3-8B", ["Qwen/Qwen3-8B"]),
        ("deepseek-r1", ["deepseek-ai/DeepSeek-R1", "Pro/deepseek-ai/DeepSeek-R1"]),
        ("kimi", ["moonshotai/Kimi-K2.7-Code", "Pro/moonshotai/Kimi-K2.6"]),
        ("v4", ["deepseek-ai/DeepSeek-V4-Flash", "deepseek-ai/DeepSeek-V4-Pro"]),
        ("  qwen vl 8b instruct ", ["Qwen/Qwen3-VL-8B-Instruct"]),
        ("glm-4-9b-chat", ["THUDM/GLM-4-9B-0414"]),
        ("DeepSeek-V2", ["deepseek-ai/DeepSeek-V3.2"]),
        ("qwen2-7b", ["Qwen/Qwen3-8B"]),
        ("kolors", []),
        ("nothing like it", []),
        ("  ", []),
    ],
)
def test_finding_takes_the_narrowest_match(text: str, found: list[str]) -> None:
    assert [one.id for one in SHIPPED.find(text)] == found


def test_finding_among_models_that_draw() -> None:
    assert [one.id for one in SHIPPED.find("kolors", draws=True)] == ["Kwai-Kolors/Kolors"]


@given(st.text(max_size=20))
def test_finding_never_fails(text: str) -> None:
    assert all(not one.draws for one in SHIPPED.find(text))


def test_aliases_in_a_ring_lead_nowhere() -> None:
    assert Catalogue.of([], {"a": "b", "b": "a"}).get("a") is None


def test_families_keep_the_order_of_preference() -> None:
    families = SHIPPED.by_family()
    assert list(families)[:3] == ["Qwen", "GLM", "DeepSeek"]
    ids = {family: [one.id for one in group] for family, group in families.items()}
    assert ids["Kimi"] == ["moonshotai/Kimi-K2.7-Code", "Pro/moonshotai/Kimi-K2.6"]
    assert sum(map(len, ids.values())) == len(SHIPPED.chat_models())


# What the provider has today
def test_vanished_models_are_dropped_and_come_back() -> None:
    catalogue = Catalogue.of([model("a"), model("b"), model("c", "other")])
    assert set(catalogue.with_available("p", {"a"}).models) == {"a", "c"}
    assert catalogue.with_available("p", {"a", "b"}) == catalogue


def test_fallbacks_skip_what_has_vanished() -> None:
    catalogue = Catalogue.of([model("a", fallbacks=("b", "c")), model("b"), model("c")])
    left = catalogue.with_available("p", {"a", "c"})
    assert [one.id for one in left.fallbacks(left.models["a"])] == ["c"]


@pytest.mark.parametrize("ids", [set(), {"something", "else"}])
def test_list_without_a_known_model_changes_nothing(ids: set[str]) -> None:
    assert SHIPPED.with_available("siliconflow", ids) is SHIPPED


def test_newcomer_is_taken_for_little_able_and_dear() -> None:
    ids = {entry.upstream for entry in SHIPPED} | {"Pro/Qwen/Qwen9", "BAAI/bge-m3"}
    retired = "Qwen/Qwen2-7B-Instruct"
    new = SHIPPED.with_available("siliconflow", ids | {retired}, {"Pro/Qwen/Qwen9", "Qwen/Qwen3-8B", retired})
    assert set(new.models) - set(SHIPPED.models) == {"Pro/Qwen/Qwen9"}
    newcomer = new.models["Pro/Qwen/Qwen9"]
    assert (newcomer.family, newcomer.thinks, newcomer.sees, newcomer.draws) == ("Qwen", "never", False, False)
    assert not newcomer.json_mode
    assert (newcomer.price.prompt, newcomer.price.output) == (12, 28)


def test_models_without_json_mode_are_known() -> None:
    assert {model.upstream for model in SHIPPED.chat_models() if not model.json_mode} == {
        "stepfun-ai/Step-3.5-Flash",
        "zai-org/GLM-4.5-Air",
        "zai-org/GLM-4.5V",
    }


def test_provider_that_only_draws_gets_no_newcomers() -> None:
    catalogue = Catalogue.of([model("a", drawing=ImageCapabilities())])
    assert catalogue.with_available("p", {"a", "b"}, {"b"}) == catalogue


# What the operator adds
def test_same_id_at_two_providers_is_two_models() -> None:
    registry = configured(
        siliconflow={"preset": "siliconflow", "api_key": "sk-1"},
        home={"preset": "vllm", "models": [{"id": "Qwen/Qwen3-8B"}, {"id": "mine/m"}]},
    )
    there = registry.catalogue.models["home/Qwen/Qwen3-8B"]
    assert (there.upstream, there.provider) == ("Qwen/Qwen3-8B", "home")
    assert registry.catalogue.models["Qwen/Qwen3-8B"].provider == "siliconflow"
    mine = registry.catalogue.models["mine/m"]
    assert (mine.family, mine.upstream) == ("mine", "mine/m")


def test_operator_overrides_an_entry_of_the_same_provider() -> None:
    own = {"id": "Qwen/Qwen3-8B", "context": 8_192}
    catalogue = configured(siliconflow={"preset": "siliconflow", "api_key": "sk-1", "models": [own]}).catalogue
    assert catalogue.models["Qwen/Qwen3-8B"].context == 8_192
    assert catalogue.chat_models()[0].id == "Qwen/Qwen3-8B"


def test_limits_are_replaced_added_and_taken_away() -> None:
    limits = {"rps": 3, "rpm": 100, "tpm": 0, "ipm": 5, "parallel": 4}
    catalogue = configured(siliconflow={"preset": "siliconflow", "api_key": "sk-1", "limits": limits}).catalogue
    assert {model.parallel for model in catalogue} == {4}
    assert catalogue.models["Qwen/Qwen3-8B"].limits == {"rps": 3, "rpm": 100}
    assert catalogue.models["Kwai-Kolors/Kolors"].limits == {"rps": 3, "rpm": 100, "ipm": 5, "ipd": 400}


def test_single_models_are_adjusted() -> None:
    catalogue = Catalogue.of([model("a"), model("b", fallbacks=("a",))]).adjusted(
        {"a": {"rpm": 5}}, {"a": 2}, {"b": ()}
    )
    assert (catalogue.models["a"].limits, catalogue.models["b"].limits) == ({"rpm": 5}, {"rpm": 10})
    assert (catalogue.models["a"].parallel, catalogue.models["b"].parallel) == (2, 0)
    assert catalogue.models["b"].fallbacks == ()


def test_each_key_is_an_account_and_hides_itself() -> None:
    registry = configured(ds={"preset": "deepseek", "api_key": "k1,k2"}, home={"preset": "ollama"})
    assert [account.name for account in registry.accounts["ds"]] == ["ds", "ds#2"]
    assert [account.key for account in registry.accounts["home"]] == [""]
    assert "k1" not in repr(registry)
    assert registry.providers["ds"].base_url == registry.accounts["ds"][0].base_url == "https://api.deepseek.com/v1"


@pytest.mark.parametrize("preset", [name for name in PRESETS if name != "custom"])
def test_presets_have_an_address(preset: str) -> None:
    assert http_address(PRESETS[preset].base_url) == PRESETS[preset].base_url


def test_presets_name_image_formats_that_there_are() -> None:
    assert {preset.image_api_format for preset in PRESETS.values()} <= set(IMAGE_API_FORMATS)
