"""Links to messages of groups."""


def message_link(chat_id: int, username: str | None, topic: int | None, message_id: int) -> str | None:
    """None where there are no links: in basic groups, and to messages from before a group became a supergroup."""
    internal = str(chat_id).removeprefix("-100")
    if message_id < 1 or not str(chat_id).startswith("-100") or len(internal) < 10:
        return None
    place = username or f"c/{internal}"
    return f"https://t.me/{place}/{topic}/{message_id}" if topic else f"https://t.me/{place}/{message_id}"
