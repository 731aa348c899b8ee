"""Messages that one member of a group alone sees: who may send them, and how they are changed and removed.

Telegram documents the rules and not all of the words of its refusals; where those are unknown the nearest of its codes
stands.
"""

from typing import Any

from bot.playground.telegram import content
from bot.playground.telegram.audience import thread_of
from bot.playground.telegram.errors import NOT_MODIFIED, bad_request
from bot.playground.telegram.keyboards import inline_keyboard
from bot.playground.telegram.messages import Message
from bot.playground.telegram.parameters import Parameters
from bot.playground.telegram.people import Chat
from bot.playground.telegram.state import Method, State

Json = dict[str, Any]

COMMAND_SECONDS = 15
SHORT_EDIT = 1024


def whisper(state: State, parameters: Parameters, fields: Json) -> Message:
    """Show what was read and checked to the member that ``ephemeral_message_parameters`` names."""
    chat = state.own_chat(parameters)
    if chat.kind not in {"group", "supergroup"}:
        raise bad_request("PEER_ID_INVALID")
    given = Parameters(parameters.table("ephemeral_message_parameters"))
    receiver = given.integer("receiver_user_id")
    if not chat.has(receiver) or state.ledger.people[receiver].is_bot:
        raise bad_request("USER_ID_INVALID")
    if given.flag("replace_callback_query_message"):
        raise bad_request("replace_callback_query_message is beyond the local Telegram")
    is_reply = _answers_command(state, parameters, chat, receiver)
    if given.text("callback_query_id"):
        state.callbacks.check(given.text("callback_query_id"), receiver)
    elif not is_reply and not chat.is_admin(state.ledger.bot.id):
        raise bad_request("CHAT_ADMIN_REQUIRED")
    reply_to = None if is_reply else _replied(parameters, chat)
    thread, is_topic = thread_of(chat, state.thread(parameters, chat), reply_to)
    keyboard = inline_keyboard(parameters.json("reply_markup"))
    state.flood.message(chat.id)
    where: Json = {"thread": thread, "is_topic": is_topic, "reply_to": reply_to.id if reply_to else None}
    return state.ledger.whisper(chat, state.ledger.bot, receiver, keyboard=keyboard, **where, **fields)


def _answers_command(state: State, parameters: Parameters, chat: Chat, receiver: int) -> bool:
    """Whether it replies to an ephemeral command of the receiver, which has to be of just now."""
    number = Parameters(parameters.table("reply_parameters")).integer("ephemeral_message_id")
    if not number:
        return False
    command = state.ledger.ephemera.find(chat.id, receiver, number)
    if command is None or command.sender != receiver or state.ledger.now() - command.date > COMMAND_SECONDS:
        raise bad_request("message to be replied not found")
    return True


def _replied(parameters: Parameters, chat: Chat) -> Message | None:
    """``allow_sending_without_reply`` is always false here, and a quote is ignored."""
    number = Parameters(parameters.table("reply_parameters")).integer("message_id")
    found = chat.find(number)
    if number and found is None:
        raise bad_request("message to be replied not found")
    return found


def _own(state: State, parameters: Parameters, missing: str) -> Message:
    number = parameters.integer("ephemeral_message_id")
    receiver = parameters.integer("receiver_user_id")
    found = state.ledger.ephemera.find(state.own_chat(parameters).id, receiver, number)
    if found is None or found.sender != state.ledger.bot.id:
        raise bad_request(missing)
    return found


def _change(state: State, message: Message, parameters: Parameters, **changes: Any) -> bool:
    """Edit in place; a keyboard that is not sent again is gone."""
    changes["keyboard"] = inline_keyboard(parameters.json("reply_markup"))
    if all(getattr(message, name) == value for name, value in changes.items()):
        raise bad_request(NOT_MODIFIED)
    state.flood.message(message.chat)
    state.ledger.ephemera.change(message, edited=state.ledger.now(), **changes)
    return True


async def edit_text(state: State, parameters: Parameters) -> bool:
    if parameters.json("rich_message") is not None:
        fields: Json = {"text": "", "entities": (), "rich": content.rich(state, parameters)}
    else:
        text, entities = content.text(parameters, "MESSAGE_TOO_LONG")
        if state.world.short_ephemeral_edits and len(text) > SHORT_EDIT:
            raise bad_request("MEDIA_CAPTION_TOO_LONG")
        fields = {"text": text, "entities": entities, "rich": None}
    message = _own(state, parameters, "message to edit not found")
    if message.media is not None:
        raise bad_request("there is no text in the message to edit")
    return _change(state, message, parameters, **fields)


async def edit_caption(state: State, parameters: Parameters) -> bool:
    text, entities = content.caption(parameters)
    message = _own(state, parameters, "message to edit not found")
    if message.media is None:
        raise bad_request("there is no caption in the message to edit")
    return _change(state, message, parameters, text=text, entities=entities)


async def edit_reply_markup(state: State, parameters: Parameters) -> bool:
    return _change(state, _own(state, parameters, "message to edit not found"), parameters)


async def delete(state: State, parameters: Parameters) -> bool:
    state.ledger.ephemera.remove(_own(state, parameters, "message to delete not found"))
    return True


METHODS: dict[str, Method] = {
    "editEphemeralMessageText": edit_text,
    "editEphemeralMessageCaption": edit_caption,
    "editEphemeralMessageReplyMarkup": edit_reply_markup,
    "deleteEphemeralMessage": delete,
}
