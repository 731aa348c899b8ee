"""A question's answer in its chat: a status message while it comes, then the messages that last."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from aiogram.types import InlineKeyboardMarkup

from bot.clock import Clock
from bot.conversations.answer import Answer, EmptyAnswer, Ended, NothingAsked, Problem, StreamCollector
from bot.domain.conversation import Exchange
from bot.domain.model import Model
from bot.domain.model_name import short_id
from bot.domain.preferences import Preferences
from bot.telegram.courier import Courier, Spot, Undeliverable
from bot.telegram.delivery import Delivery
from bot.telegram.error_messages import error_message
from bot.telegram.live import ANSWERING, AnswerContent
from bot.telegram.markdown import OutgoingMessage, RichMode, parse, present
from bot.telegram.markdown.formatted_text import FormattedText
from bot.telegram.markdown.tree import Document, Paragraph, Styled, Text
from bot.telegram.status import StatusMessage, StatusMessages
from bot.telegram.texts import Texts
from bot.telegram.visible import clean

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AnswerViews:
    """Makes the views of all answers of one bot."""

    statuses: StatusMessages
    delivery: Delivery
    courier: Courier
    clock: Clock

    def of(
        self, spot: Spot, texts: Texts, preferences: Preferences, stop_button: InlineKeyboardMarkup
    ) -> "TelegramAnswerView":
        """The view of one person, in whose language and manner the answer is shown."""
        return TelegramAnswerView(self, spot, texts, preferences, stop_button)


class TelegramAnswerView:
    """See :class:`bot.conversations.answer.AnswerView`."""

    def __init__(
        self,
        views: AnswerViews,
        spot: Spot,
        texts: Texts,
        preferences: Preferences,
        stop_button: InlineKeyboardMarkup,
    ) -> None:
        self._views = views
        self._spot = spot
        self._texts = texts
        self._preferences = preferences
        self._stop_button = stop_button
        self._status: StatusMessage | None = None

    async def open(self, exchange: Exchange, collector: StreamCollector) -> None:
        """In the message that shows an earlier answer, where this one takes its place."""
        delivery, chat_id = self._views.delivery, self._spot.chat_id
        records = await delivery.records(exchange.answer_id) if exchange.has_past else []
        self._status = self._views.statuses.open(
            AnswerContent(collector, self._texts, self._views.clock),
            ANSWERING,
            self._spot,
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
        parts = self._parts(answer.text, answer.thinking, _notes(answer, self._texts))
        if not any(clean(part.text) for part in parts):  # such as the marks of an empty heading
            await self.say(EmptyAnswer(cut=False), answer.model)
            return
        # The status message may have got its number after the answer was stored with what was known then.
        status = self._status
        records = answer.records if status is None or status.message is None else None
        try:
            await self._views.delivery.deliver_answer(
                exchange.answer_id, self._spot, parts, records, before_first=status.lead_over if status else None
            )
        except Undeliverable as error:
            self._note(error)

    async def deliver_stored(self, exchange: Exchange) -> None:
        parts = self._parts(exchange.text, exchange.thinking, ())
        try:
            await self._views.delivery.deliver_answer(exchange.answer_id, self._spot, parts, resumed=True)
        except Undeliverable as error:
            self._note(error)

    async def say(self, problem: Problem, model: Model) -> None:
        sentence = self._sentence(problem, model)
        try:
            if self._status is None:
                await self._views.courier.send(self._spot, OutgoingMessage(FormattedText(sentence)))
            else:
                await self._status.say(self._views.courier, sentence)
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

    def _parts(self, text: str, thinking: str, notes: Sequence[str]) -> list[OutgoingMessage]:
        rich: RichMode = "off" if self._preferences.rich == "off" else "auto"
        added = tuple(Paragraph((Styled("italic", (Text(note),)),)) for note in notes)
        shown = thinking if self._preferences.thinking == "shown" else None
        return present(Document((*parse(text).blocks, *added)), rich=rich, thinking=shown)

    def _note(self, error: Undeliverable) -> None:
        log.info("Chat %d cannot be written to: %s", self._spot.chat_id, error)


def _notes(answer: Answer, texts: Texts) -> list[str]:
    """What is said about an answer below it."""
    notes = []
    if answer.stopped:
        notes.append(texts("answer.stopped"))
    if answer.error is not None:
        notes.append(texts("answer.broken"))
    if answer.finish == "length":
        notes.append(texts("answer.length"))
    if answer.replaced is not None:
        instead, wanted = short_id(answer.model.id), short_id(answer.replaced.id)
        why = "answer.fallback_busy" if answer.busy else "answer.fallback"
        notes.append(texts(why, instead=instead, wanted=wanted))
    return notes
