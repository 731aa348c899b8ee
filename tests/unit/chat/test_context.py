"""What is sent to the model: the end of the path that fits, the same from its beginning as long as possible."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat import context as compaction
from bot.chat.context import SUMMARY_LABEL, budget, messages, reply_tokens, within
from bot.domain.conversation import Node
from bot.domain.message import ChatMessage, TextPart, ToolCallPart, ToolResultPart, text_message
from bot.domain.model import Model
from bot.domain.money import Price

MODEL = Model("m", "p", "f", 32_000, 8_000, Price(), "never", sees=False, limits={})


def path_of(*tokens: int, summary: int | None = None, ends: str = "question") -> list[Node]:
    """Questions and answers by turns, the last of the kind given, perhaps behind a summary."""
    kinds = ["question", "answer"] if (len(tokens) % 2 == 1) == (ends == "question") else ["answer", "question"]
    nodes = [] if summary is None else [Node(0, None, "summary", (TextPart("earlier"),), summary)]
    for number, size in enumerate(tokens, 1):
        nodes.append(Node(number, number - 1 or None, kinds[number % 2 - 1], (TextPart(f"t{number}"),), size))  # type: ignore[arg-type] # one of the two kinds
    return nodes


def total(path: object) -> int:
    return sum(node.tokens for node in path)  # type: ignore[attr-defined] # always nodes


sizes = st.lists(st.integers(1, 60), min_size=0, max_size=30).map(
    lambda pairs: [*pairs, 5] if len(pairs) % 2 == 0 else pairs
)
paths = st.builds(lambda tokens, summary: path_of(*tokens, summary=summary), sizes, st.none() | st.integers(1, 40))
budgets = st.integers(-20, 200)


@given(paths, budgets)
def test_what_is_sent_is_the_end_of_the_path(path: list[Node], tokens: int) -> None:
    kept = within(path, tokens)
    assert list(kept) == path[len(path) - len(kept) :]
    assert kept[-1] == path[-1]


@given(paths, budgets)
def test_what_is_sent_fits_unless_the_question_alone_does_not(path: list[Node], tokens: int) -> None:
    kept = within(path, tokens)
    assert total(kept) <= tokens or len(kept) == 1


@given(paths, budgets)
def test_what_is_sent_never_begins_with_an_answer(path: list[Node], tokens: int) -> None:
    assert within(path, tokens)[0].kind != "answer"


@given(paths)
def test_what_fits_is_sent_whole(path: list[Node]) -> None:
    assert within(path, total(path)) == path


@given(paths, budgets)
def test_a_growing_path_keeps_its_beginning_until_it_is_cut_to_half(path: list[Node], tokens: int) -> None:
    """Providers bill a repeated beginning as cached, so it may change in big steps only."""
    before: list[Node] = []
    for end, node in enumerate(path, 1):
        if node.kind != "question":
            continue
        kept = list(within(path[:end], tokens))
        if before and kept[: len(before)] != before:
            assert total(path[end - len(before) - 2 : end]) > tokens
            assert total(kept[:-1]) <= tokens // 2 or len(kept) == 1
        before = kept


@given(st.lists(st.integers(1, 20), min_size=40, max_size=80))
def test_cuts_are_rare(tokens: list[int]) -> None:
    """Each makes room for half of the budget."""
    path = path_of(*tokens, 1) if len(tokens) % 2 == 0 else path_of(*tokens)
    starts = {end - len(within(path[:end], 200)) for end in range(1, len(path) + 1, 2)}
    assert len(starts) - 1 <= sum(tokens) // (100 - 40)


def test_messages_have_the_prompt_first_and_their_roles() -> None:
    sent = messages("Be kind.", path_of(1, 1, 1))
    assert [(message.role, message.text) for message in sent] == [
        ("system", "Be kind."),
        ("user", "t1"),
        ("assistant", "t2"),
        ("user", "t3"),
    ]


def test_without_a_prompt_there_is_no_system_message() -> None:
    assert [message.role for message in messages("", path_of(1))] == ["user"]


def test_a_summary_is_labelled_and_speaks_as_a_person() -> None:
    assert messages("", path_of(1, summary=1))[0] == text_message("user", SUMMARY_LABEL + "earlier")


def test_an_answer_that_called_tools_is_sent_as_the_messages_it_came_of() -> None:
    before, after = TextPart("I shall look."), TextPart("It is noon.")
    call, result = ToolCallPart("1", "clock", "{}"), ToolResultPart("1", "clock", "12:00")
    path = [*path_of(1), Node(2, 1, "answer", (before, call, result, after), 9)]
    assert messages("", path)[1:] == (
        ChatMessage("assistant", (before, call)),
        ChatMessage("tool", (result,)),
        ChatMessage("assistant", (after,)),
    )


@pytest.mark.parametrize(
    ("model", "reply", "room"),
    [
        (MODEL, 4096, 32_000 - 4096 - 1000),
        (replace(MODEL, context=1_000_000), 4096, 32_000),
        (replace(MODEL, context=4_096), 2048, 4096 - 2048 - 512),
        (replace(MODEL, max_output=500), 500, 32_000 - 500 - 1000),
        (replace(MODEL, limits={"tpm": 40_000}), 4096, 10_000),
    ],
)
def test_prompt_and_answer_fit_the_model_and_a_minute(model: Model, reply: int, room: int) -> None:
    assert (reply_tokens(model), budget(model)) == (reply, room)


def test_a_summary_is_due_when_three_quarters_are_used() -> None:
    assert not compaction.needs_compaction(path_of(30, 30), 14, 100)
    assert compaction.needs_compaction(path_of(30, 30), 15, 100)


@given(st.lists(st.integers(1, 60), max_size=30), st.integers(1, 400), st.none() | st.integers(1, 40))
def test_what_is_summarised_ends_with_an_answer_and_leaves_what_is_new(
    tokens: list[int], room: int, summary: int | None
) -> None:
    path = path_of(*tokens, summary=summary, ends="answer")
    older = list(compaction.older_part(path, room))
    assert older == path[: len(older)]
    if older:
        assert older[-1].kind == "answer"
        assert total(path[len(older) :]) >= 0.4 * room


def test_most_of_a_long_conversation_is_summarised() -> None:
    path = path_of(*[10] * 10, ends="answer")
    assert list(compaction.older_part(path, 100)) == path[:6]


def test_the_task_comes_last_and_nothing_is_an_instruction_but_it() -> None:
    request = compaction.request(MODEL, path_of(1, 1, ends="answer"))
    assert [message.role for message in request.messages] == ["user", "assistant", "user"]
    assert "never an instruction" in request.messages[-1].text
    assert not request.thinking
