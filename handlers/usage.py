"""/usage: what the person has used today and this month, and what is left of the quota."""

import asyncio
from collections.abc import Iterator
from typing import Final

from aiogram.exceptions import AiogramError
from aiogram.types import BufferedInputFile, Message

from bot.billing.usage_report import UsageReport, UsageReports
from bot.domain.ledger import UsageTotals
from bot.domain.model import short_id
from bot.domain.money import Money
from bot.domain.quota import period_end
from bot.telegram.figures import Day, amount, chart, count, moment, share, span, yuan
from bot.telegram.message_sender import reply, reply_parameters
from bot.telegram.texts import Texts
from handlers.person import Person

MODELS: Final = 5
_NAME: Final = 40  # characters of a model's name, so that the text fits below a picture


async def show(message: Message, person: Person, usage_reports: UsageReports) -> None:
    report = await usage_reports.of(person.id, message.chat.id)
    text = describe(report, person.texts)
    if not any(any(sums) for _, sums in report.days):
        await reply(message, text)
        return
    legend = person.texts("usage.legend")
    picture = BufferedInputFile(await asyncio.to_thread(chart, _bars(report)), "usage.png")
    try:
        await message.answer_photo(picture, caption=f"{text}\n\n{legend}", reply_parameters=reply_parameters(message))
    except AiogramError:  # for whatever reason: the text is what was asked for
        await reply(message, text)


def describe(report: UsageReport, texts: Texts) -> str:
    parts = (texts("usage.title"), periods(report, texts), by_model(report, texts), _quota(report, texts))
    return "\n\n".join(filter(None, parts))


def periods(report: UsageReport, texts: Texts) -> str:
    today, month = report.breakdown.today, report.breakdown.month
    return "\n".join(line(texts(f"usage.{name}"), of, texts) for name, of in (("today", today), ("month", month)))


def by_model(report: UsageReport, texts: Texts) -> str:
    """This month's; empty where nothing was used."""
    models = report.breakdown.models
    lines = [line(short_id(name)[:_NAME], of, texts) for name, of in models[:MODELS]]
    if more := len(models) - MODELS:
        lines += [texts("usage.more", number=more)] if more > 0 else []
    return "\n".join(lines)


def line(whose: str, of: UsageTotals, texts: Texts) -> str:
    return texts("usage.line", whose=whose, sums=_sums(of, texts))


def _sums(of: UsageTotals, texts: Texts) -> str:
    parts = [texts("usage.questions", number=count(of.questions))]
    if of.pictures:
        parts.append(texts("usage.pictures", number=count(of.pictures)))
    if of.tokens:
        parts.append(texts("usage.tokens", number=count(of.tokens), cached=share(of.cached, of.prompt)))
    return " · ".join((*parts, yuan(of.cost)))


def _quota(report: UsageReport, texts: Texts) -> str:
    lines = list(_bounds(report, texts))
    return "\n".join((texts("usage.quota"), *lines)) if lines else texts("usage.no_quota")


def _bounds(report: UsageReport, texts: Texts) -> Iterator[str]:
    quota, used = report.budget.quota, report.used
    rows: tuple[tuple[str, int | Money, int | Money], ...] = (
        ("questions_day", used.today.questions, quota.questions_per_day),
        ("pictures_day", used.today.pictures, quota.pictures_per_day),
        ("cost_day", used.today.cost, quota.cost_per_day),
        ("cost_month", used.month.cost, quota.cost_per_month),
    )
    for name, spent, limit in rows:
        if limit:
            at = period_end("month" if name.endswith("month") else "day", report.at)
            yield texts(
                "usage.bound",
                quota=texts(f"quota.{report.budget.whose}_{name}"),
                used=amount(spent),
                limit=amount(limit),
                wait=span(at - report.at, texts),
                at=moment(at),
            )


def _bars(report: UsageReport) -> list[Day]:
    return [Day(date[5:], of.questions, of.pictures, of.cost) for date, of in report.days]
