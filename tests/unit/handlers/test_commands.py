"""The one list of commands, and all that derives from it."""

import re

import pytest

from bot.telegram.texts import LANGUAGES, Language, Texts, messages
from handlers import ROUTERS
from handlers.commands import COMMANDS, OVERTAKING
from handlers.filters import Named
from handlers.menu import EVERYWHERE, FOR_ADMINISTRATORS, FOR_OWNERS, IN_GROUPS, NOWHERE, Command, Menu, MenuPlace

MENU = Menu(COMMANDS)
PLACES: tuple[MenuPlace, ...] = ("private", "owner", "group", "administrator")
SHOWN = [command.name for command in COMMANDS if command.offered]


async def nothing() -> None: ...


def names(place: MenuPlace) -> list[str]:
    return [command.name for command in MENU.of(place)]


def test_each_command_is_listed_once() -> None:
    assert len({command.name for command in COMMANDS}) == len(COMMANDS)


def test_what_is_listed_is_what_is_handled() -> None:
    """By nobody else, and under no other name."""
    handled = [
        (used.callback.name, handler.callback)
        for make in ROUTERS
        for router in make().chain_tail
        for handler in router.message.handlers
        for used in handler.filters or ()
        if isinstance(used.callback, Named)
    ]
    assert [pair for pair in handled if pair[1].__name__ != "only_in_groups"] == [
        (command.name, command.handler) for command in COMMANDS
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_command_of_a_menu_has_its_texts_and_nothing_else_has(language: Language) -> None:
    keys = [key.split(".") for key in messages(language) if key.startswith("command.")]
    for kind in ("menu", "help"):
        assert [name for _, name, key in keys if key == kind] == SHOWN
    assert [name for _, name, key in keys if key == "groups_only"] == [
        command.name for command in COMMANDS if command.is_for_groups
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_menu_says_fits_into_telegrams(language: Language) -> None:
    for name in SHOWN:
        assert re.fullmatch(r"[a-z0-9_]{1,32}", name)
        assert 1 <= len(Texts(language)(f"command.{name}.menu")) <= 40, "what a phone shows beside the name"


def test_private_chats_begin_with_asking_and_groups_with_what_was_said() -> None:
    assert names("private")[:2] == ["ask", "draw"]
    assert names("group") == ["summarize", "search", *names("private")]
    assert names("administrator") == ["summarize", "search", "digest", *names("private")]
    assert names("owner") == [*names("private"), "stats", "allow", "deny"]
    assert all(names(place)[-1] == "help" for place in PLACES if place != "owner")


def test_stopping_and_drawing_wait_for_nothing_and_questions_keep_their_order() -> None:
    assert {"stop", "draw"} <= OVERTAKING
    assert OVERTAKING.isdisjoint({"ask", "retry", "new", "model"})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("place", PLACES)
def test_help_has_a_line_for_each_command_of_the_place(place: MenuPlace, language: Language) -> None:
    lines = MENU.help(place, Texts(language)).splitlines()
    assert [re.match(r"/(\w+)", line)[1] for line in lines] == names(place)  # type: ignore[index]  # each begins so
    assert len("\n".join(lines)) < 2_000


@pytest.mark.parametrize(
    ("written", "meant"),
    [("sumarize", "summarize"), ("serach", "search"), ("setting", "settings"), ("xyz", None), ("statss", None)],
)
def test_the_nearest_command_is_found(written: str, meant: str | None) -> None:
    assert MENU.nearest(written, is_owner=False) == meant


def test_owners_commands_are_told_to_owners_alone() -> None:
    assert MENU.nearest("statss", is_owner=True) == "stats"


@pytest.mark.parametrize(
    ("offered", "groups", "owners"),
    [
        (EVERYWHERE, False, False),
        (NOWHERE, False, False),
        (IN_GROUPS, True, False),
        (FOR_ADMINISTRATORS, True, False),
        (FOR_OWNERS, False, True),
    ],
)
def test_where_a_command_works_follows_from_its_menus(
    offered: frozenset[MenuPlace], groups: bool, owners: bool
) -> None:
    command = Command("ping", nothing, offered)
    assert (command.is_for_groups, command.is_for_owners) == (groups, owners)
