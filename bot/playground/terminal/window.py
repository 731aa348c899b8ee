"""What who sits at a terminal sees of the local Telegram: messages as they come, grow, change and go."""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from bot.playground.telegram import CallbackAnswer, Chat, Draft, Event, Message, TelegramSimulator
from bot.playground.terminal.phrases import Phrases
from bot.playground.terminal.printing import Printer
from bot.playground.terminal.screen import Screen

_PAST = 8  # messages that are shown of a chat that is opened


class Window:
    """``chat``: the one that is looked into; what happens in others bears their titles."""

    def __init__(
        self, world: TelegramSimulator, printer: Printer, screen: Screen, phrases: Phrases, chat: Chat
    ) -> None:
        self.chat = chat
        self._world = world
        self._printer = printer
        self._screen = screen
        self._phrases = phrases

    @contextmanager
    def open(self) -> Iterator[None]:
        with self._world.feed.listening(self._tell):
            yield

    def look_into(self, chat: Chat) -> None:
        """Its newest messages."""
        self.chat = chat
        self.note("opened", title=self.title(chat))
        for message in self._world.messages(chat)[-_PAST:]:
            self._message(message)

    def title(self, chat: Chat) -> str:
        """As its members see it: a private chat has the bot's name."""
        return self._world.bot.first_name if chat.is_private else chat.title

    def note(self, key: str, **values: object) -> None:
        """A sentence of the terminal's own."""
        self._screen.say(*self._printer.text(self._phrases(key, **values), "faint"))

    def _tell(self, event: Event) -> None:
        match event.kind, event.value:
            case "message", Message() as message:
                self._message(message, instead_of=("draft", message.chat, message.thread))
            case "edited", Message() as message:
                self._message(message, self._phrases("edited"))
            case "ephemeral", Message() as message:
                self._message(message, self._phrases("only_for", name=self._name(message.only_for)))
            case (("deleted" | "ephemeral_gone"), Message() as message):
                if not self._screen.gone(_key(message)):
                    self.note("deleted", number=message.ephemeral or message.id)
            case "draft", Draft() as draft:
                self._draft(draft)
            case "callback_answer", CallbackAnswer(text=str(text)) if text:
                self._screen.say(*self._printer.text(f"» {text}"))

    def _message(self, message: Message, *marks: str, instead_of: Hashable = None) -> None:
        chat = self._world.ledger.chats[message.chat]
        elsewhere = () if chat is self.chat else (chat.title,)
        topic = (chat.topics[message.thread].name,) if message.thread in chat.topics else ()
        head = self._printer.head(message, *elsewhere, *topic, *marks)
        self._screen.show(_key(message), head, self._printer.body(message), instead_of=instead_of)

    def _name(self, person: int | None) -> str:
        found = self._world.ledger.people.get(person or 0)
        return found.first_name if found else ""

    def _draft(self, draft: Draft) -> None:
        lines = self._printer.draft(draft) or ["…"]
        head = self._printer.name(self._world.bot.first_name)
        self._screen.show(("draft", draft.chat, draft.thread), head, lines, settled=False)


def _key(message: Message) -> Hashable:
    return ("message", message.chat, message.id, message.only_for, message.ephemeral)
