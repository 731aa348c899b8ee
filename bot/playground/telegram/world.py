"""The people's side: they write, edit, press, block and invite, and Telegram tells the bot what it would tell."""

import asyncio
import itertools
from collections.abc import Callable
from typing import Any, TypeVar

from bot.playground.telegram.audience import reaches_bot, thread_of
from bot.playground.telegram.callbacks import CallbackAnswer, Callbacks
from bot.playground.telegram.drafts import Draft, Drafts
from bot.playground.telegram.feed import Feed
from bot.playground.telegram.files import PIXEL, File, Files, describe
from bot.playground.telegram.ledger import FIRST_SUPERGROUP, Ledger, member
from bot.playground.telegram.messages import Message
from bot.playground.telegram.people import Chat, Person, Topic
from bot.playground.telegram.text import detected
from bot.playground.telegram.updates import CALLBACK_RETENTION, Updates

Json = dict[str, Any]
T = TypeVar("T")

FIRST_PERSON = 500_000_001
FIRST_GROUP = -4_000_000_001


class World:
    """All actions happen at once; what the bot does about them is awaited with :meth:`until` or a subscription.

    ``privacy`` is the bot's privacy mode in groups, on as BotFather has it by default.
    """

    def __init__(self, ledger: Ledger, updates: Updates, drafts: Drafts, callbacks: Callbacks, files: Files) -> None:
        self.privacy = True
        self.private_topics = False
        """Threaded mode: private chats have topics (``getMe.has_topics_enabled``)."""
        self.ledger = ledger
        self.updates = updates
        self._drafts = drafts
        self._callbacks = callbacks
        self._files = files
        self._person_ids = itertools.count(FIRST_PERSON)
        self._group_ids = itertools.count(FIRST_GROUP, -1)
        self._supergroup_ids = itertools.count(FIRST_SUPERGROUP, -1)

    @property
    def bot(self) -> Person:
        return self.ledger.bot

    @property
    def feed(self) -> Feed:
        return self.ledger.feed

    # Who is there

    def person(
        self, first_name: str, *, username: str | None = None, language: str = "en", is_bot: bool = False
    ) -> Person:
        person = Person(next(self._person_ids), first_name, username, None if is_bot else language, is_bot)
        self.ledger.people[person.id] = person
        return person

    def private(self, person: Person) -> Chat:
        """The person's chat with the bot, which starts with the person's first message."""
        found = self.ledger.chats.get(person.id)
        return found or self.ledger.add_chat(Chat(person.id, "private", person.first_name, person.username))

    def group(
        self,
        title: str,
        *people: Person,
        kind: str = "supergroup",
        forum: bool = False,
        username: str | None = None,
        bot: str | None = "member",
    ) -> Chat:
        """The first person owns it; ``bot`` is the bot's status from the start, untold by updates (None: outside)."""
        ids = self._group_ids if kind == "group" else self._supergroup_ids
        members = {person.id: "creator" if index == 0 else "member" for index, person in enumerate(people)}
        if bot is not None:
            members[self.bot.id] = bot
        return self.ledger.add_chat(Chat(next(ids), kind, title, username, forum, members))

    def topic(self, person: Person, chat: Chat, name: str, *, implicit: bool = False) -> int:
        """Open a topic; its thread id."""
        self._start(chat)
        message = self.ledger.create_topic(chat, person, Topic(0, name, is_implicit=implicit))
        self._tell(chat, "message", message, is_service=True)
        return message.id

    def delete_topic(self, chat: Chat, thread: int) -> None:
        """The topic goes with its messages; bots are told nothing."""
        del chat.topics[thread]
        for message in [
            message for message in chat.messages.values() if message.thread == thread and not message.deleted
        ]:
            self.ledger.remove(message)

    def join(self, person: Person, chat: Chat, status: str = "member") -> None:
        """``person`` adds the bot, or changes its rights."""
        self._set_bot(person, chat, status)

    def leave(self, person: Person, chat: Chat) -> None:
        """``person`` removes the bot."""
        self._set_bot(person, chat, "kicked")

    def block(self, person: Person) -> None:
        self._set_bot(person, self.private(person), "kicked")

    def unblock(self, person: Person) -> None:
        self._set_bot(person, self.private(person), "member")

    def migrate(self, person: Person, group: Chat) -> Chat:
        """A basic group becomes a supergroup: new id, message ids from the start, both sides told."""
        members = dict(group.members)
        chat = self.ledger.add_chat(Chat(next(self._supergroup_ids), "supergroup", group.title, members=members))
        for where, service in ((group, {"migrate_to_chat_id": chat.id}), (chat, {"migrate_from_chat_id": group.id})):
            message = self.ledger.post(where, person, service=service)
            self._tell(where, "message", message, is_service=True)
        group.migrated_to = chat.id
        return chat

    # What people do

    def say(
        self,
        person: Person,
        chat: Chat,
        text: str,
        *,
        reply_to: Message | None = None,
        thread: int | None = None,
        entities: tuple[Json, ...] = (),
    ) -> Message:
        """Write ``text``; formatting as ``entities``, while commands, mentions and links are found in it."""
        found = sorted([*entities, *detected(text, entities)], key=lambda entity: (entity["offset"], -entity["length"]))
        return self._write(person, chat, reply_to, thread, text=text, entities=tuple(found))

    def say_rich(self, person: Person, chat: Chat, blocks: list[Json], *, reply_to: Message | None = None) -> Message:
        """Write what only the rich editor, or a forward, can hold; any JSON is let through."""
        return self._write(person, chat, reply_to, None, rich={"blocks": blocks})

    def send_photo(
        self, person: Person, chat: Chat, data: bytes = PIXEL, *, caption: str = "", **where: Any
    ) -> Message:
        """``where`` as for :meth:`say`: reply_to, thread."""
        return self._send_file(person, chat, "photo", data, "photo.png", caption, **where)

    def send_document(
        self, person: Person, chat: Chat, data: bytes, name: str, *, caption: str = "", **where: Any
    ) -> Message:
        return self._send_file(person, chat, "document", data, name, caption, **where)

    def send_voice(self, person: Person, chat: Chat, data: bytes = b"OggS", **where: Any) -> Message:
        return self._send_file(person, chat, "voice", data, "voice.ogg", "", **where)

    def send_sticker(self, person: Person, chat: Chat, **where: Any) -> Message:
        return self._send_file(person, chat, "sticker", b"RIFF", "sticker.webp", "", **where)

    def edit(self, person: Person, message: Message, text: str) -> Message:
        """The person's own message, as it is now, gets another text (or caption)."""
        chat = self.ledger.chats[message.chat]
        current = chat.find(message.id)
        if current is None or current.sender != person.id:
            raise ValueError("people edit only messages of their own that still exist")
        changed = self.ledger.amend(current, text=text, entities=tuple(detected(text)))
        self._tell(chat, "edited_message", changed)
        return changed

    def delete(self, message: Message) -> None:
        """Bots are never told."""
        self.ledger.remove(self.ledger.chats[message.chat].messages[message.id])

    def press(
        self, person: Person, message: Message, data: str, *, forged: bool = False
    ) -> asyncio.Future[CallbackAnswer]:
        """The answer to come. Only a ``forged`` press, by a modified client, carries data that no button offers."""
        chat = self.ledger.chats[message.chat]
        current = chat.find(message.id)
        if current is None or not (forged or any(button.get("callback_data") == data for button in current.buttons())):
            raise LookupError(f"message {message.id} has no button with the data {data!r}")
        query, answer = self._callbacks.press()
        value = {"id": query, "from": person.raw(), "message": self.ledger.raw(current), "chat_instance": str(-chat.id)}
        self.updates.put("callback_query", value | {"data": data}, f"user:{person.id}", CALLBACK_RETENTION)
        self.feed.publish("callback", chat.id, data)
        return answer

    def stop(self, chat: Chat, draft_id: int, *, thread: int | None = None) -> None:
        """Press the stop button of the draft that is seen now."""
        draft = self.draft(chat, thread)
        if draft is None or draft.id != draft_id or not draft.can_stop:
            raise LookupError(f"no draft {draft_id} with a stop button is seen")
        self._drafts.stop(draft)
        value: Json = {"chat": chat.raw(), "draft_id": draft_id} | ({"message_thread_id": thread} if thread else {})
        self.updates.put("stopped_message_generation", value, f"draft:{chat.id}")
        self.feed.publish("draft_gone", chat.id, draft)

    def inject(self, update: Json) -> int:
        """Queue a raw update of any form, whatever the bot allowed; its update_id unless it brings its own."""
        return self.updates.put_raw(update, "injected")

    # What there is to see

    def file(self, file_id: str) -> File | None:
        return self._files.get(file_id)

    def messages(self, chat: Chat, *, sender: Person | None = None, thread: int | None = None) -> list[Message]:
        """What a reader sees, oldest first: no deleted messages, all threads unless one is named."""
        return [
            message
            for message in chat.messages.values()
            if not message.deleted
            and (sender is None or message.sender == sender.id)
            and (thread is None or message.thread == thread)
        ]

    def answers(self, chat: Chat, *, thread: int | None = None) -> list[Message]:
        """What the bot wrote, service messages aside."""
        return [each for each in self.messages(chat, sender=self.bot, thread=thread) if each.service is None]

    def history(self, message: Message) -> list[Message]:
        """All versions of a message, the present one last."""
        chat = self.ledger.chats[message.chat]
        return [*chat.history.get(message.id, []), chat.messages[message.id]]

    def draft(self, chat: Chat, thread: int | None = None) -> Draft | None:
        return self._drafts.current(chat.id, thread, self.ledger.clock.now())

    async def until(self, predicate: Callable[[], T], timeout: float = 10.0) -> T:
        """See :meth:`Feed.until`."""
        return await self.feed.until(predicate, timeout)

    # How it comes about

    def _start(self, chat: Chat) -> None:
        if chat.is_private and chat.members.get(self.bot.id) == "kicked":
            raise ValueError(f"{chat.title} has blocked the bot and cannot write to it")
        if chat.is_private:
            chat.members = {self.bot.id: "member", chat.id: "member"}

    def _write(
        self, person: Person, chat: Chat, reply_to: Message | None, thread: int | None, **content: Any
    ) -> Message:
        self._start(chat)
        if not chat.is_private and not chat.has(person.id):
            chat.members[person.id] = "member"
        if chat.is_private and self.private_topics and thread is None and reply_to is None:
            thread = self.topic(person, chat, (content.get("text") or "…")[:32], implicit=True)
        content["thread"], content["is_topic"] = thread_of(chat, thread, reply_to)
        message = self.ledger.post(chat, person, reply_to=reply_to.id if reply_to else None, **content)
        self._tell(chat, "message", message)
        return message

    def _send_file(
        self,
        person: Person,
        chat: Chat,
        kind: str,
        data: bytes,
        name: str,
        caption: str,
        *,
        reply_to: Message | None = None,
        thread: int | None = None,
    ) -> Message:
        mime = {"photo": "image/png", "voice": "audio/ogg", "sticker": "image/webp"}.get(
            kind, "application/octet-stream"
        )
        media = {kind: describe(kind, self._files.store(data, name, mime, f"{kind}s"))}
        entities = tuple(detected(caption))
        return self._write(person, chat, reply_to, thread, media=media, text=caption, entities=entities)

    def _set_bot(self, person: Person, chat: Chat, status: str) -> None:
        old = chat.members.get(self.bot.id, "left")
        chat.members[self.bot.id] = status
        self.report_membership(person, chat, old)

    def report_membership(self, person: Person, chat: Chat, old: str) -> None:
        """my_chat_member: the bot's status changed from ``old`` to what it is now."""
        new = chat.members[self.bot.id]
        value: Json = {"chat": chat.raw(), "from": person.raw(), "date": self.ledger.now()}
        value |= {"old_chat_member": member(self.bot, old), "new_chat_member": member(self.bot, new)}
        self.updates.put("my_chat_member", value, f"chat:{chat.id}")
        self.feed.publish("member", chat.id, new)

    def _tell(self, chat: Chat, kind: str, message: Message, *, is_service: bool = False) -> None:
        if chat.has(self.bot.id) and (is_service or reaches_bot(self.ledger, chat, message, privacy=self.privacy)):
            self.updates.put(kind, self.ledger.raw(message), f"chat:{chat.id}")
