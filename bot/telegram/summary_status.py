"""The status message of a summary: in a chat, where the summary takes its place, or for one member of a group alone."""

import contextlib
import logging
import math
from dataclasses import dataclass
from typing import Final

from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiogram.methods import DeleteEphemeralMessage, SendMessage
from aiogram.types import InlineKeyboardMarkup

from bot.clock import Clock
from bot.domain.calls import QueuePosition
from bot.groups.summary import NOTHING_DONE, SummaryProgress
from bot.telegram.frames import StatusFrame, edit_interval
from bot.telegram.markdown import OutgoingMessage
from bot.telegram.markdown.formatted_text import FormattedText
from bot.telegram.message_sender import NO_PREVIEW, Destination, MessageSender, OutcomeUnknown, Undeliverable
from bot.telegram.status import Rhythm, StatusMessage, StatusMessages
from bot.telegram.texts import Texts

log = logging.getLogger(__name__)

_ABOUT_THE_SAME: Final = 1.0  # seconds by which two expectations of the same wait differ


class SummaryContent:
    """How many are ahead of a summary and how long that takes, then what is done. ``begun``: what it says first."""

    def __init__(self, begun: str, texts: Texts, clock: Clock) -> None:
        self.begun = StatusFrame("waiting", begun)
        self._texts = texts
        self._clock = clock
        self._progress = NOTHING_DONE
        self._ahead, self._until = 0, 0.0

    def waiting(self, place: QueuePosition) -> None:
        """One of the calls waits for the provider's limits. Several wait side by side: the first to go on counts."""
        now = self._clock.monotonic()
        if self._until <= now or now + place.seconds <= self._until + _ABOUT_THE_SAME:
            self._ahead, self._until = place.ahead, now + place.seconds

    def progress(self, progress: SummaryProgress) -> None:
        self._progress = progress

    def frame(self, *, stalled: bool) -> StatusFrame | None:
        return None if stalled else StatusFrame("waiting", self._text())

    def _text(self) -> str:
        done, calls = self._progress.done, self._progress.calls
        if (wait := self._until - self._clock.monotonic()) > 0:
            key = "live.waiting" if self._ahead else "live.next"
            line = self._texts(key, ahead=self._ahead, seconds=math.ceil(wait))
            return f"{line} · {done}/{calls}" if done else line
        return self._texts("summarize.progress", done=done, calls=calls) if done else self.begun.text


@dataclass(slots=True)
class SummaryStatusMessage:
    """What stands where the summary is to come."""

    destination: Destination
    message: int | None = None  # that becomes the summary
    ephemeral_id: int | None = None  # of one that does not
    status: StatusMessage | None = None  # as long as it moves

    async def close(self) -> None:
        """Say nothing more; what is on its way has arrived when this returns."""
        if self.status is not None:
            await self.status.close()
            self.status = None


@dataclass(frozen=True, slots=True)
class SummaryStatusMessages:
    """Opens them, and makes way for what comes in their place.

    An ephemeral one is for groups in which the bot is an administrator. The summary is not edited into it: Telegram
    refuses edits of ephemeral messages beyond 1,024 characters.
    """

    telegram: Bot
    message_sender: MessageSender
    statuses: StatusMessages

    async def open(
        self, content: SummaryContent, destination: Destination, stop: InlineKeyboardMarkup
    ) -> SummaryStatusMessage:
        """One whose number is not known does not move. Raises :class:`bot.telegram.message_sender.Undeliverable`."""
        line = SummaryStatusMessage(destination)
        if destination.receiver is not None:
            line.ephemeral_id = await self._ephemeral(content.begun.text, destination, stop)
        else:
            with contextlib.suppress(OutcomeUnknown):
                first = OutgoingMessage(FormattedText(content.begun.text))
                line.message = await self.message_sender.send(destination, first, stop)
        if line.message is not None or line.ephemeral_id is not None:
            line.status = self.statuses.open(
                content,
                Rhythm(first=edit_interval(destination)),
                destination,
                stop_button=stop,
                message=line.message,
                shown=content.begun,
                ephemeral_id=line.ephemeral_id,
            )
        return line

    async def make_way(self, line: SummaryStatusMessage) -> None:
        """Before the summary comes: Telegram may give the number of an ephemeral line that has vanished to what is
        sent next."""
        await line.close()
        destination = line.destination
        if line.ephemeral_id is not None and destination.receiver is not None:
            gone = DeleteEphemeralMessage(
                chat_id=destination.chat_id,
                receiver_user_id=destination.receiver,
                ephemeral_message_id=line.ephemeral_id,
            )
            with contextlib.suppress(AiogramError):
                await self.telegram(gone)

    async def _ephemeral(self, sentence: str, destination: Destination, stop: InlineKeyboardMarkup) -> int:
        line = SendMessage(
            chat_id=destination.chat_id,
            message_thread_id=destination.topic_id,
            text=sentence,
            parse_mode=None,
            link_preview_options=NO_PREVIEW,
            reply_markup=stop,
            ephemeral_message_parameters=destination.ephemeral_message_parameters,
        )
        try:
            sent = await self.telegram(line)
        except AiogramError as error:
            raise Undeliverable(str(error)) from error
        if sent.ephemeral_message_id is None:  # a server that knows no ephemeral messages has shown it to all
            log.warning("This Bot API server knows no ephemeral messages; private summaries go to private chats")
            with contextlib.suppress(AiogramError):
                await self.telegram.delete_message(destination.chat_id, sent.message_id)
            raise Undeliverable("no ephemeral messages")
        return sent.ephemeral_message_id
