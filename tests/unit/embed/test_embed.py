"""What of a host's updates is taken for ours, and how the bot is mounted."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiogram import Bot
from aiogram.filters import Command, CommandObject
from aiogram.filters.callback_data import CallbackQueryFilter
from aiogram.types import Message, User
from aiogram.utils.token import TokenValidationError
from hypothesis import given
from hypothesis import strategies as st
from telegram import CallbackQuery, Chat, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram import Message as PtbMessage
from telegram import User as PtbUser
from telegram.ext import ApplicationBuilder, InvalidCallbackData

from bot.embed import MOUNTED, Embedded
from bot.embed.ptb import as_sent
from bot.embed.update_matcher import KINDS, KNOWN, UpdateMatcher
from bot.settings import SettingsError, load
from handlers import COMMANDS, ROUTERS

BOT, OWNER, PERSON = 42, 7, 8
TOKEN = f"{BOT}:token"
KEY = {"SILICONFLOW_API_KEY": "sk-1"}
TELEGRAM = Bot(TOKEN)
TELEGRAM._me = User(id=BOT, is_bot=True, first_name="S", username="silicon_bot")
AIOGRAMS = Command(*MOUNTED, ignore_case=True)
OURS = UpdateMatcher(BOT, "silicon_bot", MOUNTED, frozenset({OWNER}))

commands = st.sampled_from(sorted(KNOWN | {"Ask", "ASK", "Draw", "asks", "unknown"}))
mentions = st.sampled_from(["", "@", "@silicon_bot", "@Silicon_Bot", "@other_bot", "@silicon-bot", "@silicon_bot@"])
command_lines = st.builds("{}/{}{}{}".format, st.sampled_from(["", " ", "."]), commands, mentions, st.text(max_size=9))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
FIELDS = ("text", "caption", "chat", "from", "reply_to_message", "rich_message", "rich_message_raw", "data", "blocks")


def said(text: str, person: int = PERSON, chat: str = "private", **more: Any) -> dict[str, Any]:
    where = {"id": person if chat == "private" else -5, "type": chat}
    sender = {"id": person, "is_bot": False, "first_name": "A"}
    return {
        "update_id": 1,
        "message": {"message_id": 9, "date": 1, "chat": where, "from": sender, "text": text, **more},
    }


def pressed(data: Any) -> dict[str, Any]:
    return {"update_id": 1, "callback_query": {"id": "1", "data": data}}


def test_all_that_the_dispatcher_does_is_mounted_but_for_start_and_help() -> None:
    assert {"ask", "draw", "model", "summarize", "stop", "forget", "optout", "stats"} <= MOUNTED
    assert {"start", "help"} == KNOWN - MOUNTED
    assert {command.name for command in COMMANDS} == KNOWN
    assert {"callback_query", "edited_message", "message", "my_chat_member", "stopped_message_generation"} <= KINDS


def test_no_button_is_handled_whose_data_has_no_class() -> None:
    """But for the stop button, and what takes the presses that nothing else has taken."""
    unclassed = [
        handler.callback.__module__
        for make in ROUTERS
        for router in make().chain_tail
        for handler in router.callback_query.handlers
        if not any(isinstance(used.callback, CallbackQueryFilter) for used in handler.filters or ())
    ]
    assert unclassed == ["handlers.basics", "handlers.unhandled"]


@given(command_lines | st.text())
async def test_a_text_is_ours_where_aiogram_reads_one_of_our_commands(text: str) -> None:
    raw = said(text, person=OWNER)
    read = await AIOGRAMS(Message.model_validate(raw["message"]), TELEGRAM)
    assert OURS(raw) == bool(read)
    if isinstance(read, dict):
        assert isinstance(read["command"], CommandObject)
        assert OURS.replied(raw) is None


@given(
    st.dictionaries(st.sampled_from(FIELDS), json_values),
    st.sampled_from([*sorted(KINDS), "channel_post"]),
    json_values,
)
def test_updates_of_any_shape_are_judged(message: dict[str, Any], kind: str, value: Any) -> None:
    for held in (message, value):
        raw = {"update_id": 1, kind: held}
        assert isinstance(OURS(raw), bool)
        assert OURS.replied(raw) is None


def test_owners_commands_are_taken_from_owners_in_their_private_chat() -> None:
    owners = [command.name for command in COMMANDS if command.is_for_owners]
    assert len(owners) == 3
    for name in (*owners, *map(str.upper, owners)):
        assert OURS(said(f"/{name}", OWNER))
        assert not OURS(said(f"/{name}", PERSON))
        assert not OURS(said(f"/{name}", OWNER, "supergroup"))


def test_start_and_help_are_the_hosts_unless_they_are_named() -> None:
    assert not OURS(said("/start"))
    assert not OURS(said("/help"))
    assert UpdateMatcher(BOT, "", frozenset({"help"}), frozenset())(said("/help"))


def test_a_picture_and_an_edited_message_may_hold_a_command() -> None:
    message = said("")["message"]
    assert OURS({"message": {**message, "caption": "/draw it as a watercolour"}})
    assert OURS({"edited_message": {**message, "text": "/ask again"}})
    assert not OURS({"channel_post": {**message, "text": "/ask again"}})


@pytest.mark.parametrize("field", ["rich_message", "rich_message_raw"])
def test_of_rich_messages_only_ask_is_read(field: str) -> None:
    def rich(words: str) -> dict[str, Any]:
        message = {field: {"blocks": [{"type": "paragraph", "text": [words, " one"]}]}}
        return {"message": {**said("")["message"], **message}}

    assert OURS(rich("/ask"))
    assert not OURS(rich("/draw"))


@pytest.mark.parametrize("data", ["m:8:families::0", "d:again:1:1:", "f:8:1", "s:8:language:?", "stop:8", "stop:-1008"])
def test_our_buttons_are_ours(data: str) -> None:
    assert OURS(pressed(data))


@pytest.mark.parametrize("data", ["", "m", "m:1", "d:next", "f:8:perhaps", "s:2", "x:1", "stop:now", None, 5])
def test_buttons_that_begin_as_ours_do_are_not_ours(data: Any) -> None:
    assert not OURS(pressed(data))


def test_words_in_reply_to_the_bot_tell_to_which_message() -> None:
    mine = {"message_id": 3, "from": {"id": BOT, "is_bot": True, "first_name": "S"}}
    assert OURS.replied(said("and then?", reply_to_message=mine)) == (PERSON, 3)
    assert OURS.replied(said("/home/me is what?", reply_to_message=mine)) == (PERSON, 3)
    assert OURS.replied(said("/unknown", reply_to_message=mine)) is None
    assert OURS.replied(said("", caption="look", reply_to_message=mine)) is None
    assert OURS.replied(said("and then?", reply_to_message={**mine, "from": {"id": 43}})) is None
    assert OURS.replied(said("and then?")) is None


def test_what_cannot_run_is_refused_at_once_with_its_reasons(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="SILICONFLOW_API_KEY is missing"):
        Embedded(TOKEN, load({}, tmp_path))
    with pytest.raises(ValueError, match="no commands: aks; there are allow, ask"):
        Embedded(TOKEN, load(KEY, tmp_path), commands={"aks", "draw"})
    with pytest.raises(TokenValidationError):
        Embedded("no token", load(KEY, tmp_path))
    (tmp_path / "bot.toml").write_text('[fallbacks]\n"none" = ["at/all"]\n')
    with pytest.raises(SettingsError, match="names at/all, which is no model"):
        Embedded(TOKEN, load(KEY, tmp_path))


def test_without_the_library_the_error_names_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    application = ApplicationBuilder().token(TOKEN).build()
    monkeypatch.setitem(sys.modules, "telegram.ext", None)
    with pytest.raises(ImportError, match=r"pip install 'siliconbot\[ptb\]'"):
        Embedded(TOKEN, load(KEY, tmp_path)).attach_ptb(application)


@pytest.mark.parametrize(("held", "sent"), [(InvalidCallbackData("stop:8"), "stop:8"), (("mine", 1), ["mine", 1])])
def test_our_buttons_data_is_found_where_a_host_has_objects_for_data(held: Any, sent: Any) -> None:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data=held)]])
    chat, user = Chat(8, "private"), PtbUser(8, "A", is_bot=False)
    message = PtbMessage(3, datetime.now(UTC), chat, reply_markup=keyboard)
    raw = as_sent(Update(1, callback_query=CallbackQuery("1", user, "z", message=message, data=held)))
    assert raw["callback_query"]["data"] == sent
    assert OURS(raw) == (sent == "stop:8")
