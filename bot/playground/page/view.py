"""What the page shows, as JSON: the whole world once, then what changes. Messages have Telegram's own form."""

from typing import Any

from bot.playground.telegram import Chat, Draft, Event, Message, Person, TelegramSimulator

Json = dict[str, Any]
Frame = tuple[str, Json]
"""An event's name and its data."""


def state(world: TelegramSimulator) -> Json:
    """People, chats, and in each chat what a reader sees now."""
    people = world.ledger.people.values()
    return {
        "bot": world.bot.raw(),
        "people": [person.raw() for person in people if not person.is_bot],
        "chats": [described(world, chat) for chat in world.ledger.chats.values() if chat.migrated_to is None],
    }


def frame(world: TelegramSimulator, event: Event) -> Frame | None:
    """What the page is told of an event; None for what people cannot see."""
    match event.kind, event.value:
        case (("message" | "edited" | "ephemeral"), Message() as message):
            return "message", world.ledger.raw(message)
        case (("deleted" | "ephemeral_gone"), Message() as message):
            number = message.id if message.only_for is None else message.ephemeral
            return "deleted", {"chat": message.chat, "message": number, "only_for": message.only_for}
        case (("draft" | "draft_gone"), Draft() as draft):
            shown = _draft(world, draft, stopped=event.kind == "draft_gone")
            return "draft", {"chat": draft.chat, "thread": draft.thread, "draft": shown}
        case "action", doing:
            return "action", {"chat": event.chat, **doing}
        case (("member" | "topics"), _) if event.chat in world.ledger.chats:
            return "chat", described(world, world.ledger.chats[event.chat])
        case ("menus", _):
            return "menus", {str(chat.id): _menus(world, chat) for chat in world.ledger.chats.values()}
        case _:
            return None


def described(world: TelegramSimulator, chat: Chat) -> Json:
    """``threaded``: whether people can open topics there; ``menus``: the bot's commands that each of them is shown."""
    return chat.raw() | {
        "members": [person.id for person in _people(world, chat)],
        "admins": [person.id for person in _people(world, chat) if chat.is_admin(person.id)],
        "messages": [world.ledger.raw(message) for message in _messages(world, chat)],
        "drafts": [_draft(world, draft) for draft in world.drafts(chat)],
        "threaded": world.has_topics(chat),
        "menus": _menus(world, chat),
    }


def _menus(world: TelegramSimulator, chat: Chat) -> Json:
    return {str(person.id): world.menus.shown(chat, person) for person in _people(world, chat)}


def _messages(world: TelegramSimulator, chat: Chat) -> list[Message]:
    """Those that only one of the people sees included: the page shows them to that one."""
    ephemeral = [message for person in _people(world, chat) for message in world.ephemeral(chat, person)]
    return sorted([*world.messages(chat), *ephemeral], key=lambda message: message.date)


def _people(world: TelegramSimulator, chat: Chat) -> list[Person]:
    """Who can write there; a private chat is its person's before it has begun."""
    people = (person for person in world.ledger.people.values() if not person.is_bot)
    return [person for person in people if chat.id == person.id or chat.has(person.id)]


def _draft(world: TelegramSimulator, draft: Draft, *, stopped: bool = False) -> Json | None:
    """None once it is not seen any more; one that was stopped may stay until the message that follows."""
    if world.draft(world.ledger.chats[draft.chat], draft.thread) != draft:
        return None
    return {
        "id": draft.id,
        "thread": draft.thread,
        "text": draft.text,
        "entities": list(draft.entities),
        "rich": draft.rich,
        "can_stop": draft.can_stop and not stopped,
        "seconds": draft.expires - world.ledger.clock.now(),
    }
