"""Streaming previews, chat actions, and answers to pressed buttons: what is seen for a moment."""

from typing import Any

from bot.playground.telegram import content
from bot.playground.telegram.callbacks import CallbackAnswer
from bot.playground.telegram.drafts import DRAFT_SECONDS, Draft
from bot.playground.telegram.errors import bad_request
from bot.playground.telegram.parameters import Parameters
from bot.playground.telegram.state import GENERAL_TOPIC, Method, State

_ACTIONS = frozenset({
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
    "choose_sticker", "find_location", "record_video_note", "upload_video_note",
})  # fmt: skip


async def send_message_draft(state: State, parameters: Parameters) -> bool:
    text, entities = content.loose_text(parameters, "message is too long")
    return _show(state, parameters, text=text, entities=entities)


async def send_rich_message_draft(state: State, parameters: Parameters) -> bool:
    return _show(state, parameters, text="", rich=content.rich(state, parameters, draft=True))


def _show(state: State, parameters: Parameters, **fields: Any) -> bool:
    chat = state.own_chat(parameters)
    if not chat.is_private:
        raise bad_request("TEXTDRAFT_PEER_INVALID")
    draft_id = parameters.integer("draft_id")
    if draft_id == 0:
        raise bad_request("RANDOM_ID_INVALID")
    thread = state.thread(parameters, chat)
    state.flood.draft(chat.id)
    flags: dict[str, Any] = {name: parameters.flag(name) for name in ("can_stop", "keep_on_stop")}
    expires = state.ledger.clock.now() + DRAFT_SECONDS
    draft = Draft(chat.id, thread, draft_id, expires=expires, **flags, **fields)
    ending = state.drafts.ending(draft)
    if ending == "stopped":
        return True
    if ending == "sent":
        state.journal.ghosts.append(draft)
    state.drafts.show(draft)
    state.ledger.feed.publish("draft", chat.id, draft)
    return True


async def send_chat_action(state: State, parameters: Parameters) -> bool:
    chat = state.own_chat(parameters)
    action = parameters.text("action")
    if action not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    is_general = parameters.integer("message_thread_id") == GENERAL_TOPIC
    thread = None if is_general else state.thread(parameters, chat)
    state.flood.draft(chat.id)
    state.ledger.feed.publish("action", chat.id, {"thread": thread, "action": action})
    return True


async def answer_callback_query(state: State, parameters: Parameters) -> bool:
    text = parameters.text("text")
    if len(text) > 200:
        raise bad_request("MESSAGE_TOO_LONG")
    answer = CallbackAnswer(text, parameters.flag("show_alert"), parameters.text("url"))
    state.callbacks.answer(parameters.text("callback_query_id"), answer)
    state.ledger.feed.publish("callback_answer", None, answer)
    return True


METHODS: dict[str, Method] = {
    "sendMessageDraft": send_message_draft,
    "sendRichMessageDraft": send_rich_message_draft,
    "sendChatAction": send_chat_action,
    "answerCallbackQuery": answer_callback_query,
}
