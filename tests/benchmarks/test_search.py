"""Search over 200,000 messages of a group: everything is found, in a few milliseconds."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.domain.group import ArchivedMessage, ArchiveSpan
from bot.store import Store

MESSAGES = 200_000
GROUP = -1001
SEARCHES = 300


def texts(count: int) -> Iterator[str]:
    """Chinese and English, in words of a few hundred characters and of as many as a language has."""
    dice = random.Random(7)  # noqa: S311 - the same messages each time
    characters = [chr(0x4E00 + number) for number in range(1200)]
    words = [f"w{number:x}" for number in range(20_000)]
    for _ in range(count):
        chinese = "".join(dice.choices(characters, k=dice.randint(4, 30)))
        yield f"{chinese}，{' '.join(dice.choices(words, k=5))}"


@pytest.mark.benchmark
async def test_two_chinese_characters_are_found_in_ten_milliseconds(tmp_path: Path) -> None:
    said = list(texts(MESSAGES))
    store = await Store.open(tmp_path / "bot.db")
    pending = []
    for number, text in enumerate(said, start=1):
        pending.append(store.archive.keep(ArchivedMessage(GROUP, number, 0, 7, "Ann", "", float(number), "text", text)))
        if len(pending) == 2_000:
            for each in pending:
                await each
            pending.clear()
    for each in pending:
        await each
    dice = random.Random(8)  # noqa: S311 - the same searches each time
    took = []
    for _ in range(SEARCHES):
        text = dice.choice(said)
        start = dice.randrange(len(text.partition("，")[0]) - 1)
        words = text[start : start + 2]
        expected = [number for number, other in enumerate(said, start=1) if words in other][::-1][:10]
        begun = time.perf_counter()
        found = await store.archive.search(GROUP, words, 10)
        took.append(time.perf_counter() - begun)
        assert [message.message_id for message in found] == expected, words
    took.sort()
    p95 = 1000 * took[len(took) * 95 // 100]
    print(f"search over {MESSAGES} messages: p50 {1000 * took[len(took) // 2]:.2f} ms, p95 {p95:.2f} ms")
    assert p95 < 10
    begun = time.perf_counter()
    assert len(await store.archive.load(GROUP, ArchiveSpan(last=500), 30_000)) > 500
    print(f"loading a window: {1000 * (time.perf_counter() - begun):.0f} ms")
    await store.close()
