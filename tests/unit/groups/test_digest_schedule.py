"""When a digest is due: once for each day on the zone's calendar, whatever the clocks do."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.groups.digest_schedule import DigestCommand, DigestRule, is_late, parse

DAILY = frozenset(range(7))
BERLIN = "Europe/Berlin"
ZONES = ["UTC", BERLIN, "Asia/Shanghai", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia"]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_the_next_one_is_today_until_its_time_has_come() -> None:
    rule = DigestRule(time(21), DAILY, "Asia/Shanghai")
    assert rule.after(utc("2026-11-24T12:59")) == utc("2026-11-24T13:00")
    assert rule.after(utc("2026-11-24T13:00")) == utc("2026-11-25T13:00")


def test_only_the_days_that_were_asked_for_count() -> None:
    monday = DigestRule(time(9), frozenset({0}), "UTC")
    assert monday.after(utc("2026-11-24T00:00")) == utc("2026-11-30T09:00")
    assert monday.latest(utc("2026-11-29T23:00")) == utc("2026-11-23T09:00")


def test_an_hour_that_comes_twice_gives_one_digest() -> None:
    rule = DigestRule(time(2, 30), DAILY, BERLIN)
    first = rule.after(utc("2026-10-24T23:00"))
    assert first == utc("2026-10-25T00:30")
    assert rule.after(first) == utc("2026-10-26T01:30")


def test_an_hour_that_is_skipped_gives_one_digest_later() -> None:
    rule = DigestRule(time(2, 30), DAILY, BERLIN)
    due = rule.after(utc("2026-03-28T22:00"))
    assert due == utc("2026-03-29T01:30")
    assert due.astimezone(ZoneInfo(BERLIN)).time() == time(3, 30)
    assert rule.after(due) == utc("2026-03-30T00:30")


@given(
    st.times(timezones=st.none()).map(lambda clock: clock.replace(second=0, microsecond=0)),
    st.frozensets(st.integers(0, 6), min_size=1),
    st.sampled_from(ZONES),
    st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - Hypothesis wants bounds without zones
)
def test_times_follow_each_other_and_none_is_left_out(
    clock: time, days: frozenset[int], zone: str, moment: datetime
) -> None:
    rule = DigestRule(clock, days, zone)
    due = rule.after(moment)
    assert moment < due <= moment + timedelta(days=8, hours=2)
    assert rule.latest(due) == due
    assert rule.latest(moment) <= moment
    assert rule.after(rule.latest(moment)) == due
    assert rule.after(due).astimezone(ZoneInfo(zone)).date() > due.astimezone(ZoneInfo(zone)).date()


def test_a_digest_is_late_after_an_hour() -> None:
    due = utc("2026-11-24T12:00")
    assert not is_late(due, due + timedelta(hours=1))
    assert is_late(due, due + timedelta(minutes=61))


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("21:00", DigestCommand(DigestRule(time(21), DAILY, "UTC"))),
        ("9:05 weekdays", DigestCommand(DigestRule(time(9, 5), frozenset(range(5)), "UTC"))),
        ("工作日 9：05 置顶", DigestCommand(DigestRule(time(9, 5), frozenset(range(5)), "UTC"), pinned=True)),
        ("weekly 21:00", DigestCommand(DigestRule(time(21), frozenset({3}), "UTC"))),
        ("每周 周一 21:00", DigestCommand(DigestRule(time(21), frozenset({0}), "UTC"))),
        ("每周一 9点半", DigestCommand(DigestRule(time(9, 30), frozenset({0}), "UTC"))),
        ("星期天 21点", DigestCommand(DigestRule(time(21), frozenset({6}), "UTC"))),
        ("每天 9点05分", DigestCommand(DigestRule(time(9, 5), DAILY, "UTC"))),
        ("25点", None),
        ("mon Friday 21:00", DigestCommand(DigestRule(time(21), frozenset({0, 4}), "UTC"))),
        ("21:00 Europe/Berlin pin", DigestCommand(DigestRule(time(21), DAILY, BERLIN), pinned=True)),
        ("Europe/Berlin", DigestCommand(zone=BERLIN)),
        ("UTC", DigestCommand(zone="UTC")),
        ("Europe/Berlin pin", None),
        ("off", DigestCommand(off=True)),
        ("关闭", DigestCommand(off=True)),
        ("me", DigestCommand(mine=True)),
        ("订阅 关闭", DigestCommand(mine=True, off=True)),
        ("", None),
        ("daily", None),
        ("25:00", None),
        ("21:00 off", None),
        ("21:00 Europe/Nowhere", None),
        ("21:00 ../../etc/passwd", None),
        ("21:00 please", None),
    ],
)
def test_orders_are_read_in_both_languages(text: str, order: DigestCommand | None) -> None:
    assert parse(text, "UTC", 3) == order


@given(st.text(max_size=40))
def test_whatever_is_written_is_an_order_or_none(text: str) -> None:
    assert parse(text, "UTC", 0) is None or isinstance(parse(text, "UTC", 0), DigestCommand)
