"""Questions of the bot that open a reply by themselves (ForceReply), overheard: they are not part of the message."""

from typing import Any

from bot.playground.telegram import Call, TelegramSimulator
from bot.playground.telegram.parameters import Parameters

Json = dict[str, Any]


def prompt(world: TelegramSimulator, call: Call) -> Json | None:
    """Where and to whom a call opens a reply, ``people`` None for everybody; None for all other calls."""
    sent = (call.answer or {}).get("result") if call.delivered else None
    if not isinstance(sent, dict) or "message_id" not in sent:
        return None
    markup = Parameters(call.parameters).table("reply_markup")
    if not markup.get("force_reply"):
        return None
    people = _chosen(world, sent) if markup.get("selective") else None
    placeholder = str(markup.get("input_field_placeholder") or "")
    return {"chat": sent["chat"]["id"], "message": sent["message_id"], "people": people, "placeholder": placeholder}


def _chosen(world: TelegramSimulator, sent: Json) -> list[int]:
    """Whom a selective one is for: those that the text mentions, and the author of what it replies to."""
    entities = sent.get("entities", [])
    chosen = [entity["user"]["id"] for entity in entities if entity["type"] == "text_mention"]
    chosen += [
        person.id
        for person in world.ledger.people.values()
        if person.username and f"@{person.username}".lower() in sent.get("text", "").lower().split()
    ]
    return chosen + ([sent["reply_to_message"]["from"]["id"]] if "reply_to_message" in sent else [])
