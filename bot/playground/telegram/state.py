"""All parts of one local Telegram, as the methods of the Bot API see them; and the look-ups that most begin with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from bot.playground.telegram.callbacks import Callbacks
from bot.playground.telegram.drafts import Drafts
from bot.playground.telegram.errors import bad_request, forbidden
from bot.playground.telegram.files import Files
from bot.playground.telegram.flood import Flood
from bot.playground.telegram.journal import Journal
from bot.playground.telegram.ledger import Ledger
from bot.playground.telegram.messages import Message
from bot.playground.telegram.parameters import Parameters
from bot.playground.telegram.people import Chat
from bot.playground.telegram.simulator import TelegramSimulator
from bot.playground.telegram.updates import Updates
from bot.playground.telegram.webhook import Webhook

GENERAL_TOPIC = 1


@dataclass(frozen=True, slots=True)
class State:
    ledger: Ledger
    world: TelegramSimulator
    updates: Updates
    webhook: Webhook
    drafts: Drafts
    callbacks: Callbacks
    files: Files
    flood: Flood
    journal: Journal

    def chat(self, parameters: Parameters, name: str = "chat_id") -> Chat:
        """The chat that the call names, if the bot may know of it."""
        wanted = parameters.text(name)
        if not wanted:
            raise bad_request(f"{name} is empty")
        chat = self.ledger.find_chat(wanted)
        if chat is None or (chat.is_private and self.ledger.bot.id not in chat.members):
            raise self._unknown(wanted)
        if chat.migrated_to is not None:
            raise bad_request("group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.migrated_to)
        return chat

    def _unknown(self, wanted: str) -> Exception:
        """Somebody seen in a common group can be named, but not written to before they wrote."""
        is_seen = wanted.isdecimal() and any(
            chat.has(int(wanted)) and chat.has(self.ledger.bot.id)
            for chat in self.ledger.chats.values()
            if not chat.is_private
        )
        return forbidden("bot can't initiate conversation with a user") if is_seen else bad_request("chat not found")

    def own_chat(self, parameters: Parameters) -> Chat:
        """The chat, where the bot must be a member now."""
        chat = self.chat(parameters)
        status = chat.members.get(self.ledger.bot.id)
        what = "supergroup chat" if chat.kind == "supergroup" else f"{chat.kind} chat"
        if status == "kicked":
            raise forbidden("bot was blocked by the user" if chat.is_private else f"bot was kicked from the {what}")
        if status in {None, "left"}:
            raise forbidden(f"bot is not a member of the {what}")
        return chat

    def thread(self, parameters: Parameters, chat: Chat) -> int | None:
        """The topic (or, in a supergroup, the first message of a reply thread) to write into."""
        thread = parameters.integer("message_thread_id")
        if not thread:
            return None
        is_reply_thread = chat.kind == "supergroup" and not chat.is_forum and chat.find(thread) is not None
        if thread not in chat.topics and not is_reply_thread:
            raise bad_request("message thread not found")
        return thread

    def own_message(self, parameters: Parameters) -> Message:
        """The message to edit, which must be the bot's."""
        if parameters.text("inline_message_id"):
            raise bad_request("MESSAGE_ID_INVALID")
        found = self.own_chat(parameters).find(parameters.integer("message_id"))
        if found is None:
            raise bad_request("message to edit not found")
        if found.sender != self.ledger.bot.id or found.service is not None:
            raise bad_request("message can't be edited")
        return found

    def require_admin(self, chat: Chat, description: str) -> None:
        if not chat.is_private and not chat.is_admin(self.ledger.bot.id):
            raise bad_request(description)


Method = Callable[[State, Parameters], Awaitable[Any]]
