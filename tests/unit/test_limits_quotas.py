"""Who may use the bot, who pays, and how much that may be: the narrower word wins, and owners have none."""

import contextlib
from dataclasses import astuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.limits.allowance import NAMES, WrongAllowance, identity, parse
from bot.limits.members import Member, Members
from bot.limits.quotas import Plan, Quotas, Role
from bot.store.quotas import Purse, Quota, Terms

OWNER, ANN, BOB, GROUP = 1, 5, 6, -100


class Rows:
    def __init__(self) -> None:
        self.saved: list[Member] = []

    async def save(self, member: Member) -> None:
        self.saved.append(member)


def members(*known: Member, owners: tuple[int, ...] = (OWNER,), allowed: tuple[int, ...] = ()) -> Members:
    return Members(frozenset(owners), frozenset(allowed), Rows(), known)


PLAN = Plan(
    general=Quota(questions_per_day=100, pictures_per_day=20),
    total=500,
    roles={
        "user": Role(Terms(cost_per_day=7)),
        "friend": Role(Terms(questions_per_day=300), weight=2.0),
        "owner": Role(weight=9.0),
    },
    users={BOB: Terms(pictures_per_day=1)},
    chats={-200: Terms(cost_per_month=80)},
)


def purse(number: int, chat: int, *known: Member) -> Purse:
    return Quotas(PLAN, members(*known)).payer(number, chat).purse


def test_everybody_has_what_holds_in_general_and_for_their_role() -> None:
    assert purse(ANN, ANN) == Purse("user:5", Quota(100, 20, 7, 0), 500)


def test_the_narrower_word_wins() -> None:
    assert purse(BOB, BOB).quota == Quota(100, 1, 7, 0)
    said = Member(BOB, allowed=True, role="friend", terms=Terms(questions_per_day=0))
    assert purse(BOB, BOB, said).quota == Quota(0, 1, 7, 0)
    assert purse(ANN, ANN, Member(ANN, allowed=True, role="friend")).quota == Quota(300, 20, 7, 0)


def test_a_role_that_is_gone_from_the_file_is_that_of_everybody() -> None:
    assert purse(ANN, ANN, Member(ANN, allowed=True, role="gone")) == purse(ANN, ANN)


def test_owners_have_no_quota_of_their_own_but_the_monthly_stop() -> None:
    assert purse(OWNER, OWNER) == Purse("user:1", total=500)
    assert purse(OWNER, -200) == Purse("user:1", total=500)


def test_in_a_group_each_pays_from_their_own_unless_the_group_has_one() -> None:
    assert purse(ANN, GROUP) == purse(ANN, ANN)
    assert purse(ANN, -200) == Purse("chat:-200", Quota(cost_per_month=80), 500)
    assert purse(ANN, GROUP, Member(GROUP, allowed=True)) == purse(ANN, ANN)
    own = Member(GROUP, allowed=True, terms=Terms(cost_per_day=4))
    assert purse(ANN, GROUP, own) == Purse("chat:-100", Quota(cost_per_day=4), 500)
    assert purse(ANN, GROUP, Member(GROUP, allowed=True, role="friend")).quota == Quota(questions_per_day=300)


def test_weights_go_by_role() -> None:
    quotas = Quotas(PLAN, members(Member(ANN, allowed=True, role="friend")))
    assert [quotas.payer(number, GROUP).weight for number in (OWNER, ANN, BOB)] == [9.0, 2.0, 1.0]


def test_a_persons_share_is_theirs_in_every_chat_and_a_chats_is_its_own() -> None:
    quotas = Quotas(PLAN, members())
    assert [quotas.payer(number, GROUP).flow for number in (ANN, 0)] == ["user:5", "chat:-100"]


@pytest.mark.parametrize(
    ("house", "admitted"),
    [
        (members(owners=()), {(ANN, ANN), (ANN, GROUP)}),
        (members(), set()),
        (members(allowed=(ANN,)), {(ANN, ANN), (ANN, GROUP)}),
        (members(allowed=(GROUP,)), {(ANN, GROUP)}),
        (members(Member(ANN, allowed=True)), {(ANN, ANN), (ANN, GROUP)}),
        (members(Member(GROUP, allowed=True)), {(ANN, GROUP)}),
        (members(Member(ANN, allowed=False), allowed=(ANN, GROUP)), set()),
        (members(Member(GROUP, allowed=False), allowed=(ANN, GROUP)), {(ANN, ANN)}),
        (members(Member(ANN, allowed=False), Member(GROUP, allowed=True)), set()),
        (members(Member(ANN, allowed=False), owners=()), set()),
        (members(Member(BOB, allowed=True), owners=()), {(ANN, ANN), (ANN, GROUP)}),
    ],
)
def test_who_is_let_in(house: Members, admitted: set[tuple[int, int]]) -> None:
    assert {(ANN, chat) for chat in (ANN, GROUP) if house.admits(ANN, chat)} == admitted
    if house.owners:
        assert house.admits(OWNER, GROUP)


async def test_what_an_owner_says_holds_at_once_and_is_stored() -> None:
    house = members()
    await house.save(Member(ANN, allowed=True))
    assert house.admits(ANN, ANN)
    await house.save(Member(ANN, allowed=False))
    assert not house.admits(ANN, ANN)
    assert isinstance(house._rows, Rows)
    assert [member.allowed for member in house._rows.saved] == [True, False]


async def test_owners_cannot_be_shut_out() -> None:
    house = members()
    with pytest.raises(ValueError, match="configuration"):
        await house.save(Member(OWNER, allowed=False))
    assert house.admits(OWNER, OWNER)


@pytest.mark.parametrize(
    ("text", "member"),
    [
        ("42", Member(42, allowed=True)),
        ("-1001234567890 friend", Member(-1001234567890, allowed=True, role="friend")),
        ("４２ Friend", Member(42, allowed=True, role="friend")),
        ("42 questions_per_day=0", Member(42, allowed=True, terms=Terms(questions_per_day=0))),
        (
            "42 friend yuan_per_day=0.5 YUAN_PER_MONTH=3 pictures_per_day=9",
            Member(42, allowed=True, role="friend", terms=Terms(None, 9, 500_000, 3_000_000)),
        ),
    ],
)
def test_an_allowance_is_read(text: str, member: Member) -> None:
    assert parse(text, {"user", "friend"}) == member


@pytest.mark.parametrize(
    ("text", "part", "word"),
    [
        ("", "id", ""),
        ("@ann", "id", "@ann"),
        ("0", "id", "0"),
        ("1234567890123456789", "id", "1234567890123456789"),
        ("42 king", "role", "king"),
        ("42 tokens=3", "name", "tokens"),
        ("42 questions_per_day=-1", "number", "questions_per_day=-1"),
        ("42 questions_per_day=1.5", "number", "questions_per_day=1.5"),
        ("42 yuan_per_day=1e9", "number", "yuan_per_day=1e9"),
    ],
)
def test_what_is_no_allowance_is_told_by_its_word(text: str, part: str, word: str) -> None:
    with pytest.raises(WrongAllowance) as caught:
        parse(text, {"user", "friend"})
    assert (caught.value.part, caught.value.word) == (part, word)


WORDS = st.one_of(st.text(max_size=8), st.sampled_from(["42", "-7", "friend", *(f"{name}=1.5" for name in NAMES)]))


@given(st.lists(WORDS, max_size=5).map(" ".join))
def test_any_words_are_an_allowance_or_refused_as_none(text: str) -> None:
    with contextlib.suppress(WrongAllowance):
        member = parse(text, {"user", "friend"})
        assert identity(str(member.id)) == member.id != 0
        assert member.role in {"", "user", "friend"}
        assert all(value is None or value >= 0 for value in astuple(member.terms))
