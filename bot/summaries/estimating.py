"""What a request will take, before it is begun."""

from collections.abc import Iterator, Sequence

from bot.providers.price import TokenUsage
from bot.providers.tokens import estimate
from bot.summaries.cutting import Stretch
from bot.summaries.lines import weight
from bot.summaries.merging import AT_ONCE, FAN_OUT
from bot.summaries.prompts import Prompt
from bot.summaries.request import Request
from bot.summaries.sections import Section

# Tokens, about: what comes before the material, and answers.
_TASK, _NOTES, _MERGED, _ANSWER, _LOOP = 320, 350, 900, 1_200, 40


def calls(section: Section, request: Request, missing: Sequence[Prompt]) -> Iterator[TokenUsage]:
    """The calls that a section takes, by their tokens. ``missing``: for what no notes are kept.

    The last one counts even where its answer is kept, since that shows only when the notes are there.
    """
    for prompt in missing:
        yield TokenUsage(estimate(prompt.system) + estimate(prompt.user), _NOTES)
    size, left = _NOTES, sum(isinstance(part, Stretch) for part in section.parts)
    while left > AT_ONCE:
        yield from [TokenUsage(_TASK + FAN_OUT * size, _MERGED)] * -(-left // FAN_OUT)
        size, left = _MERGED, -(-left // FAN_OUT)
    said = [message for part in section.parts if not isinstance(part, Stretch) for message in part]
    if left > 1 or said or request.brief or section.loops:
        yield TokenUsage(_TASK + left * size + sum(map(weight, said)) + len(section.loops) * _LOOP, _ANSWER)
