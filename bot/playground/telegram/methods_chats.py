"""Methods about chats, their members and their topics."""

from typing import Any

from bot.playground.telegram.errors import bad_request
from bot.playground.telegram.ledger import member
from bot.playground.telegram.parameters import Parameters
from bot.playground.telegram.people import Chat, Topic
from bot.playground.telegram.state import GENERAL_TOPIC, Method, State

Json = dict[str, Any]

_COLORS = frozenset({7322096, 16766590, 13338331, 9367192, 16749490, 16478047})
_GIFTS = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
_PERMISSIONS = (
    "can_send_messages", "can_send_audios", "can_send_documents", "can_send_photos", "can_send_videos",
    "can_send_video_notes", "can_send_voice_notes", "can_send_polls", "can_send_other_messages",
    "can_add_web_page_previews", "can_change_info", "can_invite_users", "can_pin_messages", "can_manage_topics",
)  # fmt: skip


async def get_chat(state: State, parameters: Parameters) -> Json:
    chat = state.own_chat(parameters)
    full: Json = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": dict.fromkeys(_GIFTS, False)}
    if not chat.is_private:
        full["permissions"] = dict.fromkeys(_PERMISSIONS, True)
    if chat.discussion is not None:
        full["linked_chat_id"] = chat.discussion
    pinned = chat.find(chat.pinned[-1]) if chat.pinned else None
    if pinned is not None:
        full["pinned_message"] = state.ledger.raw(pinned, nested=True)
    return chat.raw() | full


async def get_chat_member(state: State, parameters: Parameters) -> Json:
    chat = state.own_chat(parameters)
    person = state.ledger.people.get(parameters.integer("user_id"))
    if person is None:
        raise bad_request("PARTICIPANT_ID_INVALID")
    return member(person, chat.members.get(person.id, "left"))


async def get_chat_administrators(state: State, parameters: Parameters) -> list[Json]:
    """People first of all; other bots are left out, as they are without ``return_bots``."""
    chat = state.own_chat(parameters)
    if chat.is_private:
        raise bad_request("there are no administrators in the private chat")
    people = ((state.ledger.people[user], status) for user, status in chat.members.items() if chat.is_admin(user))
    return [member(person, status) for person, status in people if not person.is_bot or person == state.ledger.bot]


async def get_chat_member_count(state: State, parameters: Parameters) -> int:
    chat = state.own_chat(parameters)
    return sum(chat.has(user) for user in chat.members)


async def leave_chat(state: State, parameters: Parameters) -> bool:
    chat = state.own_chat(parameters)
    if chat.is_private:
        raise bad_request("chat member status can't be changed in private chats")
    old = chat.members[state.ledger.bot.id]
    chat.members[state.ledger.bot.id] = "left"
    state.world.report_membership(state.ledger.bot, chat, old)
    state.ledger.post(chat, state.ledger.bot, service={"left_chat_member": state.ledger.bot.raw()})
    return True


def _forum(state: State, parameters: Parameters) -> Chat:
    chat = state.own_chat(parameters)
    if not (state.world.private_topics if chat.is_private else chat.is_forum):
        raise bad_request("the chat is not a forum")
    state.require_admin(chat, "not enough rights to manage topics")
    return chat


def _topic(parameters: Parameters, chat: Chat) -> Topic:
    topic = chat.topics.get(parameters.integer("message_thread_id"))
    if topic is None:
        raise bad_request("TOPIC_ID_INVALID")
    return topic


def _topic_name(parameters: Parameters) -> str:
    name = parameters.text("name").strip()
    if not 1 <= len(name) <= 128:
        raise bad_request("TOPIC_TITLE_EMPTY" if not name else "TOPIC_TITLE_TOO_LONG")
    return name


async def create_forum_topic(state: State, parameters: Parameters) -> Json:
    chat = _forum(state, parameters)
    color = parameters.integer("icon_color", 7322096)
    if color not in _COLORS:
        raise bad_request("TOPIC_ICON_COLOR_INVALID")
    topic = Topic(0, _topic_name(parameters), color)
    state.flood.message(chat.id)
    state.ledger.create_topic(chat, state.ledger.bot, topic)
    return {"message_thread_id": topic.id, "name": topic.name, "icon_color": color}


async def edit_forum_topic(state: State, parameters: Parameters) -> bool:
    chat = _forum(state, parameters)
    topic = _topic(parameters, chat)
    name = _topic_name(parameters) if parameters.text("name") else topic.name
    if name == topic.name and not topic.is_implicit:
        raise bad_request("TOPIC_NOT_MODIFIED")
    topic.name, topic.is_implicit = name, False
    service = {"forum_topic_edited": {"name": name}}
    state.ledger.post(chat, state.ledger.bot, service=service, thread=topic.id, is_topic=True)
    return True


async def delete_forum_topic(state: State, parameters: Parameters) -> bool:
    chat = _forum(state, parameters)
    if parameters.integer("message_thread_id") == GENERAL_TOPIC:
        raise bad_request("TOPIC_ID_INVALID")
    state.world.delete_topic(chat, _topic(parameters, chat).id)
    return True


METHODS: dict[str, Method] = {
    "getChat": get_chat,
    "getChatMember": get_chat_member,
    "getChatAdministrators": get_chat_administrators,
    "getChatMemberCount": get_chat_member_count,
    "leaveChat": leave_chat,
    "createForumTopic": create_forum_topic,
    "editForumTopic": edit_forum_topic,
    "deleteForumTopic": delete_forum_topic,
}
