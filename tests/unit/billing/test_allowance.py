"""Who may use the bot, who pays, and how much that may be: the narrower word wins, and owners have none."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.billing.allowance import NAMES, WrongAllowance, identity, parse
from bot.billing.quota_plan import MemberRole, Members, QuotaPlan, Quotas
from bot.domain.money import NO_MONEY, Money
from bot.domain.quota import Budget, Member, Quota, QuotaOverride

OWNER, ANN, BOB, GROUP = 1, 5, 6, -100


class Rows:
    def __init__(self) -> None:
        self.saved: list[Member] = []

    async def save(self, member: Member) -> None:
        self.saved.append(member)


def members(*known: Member, owners: tuple[int, ...] = (OWNER,), allowed: tuple[int, ...] = ()) -> Members:
    return Members(frozenset(owners), frozenset(allowed), Rows(), known)


PLAN = QuotaPlan(
    general=Quota(questions_per_day=100, pictures_per_day=20),
    total=Money(500),
    roles={
        "user": MemberRole(QuotaOverride(cost_per_day=Money(7))),
        "friend": MemberRole(QuotaOverride(questions_per_day=300), weight=2.0),
        "owner": MemberRole(weight=9.0),
    },
    users={BOB: QuotaOverride(pictures_per_day=1)},
    chats={-200: QuotaOverride(cost_per_month=Money(80))},
)


def budget(number: int, chat: int, *known: Member) -> Budget:
    return Quotas(PLAN, members(*known)).payer(number, chat).budget


def test_everybody_has_what_holds_in_general_and_for_their_role() -> None:
    assert budget(ANN, ANN) == Budget("user:5", Quota(100, 20, Money(7), NO_MONEY), Money(500))


def test_the_narrower_word_wins() -> None:
    assert budget(BOB, BOB).quota == Quota(100, 1, Money(7), NO_MONEY)
    said = Member(BOB, allowed=True, role="friend", quota=QuotaOverride(questions_per_day=0))
    assert budget(BOB, BOB, said).quota == Quota(0, 1, Money(7), NO_MONEY)
    assert budget(ANN, ANN, Member(ANN, allowed=True, role="friend")).quota == Quota(300, 20, Money(7), NO_MONEY)


def test_a_role_that_is_gone_from_the_file_is_that_of_everybody() -> None:
    assert budget(ANN, ANN, Member(ANN, allowed=True, role="gone")) == budget(ANN, ANN)


def test_owners_have_no_quota_of_their_own_but_the_monthly_stop() -> None:
    assert budget(OWNER, OWNER) == Budget("user:1", total=Money(500))
    assert budget(OWNER, -200) == Budget("user:1", total=Money(500))


def test_in_a_group_each_pays_from_their_own_unless_the_group_has_one() -> None:
    assert budget(ANN, GROUP) == budget(ANN, ANN)
    assert budget(ANN, -200) == Budget("chat:-200", Quota(cost_per_month=Money(80)), Money(500))
    assert budget(ANN, GROUP, Member(GROUP, allowed=True)) == budget(ANN, ANN)
    own = Member(GROUP, allowed=True, quota=QuotaOverride(cost_per_day=Money(4)))
    assert budget(ANN, GROUP, own) == Budget("chat:-100", Quota(cost_per_day=Money(4)), Money(500))
    assert budget(ANN, GROUP, Member(GROUP, allowed=True, role="friend")).quota == Quota(questions_per_day=300)


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
    rows = Rows()
    house = Members(frozenset({OWNER}), frozenset(), rows)
    await house.save(Member(ANN, allowed=True))
    assert house.admits(ANN, ANN)
    await house.save(Member(ANN, allowed=False))
    assert not house.admits(ANN, ANN)
    assert [member.allowed for member in rows.saved] == [True, False]


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
        ("42 questions_per_day=0", Member(42, allowed=True, quota=QuotaOverride(questions_per_day=0))),
        (
            "42 friend yuan_per_day=0.5 YUAN_PER_MONTH=3 pictures_per_day=9",
            Member(
                42, allowed=True, role="friend", quota=QuotaOverride(None, 9, Money.from_yuan(0.5), Money.from_yuan(3))
            ),
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
        quota = member.quota
        assert all(count is None or count >= 0 for count in (quota.questions_per_day, quota.pictures_per_day))
        assert all(cost is None or cost >= NO_MONEY for cost in (quota.cost_per_day, quota.cost_per_month))
