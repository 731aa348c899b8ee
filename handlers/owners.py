"""/stats, /allow and /deny, for owners in their private chat; for everybody else as unknown as any other command."""

import contextlib

from aiogram import Bot, F, Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.exceptions import AiogramError
from aiogram.filters import Command, CommandObject, CommandStart, Filter
from aiogram.types import Message

from bot.limits.allowance import NAMES, WrongAllowance, identity, parse
from bot.limits.members import Member, Members
from bot.limits.quotas import OWNER, USER, Quotas
from bot.limits.statement import Statements
from bot.telegram.figures import count, share, yuan
from bot.telegram.texts import Texts
from handlers.menu import show_menu
from handlers.notice import notice
from handlers.person import Person
from handlers.usage import by_model, line, periods
from handlers.when import When

_PRIVATE = When(F.chat.type == "private")
_ECHOED = 40  # characters of a wrong word that are said again


class IsOwner(Filter):
    async def __call__(self, message: Message, person: Person, members: Members) -> bool:  # noqa: ARG002 - aiogram's
        return person.id in members.owners


async def stats(message: Message, person: Person, statements: Statements) -> None:
    texts = person.texts
    statement, extremes = await statements.everybodys()
    total, spent = statement.purse.total, statement.used.everybody.cost
    money = texts("owner.money", used=yuan(spent), limit=yuan(total), share=share(spent, total)) if total else ""
    errors = " · ".join(f"{name} {count(number)}" for name, number in extremes.errors)
    people = "\n".join(line(str(user), of, texts) for user, of in extremes.people)
    parts = (
        texts("owner.stats"),
        periods(statement, texts),
        money,
        by_model(statement, texts),
        errors and texts("owner.errors", errors=errors),
        people and texts("owner.people", people=people),
    )
    await notice(message, "\n\n".join(filter(None, parts)))


async def allow(message: Message, command: CommandObject, person: Person, members: Members, quotas: Quotas) -> None:
    roles = {USER, *quotas.plan.roles} - {OWNER}
    try:
        member = parse(command.args or "", roles)
        await members.save(member)
    except WrongAllowance as wrong:
        hint = person.texts("owner.allow_usage", roles=", ".join(sorted(roles)), names=", ".join(NAMES))
        await notice(message, f"{_complaint(wrong, person.texts)}{hint}")
    except ValueError:
        await notice(message, person.texts("owner.is_owner"))
    else:
        quota = _terms(member.id, quotas, person.texts)
        await notice(message, person.texts("owner.allowed", id=member.id, quota=quota))


async def greet(message: Message, bot: Bot) -> None:
    """Telegram takes a menu only for a chat that is there, which an owner's is from /start on."""
    with contextlib.suppress(AiogramError):
        await show_menu(bot, message.chat.id)
    raise SkipHandler  # and on to what /start says to everybody


async def deny(message: Message, command: CommandObject, person: Person, members: Members) -> None:
    try:
        number = identity((command.args or "").strip())
        await members.save(Member(number, allowed=False))
    except WrongAllowance as wrong:
        await notice(message, f"{_complaint(wrong, person.texts)}{person.texts('owner.deny_usage')}")
    except ValueError:
        await notice(message, person.texts("owner.is_owner"))
    else:
        await notice(message, person.texts("owner.denied", id=number))


def _complaint(wrong: WrongAllowance, texts: Texts) -> str:
    """What is wrong with the words, if there are any."""
    return f"{texts(f'owner.wrong_{wrong.part}', word=wrong.word[:_ECHOED])}\n" if wrong.word else ""


def _terms(number: int, quotas: Quotas, texts: Texts) -> str:
    """What holds for a person or a chat from now on."""
    purse = quotas.payer(max(number, 0), number).purse
    if number < 0 and purse.subject != f"chat:{number}":
        return texts("owner.each_their_own")
    quota = purse.quota
    bounds = (
        ("questions_day", count(quota.questions_per_day), quota.questions_per_day),
        ("pictures_day", count(quota.pictures_per_day), quota.pictures_per_day),
        ("cost_day", yuan(quota.cost_per_day), quota.cost_per_day),
        ("cost_month", yuan(quota.cost_per_month), quota.cost_per_month),
    )
    named = [texts(f"owner.{name}", number=shown) for name, shown, bound in bounds if bound]
    return " · ".join(named) or texts("owner.no_bound")


def router() -> Router:
    router = Router(name="owners")
    router.message.register(greet, CommandStart(), _PRIVATE, IsOwner())
    for name, handler in (("stats", stats), ("allow", allow), ("deny", deny)):
        router.message.register(handler, Command(name), _PRIVATE, IsOwner())
    return router
