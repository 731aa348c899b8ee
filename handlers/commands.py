"""The commands of the bot: the one list of them, and what derives from it."""

from collections.abc import Iterable
from typing import Final

from aiogram import Router
from aiogram.filters import Filter

from handlers import (
    ask,
    basics,
    draw,
    group_archive,
    model_choice,
    owners,
    privacy,
    settings,
    summarize,
    unhandled,
    usage,
)
from handlers.filters import IN_GROUP, IN_PRIVATE, IsCommand, IsOwner, Named
from handlers.menu import EVERYWHERE, FOR_ADMINISTRATORS, FOR_OWNERS, IN_GROUPS, NOWHERE, Command

# In the order of use, which is that of every menu, of /help and of the README's table: what stands in one menu alone
# stands together, so one order serves them all. A new command is a line here, a module, and its texts.
COMMANDS: Final[tuple[Command, ...]] = (
    # First what groups have the bot for; private chats begin with asking.
    Command("summarize", summarize.summarize, IN_GROUPS),
    Command("search", group_archive.search, IN_GROUPS),
    Command("digest", summarize.digest, FOR_ADMINISTRATORS),
    # What people come for. Drawing takes minutes, and no question waits for that.
    Command("ask", ask.ask, EVERYWHERE),
    Command("draw", draw.draw, EVERYWHERE, overtakes=True),
    # What concerns the conversation at hand. /stop must not wait for the answer that it ends.
    Command("new", basics.start_afresh, EVERYWHERE),
    Command("model", model_choice.choose, EVERYWHERE),
    Command("stop", basics.stop, EVERYWHERE, overtakes=True),
    Command("retry", ask.retry, EVERYWHERE),
    # What is needed now and then.
    Command("settings", settings.show, EVERYWHERE),
    Command("usage", usage.show, EVERYWHERE),
    Command("privacy", privacy.show, EVERYWHERE, is_open=True),
    Command("forget", privacy.ask_what_to_forget, EVERYWHERE, is_open=True),
    # Last, where it is found without looking. A host has a /help and a /start of its own.
    Command("help", basics.show_help, EVERYWHERE, is_mounted=False),
    # Below all that, what owners have besides.
    Command("stats", owners.stats, FOR_OWNERS),
    Command("allow", owners.allow, FOR_OWNERS),
    Command("deny", owners.deny, FOR_OWNERS),
    # Known without a menu: Telegram's own button sends /start, and /privacy tells of the other two.
    Command("start", basics.start, NOWHERE, is_mounted=False),
    Command("optout", privacy.leave_out, NOWHERE, is_open=True),
    Command("optin", privacy.take_in, NOWHERE, is_open=True),
)

OVERTAKING: Final = frozenset(command.name for command in COMMANDS if command.overtakes)
"""The commands that wait for nothing; the inbox is told of them."""

OPEN: Final = frozenset(command.name for command in COMMANDS if command.is_open)
"""The commands that nobody is shut out from."""


def router() -> Router:
    """All commands. Plain words pass it at one look."""
    router = Router(name="commands")
    router.message.filter(IsCommand())
    for command in COMMANDS:
        router.message.register(command.handler, Named(command.name), *_where(command))
        if command.is_for_groups:
            router.message.register(unhandled.only_in_groups, Named(command.name))
    return router


def _where(command: Command) -> Iterable[Filter]:
    """The conditions under which it works."""
    if command.is_for_owners:
        return IN_PRIVATE, IsOwner()
    return (IN_GROUP,) if command.is_for_groups else ()
