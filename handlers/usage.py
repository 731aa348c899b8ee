"""/usage: what the person has used today and this month, and what is left of the quota."""

import asyncio
from collections.abc import Iterator
from typing import Final

from aiogram import Router
from aiogram.exceptions import AiogramError
from aiogram.filters import Command
from aiogram.types import BufferedInputFile, Message

from bot.limits.statement import Statement, Statements
from bot.store.quotas import renewal
from bot.store.reports import Sums
from bot.telegram.chart import Day, chart
from bot.telegram.figures import count, moment, share, short_id, span, yuan
from bot.telegram.texts import Texts
from handlers.notice import about, notice
from handlers.person import Person

MODELS: Final = 5
_NAME: Final = 40  # characters of a model's name, so that the text fits below a picture


async def show(message: Message, person: Person, statements: Statements) -> None:
    statement = await statements.of(person.id, message.chat.id)
    text = describe(statement, person.texts)
    if not any(any(sums) for _, sums in statement.days):
        await notice(message, text)
        return
    legend = person.texts("usage.legend")
    picture = BufferedInputFile(await asyncio.to_thread(chart, _bars(statement)), "usage.png")
    try:
        await message.answer_photo(picture, caption=f"{text}\n\n{legend}", reply_parameters=about(message))
    except AiogramError:  # for whatever reason: the text is what was asked for
        await notice(message, text)


def describe(statement: Statement, texts: Texts) -> str:
    parts = (texts("usage.title"), periods(statement, texts), by_model(statement, texts), _quota(statement, texts))
    return "\n\n".join(filter(None, parts))


def periods(statement: Statement, texts: Texts) -> str:
    today, month = statement.report.today, statement.report.month
    return "\n".join(line(texts(f"usage.{name}"), of, texts) for name, of in (("today", today), ("month", month)))


def by_model(statement: Statement, texts: Texts) -> str:
    """This month's; empty where nothing was used."""
    models = statement.report.models
    lines = [line(short_id(name)[:_NAME], of, texts) for name, of in models[:MODELS]]
    if more := len(models) - MODELS:
        lines += [texts("usage.more", number=more)] if more > 0 else []
    return "\n".join(lines)


def line(whose: str, of: Sums, texts: Texts) -> str:
    return texts("usage.line", whose=whose, sums=_sums(of, texts))


def _sums(of: Sums, texts: Texts) -> str:
    parts = [texts("usage.questions", number=count(of.questions))]
    if of.pictures:
        parts.append(texts("usage.pictures", number=count(of.pictures)))
    if of.tokens:
        parts.append(texts("usage.tokens", number=count(of.tokens), cached=share(of.cached, of.prompt)))
    return " · ".join((*parts, yuan(of.cost)))


def _quota(statement: Statement, texts: Texts) -> str:
    lines = list(_bounds(statement, texts))
    return "\n".join((texts("usage.quota"), *lines)) if lines else texts("usage.no_quota")


def _bounds(statement: Statement, texts: Texts) -> Iterator[str]:
    quota, used = statement.purse.quota, statement.used
    whose = "chat" if statement.purse.subject.startswith("chat:") else "user"
    rows = (
        ("questions_day", count, used.today.questions, quota.questions_per_day),
        ("pictures_day", count, used.today.pictures, quota.pictures_per_day),
        ("cost_day", yuan, used.today.cost, quota.cost_per_day),
        ("cost_month", yuan, used.month.cost, quota.cost_per_month),
    )
    for name, shown, spent, limit in rows:
        if limit:
            at = renewal("month" if name.endswith("month") else "day", statement.at)
            yield texts(
                "usage.bound",
                quota=texts(f"quota.{whose}_{name}"),
                used=shown(spent),
                limit=shown(limit),
                wait=span(at - statement.at, texts),
                at=moment(at),
            )


def _bars(statement: Statement) -> list[Day]:
    return [Day(date[5:], of.questions, of.pictures, of.cost / 1_000_000) for date, of in statement.days]


def router() -> Router:
    router = Router(name="usage")
    router.message.register(show, Command("usage"))
    return router
