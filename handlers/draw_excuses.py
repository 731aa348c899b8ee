"""What a person is told when a picture cannot be had: one sentence on what happened and what to do next."""

from collections.abc import Mapping

from bot.images.headers import BrokenPicture
from bot.images.sources import NoSource
from bot.limits.demand import Overfull
from bot.providers import errors
from bot.providers.picture_address import UnsafeAddress
from bot.providers.picture_fetch import NoPicture, PictureExpired
from bot.store.quotas import QuotaReached
from bot.telegram.error_messages import quota_message
from bot.telegram.texts import Texts

KEYS: Mapping[type[Exception], str] = {
    NoSource: "draw.no_source",
    BrokenPicture: "draw.no_picture",
    NoPicture: "draw.no_picture",
    UnsafeAddress: "draw.no_picture",
    PictureExpired: "draw.expired",
    errors.BalanceGone: "draw.balance",
    errors.AccountError: "draw.account",
    errors.ModelError: "draw.gone",
    errors.Moderated: "draw.moderated",
    errors.RequestError: "draw.refused",
    errors.TimedOut: "draw.timeout",
    errors.Unreachable: "draw.unreachable",
    errors.ServiceError: "draw.busy",
}


def excuse(failure: Exception, model: str, texts: Texts) -> str:
    """The first key that fits, from the particular to the general. ``model``: how the wanted one is called."""
    if isinstance(failure, QuotaReached):
        return quota_message(failure, texts, free="draw.free")
    if isinstance(failure, Overfull):
        return texts("draw.overfull", model=model, minutes=max(1, round(failure.seconds / 60)))
    key = next(key for kind, key in KEYS.items() if isinstance(failure, kind))
    return texts(key, model=model)
