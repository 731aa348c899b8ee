"""What language a group speaks."""

import pytest

from bot.groups.language import main_language


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["收到", "好的", "Let me explain at length why we should not do that at all before the release"], "zh"),
        (["这是一段很长很长的中文，说明为什么我们不应该在发布之前做这件事情", "ok", "noted"], ""),
        (["收到", "ok"], ""),
        (["好", "https://example.org/a/long/address", "+1", "👍"], "zh"),
        (["用 Redis 吧"], "zh"),
        (["これはペンです"], ""),
        (["привет", "好"], ""),
        ([], ""),
    ],
)
def test_most_messages_decide_and_not_the_longest(texts: list[str], expected: str) -> None:
    assert main_language(texts) == expected
