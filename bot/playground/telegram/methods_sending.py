"""Methods that write new messages."""

import json
from typing import Any

from bot.playground.telegram import content
from bot.playground.telegram.audience import thread_of
from bot.playground.telegram.errors import bad_request
from bot.playground.telegram.keyboards import inline_keyboard
from bot.playground.telegram.messages import Message
from bot.playground.telegram.methods_ephemeral import whisper
from bot.playground.telegram.parameters import Parameters
from bot.playground.telegram.state import Method, State

Json = dict[str, Any]

_ALBUM = range(2, 11)


def deliver(state: State, parameters: Parameters, *contents: Json) -> list[Message]:
    """Write what was read and checked, an album in one go, or refuse it as a whole. Albums are for all to see."""
    if len(contents) == 1 and parameters.table("ephemeral_message_parameters"):
        return [whisper(state, parameters, contents[0])]
    chat = state.own_chat(parameters)
    reply_to, quote = content.replied(parameters, chat)
    thread, is_topic = thread_of(chat, state.thread(parameters, chat), reply_to)
    keyboard = inline_keyboard(parameters.json("reply_markup"))
    state.flood.message(chat.id)
    draft = state.drafts.clear(chat.id, thread)
    if draft is not None:
        state.ledger.feed.publish("draft_gone", chat.id, draft)
    where: Json = {"thread": thread, "is_topic": is_topic, "keyboard": keyboard, "quote": quote}
    where["reply_to"] = reply_to.id if reply_to else None
    return [_write(state, chat.id, where | each) for each in contents]


def _write(state: State, chat: int, fields: Json) -> Message:
    message = state.ledger.post(state.ledger.chats[chat], state.ledger.bot, **fields)
    said = message.text or (json.dumps(message.rich, ensure_ascii=False) if message.rich else "")
    if said:
        state.journal.sent(chat, message.thread, said, state.ledger.clock.now())
    return message


async def send_message(state: State, parameters: Parameters) -> Json:
    text, entities = content.text(parameters)
    preview = parameters.table("link_preview_options") or None
    [message] = deliver(state, parameters, {"text": text, "entities": entities, "preview": preview})
    return state.ledger.raw(message)


async def send_rich_message(state: State, parameters: Parameters) -> Json:
    [message] = deliver(state, parameters, {"rich": content.rich(state, parameters)})
    return state.ledger.raw(message)


def _send_file(kind: str) -> Method:
    async def send(state: State, parameters: Parameters) -> Json:
        text, entities = content.caption(parameters)
        media = content.medium(state, kind, parameters.text(kind), parameters)
        [message] = deliver(state, parameters, {"media": media, "text": text, "entities": entities})
        return state.ledger.raw(message)

    return send


async def send_media_group(state: State, parameters: Parameters) -> list[Json]:
    items = parameters.rows("media")
    if len(items) not in _ALBUM:
        raise bad_request("group send failed: an album holds 2 to 10 items")
    album = str(state.ledger.now() * 1000 + len(state.journal.calls))
    written = deliver(state, parameters, *[album_item(state, item, parameters) | {"album": album} for item in items])
    return [state.ledger.raw(message) for message in written]


def album_item(state: State, item: Any, parameters: Parameters) -> Json:
    """The fields of a message that an InputMedia object asks for."""
    if not isinstance(item, dict) or str(item.get("type")) not in {"photo", "document", "video", "audio", "animation"}:
        raise bad_request("can't parse InputMedia: type must be one of photo, document, video, audio and animation")
    media = content.medium(state, item["type"], str(item.get("media") or ""), parameters)
    text, entities = content.caption(Parameters(item))
    return {"media": media, "text": text, "entities": entities}


METHODS: dict[str, Method] = {
    "sendMessage": send_message,
    "sendRichMessage": send_rich_message,
    "sendPhoto": _send_file("photo"),
    "sendDocument": _send_file("document"),
    "sendVoice": _send_file("voice"),
    "sendMediaGroup": send_media_group,
}
