"""/summarize, without Telegram: what is refused, what is asked first, what is shown, and what is remembered of it."""

from pathlib import Path

import pytest

from bot.domain.calls import WaitTooLong
from bot.domain.chat import ChatRequest
from bot.groups.summary_command import SummaryJob
from bot.groups.summary_requests import Confirmation, NothingSaid, PrivateSummaries
from tests.unit.groups.group_room import ANN, BOB, EVE, GROUP, FakeView, Room, command, said
from tests.unit.groups.summary_models import NOON

AT = NOON.timestamp()
TALK = [said(1, "we ship on friday"), said(2, "I will write the notes by friday", ANN), said(3, "who tests it?")]


@pytest.fixture
async def room(room: Room) -> Room:
    await room.hear(*TALK)
    return room


@pytest.fixture
def _cautious(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every request is taken for a large one."""
    monkeypatch.setattr("bot.groups.summary_requests._MANY_CALLS", 0)


async def confirmed(room: Room, words: str = "1d") -> Confirmation:
    reply = await room.summarize.ask(command(words), AT, FakeView())
    assert isinstance(reply, Confirmation)
    return reply


async def test_a_summary_is_shown_with_how_far_it_is(room: Room) -> None:
    view = FakeView()
    assert await room.summarize.ask(command("1d"), AT, view) is None
    [(page, name)] = view.pages
    assert (view.begun_with, view.moves, view.failures, name) == ([3], 1, [], None)
    assert page.group == GROUP
    assert [summary.count for summary in page.summaries] == [3]
    assert page.cost.usage.prompt > 0
    assert {payer.user_id for payer in room.model.payers} == {ANN}


async def test_where_groups_are_not_kept_there_is_none(tmp_path: Path, room: Room) -> None:
    assert await Room(room.store, days=0).summarize.ask(command(), AT, FakeView()) == "off"


async def test_who_was_given_all_is_told_only_what_is_new(room: Room) -> None:
    await room.summarize.ask(command("1d", EVE), AT, FakeView())
    again = await room.summarize.ask(command("", EVE), AT, FakeView())
    assert isinstance(again, NothingSaid)
    assert again.since == NOON
    await room.hear(said(4, "it is tested", minutes=61))
    view = FakeView()
    assert await room.summarize.ask(command("", EVE), AT, view) is None
    assert view.begun_with == [1]


async def test_an_answer_to_a_question_leaves_the_rest_to_be_read(room: Room) -> None:
    await room.summarize.ask(command("when do we ship?", EVE), AT, FakeView())
    view = FakeView()
    await room.summarize.ask(command("", EVE), AT, view)
    assert view.begun_with == [3]


async def test_it_is_said_where_the_named_said_nothing_or_nobody_was_heard(room: Room) -> None:
    room.membership.heard = False
    assert await room.summarize.ask(command("1d @nobody"), AT, FakeView()) == NothingSaid(
        of_the_named=True, since=NOON.replace(day=23), hears_all=False
    )


async def test_a_member_without_a_user_name_is_read_by_id_and_named_in_the_question(room: Room) -> None:
    mentioned = {f"@{BOB}00000": "Bob"}
    asked = command("1d what does Bob test?", mentioned=mentioned)
    await room.summarize.ask(asked, AT, FakeView())
    assert "what does Bob test?" in room.model.requests[0].messages[1].text
    reply = await room.summarize.ask(command("1d Bob", mentioned=mentioned), AT, FakeView())
    assert isinstance(reply, NothingSaid)
    assert reply.of_the_named


@pytest.mark.usefixtures("_cautious")
async def test_a_large_one_waits_for_a_word_and_is_made_once(room: Room) -> None:
    waiting = await confirmed(room)
    assert waiting.may_be_private
    assert waiting.estimate.messages == 3
    assert room.model.requests == []
    view = FakeView()
    async with room.summarize.agreed(waiting.name, GROUP.id, ANN, privately=False) as job:
        assert isinstance(job, SummaryJob)
        assert await room.summarize.carry_out(job, AT, view) is None
    assert len(view.pages) == 1
    async with room.summarize.agreed(waiting.name, GROUP.id, ANN, privately=False) as job:
        assert job == "outdated"


@pytest.mark.usefixtures("_cautious")
async def test_what_waits_in_one_group_is_not_had_in_another(room: Room) -> None:
    waiting = await confirmed(room)
    async with room.summarize.agreed(waiting.name, GROUP.id - 1, ANN, privately=False) as job:
        assert job == "outdated"


@pytest.mark.usefixtures("_cautious")
async def test_it_may_turn_private_where_the_group_allows_that(room: Room) -> None:
    first, second = await confirmed(room), await confirmed(room)
    async with room.summarize.agreed(first.name, GROUP.id, ANN, privately=True) as job:
        assert isinstance(job, SummaryJob)
        assert job.request.query.privately
    await room.summarize.ask(command("private off"), AT, FakeView())
    async with room.summarize.agreed(second.name, GROUP.id, ANN, privately=True) as job:
        assert job == "private_off"
    assert not (await confirmed(room)).may_be_private


async def test_a_private_one_can_be_posted_by_its_person_as_long_as_they_are_there(room: Room) -> None:
    view = FakeView()
    assert await room.summarize.ask(command("1d only for me"), AT, view) is None
    [(page, name)] = view.pages
    assert name is not None
    assert not await room.summarize.post(name, EVE, view)
    view = FakeView()
    await room.summarize.ask(command("1d only for me"), AT, view)
    [(page, name)] = view.pages
    assert name is not None
    assert await room.summarize.post(name, ANN, view)
    assert view.posted == [page]
    assert not await room.summarize.post(name, ANN, view)


async def test_only_members_have_one_for_themselves(room: Room) -> None:
    for user in (EVE, GROUP.id):
        assert await room.summarize.ask(command("1d only for me", user), AT, FakeView()) == "members_only"
    assert room.model.requests == []


async def test_administrators_decide_whether_there_are_private_ones(room: Room) -> None:
    async def ask(words: str, user: int) -> object:
        return await room.summarize.ask(command(words, user), AT, FakeView())

    assert await ask("private", BOB) == PrivateSummaries(allowed=True)
    assert await ask("private off", BOB) == "admins_only"
    assert await ask("private off", ANN) == PrivateSummaries(allowed=False)
    assert await ask("1d only for me", BOB) == "private_off"
    assert await ask("私下 开", GROUP.id) == PrivateSummaries(allowed=True)


async def test_who_never_wrote_to_the_bot_is_told_to_before_anything_is_spent(room: Room) -> None:
    assert await room.summarize.ask(command("1d only for me"), AT, FakeView(closed=True)) == "write_first"
    assert await room.summarize.ask(command("1d"), AT, FakeView(closed=True)) is None
    assert room.model.requests == []


async def test_an_error_is_shown_and_what_was_asked_stays_to_be_read(room: Room) -> None:
    def overfull(_: ChatRequest) -> str:
        raise WaitTooLong(120.0)

    honest, room.model.answer = room.model.answer, overfull
    view = FakeView()
    await room.summarize.ask(command("", EVE), AT, view)
    [error] = view.failures
    assert isinstance(error, WaitTooLong)
    room.model.answer, room.stops.stopped = honest, True
    await room.summarize.ask(command("", EVE), AT, view)
    assert view.failures[1] == "stopped"
    room.stops.stopped = False
    await room.summarize.ask(command("", EVE), AT, view)
    assert view.begun_with == [3, 3, 3]
    assert len(view.pages) == 1


async def test_what_an_earlier_run_has_made_is_not_made_again(room: Room) -> None:
    view = FakeView(earlier="shown")
    assert await room.summarize.ask(command("", EVE), AT, view) is None
    assert (view.keys, view.begun_with, room.model.requests) == ({"1:90"}, [], [])
    assert isinstance(await room.summarize.ask(command("", EVE), AT, FakeView()), NothingSaid), "she has read it"


async def test_after_a_failure_that_an_earlier_run_has_told_of_all_stays_to_be_read(room: Room) -> None:
    assert await room.summarize.ask(command("", EVE), AT, FakeView(earlier="failed")) is None
    view = FakeView()
    assert await room.summarize.ask(command("", EVE), AT, view) is None
    assert view.begun_with == [3]


async def test_what_cannot_be_gone_on_with_in_private_is_answered_by_how_to_begin(room: Room) -> None:
    view = FakeView(earlier="shown", closed=True)
    assert await room.summarize.ask(command("1d only for me"), AT, view) == "write_first"


@pytest.mark.usefixtures("_cautious")
async def test_a_large_one_is_named_by_what_waited_and_not_made_again(room: Room) -> None:
    waiting, view = await confirmed(room), FakeView(earlier="shown")
    async with room.summarize.agreed(waiting.name, GROUP.id, ANN, privately=False) as job:
        assert isinstance(job, SummaryJob)
        assert await room.summarize.carry_out(job, AT, view) is None
    assert (view.keys, room.model.requests) == ({waiting.name}, [])
