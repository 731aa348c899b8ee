"""A question's answer in its chat: a status message while it comes, then the messages that last."""

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from aiogram.types import InlineKeyboardMarkup, MessageEntity

from bot.chat.answer import Answer, EmptyAnswer, Ended, NothingAsked, Problem, StreamCollector
from bot.clock import Clock
from bot.domain.conversation import Exchange
from bot.domain.model import Model, short_id
from bot.domain.preferences import Preferences
from bot.telegram.error_messages import error_message
from bot.telegram.frames import StatusFrame
from bot.telegram.markdown import OutgoingMessage, RichMode, StreamPreview, render
from bot.telegram.markdown.formatted_text import FormattedText
from bot.telegram.message_sender import Destination, MessageSender, Undeliverable
from bot.telegram.message_text import clean
from bot.telegram.resumable_delivery import ResumableDelivery
from bot.telegram.status import Rhythm, StatusMessage, StatusMessages
from bot.telegram.texts import Texts

log = logging.getLogger(__name__)

_KEEP_ALIVE: Final = 12.0  # seconds; a draft vanishes after 30
_THOUGHT: Final = 600  # characters of the newest thinking that are shown
ANSWERING: Final = Rhythm(first=0.04, patience=0.5, renewal=_KEEP_ALIVE)


@dataclass(frozen=True, slots=True)
class AnswerViews:
    """Makes the views of all answers of one bot."""

    statuses: StatusMessages
    delivery: ResumableDelivery
    message_sender: MessageSender
    clock: Clock

    def of(
        self, destination: Destination, texts: Texts, preferences: Preferences, stop_button: InlineKeyboardMarkup
    ) -> "TelegramAnswerView":
        """The view of one person, in whose language and manner the answer is shown."""
        return TelegramAnswerView(self, destination, texts, preferences, stop_button)


class TelegramAnswerView:
    """See :class:`bot.chat.answer.AnswerView`."""

    def __init__(
        self,
        views: AnswerViews,
        destination: Destination,
        texts: Texts,
        preferences: Preferences,
        stop_button: InlineKeyboardMarkup,
    ) -> None:
        self._views = views
        self._destination = destination
        self._texts = texts
        self._preferences = preferences
        self._stop_button = stop_button
        self._status: StatusMessage | None = None

    async def open(self, exchange: Exchange, collector: StreamCollector) -> None:
        """In the message that shows an earlier answer, where this one takes its place."""
        delivery, chat_id = self._views.delivery, self._destination.chat_id
        records = await delivery.records(exchange.answer_id) if exchange.has_past else []
        self._status = self._views.statuses.open(
            AnswerContent(collector, self._texts, self._views.clock),
            ANSWERING,
            self._destination,
            stop_button=self._stop_button,
            sent=lambda message: delivery.shown(exchange.answer_id, chat_id, message),
            message=next((record.message_id for record in records if record.seq == 0), None),
            draft_id=exchange.answer_id,
        )
        collector.on_change = self._status.changed

    async def close(self) -> None:
        if self._status is not None:
            await self._status.close()

    async def deliver(self, exchange: Exchange, answer: Answer) -> None:
        await self.close()
        parts = await self._parts(answer.text, answer.thinking, _notes(answer, self._texts))
        if not any(clean(part.text) for part in parts):  # such as the marks of an empty heading
            await self.say(EmptyAnswer(cut=False), answer.model)
            return
        # The status message may have got its number after the answer was stored with what was known then.
        status = self._status
        records = answer.records if status is None or status.message is None else None
        try:
            await self._views.delivery.deliver_answer(
                exchange.answer_id, self._destination, parts, records, before_first=status.lead_over if status else None
            )
        except Undeliverable as error:
            self._note(error)

    async def deliver_stored(self, exchange: Exchange) -> None:
        parts = await self._parts(exchange.text, exchange.thinking, ())
        try:
            await self._views.delivery.deliver_answer(exchange.answer_id, self._destination, parts, resumed=True)
        except Undeliverable as error:
            self._note(error)

    async def say(self, problem: Problem, model: Model) -> None:
        sentence = self._sentence(problem, model)
        try:
            if self._status is None:
                await self._views.message_sender.send(self._destination, OutgoingMessage(FormattedText(sentence)))
            else:
                await self._status.say(self._views.message_sender, sentence)
        except Undeliverable as error:
            self._note(error)

    def _sentence(self, problem: Problem, model: Model) -> str:
        match problem:
            case Ended():
                return self._texts("answer.stopped")
            case NothingAsked():
                return self._texts("retry.nothing")
            case _:
                return error_message(problem, model, self._texts)

    async def _parts(self, text: str, thinking: str, notes: Sequence[str]) -> list[OutgoingMessage]:
        rich: RichMode = "off" if self._preferences.rich == "off" else "auto"
        shown = thinking if self._preferences.thinking == "shown" else None
        return await render(text, rich=rich, thinking=shown, notes=notes)

    def _note(self, error: Undeliverable) -> None:
        log.info("Chat %d cannot be written to: %s", self._destination.chat_id, error)


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
        instead, wanted = short_id(answer.model.id), short_id(answer.replaced.id)
        why = "answer.fallback_busy" if answer.busy else "answer.fallback"
        notes.append(texts(why, instead=instead, wanted=wanted))
    return notes


class AnswerContent:
    """Reads what the collector has; the text is kept nowhere else."""

    def __init__(self, collector: StreamCollector, texts: Texts, clock: Clock) -> None:
        self._collector = collector
        self._texts = texts
        self._clock = clock
        self._preview = StreamPreview()
        self._begun = clock.monotonic()

    def frame(self, *, stalled: bool) -> StatusFrame:
        now = self._clock.monotonic()
        seconds = round(now - self._begun)
        if text := self._collector.text_so_far:
            shown = self._preview.frame(text)
            dots = " …" if stalled else ""
            return StatusFrame("text", shown.text + dots, shown.entities()) if shown.text else StatusFrame("idle")
        if thinking := self._collector.thinking_so_far:
            title = self._texts("live.thinking", seconds=seconds)
            return _thinking(title, thinking[-_THOUGHT:].strip())
        if (wait := self._collector.waits_until - now) > 0:
            ahead = self._collector.ahead
            key = "live.waiting" if ahead else "live.next"
            return StatusFrame("waiting", self._texts(key, ahead=ahead, seconds=math.ceil(wait)))
        return StatusFrame("idle", "" if seconds < _KEEP_ALIVE else self._texts("live.thinking", seconds=seconds))


def _thinking(title: str, thought: str) -> StatusFrame:
    if not thought:
        return StatusFrame("thinking", title)
    offset = len(title.encode("utf-16-le")) // 2 + 1
    length = len(thought.encode("utf-16-le")) // 2
    quoted = MessageEntity(type="blockquote", offset=offset, length=length)
    return StatusFrame("thinking", f"{title}\n{thought}", (quoted,))
