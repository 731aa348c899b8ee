"""What models write into an answer that is no part of it: thinking between tags, channels, marks of their templates.

text = ThinkingFilter()
for kind, piece in text.feed("<think>hm</think>\n\nYes"): ...   # ("thinking", "hm"), ("text", "Yes")
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final, Literal

Kind = Literal["text", "thinking", "void"]
"""``void``: all text until now was thinking after all (its opening tag was never written)."""

Token = Literal["open", "close", "channel", "message", "start", "turn", "hidden", "end"]
"""What a mark does: opens or closes thinking; is a part of a header that names a channel; ends a turn; is never shown;
is not shown at the end of an answer."""

# Names of the tags of models that reason in the open (DeepSeek, Qwen, GLM, Magistral, Kimi, Seed, LongCat, ERNIE, Phi).
_NAMES: Final = ("think", "thinking", "thought", "thoughts", "reasoning", "reason", "analysis", "reflection")
_NAMES_TOO: Final = ("seed:think", "longcat_think", "antthinking", "scratchpad", "inner_monologue", "internal_thoughts")
_TAGS: Final = tuple(
    (f"{left}{name}{right}", f"{left}/{name}{right}")
    for name in (*_NAMES, *_NAMES_TOO)
    for left, right in (("<", ">"), ("[", "]"), ("◁", "▷"), ("<|", "|>"))
)
_PAIRS: Final = (
    *_TAGS,
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|begin_of_thinking|>", "<|end_of_thinking|>"),
    ("<|start_thinking|>", "<|end_thinking|>"),
    ("<|channel>", "<channel|>"),
    ("<unused94>", "<unused95>"),
)
TOKENS: Final[Mapping[str, Token]] = {
    **{opening: "open" for opening, _ in _PAIRS},
    **{closing: "close" for _, closing in _PAIRS},
    "<|start|>": "start",
    "<|channel|>": "channel",
    "<|message|>": "message",
    "<|end|>": "turn",
    "<|return|>": "turn",
    "<|call|>": "turn",
    **dict.fromkeys(("<|begin_of_box|>", "<|end_of_box|>", "<|begin_of_solution|>", "<|end_of_solution|>"), "hidden"),
    **dict.fromkeys(("<|start_response|>", "<|end_response|>", "<|begin_of_text|>"), "hidden"),
    **dict.fromkeys(("<|im_end|>", "<|im_start|>", "<|endoftext|>", "<|eot_id|>", "<|eom_id|>", "<|eot|>"), "end"),
    **dict.fromkeys(("<|end_of_text|>", "<|end_of_turn|>", "<end_of_turn>", "<eos>", "</s>", "<|eos|>"), "end"),
    **dict.fromkeys(("<|user|>", "<|assistant|>", "<|observation|>", "<|endofanswer|>", "[eos]"), "end"),
    **dict.fromkeys(("<｜end▁of▁sentence｜>", "<|end▁of▁sentence|>", "<|im_sep|>", "<turn|>"), "end"),
}
_MARK: Final = re.compile(r"[<\[◁][^<>\[\]◁▷\n]{1,26}[>\]▷]")
_BEGINNINGS: Final = frozenset(token[:size] for token in TOKENS for size in range(1, len(token) + 1))
_LONGEST: Final = max(map(len, TOKENS))
_FIRST: Final = re.compile(r"[<◁\[]")
_SHOWN_CHANNELS: Final = ("final", "answer", "response")
_HEADER_LIMIT: Final = 200
_BEFORE_A_WORD: Final = frozenset(" \"'“「(（")

# What is left of channels where a server drops their marks (vLLM with gpt-oss): "analysisHm.assistantfinalYes".
_BARE: Final = re.compile(r"\s*(?:analysis|commentary)(?=[^\Wa-z_])")
_BARE_FINAL: Final = "assistantfinal"


def without_bare_channels(text: str) -> tuple[str, str] | None:
    """(thinking, text) of a whole text that holds the names of channels without their marks; None of any other."""
    begun = _BARE.match(text)
    thinking, final, answer = text.partition(_BARE_FINAL)
    return (thinking[begun.end() :], answer) if begun and final and answer.strip() else None


class ThinkingFilter:
    """Feed it an answer's text in pieces; each gives (kind, text). Marks may be cut anywhere.

    An opening tag counts at the very start and, in an answer that began with thinking, at the beginning of a line:
    elsewhere it may be what the answer is about. A closing tag without one counts where it does not stand in a
    sentence. Nothing counts in code. Of what may still turn out to be a mark no more is held back than it is long.
    """

    __slots__ = (
        *("_backticks", "_blank_line", "_fenced", "_gap", "_header", "_held", "_inline", "_last", "_lead", "_named"),
        *("_said", "_state", "_thought", "_turn"),
    )

    def __init__(self) -> None:
        self._state: Literal["text", "thinking", "header"] = "text"
        self._held = ""
        self._turn = ""  # marks of an end, and blanks after them, which are text only if more text follows
        self._header = ""
        self._gap = False  # blanks are dropped: the answer has not begun after thinking
        self._thought = False  # the answer had a block of thinking
        self._said = False  # some text was given
        self._named = False  # an opening tag was given as text
        self._fenced = False
        self._backticks = 0  # at the end of the text so far
        self._blank_line = True  # only blanks stand in the line so far
        self._last = ""
        self._lead = ""  # blanks at the start, which are no text where thinking follows
        self._inline = False  # in code within a line

    def feed(self, piece: str) -> list[tuple[Kind, str]]:
        return list(_joined(self._feed(piece, last=False)))

    def close(self) -> list[tuple[Kind, str]]:
        """What was held back."""
        return list(_joined(self._feed("", last=True)))

    @property
    def thought(self) -> bool:
        """Whether thinking was found between marks."""
        return self._thought

    def _feed(self, piece: str, *, last: bool) -> Iterator[tuple[Kind, str]]:
        text, self._held = self._held + piece, ""
        at = start = 0
        while found := _MARK.search(text, start):
            start = found.end()
            token = TOKENS.get(found[0].lower())
            if token is None:
                continue
            if start == len(text) and not last:  # what follows may decide
                break
            yield from self._plain(text[at : found.start()])
            yield from self._mark(token, found[0], text[start : start + 1])
            at = start
        held = len(text) if last else at + _held_from(text[at:])
        yield from self._plain(text[at:held])
        self._held = text[held:]
        if last and self._lead:
            yield from self._said_text(self._lead)

    def _mark(self, does: Token, mark: str, after: str) -> Iterator[tuple[Kind, str]]:
        if does in ("open", "close"):
            yield from self._tag(mark, after, opens=does == "open")
        elif self._in_code(after) and self._state == "text":
            yield from self._plain(mark)
        elif does in ("start", "channel"):
            self._state, self._header, self._turn = "header", "", ""
        elif does == "message":
            yield from self._channel(mark)
        elif does == "turn" and self._state == "thinking":
            self._state, self._gap = "text", True
        elif does in ("turn", "end"):
            yield from self._ending(mark)

    def _tag(self, mark: str, after: str, *, opens: bool) -> Iterator[tuple[Kind, str]]:
        if self._state == "thinking":
            if opens:
                yield "thinking", mark
            else:
                self._state, self._gap = "text", True
        elif self._in_code(after) or self._state == "header":
            yield from self._plain(mark)
        elif opens and (not self._said or (self._thought and self._blank_line)):
            self._state, self._thought, self._lead = "thinking", True, ""
        elif not opens and not self._named and not self._in_sentence(after):
            if self._said:
                yield "void", ""
            self._state, self._thought, self._said, self._gap = "text", True, False, True
        else:
            self._named = self._named or opens
            yield from self._plain(mark)

    def _channel(self, mark: str) -> Iterator[tuple[Kind, str]]:
        """The name in the header says whether what follows is shown."""
        if self._state != "header":
            yield from self._plain(mark)
            return
        name = self._header.split("<|", 1)[0].strip().lower()
        shown = not name or name.startswith(_SHOWN_CHANNELS) or name in ("assistant", "user")
        self._state, self._header, self._gap = ("text" if shown else "thinking"), "", True
        self._thought = self._thought or not shown

    def _ending(self, mark: str) -> Iterator[tuple[Kind, str]]:
        if self._state == "thinking":
            yield "thinking", mark
        elif self._state == "text":
            self._turn += mark
            if len(self._turn) > _HEADER_LIMIT:  # no end, whatever it is
                self._turn, turn = "", self._turn
                yield from self._said_text(turn)

    def _plain(self, text: str) -> Iterator[tuple[Kind, str]]:
        """Text between marks."""
        if not text:
            return
        if self._state == "header":
            self._header += text[:_HEADER_LIMIT]
        elif self._state == "thinking":
            yield "thinking", text
        else:
            yield from self._answer(text)

    def _answer(self, text: str) -> Iterator[tuple[Kind, str]]:
        if self._turn:
            self._turn += text
            if text.isspace() and len(self._turn) < _HEADER_LIMIT:
                return
            text, self._turn = self._turn, ""
        if self._gap:
            text = text.lstrip()
            self._gap = not text
        if not self._said and not text.strip():
            self._lead += text
            return
        text, self._lead = self._lead + text, ""
        if text:
            yield from self._said_text(text)

    def _said_text(self, text: str) -> Iterator[tuple[Kind, str]]:
        self._said = self._said or not text.isspace()
        self._follow(text)
        yield "text", text

    def _follow(self, text: str) -> None:
        """Note where in a line, and in which code, the end of the text stands."""
        for part in re.split("(`+)", text):
            if part.startswith("`"):
                self._backticks += len(part)
                continue
            if part:
                self._close_backticks(line_ended="\n" in part)
        _, newline, line = text.rpartition("\n")
        self._blank_line = (self._blank_line or bool(newline)) and not line.strip()
        self._last = text[-1]

    def _close_backticks(self, *, line_ended: bool) -> None:
        if self._backticks >= 3:
            self._fenced = not self._fenced
        elif self._backticks:
            self._inline = not self._inline
        self._backticks = 0
        self._inline = self._inline and not line_ended

    def _in_code(self, after: str) -> bool:
        opened = self._fenced != (self._backticks >= 3) or self._inline != (0 < self._backticks < 3)
        return opened or (after == "`" and self._said)

    def _in_sentence(self, after: str) -> bool:
        """Whether the mark is spoken of: it stands between blanks or quotes in the midst of a line."""
        return self._last in _BEFORE_A_WORD and not self._blank_line and after not in ("\n", "\r")


def _held_from(text: str) -> int:
    """Where the end begins that may be the beginning of a mark."""
    start = max(len(text) - _LONGEST, 0)
    for found in _FIRST.finditer(text, start):
        if text[found.start() :].lower() in _BEGINNINGS:
            return found.start()
    return len(text)


def _joined(pieces: Iterator[tuple[Kind, str]]) -> Iterator[tuple[Kind, str]]:
    """Neighbours of one kind as one."""
    kind: Kind = "text"
    held = ""
    for each, text in pieces:
        if each == kind and each != "void":
            held += text
            continue
        if held:
            yield kind, held
        kind, held = each, text
        if each == "void":
            yield "void", ""
            kind = "text"
    if held:
        yield kind, held
