"""Models as providers list them and as people name them. Each row: its source or kind, what there is, what is used."""

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.catalogue import Catalogue
from bot.domain.chat import Account
from bot.domain.model import ImageCapabilities, Model
from bot.domain.model_adjustments import MemoryAdjustments
from bot.domain.money import Price
from bot.domain.provider import PRESETS
from bot.playground.local_environment import surroundings
from bot.providers.chat_client import HttpChatClient
from bot.providers.models import LiveCatalogue, build
from bot.providers.request_mending import LearnedAdjustments
from bot.settings import SettingsError, load
from bot.settings.file import ProviderTable
from tests.world.provider import MODEL, ScriptedChat, refused, reply, says, stream


def built(*names: str, preset: str = "ollama", **fields: Any) -> Catalogue:
    models = [{"id": name, **fields} for name in names]
    return build({"p": ProviderTable.model_validate({"preset": preset, "models": models, "api_key": "k"})}).catalogue


# What bot.toml names, and what /models lists beside it
NAMED = [
    ("llama3.2", {"llama3.2:latest"}),  # cases.md C: Ollama
    ("flux-schnell", {"llama3.2:latest", "other"}),  # a painter that is not listed
    ("Llama3.2", {"llama3.2"}),
    ("my-lora", {"base-model"}),  # vLLM with --lora-modules
    ("models/gemini-2.5-pro", {"gemini-2.5-pro"}),
    ("gemini-2.5-pro", {"models/gemini-2.5-pro"}),
    ("openai/gpt-5:online", {"openai/gpt-5"}),  # OpenRouter
    # own
    ("gpt-5", {"azure/other-deployment"}),
    ("org/Model", {"model"}),
    ("qwen3:8b", {"qwen3:4b"}),
]


@pytest.mark.parametrize(("name", "listed"), NAMED)
def test_what_the_operator_names_stays(name: str, listed: set[str]) -> None:
    catalogue = built(name, "other").with_available("p", listed | {"other"})
    assert name in catalogue.models


def test_a_spelling_of_the_provider_is_sent_where_case_alone_differs() -> None:
    model = built("Org/Llama3.2").with_available("p", {"org/llama3.2"}).models["Org/Llama3.2"]
    assert model.upstream == "org/llama3.2"


def shipped(*names: str) -> Catalogue:
    return Catalogue.of(replace(MODEL, id=name) for name in names)


@pytest.mark.parametrize(
    ("listed", "left"),
    [
        ({"org/a:latest", "org/b"}, {"org/a", "org/b"}),
        ({"ORG/A", "x"}, {"org/a"}),
        ({"models/org/a"}, {"org/a"}),
        ({"a", "org/b"}, {"org/b"}),  # another owner's is another model
        ({"x", "y"}, {"org/a", "org/b"}),  # a list that knows none is a defect
    ],
)
def test_what_comes_with_the_bot_goes_when_it_is_not_listed(listed: set[str], left: set[str]) -> None:
    assert set(shipped("org/a", "org/b").with_available("p", listed).models) == left


@pytest.mark.parametrize(
    "text",
    ["Org/Model-1", "org/model-1", "Model-1", "model-1", "models/Org/Model-1", "org/model-1:latest", " ORG/MODEL-1 "],
)
def test_names_are_compared_as_people_do(text: str) -> None:
    found = shipped("Org/Model-1", "Org/Model-10").get(text)
    assert found is not None
    assert found.id == "Org/Model-1"


def test_what_may_mean_two_models_means_none() -> None:
    assert shipped("a/x", "b/x").get("x") is None


def test_no_listed_model_is_added_twice_under_another_spelling() -> None:
    catalogue = shipped("org/a").with_available("p", {"org/a", "Org/A", "org/c"}, {"Org/A", "org/a:latest", "org/c"})
    assert set(catalogue.models) == {"org/a", "org/c"}


# Lists
@pytest.mark.parametrize(
    ("body", "ids"),
    [
        ({"data": [{"id": "a"}, {"name": "no id"}, {"id": "b"}]}, {"a", "b"}),  # cases.md C
        ([{"id": "a"}, {"id": "b"}], {"a", "b"}),
        # own
        (["a", "b"], {"a", "b"}),
        ({"data": [{"id": "a"}, None, 7, {"id": None}, {"id": ""}]}, {"a"}),
        ({"models": [{"name": "models/a", "displayName": "A"}]}, {"models/a"}),
        ({"object": "list", "models": [{"model": "a"}]}, {"a"}),
        ({"data": ["a"]}, {"a"}),
    ],
)
async def test_what_can_be_read_of_a_list_is_read(chat: ScriptedChat, body: Any, ids: set[str]) -> None:
    assert await listed(chat, body) == ids


async def listed(chat: ScriptedChat, body: Any) -> frozenset[str]:
    chat.provider.scripts.append(reply(200, body))
    client = HttpChatClient(chat.http, {"p": chat.settings}, chat.clock)
    return await client.list_models(Account("a", "p", chat.base_url, "sk-key"))


# Addresses
@pytest.mark.parametrize("query", ["api-version=2024-10-21", "api-version=preview"])
async def test_azures_version_goes_behind_the_path(chat: ScriptedChat, query: str) -> None:
    chat.base_url = f"{chat.provider.url}?{query}"
    assert (await chat.ask(stream(*says("Hello")))).text == "Hello"
    (request,) = chat.provider.requests
    assert (request.path, request.query_string) == ("/v1/chat/completions", query)
    assert (request.headers["api-key"], request.headers.get("Authorization")) == ("sk-key", None)


def test_azures_address_is_taken_and_no_other_query() -> None:
    azure = "https://x.openai.azure.com/openai/deployments/gpt-5/?api-version=2024-10-21"
    table = ProviderTable.model_validate({"base_url": azure, "api_key": "k"})
    assert table.base_url == "https://x.openai.azure.com/openai/deployments/gpt-5?api-version=2024-10-21"
    for wrong in ("https://e.com/v1?key=1", "https://e.com/v1/chat/completions?api-version=1"):
        with pytest.raises(ValueError):  # noqa: PT011 - the sentence is tested with the settings
            ProviderTable.model_validate({"base_url": wrong})


# Sizes and prices
async def test_a_model_that_tells_its_size_has_it(chat: ScriptedChat) -> None:
    """llama.cpp started with a smaller context than was told (cases.md B, G)."""
    catalogue = Catalogue.of([MODEL, replace(MODEL, id="n")])
    learned = LearnedAdjustments(MemoryAdjustments(), catalogue.models, {"p": PRESETS["vllm"]})
    live = LiveCatalogue(catalogue, {}, lists=NoList(), learned=learned)
    learned.learn_context(live.catalogue.models["m"], 512)
    assert {name: model.context for name, model in live.catalogue.models.items()} == {"m": 512, "n": 32_768}
    await live.refresh()
    assert live.catalogue.models["m"].context == 512
    learned.learn_context(MODEL, 40_000)  # more than is told is no news
    learned.learn_context(replace(MODEL, id="n"), 7)  # a misread sentence
    assert {name: model.context for name, model in live.catalogue.models.items()} == {"m": 512, "n": 32_768}


class NoList:
    async def list_models(self, account: Account, *, chat: bool = False) -> frozenset[str]:
        raise AssertionError


async def test_an_answer_is_never_asked_to_be_longer_than_the_model_gives(chat: ScriptedChat) -> None:
    """A summary of 800 tokens from a model with ``max_output = 200`` (cases.md G)."""
    await chat.ask(stream(*says("Hello")), model=replace(MODEL, max_output=200))
    assert chat.provider.bodies[0]["max_tokens"] == 200


@pytest.mark.parametrize("preset", ["ollama", "vllm", "custom"])
def test_models_of_a_keyless_server_without_a_price_are_free(preset: str) -> None:
    table = {"preset": preset, "base_url": "http://127.0.0.1:8080/v1", "models": [{"id": "llama"}]}
    (model,) = build({"p": ProviderTable.model_validate(table)}).catalogue
    assert model.price.free
    assert model.price == Price()


def test_a_provider_may_take_its_time_to_begin(tmp_path: Any) -> None:
    (tmp_path / "bot.toml").write_text(
        '[providers.home]\npreset = "ollama"\nstart_seconds = 900\n[providers.other]\npreset = "vllm"\n'
    )
    settings = load({}, tmp_path)
    providers = build(settings.providers).providers
    assert (providers["home"].start_seconds, providers["other"].start_seconds) == (900, 600)
    assert PRESETS["siliconflow"].start_seconds == 120


def test_an_unbelievable_time_is_a_fault(tmp_path: Any) -> None:
    (tmp_path / "bot.toml").write_text('[providers.home]\npreset = "ollama"\nstart_seconds = 0\n')
    with pytest.raises(SettingsError):
        load({}, tmp_path)


async def test_what_one_model_refuses_is_still_sent_to_another(chat: ScriptedChat) -> None:
    await chat.ask(refused(message="Unknown parameter: 'temperature'"), stream(*says("Hello")))
    await chat.ask(stream(*says("Hello")), model=replace(MODEL, id="n"))
    assert ["temperature" in body for body in chat.provider.bodies] == [True, False, True]


def test_a_painter_that_is_named_stays() -> None:
    painter = Model(
        "p", "p", "f", 1, 1, Price(), "never", sees=False, limits={}, drawing=ImageCapabilities(), named=True
    )
    catalogue = Catalogue.of([MODEL, painter]).with_available("p", {"m"})
    assert [model.id for model in catalogue.draw_models()] == ["p"]


@pytest.mark.parametrize(
    ("table", "costs"),
    [
        ('base_url = "http://127.0.0.1:1/v1"\n[[providers.home.models]]\nid = "llama"\n', False),  # cases.md G
        ('base_url = "http://127.0.0.1:1/v1"\n[[providers.home.models]]\nid = "m"\nprice = { prompt = 1 }\n', True),
        ('preset = "deepseek"\napi_key = "k"\n', True),
    ],
)
async def test_a_server_of_ones_own_costs_nothing_in_the_playground(tmp_path: Any, table: str, costs: bool) -> None:
    (tmp_path / "bot.toml").write_text(f"[providers.home]\n{table}")
    async with surroundings(load({}, tmp_path)) as around:
        assert (around.costs, around.free) == (costs, not costs)
