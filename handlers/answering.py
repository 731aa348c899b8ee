"""From a question to its answer in the chat; what asking, asking again and editing have in common."""

import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, Message, Update

from bot.conversations.service import Answer, Conversations, EmptyAnswer, Ended
from bot.conversations.styles import Styles
from bot.domain.calls import WaitTooLong
from bot.domain.conversation import Exchange
from bot.domain.errors import UpstreamError
from bot.domain.quota import QuotaReached
from bot.store.parts import Part as Row
from bot.store.parts import PartRepository
from bot.telegram.courier import Courier, MessageGone, OutcomeUnknown, Spot, Undeliverable
from bot.telegram.delivery import Delivery
from bot.telegram.error_messages import excuse, quota_message, short_name
from bot.telegram.live import LiveMessage, LiveMessages
from bot.telegram.markdown import Part, RichMode, parse, present
from bot.telegram.markdown.tree import Document, Paragraph, Styled, Text
from bot.telegram.texts import Texts
from handlers.asking import Asked, clean, content, question, read
from handlers.notice import notice
from handlers.person import Person, scope, topic

log = logging.getLogger(__name__)

STOP = "stop"


@dataclass(frozen=True, slots=True)
class Answering:
    conversations: Conversations
    styles: Styles
    live: LiveMessages
    delivery: Delivery
    courier: Courier
    rows: PartRepository

    async def read(self, message: Message, words: str, person: Person) -> Asked | None:
        return await read(message, words, person, self.conversations)

    async def ask(
        self, message: Message, asked: Asked, person: Person, update: Update, *, replaces: int | None = None
    ) -> None:
        new = question(_turn(message, update), message, person, asked, replaces=replaces)
        try:
            turn = await self.conversations.begin(new)
        except QuotaReached as reached:
            await notice(message, quota_message(reached, person.texts))
        else:
            if turn is not None:
                await self._answer(turn, _spot(message), person, message)

    async def ask_otherwise(self, message: Message, asked: Asked, person: Person, update: Update) -> None:
        """Ask in place of what the message asked before; nothing where it asked nothing."""
        before = await self.conversations.locate(message.chat.id, message.message_id)
        if before is None or before.node.kind != "question" or before.conversation != scope(message, person):
            return
        await self.ask(message, asked, person, update, replaces=before.node.id)

    async def retry(self, message: Message, person: Person, update: Update) -> None:
        try:
            turn = await self.conversations.repeat(_turn(message, update), scope(message, person))
        except QuotaReached as reached:
            await notice(message, quota_message(reached, person.texts))
            return
        if turn is None:
            await notice(message, person.texts("retry.nothing"))
        else:
            await self._answer(turn, _spot(message), person, message)

    async def _answer(self, turn: Exchange, spot: Spot, person: Person, message: Message) -> None:
        """Give the turn its answer, or bring to its end what an earlier run began."""
        rows = await self.rows.of(turn.answer_id) if turn.has_past else []
        try:
            if turn.state == "open":
                await self._ask(turn, spot, person, message, rows)
            elif turn.state != "failed":
                parts = _parts(parse(turn.text), turn.thinking, [], person)
                await self.delivery.deliver(turn.answer_id, spot, parts, rows, resumed=True)
        except Undeliverable as error:
            log.info("Chat %d cannot be written to: %s", spot.chat_id, error)

    async def _ask(self, turn: Exchange, spot: Spot, person: Person, message: Message, rows: Sequence[Row]) -> None:
        style = self.styles.style(person.preferences, person.model)
        shown = next((row.message_id for row in rows if row.seq == 0), None)
        live = self._open(turn, spot, person, shown)
        try:
            answer = await self.conversations.answer(turn, style, live, message.message_id, content(message))
        except (UpstreamError, WaitTooLong, EmptyAnswer, QuotaReached) as error:
            log.warning("Answer %d failed: %s", turn.answer_id, error)
            await live.close()
            await self._say(spot, live.message, excuse(error, style.model, person.texts))
            await self.conversations.give_up(turn)
        except Ended as end:
            await live.close()
            if not end.edited:
                await self._say(spot, live.message, person.texts("answer.stopped"))
            await self.conversations.give_up(turn)
        else:
            await live.close()
            await self._deliver(turn, spot, person, answer, live)
        finally:
            await live.close()

    def _open(self, turn: Exchange, spot: Spot, person: Person, shown: int | None) -> LiveMessage:
        stop = InlineKeyboardButton(text=person.texts("live.stop"), callback_data=f"{STOP}:{person.id}")
        return self.live.open(
            spot,
            person.texts,
            turn.answer_id,
            stop_button=InlineKeyboardMarkup(inline_keyboard=[[stop]]),
            sent=lambda message: self.rows.shown(turn.answer_id, 0, spot.chat_id, message),
            message=shown,
        )

    async def _deliver(self, turn: Exchange, spot: Spot, person: Person, answer: Answer, live: LiveMessage) -> None:
        parts = _parts(parse(answer.text), answer.thinking, _notes(answer, person.texts), person)
        if any(clean(part.text) for part in parts):
            # The live message may have got its number after the answer was stored with what was known then.
            rows = answer.parts if live.message is None else await self.rows.of(turn.answer_id)
            await self.delivery.deliver(turn.answer_id, spot, parts, rows, before_first=live.lead_over)
        else:  # nothing that is seen, such as the marks of an empty heading
            await self._say(spot, live.message, excuse(EmptyAnswer(cut=False), answer.model, person.texts))

    async def _say(self, spot: Spot, message: int | None, sentence: str) -> None:
        """A notice where the answer would have been."""
        [part] = present(Document((Paragraph((Text(sentence),)),)), rich="off")
        with contextlib.suppress(OutcomeUnknown):
            if message is not None:
                with contextlib.suppress(MessageGone):
                    return await self.courier.edit(spot.chat_id, message, part)
            await self.courier.send(spot, part)
        return None


def turn_name(bot_id: int, update_id: int) -> str:
    return f"{bot_id}:{update_id}"


def _turn(message: Message, update: Update) -> str:
    return turn_name(message.bot.id if message.bot else 0, update.update_id)


def _spot(message: Message) -> Spot:
    """In a group an answer names the question that it answers."""
    reply_to = None if message.chat.type == "private" else message.message_id
    return Spot(message.chat.id, topic(message), reply_to)


def _parts(document: Document, thinking: str, notes: Sequence[str], person: Person) -> list[Part]:
    rich: RichMode = "off" if person.preferences.rich == "off" else "auto"
    added = tuple(Paragraph((Styled("italic", (Text(note),)),)) for note in notes)
    shown = thinking if person.preferences.thinking == "shown" else None
    return present(Document((*document.blocks, *added)), rich=rich, thinking=shown)


def _notes(answer: Answer, texts: Texts) -> list[str]:
    """What is said about an answer below it."""
    notes = []
    if answer.stopped:
        notes.append(texts("answer.stopped"))
    if answer.error is not None:
        notes.append(texts("answer.broken"))
    if answer.finish != "stop":
        notes.append(texts(f"answer.{answer.finish}"))
    if answer.replaced is not None:
        instead, wanted = short_name(answer.model), short_name(answer.replaced)
        why = "answer.fallback_busy" if answer.busy else "answer.fallback"
        notes.append(texts(why, instead=instead, wanted=wanted))
    return notes
