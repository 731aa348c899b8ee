"""Methods that change or remove what is written."""

import json
from typing import Any

from bot.playground.telegram import content
from bot.playground.telegram.errors import NOT_MODIFIED, bad_request
from bot.playground.telegram.keyboards import inline_keyboard
from bot.playground.telegram.messages import Message
from bot.playground.telegram.methods_sending import album_item
from bot.playground.telegram.parameters import Parameters
from bot.playground.telegram.people import Chat
from bot.playground.telegram.state import Method, State

Json = dict[str, Any]

DELETABLE_SECONDS = 48 * 3600
_EMOJI = frozenset("👍👎❤🔥🥰👏😁🤔🤯😱🤬😢🎉🤩🤮💩🙏👌🕊🤡👀✍🤝🆒⚡🏆💔🤨😐🤓👻😴🫡")


def _change(state: State, message: Message, parameters: Parameters, **changes: Any) -> Json:
    """Edit in place; a keyboard that is not sent again is gone."""
    changes["keyboard"] = inline_keyboard(parameters.json("reply_markup"))
    before = {name: getattr(message, name) for name in changes}
    if json.dumps(before, sort_keys=True) == json.dumps(changes, sort_keys=True):
        raise bad_request(NOT_MODIFIED)
    state.flood.message(message.chat)
    return state.ledger.raw(state.ledger.amend(message, **changes))


async def edit_message_text(state: State, parameters: Parameters) -> Json:
    if parameters.json("rich_message") is not None:
        if parameters.text("text"):
            raise bad_request("exactly one of the parameters text and rich_message must be used")
        fields: Json = {"text": "", "entities": (), "rich": content.rich(state, parameters)}
    else:
        text, entities = content.text(parameters, "MESSAGE_TOO_LONG")
        fields = {"text": text, "entities": entities, "rich": None}
    message = state.own_message(parameters)
    if message.media is not None:
        raise bad_request("there is no text in the message to edit")
    return _change(state, message, parameters, **fields)


async def edit_message_caption(state: State, parameters: Parameters) -> Json:
    text, entities = content.caption(parameters)
    message = state.own_message(parameters)
    if message.media is None:
        raise bad_request("there is no caption in the message to edit")
    return _change(state, message, parameters, text=text, entities=entities)


async def edit_message_media(state: State, parameters: Parameters) -> Json:
    message = state.own_message(parameters)
    return _change(state, message, parameters, rich=None, **album_item(state, parameters.json("media"), parameters))


async def edit_message_reply_markup(state: State, parameters: Parameters) -> Json:
    return _change(state, state.own_message(parameters), parameters)


async def delete_message(state: State, parameters: Parameters) -> bool:
    chat = state.own_chat(parameters)
    message = chat.find(parameters.integer("message_id"))
    if message is None:
        raise bad_request("message to delete not found")
    if not _may_delete(state, chat, message):
        raise bad_request("message can't be deleted")
    state.ledger.remove(message)
    return True


async def delete_messages(state: State, parameters: Parameters) -> bool:
    """What cannot be found or deleted is skipped."""
    chat = state.own_chat(parameters)
    ids = parameters.rows("message_ids")
    if not 1 <= len(ids) <= 100:
        raise bad_request("message identifiers must be 1 to 100")
    for message in [chat.find(message_id) for message_id in ids if isinstance(message_id, int)]:
        if message is not None and _may_delete(state, chat, message):
            state.ledger.remove(message)
    return True


def _may_delete(state: State, chat: Chat, message: Message) -> bool:
    bot = state.ledger.bot.id
    is_recent = state.ledger.now() - message.date < DELETABLE_SECONDS
    return chat.is_admin(bot) or (is_recent and (message.sender == bot or chat.is_private))


async def set_message_reaction(state: State, parameters: Parameters) -> bool:
    chat = state.own_chat(parameters)
    message = chat.find(parameters.integer("message_id"))
    if message is None:
        raise bad_request("message to react not found")
    reactions = parameters.rows("reaction")
    if any(
        not isinstance(each, dict) or str(each.get("emoji", "")).rstrip("\ufe0f") not in _EMOJI for each in reactions
    ):
        raise bad_request("REACTION_INVALID")
    state.ledger.feed.publish("reaction", chat.id, {"message_id": message.id, "reaction": reactions})
    return True


async def pin_chat_message(state: State, parameters: Parameters) -> bool:
    chat = state.own_chat(parameters)
    state.require_admin(chat, "not enough rights to manage pinned messages in the chat")
    message = chat.find(parameters.integer("message_id"))
    if message is None:
        raise bad_request("message to pin not found")
    chat.pinned.append(message.id)
    pinned = {"pinned_message": state.ledger.raw(message, nested=True)}
    state.ledger.post(chat, state.ledger.bot, service=pinned, thread=message.thread, is_topic=message.is_topic)
    return True


async def unpin_chat_message(state: State, parameters: Parameters) -> bool:
    chat = state.own_chat(parameters)
    state.require_admin(chat, "not enough rights to manage pinned messages in the chat")
    wanted = parameters.integer("message_id") or (chat.pinned[-1] if chat.pinned else 0)
    if wanted not in chat.pinned:
        raise bad_request("message to unpin not found")
    chat.pinned.remove(wanted)
    state.ledger.feed.publish("pinned", chat.id, list(chat.pinned))
    return True


async def unpin_all(state: State, parameters: Parameters) -> bool:
    chat = state.own_chat(parameters)
    state.require_admin(chat, "not enough rights to manage pinned messages in the chat")
    chat.pinned.clear()
    state.ledger.feed.publish("pinned", chat.id, [])
    return True


METHODS: dict[str, Method] = {
    "editMessageText": edit_message_text,
    "editMessageCaption": edit_message_caption,
    "editMessageMedia": edit_message_media,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "deleteMessage": delete_message,
    "deleteMessages": delete_messages,
    "setMessageReaction": set_message_reaction,
    "pinChatMessage": pin_chat_message,
    "unpinChatMessage": unpin_chat_message,
    "unpinAllChatMessages": unpin_all,
}
