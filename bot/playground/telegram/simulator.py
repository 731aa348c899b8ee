"""The people's side: they write, edit, press, block and invite, and Telegram tells the bot what it would tell."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from bot.playground.telegram.audience import reaches_bot, thread_of
from bot.playground.telegram.callbacks import CallbackAnswer, Callbacks
from bot.playground.telegram.directory import Directory
from bot.playground.telegram.drafts import Draft, Drafts
from bot.playground.telegram.files import PIXEL, File, Files, describe
from bot.playground.telegram.ledger import Ledger
from bot.playground.telegram.menus import Menus
from bot.playground.telegram.messages import Message
from bot.playground.telegram.people import Chat, Person, Topic
from bot.playground.telegram.text import detected
from bot.playground.telegram.updates import CALLBACK_RETENTION, Updates

Json = dict[str, Any]
T = TypeVar("T")


class TelegramSimulator(Directory):
    """All actions happen at once; what the bot does about them is awaited with :meth:`until` or a subscription.

    ``privacy`` is the bot's privacy mode in groups, on as BotFather has it by default.
    """

    def __init__(self, ledger: Ledger, updates: Updates, drafts: Drafts, callbacks: Callbacks, files: Files) -> None:
        self.privacy = True
        self.private_topics = False
        """Threaded mode: private chats have topics (``getMe.has_topics_enabled``), but for :attr:`Chat.in_topics`."""
        self.menus = Menus()
        self.short_ephemeral_edits = True
        """``editEphemeralMessageText`` takes 1,024 characters instead of 4,096, as it does until Telegram mends it."""
        super().__init__(ledger, updates)
        self._drafts = drafts
        self._callbacks = callbacks
        self._files = files
        self._albums = itertools.count(13_000_000_000_000_001)

    # Topics, and groups that grow

    def has_topics(self, chat: Chat) -> bool:
        """Whether people can open topics there."""
        return (self.private_topics and chat.in_topics) if chat.is_private else chat.is_forum

    def set_topics(self, chat: Chat, *, on: bool) -> None:
        """Of a private chat: new messages go into topics, or do so no longer."""
        chat.in_topics = on
        self.feed.publish("topics", chat.id, on)

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
        voice: Chat | None = None,
    ) -> Message:
        """Write ``text``; formatting as ``entities``, while commands, mentions and links are found in it. ``voice``:
        in whose name, the group's own (anonymously) or a channel's; ValueError where the person is no administrator.
        A reply to an ephemeral message is one itself; ValueError where the person does not see that message.
        """
        found = sorted([*entities, *detected(text, entities)], key=lambda entity: (entity["offset"], -entity["length"]))
        return self._write(person, chat, reply_to, thread, voice, text=text, entities=tuple(found))

    def say_rich(self, person: Person, chat: Chat, blocks: list[Json], *, reply_to: Message | None = None) -> Message:
        """Write what only the rich editor, or a forward, can hold; any JSON is let through."""
        return self._write(person, chat, reply_to, None, rich={"blocks": blocks})

    def send_photo(
        self, person: Person, chat: Chat, data: bytes = PIXEL, *, caption: str = "", **where: Any
    ) -> Message:
        """``where`` as for :meth:`say`: reply_to, thread."""
        return self._send_file(person, chat, self._stored("photo", data, "photo.png"), caption, **where)

    def send_photos(
        self, person: Person, chat: Chat, pictures: Sequence[bytes], *, caption: str = "", **where: Any
    ) -> list[Message]:
        """Several are an album with the caption at the first, which bots get one by one; ``where`` as for :meth:`say`.

        Raises RefusedError where one is no picture, and then sends none.
        """
        first, *others = [self._stored("photo", data, "photo.png") for data in pictures]
        where["album"] = str(next(self._albums)) if others else None
        sent = [self._send_file(person, chat, first, caption, **where)]
        where["thread"] = sent[0].thread
        return sent + [self._send_file(person, chat, media, "", **where) for media in others]

    def send_document(
        self, person: Person, chat: Chat, data: bytes, name: str, *, caption: str = "", **where: Any
    ) -> Message:
        return self._send_file(person, chat, self._stored("document", data, name), caption, **where)

    def send_voice(self, person: Person, chat: Chat, data: bytes = b"OggS", **where: Any) -> Message:
        return self._send_file(person, chat, self._stored("voice", data, "voice.ogg"), "", **where)

    def send_sticker(self, person: Person, chat: Chat, **where: Any) -> Message:
        return self._send_file(person, chat, self._stored("sticker", b"RIFF", "sticker.webp"), "", **where)

    def forward(
        self, person: Person, messages: Sequence[Message], chat: Chat, *, thread: int | None = None
    ) -> list[Message]:
        """Send what was said into another chat, without its buttons; what was an album is one again.

        ValueError where one is gone, or is not something that was said.
        """
        found = [self.ledger.chats[message.chat].find(message.id) for message in messages]
        said = [message for message in found if message is not None and message.service is None]
        if len(said) < len(messages):
            raise ValueError("people forward only messages that somebody wrote and that still exist")
        together = Counter(message.album for message in said if message.album)
        albums = {album: str(next(self._albums)) for album, count in together.items() if count > 1}
        sent: list[Message] = []
        for message in said:
            content = {name: getattr(message, name) for name in ("text", "entities", "rich", "media")}
            content |= {"forward": self.ledger.origin(message), "album": albums.get(message.album or "")}
            sent.append(self._write(person, chat, None, thread, **content))
            thread = sent[0].thread
        return sent

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
        current = chat.find(message.id) if message.only_for is None else self._whispered(message, person)
        if current is None or not (forged or any(button.get("callback_data") == data for button in current.buttons())):
            raise LookupError(f"message {message.id} has no button with the data {data!r}")
        query, answer = self._callbacks.press(person.id)
        value = {"id": query, "from": person.raw(), "message": self.ledger.raw(current), "chat_instance": str(-chat.id)}
        self.updates.put("callback_query", value | {"data": data}, f"user:{person.id}", CALLBACK_RETENTION)
        self.feed.publish("callback", chat.id, data)
        return answer

    def restart_client(self, person: Person) -> None:
        """Of what the person sees, ephemeral messages do not outlive that."""
        self.ledger.ephemera.vanish(person.id)

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
        """All versions of a message, the present one last; of an ephemeral one only that."""
        if message.only_for is not None:
            return [self._whispered(message, self.ledger.people[message.only_for]) or replace(message, deleted=True)]
        chat = self.ledger.chats[message.chat]
        return [*chat.history.get(message.id, []), chat.messages[message.id]]

    def draft(self, chat: Chat, thread: int | None = None) -> Draft | None:
        return self._drafts.current(chat.id, thread, self.ledger.clock.now())

    def drafts(self, chat: Chat) -> list[Draft]:
        """Those of all its topics."""
        shown = (self.draft(chat, thread) for thread in (None, *chat.topics))
        return [draft for draft in shown if draft is not None]

    def ephemeral(self, chat: Chat, person: Person) -> list[Message]:
        """What the person alone sees there, oldest first."""
        return self.ledger.ephemera.of(chat.id, person.id)

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
        self,
        person: Person,
        chat: Chat,
        reply_to: Message | None,
        thread: int | None,
        voice: Chat | None = None,
        **content: Any,
    ) -> Message:
        self._start(chat)
        if not chat.is_private and not chat.has(person.id):
            chat.members[person.id] = "member"
        if self.has_topics(chat) and chat.is_private and thread is None and reply_to is None:
            thread = self.topic(person, chat, (content.get("text") or "…")[:32], implicit=True)
        where: Json = dict(zip(("thread", "is_topic"), thread_of(chat, thread, reply_to), strict=True))
        where |= self._reply(person, reply_to) | {"voice": self._voice(person, chat, voice)}
        if "reply_to_ephemeral" in where or self._is_ephemeral(chat, content.get("text", "")):
            message = self.ledger.whisper(chat, person, person.id, **content, **where)
        else:
            message = self.ledger.post(chat, person, **content, **where)
        self._tell(chat, "message", message)
        if chat.discussion is not None:
            self._discuss(self.ledger.chats[chat.discussion], message, content)
        return message

    def _voice(self, person: Person, chat: Chat, voice: Chat | None) -> int | None:
        """In a channel always its own."""
        if chat.kind == "channel":
            voice = chat
        if voice is not None and not voice.is_admin(person.id):
            raise ValueError(f"{person.first_name} is no administrator of {voice.title}")
        return voice.id if voice else None

    def _discuss(self, group: Chat, post: Message, content: Json) -> None:
        """A post of the channel comes into the group where it is talked about."""
        given = content | {"forward": self.ledger.origin(post), "voice": post.chat, "is_automatic": True}
        message = self.ledger.post(group, self.ledger.people[post.sender], **given)
        self._tell(group, "message", message)

    def _reply(self, person: Person, reply_to: Message | None) -> Json:
        if reply_to is None or reply_to.only_for is None:
            return {"reply_to": reply_to.id if reply_to else None}
        if self._whispered(reply_to, person) is None:
            raise ValueError(f"{person.first_name} sees no such ephemeral message")
        return {"reply_to_ephemeral": reply_to.ephemeral}

    def _is_ephemeral(self, chat: Chat, text: str) -> bool:
        """Whether clients send the command so that its sender and the bot alone see it."""
        given = [command for command in self.menus.all() if command.get("is_ephemeral")]
        name = text.split(maxsplit=1)[0].partition("@")[0] if text.startswith("/") else ""
        return not chat.is_private and any(name == f"/{command['command']}" for command in given)

    def _whispered(self, message: Message, person: Person) -> Message | None:
        """An ephemeral message as its receiver sees it now; nobody else does."""
        is_seen = message.only_for == person.id
        return self.ledger.ephemera.find(message.chat, person.id, message.ephemeral or 0) if is_seen else None

    def _stored(self, kind: str, data: bytes, name: str) -> Json:
        mime = {"photo": "image/png", "voice": "audio/ogg", "sticker": "image/webp"}.get(
            kind, "application/octet-stream"
        )
        return {kind: describe(kind, self._files.store(data, name, mime, f"{kind}s"))}

    def _send_file(
        self,
        person: Person,
        chat: Chat,
        media: Json,
        caption: str,
        *,
        reply_to: Message | None = None,
        thread: int | None = None,
        album: str | None = None,
    ) -> Message:
        entities = tuple(detected(caption))
        return self._write(person, chat, reply_to, thread, media=media, text=caption, entities=entities, album=album)

    def _tell(self, chat: Chat, kind: str, message: Message, *, is_service: bool = False) -> None:
        is_certain = is_service or message.only_for is not None
        if chat.has(self.bot.id) and (is_certain or reaches_bot(self.ledger, chat, message, privacy=self.privacy)):
            name = kind.replace("message", "channel_post") if chat.kind == "channel" else kind
            self.updates.put(name, self.ledger.raw(message), f"chat:{chat.id}")
