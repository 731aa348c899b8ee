"""A provider as data: where it is, and in which dialect of OpenAI's API it wants to be asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from bot.providers.catalogue import Drawing, Metric, Thinks
from bot.providers.price import Price


@dataclass(frozen=True, slots=True)
class Switch:
    """What is added to a request to turn a model's thinking on or off, for models that have the switch."""

    on: Mapping[str, Any] = field(default_factory=dict)
    off: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Provider:
    """``always``: what is added to each request. ``temperature``: the range it is brought into, None: never sent.

    ``stream_usage``: takes ``stream_options``, and sends usage in a stream only when asked to. ``chat_query``: what
    narrows the list of models to those that chat; empty where the provider has no such filter. ``keyless``: may be
    asked without a key. ``headers``: sent with each request. ``json``: its models can be held to JSON by
    ``response_format``.
    """

    name: str
    base_url: str
    thinking: Switch = field(default_factory=Switch)
    always: Mapping[str, Any] = field(default_factory=dict)
    temperature: tuple[float, float] | None = (0.0, 2.0)
    stream_usage: bool = True
    chat_query: str = ""
    keyless: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    json: bool = True


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A model that the operator names. The defaults are careful guesses, except the price: free.

    ``drawing``: how it is asked for a picture, its form aside; None: it chats.
    """

    id: str
    family: str = ""
    context: int = 32_768
    max_output: int = 4_096
    price: Price = field(default_factory=Price)
    thinks: Thinks = "never"
    sees: bool = False
    limits: Mapping[Metric, int] = field(default_factory=dict)
    fallbacks: tuple[str, ...] = ()
    drawing: Drawing | None = None


@dataclass(frozen=True, slots=True)
class ProviderSpec:
    """A provider that the operator names.

    ``preset``: a name in :data:`PRESETS`, or ``custom``, which needs ``base_url``. Each of ``keys`` is an account.
    ``limits`` and ``parallel`` hold for all models of the provider; 0: no such limit, None: not said.
    """

    name: str
    preset: str = "custom"
    base_url: str = ""
    keys: tuple[str, ...] = field(default=(), repr=False)
    models: tuple[ModelSpec, ...] = ()
    limits: Mapping[Metric, int] = field(default_factory=dict)
    parallel: int | None = None


_ENABLE = Switch(on={"enable_thinking": True}, off={"enable_thinking": False})
_TYPED = Switch(on={"thinking": {"type": "enabled"}}, off={"thinking": {"type": "disabled"}})
_TEMPLATE = Switch(
    on={"chat_template_kwargs": {"enable_thinking": True}}, off={"chat_template_kwargs": {"enable_thinking": False}}
)
_REASONING = Switch(on={"reasoning": {"enabled": True}}, off={"reasoning": {"enabled": False}})

PRESETS: Mapping[str, Provider] = {
    preset.name: preset
    for preset in (
        Provider(
            "siliconflow",
            "https://api.siliconflow.cn/v1",
            thinking=_ENABLE,
            # Without explicit values some models answer with garbage, says its FAQ.
            always={"top_p": 0.7, "top_k": 50, "frequency_penalty": 0.0},
            stream_usage=False,
            chat_query="sub_type=chat",
        ),
        Provider("deepseek", "https://api.deepseek.com/v1", thinking=_TYPED),
        Provider("zhipu", "https://open.bigmodel.cn/api/paas/v4", thinking=_TYPED, temperature=(0.01, 0.99)),
        Provider("dashscope", "https://dashscope.aliyuncs.com/compatible-mode/v1", thinking=_ENABLE),
        Provider("moonshot", "https://api.moonshot.cn/v1", thinking=_TYPED, temperature=None),  # kimi-k2 fixes it
        Provider("openrouter", "https://openrouter.ai/api/v1", thinking=_REASONING, headers={"X-Title": "SiliconBot"}),
        Provider("groq", "https://api.groq.com/openai/v1", json=False),  # answers 400 where the JSON came out broken
        Provider(
            "ollama", "http://localhost:11434/v1", thinking=Switch(off={"reasoning_effort": "none"}), keyless=True
        ),
        Provider("vllm", "http://localhost:8000/v1", thinking=_TEMPLATE, keyless=True),
        Provider("custom", "", keyless=True, json=False),  # nobody knows what such a server makes of it
    )
}


def address(text: str) -> str:
    """The base URL as the client needs it: no slash at the end, no path of a single call.

    Raises ValueError for what is no http(s) address.
    """
    url = text.strip().rstrip("/").removesuffix("/chat/completions")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"not the base URL of an API: {text!r}")
    return url
