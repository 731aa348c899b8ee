"""A provider as data: where its API is, and how it wants to be asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class ThinkingSwitch:
    """What is added to a request to turn a model's thinking on or off, for models that have the switch."""

    on: Mapping[str, Any] = field(default_factory=dict)
    off: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Provider:
    """One API that speaks OpenAI's, each in its own way."""

    name: str
    base_url: str  # without a slash at its end; empty: the configuration has to name it
    thinking: ThinkingSwitch = field(default_factory=ThinkingSwitch)
    always: Mapping[str, Any] = field(default_factory=dict)  # added to each chat request
    temperature: tuple[float, float] | None = (0.0, 2.0)  # the range it is brought into; None: never sent
    stream_usage: bool = True  # takes ``stream_options``, and sends usage in a stream only when asked to
    chat_query: str = ""  # narrows the list of models to those that chat; empty: there is no such filter
    keyless: bool = False  # may be asked without a key
    headers: Mapping[str, str] = field(default_factory=dict)  # sent with each request
    json_mode: bool = True  # its models can be held to JSON by ``response_format``
    # Seconds until the first word of an answer; a server that loads a model for its first question needs minutes.
    start_seconds: float = 120.0
    image_api_format: str = "openai"  # a name of IMAGE_API_FORMATS, for its models that name none of their own


_ENABLE = ThinkingSwitch(on={"enable_thinking": True}, off={"enable_thinking": False})
_TYPED = ThinkingSwitch(on={"thinking": {"type": "enabled"}}, off={"thinking": {"type": "disabled"}})
_TEMPLATE = ThinkingSwitch(
    on={"chat_template_kwargs": {"enable_thinking": True}}, off={"chat_template_kwargs": {"enable_thinking": False}}
)
_REASONING = ThinkingSwitch(on={"reasoning": {"enabled": True}}, off={"reasoning": {"enabled": False}})

_LOADING: Final = 600.0  # seconds for a local server that reads a model of 40 GB from a disk
CUSTOM: Final = Provider("custom", "", keyless=True, json_mode=False, start_seconds=300.0)  # who knows what it is?

# All presets that a configuration can name.
PRESETS: Final[Mapping[str, Provider]] = {
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
            image_api_format="siliconflow",
        ),
        Provider("deepseek", "https://api.deepseek.com/v1", thinking=_TYPED),
        Provider("zhipu", "https://open.bigmodel.cn/api/paas/v4", thinking=_TYPED, temperature=(0.01, 0.99)),
        Provider("dashscope", "https://dashscope.aliyuncs.com/compatible-mode/v1", thinking=_ENABLE),
        Provider("moonshot", "https://api.moonshot.cn/v1", thinking=_TYPED, temperature=None),  # kimi-k2 fixes it
        Provider("openrouter", "https://openrouter.ai/api/v1", thinking=_REASONING, headers={"X-Title": "SiliconBot"}),
        Provider("groq", "https://api.groq.com/openai/v1", json_mode=False),  # answers 400 for broken JSON
        Provider(
            "ollama",
            "http://localhost:11434/v1",
            thinking=ThinkingSwitch(off={"reasoning_effort": "none"}),
            keyless=True,
            start_seconds=_LOADING,
        ),
        Provider("vllm", "http://localhost:8000/v1", thinking=_TEMPLATE, keyless=True, start_seconds=_LOADING),
        CUSTOM,
    )
}
