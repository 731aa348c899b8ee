"""What a question can ask to be shown, by a word in it: one of everything that a model may write."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Specimen:
    asked: re.Pattern[str]
    chinese: str
    english: str


def _asked(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_PARAGRAPHS = 40  # of the very long answer: more than 7,000 characters, too many for one message


def _long(heading: str, paragraph: str) -> str:
    """Numbered throughout, so that a loss is seen."""
    return "\n\n".join(
        (heading.format(n // 10 + 1) if n % 10 == 0 else "") + paragraph.format(n + 1, _PARAGRAPHS)
        for n in range(_PARAGRAPHS)
    )


_LONG_ENGLISH = _long(
    "### Part {}\n\n",
    "Paragraph {} of {}: nobody wrote it, it is here to be long. It lets you see how an answer is **streamed**, cut "
    "into messages and put together again, and that no sentence is lost.",
)
_LONG_CHINESE = _long(
    "### 第 {} 部分\n\n",
    "第 {} 段，共 {} 段：没有人写过这段话，它只是为了足够长。借助它可以看到一条回答怎样**逐字**出现，怎样被切成几条消息"
    "又怎样拼接起来，而且一句话也不会丢失。长度、标点、换行与标题都会原样保留，读者可以从第一段一直核对到最后一段。"
    "如果某一段缺失、重复或者次序颠倒，看段落开头的编号就能立刻发现，不需要任何工具，也不需要事先读过这篇文字的内容。",
)

# Shown in this order.
_SPECIMENS = (
    _Specimen(
        _asked(r"\btables?\b|表格"),
        "| 城市 | 人口（万） | 面积（km²） |\n| :-- | --: | --: |\n| 北京 | 2185 | 16411 |\n| 上海 | 2487 | 6341 |",
        "| City | People (m) | Area (km²) |\n| :-- | --: | --: |\n| Paris | 2.1 | 105 |\n| London | 8.9 | 1572 |",
    ),
    _Specimen(
        _asked(r"\bcode\b|代码"),
        '```python\ndef greet(name: str) -> str:\n    return f"你好，{name}！ 1 < 2 && *不是强调*"\n```',
        '```python\ndef greet(name: str) -> str:\n    return f"Hello, {name}! 1 < 2 && *no emphasis*"\n```',
    ),
    _Specimen(
        _asked(r"\b(?:formulas?|equations?)\b|公式"),
        "行内公式 $E = mc^2$，以及独立公式：\n\n$$\n\\int_0^1 x^2\\,dx = \\frac{1}{3}\n$$",
        "Inline $E = mc^2$, and on its own:\n\n$$\n\\int_0^1 x^2\\,dx = \\frac{1}{3}\n$$",
    ),
    _Specimen(
        _asked(r"\b(?:tasks?|to-?do|checklist)\b|任务|待办"),
        "- [x] 读懂问题\n- [ ] 找到模型\n- [ ] 给出真正的回答",
        "- [x] Read the question\n- [ ] Find a model\n- [ ] Give a real answer",
    ),
    _Specimen(
        _asked(r"(?<!task )\blists?\b|\bnested\b|(?<!任务)列表|嵌套"),
        "1. 第一层\n   - 第二层\n     - 第三层\n2. 又一项\n   1. 编号的第二层",
        "1. First level\n   - second level\n     - third level\n2. Another item\n   1. a numbered second level",
    ),
    _Specimen(
        _asked(r"\b(?:quotes?|quotations?)\b|引用"),
        "> 一段引用\n>\n> > 引用中的引用\n>\n> — 无名氏",
        "> A quotation\n>\n> > a quotation inside it\n>\n> — Nobody",
    ),
    _Specimen(
        _asked(r"\bdetails\b|折叠"),
        "<details><summary>展开看看</summary>\n\n平时收起的一段话。\n\n</details>",
        "<details><summary>Unfold this</summary>\n\nA paragraph that stays folded.\n\n</details>",
    ),
    _Specimen(_asked(r"(?<!how )\blong\b|长文|长篇|很长|长回答"), _LONG_CHINESE, _LONG_ENGLISH),
)


def specimens(question: str, *, chinese: bool) -> list[str]:
    """Markdown blocks, one for each thing that the question names."""
    return [s.chinese if chinese else s.english for s in _SPECIMENS if s.asked.search(question)]
