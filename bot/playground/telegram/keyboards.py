"""Reply markup: checked as Telegram checks it, and only what stays with the message is kept."""

from typing import Any

from bot.playground.telegram.errors import bad_request
from bot.playground.telegram.text import check_link

Json = dict[str, Any]

_ACTIONS = (
    "url", "callback_data", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay", "disabled",
)  # fmt: skip
_STYLES = {"danger", "success", "primary"}


def inline_keyboard(markup: Any) -> Json | None:
    """The keyboard that hangs below a message; None for no keyboard and for those that replace the phone's own."""
    if markup is None or markup == {}:
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" not in markup:
        return None
    rows = markup["inline_keyboard"]
    if not isinstance(rows, list):
        raise bad_request('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array')
    kept = [[button(each) for each in _row(row)] for row in rows if row]
    return {"inline_keyboard": kept} if kept else None


def _row(row: Any) -> list[Any]:
    if not isinstance(row, list):
        raise bad_request("can't parse inline keyboard button: expected an Array of InlineKeyboardButton")
    return row


def button(given: Any, what: str = "inline keyboard button") -> Json:
    """One button of a keyboard or of a rich block."""
    if not isinstance(given, dict):
        raise bad_request(f"can't parse {what}: expected an Object")
    if not given.get("text"):
        raise bad_request(f'can\'t parse {what}: Field "text" must be non-empty')
    actions = [action for action in _ACTIONS if action in given]
    if not actions:
        raise bad_request(f"can't parse {what}: Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise bad_request(f"can't parse {what}: exactly one optional field must be used")
    if "callback_data" in given and not 1 <= len(str(given["callback_data"]).encode()) <= 64:
        raise bad_request("BUTTON_DATA_INVALID")
    if "url" in given:
        check_link(given["url"], what)
    if "copy_text" in given:
        _check_copied(given["copy_text"])
    if str(given.get("style", "primary")) not in _STYLES:
        raise bad_request(f"can't parse {what}: invalid button style specified")
    return given


def _check_copied(given: Any) -> None:
    if not isinstance(given, dict) or not 1 <= len(str(given.get("text", ""))) <= 256:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")
