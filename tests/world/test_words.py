r"""What models write, and what people mean by it, by kinds of difference from CommonMark.

Sources: 5,424 public answers of models (alpaca_eval, arena-hard-auto, GAOKAO-Bench), counted in November 2026, and
reports to public trackers of other bots. The number behind a kind says how many of those answers arrived wrong.
In each table the rows that were reported or counted come first, then others of the same kind.
"""

from typing import Any

import pytest
from aiogram.types import MessageEntity

from bot.playground.telegram.text import detected
from bot.telegram.markdown import StreamPreview, parse, present
from bot.telegram.markdown.addresses import linked_by_clients


def text(markdown: str) -> str:
    return "\n<cut>\n".join(part.text for part in present(parse(markdown), rich="off"))


def entities(markdown: str) -> list[tuple[str, str]]:
    (part,) = present(parse(markdown), rich="off")
    return [(entity.type, entity.extract_from(part.text)) for entity in part.entities]


def wire(markdown: str) -> list[dict[str, Any]]:
    parts = present(parse(markdown), rich="always")
    return [block.model_dump(mode="json", exclude_none=True) for part in parts for block in part.blocks or ()]


# Products, powers and patterns (37): "234 = 24" and "210 + 32" were shown.
@pytest.mark.parametrize(
    "markdown",
    [
        "2*3*4 = 24",
        "2**10 + 3**2 = 1033",
        "95*15=1425；75*16=1200",
        "P1*V1 = P0*V0",
        "(a+b)*(c+d)*(e+f)",
        "a[i]*b[j]*c[k] and f(x)*g(x)*h(x)",
        "2*π*r and 5*цена*штук",
        "面积 = 长*宽*高，总价=5*数量*单价",
        "x**2 + y**2 = z**2, 2 ** 3 ** 4",
        "src/**/*.py, *.js and test*.js",
        "ls **/*.md docs/**/index.*",
        "SELECT COUNT(*), SUM(*) FROM t",
        "def f(*args, **kwargs): # **kwargs and *args",
        "char **argv, int *p, *q = *r;",
        "138****5678 和 139****1234",
        "hotels with 5*, 4* and 3*",
        "½*a*b, x²*y²*z and a*b*c",
        """"*" and '*', "**" and '**'""",
    ],
)
def test_products_powers_and_patterns_stay_as_written(markdown: str) -> None:
    assert text(markdown) == markdown
    assert entities(markdown) == []


# Names with underscores, and blanks to fill in (67): there was no genuine ``__bold__`` in one word at all.
@pytest.mark.parametrize(
    "markdown",
    [
        "Override __init__ and __repr__",
        "__name__",
        "填空：____，____。",
        'if __name__ == "__main__":',
        "from pkg.__init__ import x; __version__ = '1'",
        "姓名：______ 年龄：____",
        "Name: _____ Date: ___/___",
        "答案是（____）。",
        "____________\nname",
        "snake_case, snake__case and 文件_名_称",
        "(_, x) => _.map(_)",
    ],
)
def test_underscores_stay_as_written(markdown: str) -> None:
    assert text(markdown) == markdown
    assert entities(markdown) == []


def test_words_between_double_underscores_are_bold_all_the_same() -> None:
    assert entities("__really bold words__ and __强调__") == [("bold", "really bold words"), ("bold", "强调")]


# Bold beside punctuation, raw ``**`` left over (18; blanks inside, never closed; Thai, Hindi).
@pytest.mark.parametrize(
    ("markdown", "shown", "bold"),
    [
        ("**标题： **内容", "标题： 内容", ["标题："]),
        ("คำ **สำคัญ:**ต่อ", "คำ สำคัญ:ต่อ", ["สำคัญ:"]),
        ("यह **महत्वपूर्ण।**पाठ", "यह महत्वपूर्ण।पाठ", ["महत्वपूर्ण।"]),
        ("** 标题 ** 正文", "标题  正文", ["标题"]),
        ("**Note: this is never closed", "Note: this is never closed", []),
        ("**注意，从不关闭", "注意，从不关闭", []),
        ("**中文，**English，**“引”**后", "中文，English，“引”后", ["中文，", "“引”"]),
        ("**Title:**text and **(x)**y", "Title:text and (x)y", ["Title:", "(x)"]),
        ("**text **more", "text more", ["text"]),
        ("st**r**awbe**rr**y, **S**earch", "strawberry, Search", ["r", "rr", "S"]),
        ("**/etc/hosts** 与 **.env**", "/etc/hosts 与 .env", ["/etc/hosts", ".env"]),
        ("**A**/**B**, **a*b*c**", "A/B, a*b*c", ["A", "B", "a*b*c"]),
        ("**`code`**x and ~~**a**~~b", "codex and ab", ["a"]),
        ("这是*重点*内容", "这是重点内容", []),
    ],
)
def test_bold_is_bold_in_any_script(markdown: str, shown: str, bold: list[str]) -> None:
    assert text(markdown) == shown
    assert [words for kind, words in entities(markdown) if kind == "bold"] == bold


# Indentation of code without a fence (216; some models write no fences).
@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("def f():\n    return 1", "def f():\n    return 1"),
        ("def f():\n    a\n\n    # comment\n    return a", "def f():\n    a\n\n    # comment\n    return a"),
        ("for x in y:\n\tprint(x)", "for x in y:\n    print(x)"),
        ("function f() {\n  return 1;\n}", "function f() {\n  return 1;\n}"),
        ("```\n  a\n\tb\n```", "  a\n\tb"),
        ("#!/bin/sh\n# comment\nx = 1\n# another\nprint(x)", "#!/bin/sh\n# comment\nx = 1\n# another\nprint(x)"),
        ("正文\n# 标题\n正文", "正文\n\n标题\n\n正文"),
    ],
)
def test_code_without_a_fence_keeps_its_indentation(markdown: str, shown: str) -> None:
    assert text(markdown) == shown


# Fences as small models write them.
@pytest.mark.parametrize(
    ("markdown", "shown", "code"),
    [
        ("运行：\n```\npip install x\n```\n然后继续", "运行：\n\npip install x\n\n然后继续", "pip install x"),
        ("运行：```bash\npip install x\n```然后继续", "运行：\n\npip install x\n\n然后继续", "pip install x"),
        ("1. Do:\n   ```sh\nls\n  -a\n   ```\n2. Done", "1. Do:\nls\n  -a\n2. Done", "ls\n  -a"),
        ("```\nx\n``` then go on", "x\n\nthen go on", "x"),
        ("Text ```python\nx = 1``` more", "Text\n\nx = 1\n\nmore", "x = 1"),
        ("```python print(1)\nprint(2)\n```", "print(1)\nprint(2)", "print(1)\nprint(2)"),
        ("- a\n  ~~~\nb\n  ~~~\n- c", "• a\nb\n• c", "b"),
        ("> ```\n> a\n> ```好\n> b", "a\n\n好\nb", "a"),
        ('```py\na = "```"\n```\nend', 'a = "```"\n\nend', 'a = "```"'),
    ],
)
def test_fences_hold_the_code_and_nothing_else(markdown: str, shown: str, code: str) -> None:
    assert text(markdown) == shown
    assert [words for kind, words in entities(markdown) if kind == "pre"] == [code]


# Numbers of lists rewritten or lost (15).
@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("3. c\n2. b\n1. a", "3. c\n2. b\n1. a"),
        ("1.\n\nA\n\n2.\n\nB", "1. A\n\n2. B"),
        ("1. a\n1. b\n5. c", "1. a\n1. b\n5. c"),
        ("01. a\n02. b", "01. a\n02. b"),
        ("1) a\n2) b", "1) a\n2) b"),
        ("1.\n2.\n3. c", "1.\n2.\n3. c"),
    ],
)
def test_lists_keep_their_numbers(markdown: str, shown: str) -> None:
    assert text(markdown) == shown


def test_rich_lists_keep_their_numbers_too() -> None:
    [numbered] = wire("3. c\n2. b\n1. a")
    assert [item["value"] for item in numbered["items"]] == [3, 2, 1]


# Comparisons, prompts and sums at a line's beginning; prices; paths; escapes that are none.
@pytest.mark.parametrize(
    "markdown",
    [
        "> 18 岁",
        ">= 3.5 and < 4",
        "It is\n> 10 and rising",
        ">>> print(1)",
        "12\n+ 5",
        "costs $ 5 and $ 10, from $5 to 10$ or $ 5 - $ 10",
        "$5*3 = $15; US$7 和 $8",
        r"C:\Users\__x__\*.txt, \\server\_share\x",
        r"^\d+\.\d*$ and e\.com",
        "/usr/*/bin/*, ~/a_b_c and __pycache__/",
    ],
)
def test_what_begins_like_markup_stays_as_written(markdown: str) -> None:
    assert text(markdown) == markdown
    assert entities(markdown) == []


def test_a_quote_that_begins_with_a_number_is_a_quote() -> None:
    assert entities("> 100 people came.\n> It was fun.") == [("blockquote", "100 people came.\nIt was fun.")]


# Addresses: "label alone, or nothing"; cut before Chinese (6); `[](https://…)` vanished (10).
@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("[admin](http://localhost:8080/admin)", "admin (http://localhost:8080/admin)"),
        ("[us](mailto:help@shop.example)", "us (mailto:help@shop.example)"),
        ("[setup](docs/setup.md)", "setup (docs/setup.md)"),
        ("![](img/x.png)", "img/x.png"),
        ("[](https://e.com/x)", "https://e.com/x"),
        ("f(x)[1](2), arr[0](y.z) and snake__case", "f(x)[1](2), arr[0](y.z) and snake__case"),
        ("[up](tg://resolve?domain=x)", "up (tg://resolve?domain=x)"),
        ("[a@b.co](mailto:a@b.co)", "a@b.co"),
        ("![图](tg://photo?id=1)", "图 (tg://photo?id=1)"),
        ("[![logo](https://a.b/c.png)](https://c.d)", "logo (https://a.b/c.png)"),
        ("https://e.com/__init__/_x_/a*b*c", "https://e.com/__init__/_x_/a*b*c"),
        (r"https://e.com/a\_b", "https://e.com/a_b"),
    ],
)
def test_addresses_stay_readable(markdown: str, shown: str) -> None:
    assert text(markdown) == shown


def test_no_address_but_of_the_web_can_be_pressed() -> None:
    assert entities("[up](tg://resolve?domain=x) [admin](http://localhost/)") == [
        ("code", "tg://resolve?domain=x"),
        ("code", "http://localhost/"),
    ]


@pytest.mark.parametrize(
    ("markdown", "address"),
    [
        ("见 https://zh.wikipedia.org/wiki/北京，很大", "https://zh.wikipedia.org/wiki/北京"),
        ("https://de.wikipedia.org/wiki/Köln ist", "https://de.wikipedia.org/wiki/Köln"),
        ("https://e.com/a。然后", "https://e.com/a"),
        ("见https://e.com/a然后", "https://e.com/a"),
        ("在https://e.com然后", "https://e.com"),
        ("https://münchen.de/ö.", "https://münchen.de/ö"),
        ("https://例え.jp/パス。", "https://例え.jp/パス"),
        ("https://ru.wikipedia.org/wiki/Москва.", "https://ru.wikipedia.org/wiki/Москва"),
        ("https://hi.wikipedia.org/wiki/भारत।", "https://hi.wikipedia.org/wiki/भारत"),
        ("https://zh.wikipedia.org/wiki/C语言", "https://zh.wikipedia.org/wiki/C语言"),
        ("(https://e.com/a_(b)).", "https://e.com/a_(b)"),
        ("**https://e.com/a**，后", "https://e.com/a"),
    ],
)
def test_addresses_are_whole_and_nothing_more(markdown: str, address: str) -> None:
    [paragraph] = wire(markdown)
    assert f"'url': '{address}'" in str(paragraph)
    assert address in text(markdown)


@pytest.mark.parametrize("behind", ["。然后", "然后", "，又", "（注）", "、又"])
def test_an_address_directly_before_chinese_is_an_entity_of_its_own(behind: str) -> None:
    assert entities(f"https://e.com/a{behind}") == [("text_link", "https://e.com/a")]


@pytest.mark.parametrize("behind", ["", " x", ".", ", x", "\n", ")", "?"])
def test_an_address_that_clients_link_rightly_needs_no_entity(behind: str) -> None:
    assert entities(f"https://e.com/a{behind}") == []


@pytest.mark.parametrize(
    ("said", "linked"),
    [
        ("https://e.com/a。然后 x", "https://e.com/a。然后"),
        ("https://e.com/路径，又", "https://e.com/路径，又"),
        ("(https://e.com/a_(b)).", "https://e.com/a_(b)"),
        ("https://e.com/a, b", "https://e.com/a"),
        ("“https://e.com/a”", "https://e.com/a"),
    ],
)
def test_the_local_telegram_links_what_clients_link(said: str, linked: str) -> None:
    assert [said[e["offset"] : e["offset"] + e["length"]] for e in detected(said)] == [linked]
    assert said[: linked_by_clients(said, said.index("https"))].endswith(linked)


def test_a_label_with_an_address_keeps_its_own() -> None:
    [part] = present(parse("[路](https://e.com/路径/ö?q=北京)"), rich="off")
    assert part.entities == (MessageEntity(type="text_link", offset=0, length=1, url="https://e.com/路径/ö?q=北京"),)


# Formulas: with blanks inside (59 texts, 4,275 places); saying something else (about 120); unknown commands (67).
@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        (r"Let $ x^2 $ and $ \frac{a}{b} $", "Let x² and a/b"),
        (r"共 $ n $ 个, $ 3 $ 个, $ a+b=c $", "共 n 个, 3 个, a+b=c"),
        (r"$\sqrt[3]{8}=2$, $7 \bmod 3$", "∛8=2, 7 mod 3"),
        (r"$\frac12\frac34$", "½(3/4)"),
        (r"$\frac{1}{2}x$ and $\frac{1}{2x}$", "½x and 1/(2x)"),
        (r"$3\frac{1}{2}$ and $3\frac{5}{7}$", "3½ and 3 5/7"),
        (r"$2\frac{x}{y}$, $\frac{a}{b}^2$, $c \div \frac{a}{b}$", "2(x/y), (a/b)², c ÷ (a/b)"),
        (r"$\sqrt{2}x$, $\sqrt{x}^2$, $2\sqrt[5]{x}$", "√(2)x, (√x)², 2·⁵√x"),
        (r"$e^{i\pi}$, $a^{b^c}$, $x_by$", "e^(iπ), a^(bᶜ), x_(b)y"),
        (r"$x \geqslant \vec{a}$, $\overline{AB}$, $\triangle ABC$", "x ≥ a⃗, A̅B̅, △ ABC"),
        (r"$\binom{n}{k}$, $\underline{A}$, $\boldsymbol{x}$", "C(n, k), A̲, x"),
        (r"$\ce{2H2 + O2 -> 2H2O}$", "2H₂ + O₂ → 2H₂O"),
        (r"$a \equiv b \pmod{n} \tag{1}$", "a ≡ b (mod n) (1)"),
        (r"$\operatorname*{argmax} f$, $\left. x \right|_0$, $\mathbb{N}$", "argmax f, x |₀, ℕ"),
        (r"$$\begin{aligned} a &= b \\ c &= d \end{aligned}$$", "a = b\nc = d"),
        (r"$A = \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}$", "A = (1, 2; 3, 4)"),
        (r"\begin{cases} x & x>0 \\ -x & x \le 0 \end{cases}", "{ x, x>0; -x, x ≤ 0"),
        (r"\(1) 第一步：计算", "(1) 第一步：计算"),
        (r"\[1 第一步 x = 2", "[1 第一步 x = 2"),
    ],
)
def test_formulas_say_in_text_what_they_say(markdown: str, shown: str) -> None:
    assert text(markdown) == shown


@pytest.mark.parametrize("formula", [r"\overset{\frown}{AB}", r"\underbrace{a}_{b}", r"\unknown{x}", r"\frac{1}{"])
def test_a_formula_that_text_cannot_say_is_its_source(formula: str) -> None:
    assert entities(f"so ${formula}$.") == [("code", formula)]


def test_a_formula_that_text_cannot_say_makes_the_answer_rich() -> None:
    assert present(parse(r"so $\overset{\frown}{AB}$"))[0].blocks
    assert not present(parse(r"so $\frac{1}{2}$"))[0].blocks


# Tables beyond 36 columns break on phones; what is cut keeps its head, and a title its text.
def test_tables_wider_than_a_phone_are_lists() -> None:
    narrow = "|" + "|".join(["12345678"] * 3) + "|\n|-|-|-|\n|a|b|c|"
    assert entities(narrow)[0][0] == "pre"
    assert text(narrow.replace("12345678|\n", "123456789012345|\n")).startswith("• 12345678: a\n")


@pytest.mark.parametrize("rich", ["off", "always"])
def test_a_cut_table_repeats_its_head(rich: Any) -> None:
    markdown = "|Name|Value|\n|-|-|\n" + "".join(f"|row {number}|{number * 7}|\n" for number in range(700))
    parts = present(parse(markdown), rich=rich)
    assert len(parts) > 1
    for part in parts:
        assert part.text.startswith("Name ")
        assert part.text.split("\n")[1].startswith("─")
        assert part.blocks is not None or [(entity.type, entity.offset) for entity in part.entities] == [("pre", 0)]
    rows = [line for part in parts for line in part.text.split("\n")[2:]]
    assert [row.split()[1] for row in rows] == [str(number) for number in range(700)]


@pytest.mark.parametrize("title", ["**Title**", "## Title", "1. **Title**", "📌 **Title:**"])
@pytest.mark.parametrize("separator", ["\n", "\n\n"])
def test_a_bold_line_is_not_parted_from_its_text(title: str, separator: str) -> None:
    before = "word " * 760
    parts = present(parse(f"{before}\n\n{title}{separator}{'next ' * 200}"), rich="off")
    assert [part.text.split()[0] for part in parts] == ["word", *parts[1].text.split()[:1]]
    assert "Title" in parts[1].text


@pytest.mark.parametrize(
    ("markdown", "is_rtl"),
    [("**مرحبا** بالعالم API", True), ("שלום עולם", True), ("سلام دنیا", True), ("Hello عالم", None), ("你好", None)],
)
def test_rich_messages_say_when_they_are_written_from_right_to_left(markdown: str, is_rtl: bool | None) -> None:
    [part] = present(parse(markdown), rich="always")
    assert part.is_rtl is is_rtl


# The live view: raw marks while they are open (79 of 200), the last part alone at the 101st entity (10).
@pytest.mark.parametrize(
    "markdown",
    [
        "**bold text** and `code` and *italic words*",
        "1. **标题：**`代码`，*斜体*字\n2. **次**",
        "运行：```bash\npip install x\n```然后 **继续** `x`",
        "- [x] **done**\n- [ ] `open`\n\n> **quote**\n\n```py\nx = 1\n```\nend",
    ],
)
def test_no_frame_shows_a_mark(markdown: str) -> None:
    stream = StreamPreview()
    for end in range(len(markdown) + 1):
        assert not set("*`") & set(stream.frame(markdown[:end]).text)


def test_a_frame_with_many_entities_is_whole() -> None:
    frame = StreamPreview().frame(" ".join(f"`{number}`" for number in range(150)))
    assert frame.text.split() == [str(number) for number in range(150)]
    assert len(frame.entities()) == 100


# Slow: a known failure of some models is the same character without end (6.2 s and 12 s were measured).
@pytest.mark.parametrize(
    "markdown",
    ["!" * 100_000, "🇩🇪" * 32_768, "?" * 100_000, "https://e.com/a" + ")" * 100_000, "！" * 100_000, "\u0301" * 50_000],
    ids=["exclamations", "flags", "questions", "brackets", "wide", "marks"],
)
def test_a_character_without_end_is_cut_into_messages(markdown: str) -> None:
    parts = present(parse(markdown), rich="off")
    assert "".join(part.text for part in parts) == markdown
    assert all(len(part.text) <= 4096 for part in parts)
