"""What a call wants to say, read from its parameters and checked: text, rich blocks, media, replies."""

from typing import Any

from bot.playground.telegram import markup
from bot.playground.telegram.errors import bad_request
from bot.playground.telegram.messages import Message
from bot.playground.telegram.parameters import Parameters, is_true
from bot.playground.telegram.people import Chat
from bot.playground.telegram.rich import rich_message
from bot.playground.telegram.state import State
from bot.playground.telegram.text import (
    CAPTION_LIMIT,
    MESSAGE_LIMIT,
    RAW_BYTES_LIMIT,
    Formatted,
    formatted,
    parse_entities,
)

Json = dict[str, Any]


def text(parameters: Parameters, too_long: str = "message is too long") -> Formatted:
    """The text of a message, which must show something."""
    if not parameters.text("text"):
        raise bad_request("message text is empty")
    found = loose_text(parameters, too_long)
    if not found[0]:
        raise bad_request("text must be non-empty")
    return found


def loose_text(parameters: Parameters, too_long: str) -> Formatted:
    """Like :func:`text`, where nothing at all is allowed."""
    source = _parsed(parameters.text("text"), parameters.text("parse_mode"), parameters.rows("entities"))
    return formatted(*source, limit=MESSAGE_LIMIT, too_long=too_long)


def caption(given: Parameters) -> Formatted:
    source = _parsed(given.text("caption"), given.text("parse_mode"), given.rows("caption_entities"))
    return formatted(*source, limit=CAPTION_LIMIT, too_long="message caption is too long")


def _parsed(source: str, mode: str, entities: list[Any]) -> tuple[str, list[Json]]:
    if len(source.encode()) > RAW_BYTES_LIMIT:
        raise bad_request("text is too long")
    return markup.parse(source, mode) if mode else (source, parse_entities(entities))


def rich(state: State, parameters: Parameters, *, draft: bool = False) -> Json:
    def resolve(kind: str, medium: Json) -> Any:
        return state.files.resolve(kind, str(medium.get("media", "")), parameters.files)

    given = parameters.table("rich_message")
    return rich_message(given, resolve, draft=draft)


def medium(state: State, kind: str, address: str, parameters: Parameters) -> Json:
    if not address and kind not in parameters.files:
        raise bad_request(f"there is no {kind} in the request")
    return {kind: state.files.resolve(kind, address or kind, parameters.files)}


def replied(parameters: Parameters, chat: Chat) -> tuple[Message | None, Json | None]:
    """The message replied to and the quote from it."""
    given = parameters.table("reply_parameters")
    target = Parameters(given).integer("message_id") or parameters.integer("reply_to_message_id")
    if not target:
        return None, None
    is_here = str(given.get("chat_id", chat.id)) in {str(chat.id), f"@{chat.username}"}
    found = chat.find(target) if is_here else None
    if found is None:
        if is_true(given.get("allow_sending_without_reply")) or parameters.flag("allow_sending_without_reply"):
            return None, None
        raise bad_request("message to be replied not found")
    return found, _quote(given, found)


def _quote(given: Json, target: Message) -> Json | None:
    if not given.get("quote"):
        return None
    mode, entities = str(given.get("quote_parse_mode") or ""), given.get("quote_entities") or []
    quote, _ = _parsed(str(given["quote"]), mode, entities)
    position = target.text.find(quote)
    if position < 0 or not quote or len(quote) > CAPTION_LIMIT:
        raise bad_request("QUOTE_TEXT_INVALID")
    from_start = len(target.text[:position].encode("utf-16-le")) // 2
    return {"text": quote, "position": from_start, "is_manual": True}
