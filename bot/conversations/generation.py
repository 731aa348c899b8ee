"""Asking a model: the context of a question within what the model takes, and its answer into a collector."""

from collections.abc import Sequence

from bot.conversations.answer import StreamCollector
from bot.conversations.context import budget, messages, reply_tokens, within
from bot.conversations.styles import Style
from bot.domain.calls import ChatCompletions, Payer
from bot.domain.chat import ChatRequest, Completion
from bot.domain.conversation import Node
from bot.domain.errors import TooLong
from bot.providers.tokens import Corrections, estimate, prompt


class AnswerGenerator:
    """Has a conversation's next answer written."""

    def __init__(self, chat: ChatCompletions, corrections: Corrections) -> None:
        self._chat = chat
        self._corrections = corrections  # what the providers' own counts have taught about the estimates

    def room(self, style: Style) -> int:
        """Tokens, by our estimate, that the turns of a conversation may have."""
        return self._corrections.allowed(style.model.id, budget(style.model)) - estimate(style.prompt)

    async def generate(
        self, path: Sequence[Node], style: Style, collector: StreamCollector, payer: Payer
    ) -> Completion:
        """One that is refused as too long is asked once more, with half. Raises as any call does."""
        sent = within(path, self.room(style))
        try:
            return await self._call(sent, style, collector, payer)
        except TooLong:
            fewer = within(sent, sum(node.tokens for node in sent) // 2)
            if len(fewer) == len(sent):
                raise
            return await self._call(fewer, style, collector, payer)

    async def _call(self, path: Sequence[Node], style: Style, collector: StreamCollector, payer: Payer) -> Completion:
        request = ChatRequest(
            model=style.model,
            messages=messages(style.prompt, path),
            max_tokens=reply_tokens(style.model),
            temperature=style.temperature,
            thinking=style.thinking,
        )
        collector.begin(style.model)
        completion = collector.completion = await self._chat.complete(request, collector, collector.context(payer))
        if completion.usage is not None:
            self._corrections.observe(collector.model.id, prompt(request.messages), completion.usage.prompt)
        return completion
