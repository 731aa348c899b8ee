"""The models the local SiliconFlow knows, as data: those alive on 2026-10-08, and some of mid-2024."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["chat", "vision", "image", "edit"]
Thinks = Literal["never", "switch", "always"]


@dataclass(frozen=True, slots=True)
class Model:
    """``context`` in tokens; None where no source gives it: then no prompt is too long. Only ``switch`` models know
    ``enable_thinking``; they think unless it is false."""

    id: str
    kind: Kind
    context: int | None = None
    thinks: Thinks = "never"


_K = 1024
_M = 1024 * _K

_CHAT: Mapping[int, str] = {
    32 * _K: """
        Qwen/Qwen2.5-7B-Instruct  Pro/Qwen/Qwen2.5-7B-Instruct  Qwen/Qwen2.5-14B-Instruct  Qwen/Qwen2.5-32B-Instruct
        Qwen/Qwen2.5-72B-Instruct  tencent/Hunyuan-MT-7B  THUDM/GLM-4-9B-0414  THUDM/GLM-4-32B-0414
    """,
    128 * _K: """
        deepseek-ai/DeepSeek-R1-0528-Qwen3-8B  Qwen/Qwen3-8B  Qwen/Qwen3-14B  Qwen/Qwen3-32B  THUDM/GLM-Z1-9B-0414
        inclusionAI/Ling-flash-2.0  inclusionAI/Ling-mini-2.0  Qwen/Qwen2.5-72B-Instruct-128K
        tencent/Hunyuan-A13B-Instruct  zai-org/GLM-4.5-Air
    """,
    160 * _K: """
        deepseek-ai/DeepSeek-R1  Pro/deepseek-ai/DeepSeek-R1  deepseek-ai/DeepSeek-V3  Pro/deepseek-ai/DeepSeek-V3
        deepseek-ai/DeepSeek-V3.1-Terminus  Pro/deepseek-ai/DeepSeek-V3.1-Terminus
        deepseek-ai/DeepSeek-V3.2  Pro/deepseek-ai/DeepSeek-V3.2
    """,
    198 * _K: "Pro/zai-org/GLM-5.1",
    256 * _K: """
        ByteDance-Seed/Seed-OSS-36B-Instruct  Qwen/Qwen3-30B-A3B-Instruct-2507  Qwen/Qwen3-Coder-30B-A3B-Instruct
        stepfun-ai/Step-3.5-Flash
    """,
    _M: "deepseek-ai/DeepSeek-V4-Flash  deepseek-ai/DeepSeek-V4-Pro  meituan-longcat/LongCat-2.0  zai-org/GLM-5.2",
}
_VISION: Mapping[int | None, str] = {
    None: "PaddlePaddle/PaddleOCR-VL-1.5",
    8 * _K: "deepseek-ai/DeepSeek-OCR",
    64 * _K: """
        Qwen/Qwen3-Omni-30B-A3B-Captioner  Qwen/Qwen3-Omni-30B-A3B-Instruct  Qwen/Qwen3-Omni-30B-A3B-Thinking
        zai-org/GLM-4.5V
    """,
    256 * _K: """
        Pro/moonshotai/Kimi-K2.6  moonshotai/Kimi-K2.7-Code
        Qwen/Qwen3-VL-8B-Instruct  Qwen/Qwen3-VL-30B-A3B-Instruct  Qwen/Qwen3-VL-32B-Instruct
        Qwen/Qwen3-VL-8B-Thinking  Qwen/Qwen3-VL-30B-A3B-Thinking  Qwen/Qwen3-VL-32B-Thinking
        Qwen/Qwen3.5-4B  Qwen/Qwen3.5-9B  Qwen/Qwen3.5-27B  Qwen/Qwen3.5-35B-A3B  Qwen/Qwen3.5-122B-A10B
        Qwen/Qwen3.6-27B  Qwen/Qwen3.6-35B-A3B
    """,
}
_IMAGE = "Kwai-Kolors/Kolors  Qwen/Qwen-Image  Tongyi-MAI/Z-Image  Tongyi-MAI/Z-Image-Turbo"
_EDIT = "Qwen/Qwen-Image-Edit  Qwen/Qwen-Image-Edit-2509"

_THINKS_BY_SWITCH = """
    Qwen/Qwen3-8B  Qwen/Qwen3-14B  Qwen/Qwen3-32B
    Qwen/Qwen3.5-4B  Qwen/Qwen3.5-9B  Qwen/Qwen3.5-27B  Qwen/Qwen3.5-35B-A3B  Qwen/Qwen3.5-122B-A10B
    Qwen/Qwen3.6-27B  Qwen/Qwen3.6-35B-A3B
    zai-org/GLM-4.5-Air  zai-org/GLM-4.5V  Pro/zai-org/GLM-5.1  zai-org/GLM-5.2
    deepseek-ai/DeepSeek-V3.1-Terminus  Pro/deepseek-ai/DeepSeek-V3.1-Terminus
    deepseek-ai/DeepSeek-V3.2  Pro/deepseek-ai/DeepSeek-V3.2
    deepseek-ai/DeepSeek-V4-Flash  deepseek-ai/DeepSeek-V4-Pro
    tencent/Hunyuan-A13B-Instruct  Pro/moonshotai/Kimi-K2.6
"""
_THINKS_ALWAYS = """
    deepseek-ai/DeepSeek-R1  Pro/deepseek-ai/DeepSeek-R1  deepseek-ai/DeepSeek-R1-0528-Qwen3-8B  THUDM/GLM-Z1-9B-0414
    Qwen/Qwen3-VL-8B-Thinking  Qwen/Qwen3-VL-30B-A3B-Thinking  Qwen/Qwen3-VL-32B-Thinking
    Qwen/Qwen3-Omni-30B-A3B-Thinking
"""


def _thinks(model: str) -> Thinks:
    if model in _THINKS_BY_SWITCH.split():
        return "switch"
    return "always" if model in _THINKS_ALWAYS.split() else "never"


def _table(*models: Model) -> Mapping[str, Model]:
    return {model.id: model for model in models}


MODELS_NOW = _table(
    *(Model(name, "chat", context, _thinks(name)) for context, ids in _CHAT.items() for name in ids.split()),
    *(Model(name, "vision", context, _thinks(name)) for context, ids in _VISION.items() for name in ids.split()),
    *(Model(name, "image") for name in _IMAGE.split()),
    *(Model(name, "edit") for name in _EDIT.split()),
)

MODELS_2024 = _table(
    Model("Qwen/Qwen2-7B-Instruct", "chat", 32 * _K),
    Model("Qwen/Qwen2-72B-Instruct", "chat", 32 * _K),
    Model("THUDM/glm-4-9b-chat", "chat", 32 * _K),
    Model("deepseek-ai/DeepSeek-V2-Chat", "chat", 32 * _K),
    Model("deepseek-ai/DeepSeek-Coder-V2-Instruct", "chat", 32 * _K),
    Model("stabilityai/stable-diffusion-3-medium", "image"),
    Model("stabilityai/stable-diffusion-xl-base-1.0", "image"),
)
