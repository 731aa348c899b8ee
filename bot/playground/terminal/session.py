"""Where a person sits who types: what is typed is said in a chat; lines that begin with ``:`` do all the rest."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Final

from bot.playground.telegram import Chat, Message, Person, TelegramSimulator
from bot.playground.telegram.errors import RefusedError
from bot.playground.telegram.text import MESSAGE_LIMIT
from bot.playground.terminal.window import Window

_COMMAND: Final = re.compile(r"[:：]([a-z]+)(?:\s+(.*))?", re.DOTALL)  # so ":)" is text; bots' commands begin with "/"
_LITERAL: Final = ("::", "：：")


class Wrong(Exception):
    """What was typed cannot be done; ``key`` and ``values`` as for :class:`Phrases`."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


class TerminalSession:
    """Where a person sits: who they are, and what they do in the chat that they look into."""

    def __init__(self, world: TelegramSimulator, window: Window, person: Person) -> None:
        self._world = world
        self._window = window
        self._person = person
        self._topic: int | None = None

    def take(self, line: str) -> bool:
        """Do what the line says; False: leave. Raises Wrong."""
        if command := _COMMAND.fullmatch(line.strip()):
            name, given = command[1], (command[2] or "").strip()
            if name in {"quit", "q"}:
                return False
            if name not in self._ACTIONS:
                raise Wrong("unknown", name=name)
            self._ACTIONS[name](self, given)
        elif text := (line[1:] if line.startswith(_LITERAL) else line).strip():
            self._say(text)
        return True

    def _say(self, text: str, reply_to: Message | None = None) -> None:
        thread = None if reply_to else self._topic
        self._world.say(self._person, self._window.chat, _short(text), reply_to=reply_to, thread=thread)

    def _help(self, _: str) -> None:
        self._window.note("help")

    def _chats(self, _: str) -> None:
        listed = (f"{number}  {self._window.title(chat)}" for number, chat in enumerate(self._mine(), 1))
        self._window.note("chats", name=self._person.first_name, listed="\n".join(listed))

    def _chat(self, given: str) -> None:
        chats = self._mine()
        number = _number(given)
        if not 1 <= number <= len(chats):
            raise Wrong("no_chat", number=number)
        self._look_into(chats[number - 1])

    def _look_into(self, chat: Chat) -> None:
        self._topic = None
        self._window.look_into(chat)

    def _topics(self, _: str) -> None:
        listed = (f"{topic.id}  {topic.name}" for topic in self._threaded().topics.values())
        self._window.note("topics", listed="\n".join(listed))

    def _enter(self, given: str) -> None:
        """``N``, 0 for outside of all topics, or the name of a new one."""
        chat = self._threaded()
        if not given:
            raise Wrong("no_text")
        number = int(given) if re.fullmatch("[0-9]{1,9}", given) else self._world.topic(self._person, chat, given[:128])
        if number and number not in chat.topics:
            raise Wrong("no_topic", number=number)
        self._topic = number or None
        if number:
            self._window.note("in_topic", name=chat.topics[number].name)
        else:
            self._window.note("in_no_topic")

    def _threaded(self) -> Chat:
        if not self._world.has_topics(self._window.chat):
            raise Wrong("no_topics")
        return self._window.chat

    def _as(self, given: str) -> None:
        """Their private chat, or the group that is looked into, where they are in it too."""
        people = [person for person in self._world.ledger.people.values() if not person.is_bot]
        names = [(name.casefold(), person) for person in people for name in (person.first_name, person.username or "")]
        found = [person for name, person in names if name == given.removeprefix("@").casefold()]
        if not given or not found:
            raise Wrong("no_person", names=", ".join(person.first_name for person in people))
        self._person = found[0]
        stays = not self._window.chat.is_private and self._window.chat.has(self._person.id)
        self._look_into(self._window.chat if stays else self._world.private(self._person))
        self._window.note("now", name=self._person.first_name)

    def _press(self, given: str) -> None:
        """``N [MESSAGE]``; without a message the newest one that has buttons."""
        number, _, message = given.partition(" ")
        target = self._message(message) if message else self._newest_with_buttons()
        buttons = list(target.buttons())
        which = _number(number)
        if not 1 <= which <= len(buttons):
            raise Wrong("no_button", number=which)
        data = buttons[which - 1].get("callback_data")
        if data is None:
            raise Wrong("no_press", number=which)
        self._world.press(self._person, target, data)

    def _reply(self, given: str) -> None:
        number, text = _two(given)
        self._say(text, self._message(number))

    def _edit(self, given: str) -> None:
        number, text = _two(given)
        try:
            self._world.edit(self._person, self._message(number), _short(text))
        except ValueError:
            raise Wrong("not_yours", number=number) from None

    def _photo(self, given: str) -> None:
        """``PATH [| CAPTION]``"""
        path, _, caption = given.partition("|")
        try:
            data = Path(path.strip()).expanduser().read_bytes()
            words = _short(caption.strip())
            self._world.send_photo(self._person, self._window.chat, data, caption=words, thread=self._topic)
        except (OSError, ValueError) as error:
            raise Wrong("no_file", reason=error) from None
        except RefusedError as error:
            raise Wrong("no_picture", reason=error) from None

    def _stop(self, _: str) -> None:
        """In whatever topic it is written; the last that was begun."""
        drafts = [draft for draft in self._world.drafts(self._window.chat) if draft.can_stop]
        if not drafts:
            raise Wrong("no_draft")
        self._world.stop(self._window.chat, drafts[-1].id, thread=drafts[-1].thread)

    def _mine(self) -> list[Chat]:
        groups = [chat for chat in self._world.ledger.chats.values() if chat.has(self._person.id)]
        return [self._world.private(self._person), *(chat for chat in groups if not chat.is_private)]

    def _message(self, given: str) -> Message:
        number = _number(given)
        found = self._window.chat.find(number)
        if found is None:
            raise Wrong("no_message", number=number)
        return found

    def _newest_with_buttons(self) -> Message:
        chat = self._window.chat
        for message in reversed([*self._world.messages(chat), *self._world.ephemeral(chat, self._person)]):
            if any(message.buttons()):
                return message
        raise Wrong("no_buttons")

    _ACTIONS: ClassVar[dict[str, "Callable[[TerminalSession, str], None]"]] = {
        "help": _help,
        "chats": _chats,
        "chat": _chat,
        "topics": _topics,
        "topic": _enter,
        "as": _as,
        "press": _press,
        "reply": _reply,
        "edit": _edit,
        "photo": _photo,
        "stop": _stop,
    }


def _number(given: str) -> int:
    if not re.fullmatch(r"#?[0-9]{1,9}", given.strip()):
        raise Wrong("no_number")
    return int(given.strip().removeprefix("#"))


def _two(given: str) -> tuple[str, str]:
    number, _, text = given.partition(" ")
    if not text.strip():
        raise Wrong("no_text")
    return number, text.strip()


def _short(text: str) -> str:
    if len(text) > MESSAGE_LIMIT:
        raise Wrong("too_long", most=MESSAGE_LIMIT)
    return text
