"""Which answers are given now, and how they are ended."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from bot.domain.active_tasks import ActiveTask, ActiveTasks
from bot.domain.conversation import ConversationKey

ANN = ConversationKey(-9, 0, 1)


class Stage:
    def __init__(self) -> None:
        self.active_tasks = ActiveTasks()
        self.listed = ExitStack()

    def begin(self, scope: ConversationKey = ANN, message_id: int = 40, said: str = "/ask why?") -> ActiveTask:
        task = asyncio.create_task(asyncio.Event().wait())
        return self.listed.enter_context(self.active_tasks.listed(ActiveTask(scope, message_id, said, task)))


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    with stage.listed:
        yield stage


async def ended(run: ActiveTask) -> bool:
    await asyncio.sleep(0)
    return run.task.cancelled()


async def test_nothing_runs_before_something_is_begun(stage: Stage) -> None:
    assert not stage.active_tasks.stop(ANN)


async def test_stopping_ends_what_is_given_in_the_conversation_and_nothing_else(stage: Stage) -> None:
    mine = [stage.begin(), stage.begin()]
    others = [stage.begin(replace(ANN, user_id=2)), stage.begin(replace(ANN, topic_id=3))]
    assert stage.active_tasks.stop(ANN)
    assert [await ended(run) for run in (*mine, *others)] == [True, True, False, False]
    assert [run.ended for run in (*mine, *others)] == ["stopped", "stopped", None, None]


async def test_an_answer_is_stopped_without_the_drawing_beside_it(stage: Stage) -> None:
    answer, drawing = stage.begin(), stage.begin(message_id=0)
    assert stage.active_tasks.stop(ANN, only_answers=True)
    assert [await ended(run) for run in (answer, drawing)] == [True, False]


async def test_what_has_ended_cannot_be_stopped(stage: Stage) -> None:
    stage.begin()
    stage.listed.close()
    assert not stage.active_tasks.stop(ANN)


async def test_what_raises_is_not_listed_any_more(stage: Stage) -> None:
    stage.begin()
    with pytest.raises(KeyError), stage.listed:
        raise KeyError
    assert not stage.active_tasks.stop(ANN)


async def test_an_edit_ends_the_answer_to_its_own_message_only(stage: Stage) -> None:
    run, other_message, other_chat = stage.begin(), stage.begin(message_id=41), stage.begin(replace(ANN, chat_id=-8))
    stage.active_tasks.edited(-9, 40, "/ask when?")
    assert [await ended(each) for each in (run, other_message, other_chat)] == [True, False, False]
    assert run.ended == "edited"


async def test_an_edit_that_nobody_sees_ends_nothing(stage: Stage) -> None:
    run = stage.begin()
    stage.active_tasks.edited(-9, 40, "/ask why?")
    assert not await ended(run)


async def test_the_first_reason_counts(stage: Stage) -> None:
    run = stage.begin()
    stage.active_tasks.stop(ANN)
    stage.active_tasks.edited(-9, 40, "changed")
    assert run.ended == "stopped"
