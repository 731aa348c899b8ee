"""The sentences for what went wrong: what happened to an answer that cannot be had, and what to do next."""

from collections.abc import Mapping

from bot.chat.answer import EmptyAnswer
from bot.domain import errors
from bot.domain.calls import WaitTooLong
from bot.domain.model import Model, short_id
from bot.domain.quota import QuotaReached
from bot.telegram.figures import amount, moment, span
from bot.telegram.texts import Texts

KEYS: Mapping[type[errors.UpstreamError], str] = {
    errors.BalanceGone: "error.balance",
    errors.AccountError: "error.account",
    errors.ModelError: "error.model",
    errors.TooLong: "error.too_long",
    errors.Unsupported: "error.unsupported",
    errors.Moderated: "error.moderated",
    errors.RequestError: "error.request",
    errors.TimedOut: "error.timeout",
    errors.Unreachable: "error.unreachable",
    errors.BrokenStream: "error.no_answer",
    errors.ServerFault: "error.fault",
    errors.ServiceError: "error.busy",
}


def error_message(
    error: errors.UpstreamError | WaitTooLong | EmptyAnswer | QuotaReached, model: Model, texts: Texts
) -> str:
    """The first key that fits, from the particular to the general."""
    name = short_id(model.id)
    if isinstance(error, WaitTooLong):
        return texts("error.overfull", model=name, minutes=max(1, round(error.seconds / 60)))
    if isinstance(error, EmptyAnswer):
        if error.withheld:
            return texts("error.moderated", model=name)
        return texts("error.empty_cut" if error.cut else "error.empty", model=name)
    if isinstance(error, QuotaReached):
        return quota_message(error, texts)
    key = next(key for kind, key in KEYS.items() if isinstance(error, kind))
    return texts(key, model=name)


def quota_message(reached: QuotaReached, texts: Texts, free: str = "quota.free") -> str:
    """Which quota it is, how much of it is used, and when it renews. ``free``: says what works without money."""
    sentence = texts(
        "quota.reached",
        quota=texts(f"quota.{reached.whose}_{reached.what}_{reached.period}"),
        used=amount(reached.used),
        limit=amount(reached.limit),
        wait=span(reached.wait, texts),
        at=moment(reached.renews),
    )
    return f"{sentence} {texts(free)}" if reached.what == "cost" else sentence
