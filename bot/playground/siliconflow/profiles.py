"""How the API was and is: what differs between mid-2024 and now, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.domain.model import Metric
from bot.playground.siliconflow.models import MODELS_2024, MODELS_NOW, Model

ProfileName = Literal["now", "2024"]

# By model id, or else by kind ("chat": whatever answers at /chat/completions, "image": whatever draws).
Limits = Mapping[str, Mapping[Metric, int]]


@dataclass(frozen=True, slots=True)
class Profile:
    """``usage_details``: whether usage has more than its three counters. ``account``: what /user/info answers; None
    where it is gone (retired on 2026-08-14)."""

    models: Mapping[str, Model]
    limits: Limits
    rate_text: str
    usage_details: bool
    account: Mapping[str, Any] | None = field(default=None)


PROFILES: Mapping[ProfileName, Profile] = {
    "now": Profile(
        models=MODELS_NOW,
        limits={"chat": {"rpm": 1000, "tpm": 50_000}, "image": {"ipm": 2, "ipd": 400}},
        rate_text="Request was rejected due to rate limiting. If you want more, please contact "
        "contact@siliconflow.cn. Details:{metric} limit reached.",
        usage_details=True,
    ),
    "2024": Profile(
        models=MODELS_2024,
        limits={"chat": {"rps": 3, "rpm": 100}, "image": {"rps": 3, "rpm": 100}},
        rate_text="Request was rejected due to rate limiting. If you want more, please contact contact@siliconflow.cn",
        usage_details=False,
        account={
            "id": "local",
            "name": "Local stand-in",
            "image": "",
            "email": "",
            "isAdmin": False,
            "balance": "0.88",
            "status": "normal",
            "introduction": "",
            "role": "",
            "chargeBalance": "88.00",
            "totalBalance": "88.88",
        },
    ),
}
