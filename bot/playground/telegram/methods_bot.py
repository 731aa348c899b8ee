"""Methods about the bot itself: who it is, how it gets updates, its files and its list of commands."""

import re
from typing import Any

from bot.playground.telegram.errors import bad_request, conflict
from bot.playground.telegram.files import DOWNLOAD_BYTES
from bot.playground.telegram.menus import Scope
from bot.playground.telegram.parameters import Parameters
from bot.playground.telegram.state import Method, State

Json = dict[str, Any]

_SECRET = re.compile(r"[A-Za-z0-9_-]{0,256}")
_COMMAND = re.compile(r"/?[a-z0-9_]{1,32}")
_SCOPES_OF_CHATS = frozenset({"chat", "chat_administrators", "chat_member"})
_SCOPES = _SCOPES_OF_CHATS | {"default", "all_private_chats", "all_group_chats", "all_chat_administrators"}


async def get_me(state: State, parameters: Parameters) -> Json:  # noqa: ARG001 - one signature for all methods
    return state.ledger.bot.raw() | {
        "can_join_groups": True,
        "can_read_all_group_messages": not state.world.privacy,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": state.world.private_topics,
        "allows_users_to_create_topics": state.world.private_topics,
    }


async def get_updates(state: State, parameters: Parameters) -> list[Json]:
    if state.webhook.url:
        raise conflict(
            "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
        )
    _allow(state, parameters)
    limit = parameters.integer("limit", 100)
    limit = limit if 1 <= limit <= 100 else 100
    return await state.updates.poll(parameters.integer("offset"), limit, parameters.integer("timeout"))


def _allow(state: State, parameters: Parameters) -> None:
    """A list that is not given leaves the last one in force."""
    if "allowed_updates" in parameters.values:
        state.updates.allowed = [str(kind) for kind in parameters.rows("allowed_updates")]


async def set_webhook(state: State, parameters: Parameters) -> bool:
    """Plain http is accepted, as Telegram's own local server does."""
    url = parameters.text("url")
    secret = parameters.text("secret_token")
    if not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    if url and not re.match(r"https?://[^/]", url):
        raise bad_request("bad webhook: invalid webhook URL specified")
    _allow(state, parameters)
    if parameters.flag("drop_pending_updates"):
        state.updates.clear()
    await state.webhook.close()
    if url:
        state.updates.interrupt("terminated by setWebhook request")
        await state.webhook.open(url, secret, min(100, max(1, parameters.integer("max_connections", 40))))
    return True


async def delete_webhook(state: State, parameters: Parameters) -> bool:
    await state.webhook.close()
    if parameters.flag("drop_pending_updates"):
        state.updates.clear()
    return True


async def get_webhook_info(state: State, parameters: Parameters) -> Json:  # noqa: ARG001 - one signature for all methods
    return state.webhook.info()


async def get_file(state: State, parameters: Parameters) -> Json:
    file = state.files.get(parameters.text("file_id"))
    if file is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if len(file.data) > DOWNLOAD_BYTES:
        raise bad_request("file is too big")
    return file.raw() | {"file_path": file.path}


def _scope(state: State, parameters: Parameters) -> Scope:
    given = Parameters(parameters.table("scope") or {"type": "default"})
    kind = given.text("type")
    if kind not in _SCOPES:
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    if kind not in _SCOPES_OF_CHATS:
        return Scope(kind)
    chat = state.chat(given)
    if chat.kind == "channel":
        raise bad_request("can't change commands in channel chats")
    if chat.is_private and kind != "chat":
        raise bad_request("can't use specified scope in private chats")
    if kind != "chat_member":
        return Scope(kind, chat.id)
    user = given.integer("user_id")
    if user not in state.ledger.people:
        raise bad_request("user not found")
    return Scope(kind, chat.id, user)


async def set_my_commands(state: State, parameters: Parameters) -> bool:
    scope, language = _scope(state, parameters), parameters.text("language_code")
    commands = parameters.rows("commands")
    if len(commands) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    state.world.menus.set(scope, language, [_command(given) for given in commands])
    state.world.feed.publish("menus", scope.chat, None)
    return True


def _command(given: Any) -> Json:
    if not isinstance(given, dict) or not _COMMAND.fullmatch(str(given.get("command", ""))):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= len(str(given.get("description", ""))) <= 256:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return given | {"command": str(given["command"]).removeprefix("/")}


async def get_my_commands(state: State, parameters: Parameters) -> list[Json]:
    return state.world.menus.get(_scope(state, parameters), parameters.text("language_code"))


async def delete_my_commands(state: State, parameters: Parameters) -> bool:
    scope = _scope(state, parameters)
    state.world.menus.delete(scope, parameters.text("language_code"))
    state.world.feed.publish("menus", scope.chat, None)
    return True


METHODS: dict[str, Method] = {
    "getMe": get_me,
    "getUpdates": get_updates,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
    "getFile": get_file,
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
}
