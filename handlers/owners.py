"""/stats, /allow and /deny, for owners in their private chat; for everybody else as unknown as any other command."""

from aiogram.filters import CommandObject
from aiogram.types import Message

from bot.billing.allowance import NAMES, WrongAllowance, identity, parse
from bot.billing.quota_plan import OWNER, USER, Members, Quotas
from bot.billing.usage_report import UsageReports
from bot.domain.money import Money
from bot.domain.quota import Member
from bot.telegram.figures import amount, count, yuan
from bot.telegram.message_sender import reply
from bot.telegram.texts import Texts
from handlers.person import Person
from handlers.usage import by_model, line, periods

_ECHOED = 40  # characters of a wrong word that are said again


async def stats(message: Message, person: Person, usage_reports: UsageReports) -> None:
    texts = person.texts
    report, extremes = await usage_reports.everybodys()
    total, spent = report.budget.total, report.used.everybody.cost
    money = (
        texts("owner.money", used=yuan(spent), limit=yuan(total), share=f"{spent.percent_of(total)} %") if total else ""
    )
    errors = " · ".join(f"{name} {count(number)}" for name, number in extremes.errors)
    people = "\n".join(line(str(user), of, texts) for user, of in extremes.people)
    parts = (
        texts("owner.stats"),
        periods(report, texts),
        money,
        by_model(report, texts),
        errors and texts("owner.errors", errors=errors),
        people and texts("owner.people", people=people),
    )
    await reply(message, "\n\n".join(filter(None, parts)))


async def allow(message: Message, command: CommandObject, person: Person, members: Members, quotas: Quotas) -> None:
    roles = {USER, *quotas.plan.roles} - {OWNER}
    try:
        member = parse(command.args or "", roles)
        await members.save(member)
    except WrongAllowance as wrong:
        hint = person.texts("owner.allow_usage", roles=", ".join(sorted(roles)), names=", ".join(NAMES))
        await reply(message, f"{_complaint(wrong, person.texts)}{hint}")
    except ValueError:
        await reply(message, person.texts("owner.is_owner"))
    else:
        quota = _quota(member.id, quotas, person.texts)
        await reply(message, person.texts("owner.allowed", id=member.id, quota=quota))


async def deny(message: Message, command: CommandObject, person: Person, members: Members) -> None:
    try:
        number = identity((command.args or "").strip())
        await members.save(Member(number, allowed=False))
    except WrongAllowance as wrong:
        await reply(message, f"{_complaint(wrong, person.texts)}{person.texts('owner.deny_usage')}")
    except ValueError:
        await reply(message, person.texts("owner.is_owner"))
    else:
        await reply(message, person.texts("owner.denied", id=number))


def _complaint(wrong: WrongAllowance, texts: Texts) -> str:
    """What is wrong with the words, if there are any."""
    return f"{texts(f'owner.wrong_{wrong.part}', word=wrong.word[:_ECHOED])}\n" if wrong.word else ""


def _quota(number: int, quotas: Quotas, texts: Texts) -> str:
    """What holds for a person or a chat from now on."""
    budget = quotas.payer(max(number, 0), number).budget
    if number < 0 and budget.subject != f"chat:{number}":
        return texts("owner.each_their_own")
    quota = budget.quota
    bounds: tuple[tuple[str, int | Money], ...] = (
        ("questions_day", quota.questions_per_day),
        ("pictures_day", quota.pictures_per_day),
        ("cost_day", quota.cost_per_day),
        ("cost_month", quota.cost_per_month),
    )
    named = [texts(f"owner.{name}", number=amount(bound)) for name, bound in bounds if bound]
    return " · ".join(named) or texts("owner.no_bound")
