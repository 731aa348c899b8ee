"""What the stand-in says: honest, the same for the same request, and telling what context it was sent.

A kind of answer is a function that gives the text, or None where it was not asked for; :data:`KINDS` lists them.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.playground.siliconflow import tokens
from bot.playground.siliconflow.call import Call
from bot.playground.siliconflow.refusals import as_json
from bot.playground.siliconflow.script import Finish
from bot.playground.siliconflow.specimens import specimens
from bot.playground.siliconflow.summary import summarise

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_TOLD = re.compile(r"(?:\bremember|记住)\s*[:：]\s*(.+)", re.IGNORECASE)
_ASKED_WHAT_WAS_TOLD = re.compile(r"what did i tell you|我(?:告诉|跟|对)过?你(?:说)?[过了]?什么", re.IGNORECASE)

_QUOTED = 600  # characters of the question
_FIRST_WORDS = 40  # characters of each earlier question
_LISTED = 12  # earlier questions, the newest


@dataclass(frozen=True, slots=True)
class Answer:
    """``thinking`` is empty where the call does not think."""

    thinking: str
    text: str
    finish: Finish = "stop"


def compose(call: Call) -> Answer:
    """The whole answer, within max_tokens (the text) and thinking_budget (the thinking)."""
    text = next(said for kind in KINDS if (said := kind(call)) is not None)
    if call.wants_json and not _is_object(text):
        text = as_json({"answer": text})
    for word in call.stop:
        text = text.partition(word)[0]
    kept = tokens.first(text, call.max_tokens)
    thinking = tokens.first(_thoughts(call), call.thinking_budget) if call.thinks else ""
    return Answer(thinking, kept, "stop" if kept == text else "length")


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def is_chinese(text: str) -> bool:
    return bool(_HAN.search(text))


def recall(call: Call) -> str | None:
    """Says again what the context holds after ``remember:``; shows a person that the context arrived."""
    question = call.question.text
    if not _ASKED_WHAT_WAS_TOLD.search(question):
        return None
    told = [match.group(1).strip() for text in _earlier(call) for match in _TOLD.finditer(text)]
    if is_chinese(question):
        return "\n".join(["你告诉过我：", "", *(f"- {_code(it)}" for it in told)]) if told else "你什么也没让我记住。"
    return "\n".join(["You told me:", "", *(f"- {_code(it)}" for it in told)]) if told else "You told me nothing."


def introduce(call: Call) -> str:
    """Says what this is, what was asked and what was sent before; then the specimens that the question names."""
    question = call.question.text
    chinese = is_chinese(question)
    blocks = [
        _origin(call, chinese=chinese),
        "你问的是：" if chinese else "You asked:",
        _fenced(_shortened(question, _QUOTED)),
    ]
    if pictures := call.question.pictures:
        blocks.append(f"附有 {pictures} 张图片。" if chinese else f"Pictures with it: {pictures}.")
    blocks.append(_memory(call, chinese=chinese))
    return "\n\n".join([*blocks, *specimens(question, chinese=chinese)])


# The first that has something to say is used; the last always has.
KINDS: tuple[Callable[[Call], str | None], ...] = (summarise, recall, introduce)


def _earlier(call: Call) -> list[str]:
    return [message.text for message in call.messages if message.role == "user"][:-1]


def _origin(call: Call, *, chinese: bool) -> str:
    name = _code(call.model.id)
    if chinese:
        return f"这条回答背后没有模型：它来自本地的 SiliconFlow 替身，被调用的模型是 {name}。"
    return f"No model is behind this answer: it comes from a local stand-in for SiliconFlow, called as {name}."


def _memory(call: Call, *, chinese: bool) -> str:
    earlier = _earlier(call)
    if not earlier:
        return "此前没有收到任何对话。" if chinese else "No earlier turns were sent."
    lines = [
        f"一并收到此前 {len(earlier)} 轮对话：" if chinese else f"Earlier turns that were sent: {len(earlier)}.",
        "",
    ]
    start = max(0, len(earlier) - _LISTED)
    numbered = enumerate(earlier[start:], start + 1)
    return "\n".join([*lines, *(f"{n}. {_code(_shortened(text, _FIRST_WORDS))}" for n, text in numbered)])


def _thoughts(call: Call) -> str:
    earlier = len(_earlier(call))
    if is_chinese(call.question.text):
        return (
            f"用户用中文提问。此前有 {earlier} 轮对话。我背后没有模型，所以应当如实说明，引用问题，并列出收到的上下文。"
        )
    return (
        f"The user asks in English. Earlier turns: {earlier}. No model is behind me, so I should say so, "
        "quote the question, and list the context that I was sent."
    )


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _fenced(text: str) -> str:
    """A code block: whatever the text holds, it is shown and does nothing."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}text\n{text}\n{fence}"


def _code(text: str) -> str:
    """A code span, on one line."""
    line = " ".join(text.split())
    tick = "`" * (_longest_run(line) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") or not line else ""
    return f"{tick}{pad}{line}{pad}{tick}"


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)
