"""Which stretches of messages a question is about."""

from collections import Counter
from collections.abc import Sequence
from math import log

from bot.summaries.messages import GroupMessage
from bot.summaries.scripts import terms

_OFTEN = 3  # beyond which a term says no more


def relevant(question: str, stretches: Sequence[Sequence[GroupMessage]], most: int) -> list[Sequence[GroupMessage]]:
    """Up to ``most`` of the stretches that share terms with the question, in their order; the newest if none does.

    A term counts the more, the fewer stretches have it.
    """
    wanted = set(terms(question))
    counts = [Counter(term for message in part for term in terms(message.text) if term in wanted) for part in stretches]
    spread = Counter(term for count in counts for term in count)
    scores = [
        sum(min(often, _OFTEN) * log(1 + len(stretches) / spread[term]) for term, often in count.items())
        for count in counts
    ]
    best = sorted((index for index, score in enumerate(scores) if score), key=lambda index: -scores[index])[:most]
    return [stretches[index] for index in sorted(best)] or list(stretches[-1:])
