"""Who is told what, and when: written cases on a wall clock, and properties."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from celador.domain.alarm import AlarmState, Priority
from celador.domain.notices.allowance import HOUR, Allowance
from celador.domain.notices.hours import EVERY_DAY, DigestTimes, Hours
from celador.domain.notices.notice import NoticeKind, notice_of_operation, notices_of_alarm
from celador.domain.notices.routing import Channel, Operations, Outside, assign, uncovered
from celador.domain.operation import OperationKind, Result
from tests.notify.records import CORDOBA, TRIP, alarm, at, channel, lockout, notice

WEEKDAYS = frozenset(range(5))
OFFICE = Hours(CORDOBA, WEEKDAYS, 7 * 60, 16 * 60)
NIGHT = Hours(CORDOBA, EVERY_DAY, 22 * 60, 6 * 60)
SANTIAGO = ZoneInfo("America/Santiago")
MEDIUM = notice(priority=Priority.MEDIUM, code="TENSION_ALTA")


@pytest.mark.parametrize(
    ("hours", "moment", "within"),
    [
        (OFFICE, "2026-07-17 06:59:59.999999", False),  # a Friday
        (OFFICE, "2026-07-17 07:00", True),
        (OFFICE, "2026-07-17 15:59:59", True),
        (OFFICE, "2026-07-17 16:00", False),
        (OFFICE, "2026-07-18 12:00", False),  # a Saturday
        (NIGHT, "2026-07-17 21:59", False),
        (NIGHT, "2026-07-17 23:59", True),
        (NIGHT, "2026-07-18 05:59", True),
        (NIGHT, "2026-07-18 06:00", False),
        # A night that begins on a Friday goes on into the Saturday; none begins there.
        (Hours(CORDOBA, frozenset({4}), 22 * 60, 6 * 60), "2026-07-18 02:00", True),
        (Hours(CORDOBA, frozenset({4}), 22 * 60, 6 * 60), "2026-07-18 22:30", False),
        (Hours(CORDOBA), "2026-07-18 00:00", True),
    ],
)
def test_hours_on_a_wall_clock(hours: Hours, moment: str, within: bool) -> None:
    assert hours.holds(at(moment)) is within


@pytest.mark.parametrize(
    ("hours", "moment", "begin"),
    [
        (OFFICE, "2026-07-17 18:00", "2026-07-20 07:00"),  # over the weekend
        (OFFICE, "2026-07-17 05:00", "2026-07-17 07:00"),
        (OFFICE, "2026-07-17 08:00", "2026-07-17 08:00"),
        (NIGHT, "2026-07-17 06:00", "2026-07-17 22:00"),
    ],
)
def test_the_next_begin(hours: Hours, moment: str, begin: str) -> None:
    assert hours.next_begin(at(moment)) == at(begin)


@pytest.mark.parametrize(
    ("times", "moment", "following"),
    [
        (DigestTimes(CORDOBA, 480), "2026-07-18 07:59:59", "2026-07-18 08:00"),
        (DigestTimes(CORDOBA, 480), "2026-07-18 08:00", "2026-07-19 08:00"),
        (DigestTimes(CORDOBA, None), "2026-07-18 13:13:38", "2026-07-18 14:00"),
        (DigestTimes(CORDOBA, None), "2026-07-18 23:00", "2026-07-19 00:00"),
    ],
)
def test_the_next_digest(times: DigestTimes, moment: str, following: str) -> None:
    assert times.next(at(moment)) == at(following)


def test_the_digest_keeps_to_the_clock_when_the_clocks_change() -> None:
    # Chile went back an hour in the night to 2026-04-05: from 08:00 to 08:00 it is 25 h.
    times = DigestTimes(SANTIAGO, 480)
    before, after = at("2026-04-04 08:00", SANTIAGO), at("2026-04-05 08:00", SANTIAGO)
    assert times.next(before) == after
    assert after - before == 25 * HOUR


def test_critical_goes_at_once_at_any_hour() -> None:
    (one,) = assign([channel(hours=OFFICE, digest=frozenset(Priority))], notice(), TRIP)
    assert (one.due, one.together, one.stopgap) == (TRIP, False, False)


def test_outside_the_hours_it_waits_for_their_begin_or_for_nobody() -> None:
    night = at("2026-07-17 23:00")
    (held,) = assign([channel(hours=OFFICE)], MEDIUM, night)
    assert (held.due, held.together) == (at("2026-07-20 07:00"), True)
    assert assign([channel(hours=OFFICE, outside=Outside.SKIP)], MEDIUM, night) == ()


def test_a_digest_waits_for_its_time_and_within_the_hours() -> None:
    quiet = channel(digest=frozenset({Priority.MEDIUM}), hours=OFFICE)
    (one,) = assign([quiet], MEDIUM, at("2026-07-17 10:00"))
    # 08:00 of Saturday is outside the office's hours, which begin on Monday at 07:00.
    assert (one.due, one.together) == (at("2026-07-20 07:00"), True)


def test_log_only_is_told_in_digests_alone() -> None:
    (one,) = assign([channel(least=Priority.LOG)], notice(priority=Priority.LOG), TRIP)
    assert one.together
    assert one.due == at("2026-07-19 08:00")


@pytest.mark.parametrize(
    ("given_channel", "heard"),
    [
        (channel(), True),
        (channel(least=Priority.HIGH), False),
        (channel(devices=frozenset({2})), False),
        (channel(devices=frozenset({1, 2})), True),
        (channel(codes=("TENSION_*",)), True),
        (channel(codes=("LOCKOUT_FALLA", "FRECUENCIA")), False),
    ],
)
def test_what_a_channel_hears_of(given_channel: Channel, heard: bool) -> None:
    assert given_channel.wants(MEDIUM) is heard


def test_an_alarm_of_the_whole_feeder_is_not_for_who_hears_of_one_recloser() -> None:
    whole = notice(device_id=None, priority=Priority.HIGH)
    assert not channel(devices=frozenset({1})).wants(whole)
    assert channel().wants(whole)


def test_operations_by_choice() -> None:
    ended = notice_of_operation(lockout())
    reclosed = notice_of_operation(lockout(result=Result.RECLOSED))
    assert ended is not None
    assert reclosed is not None
    heard = {
        choice: (
            channel(operations=choice).wants(ended),
            channel(operations=choice).wants(reclosed),
        )
        for choice in Operations
    }
    assert heard == {
        Operations.NONE: (False, False),
        Operations.LOCKOUTS: (True, False),
        Operations.ALL: (True, True),
    }


def test_an_operation_under_way_is_no_news_and_an_order_no_lockout() -> None:
    assert notice_of_operation(lockout(end=None, result=Result.RUNNING)) is None
    ordered = notice_of_operation(lockout(kind=OperationKind.ORDER, result=Result.OPENED))
    assert ordered is not None
    assert not ordered.lockout


def test_returns_only_to_who_wants_them() -> None:
    over = notice(kind=NoticeKind.RETURNED)
    assert channel().wants(over)
    assert not channel(returns=False).wants(over)


def test_the_life_of_an_alarm_gives_each_key_once() -> None:
    active = alarm()
    seen = alarm(state=AlarmState.ACK)
    gone = alarm(state=AlarmState.RETURNED_UNACK, ended=TRIP + 1)
    again = alarm(repeats=1)
    keys = [
        [each.key for each in notices_of_alarm(one, TRIP)] for one in (active, seen, gone, again)
    ]
    assert keys == [
        ["alarma/1/17/activa/0"],
        ["alarma/1/17/activa/0"],
        ["alarma/1/17/activa/0", "alarma/1/17/normal/0"],
        ["alarma/1/17/activa/1"],
    ]


def test_a_moment_is_told_with_its_own_time_and_has_no_end() -> None:
    again = alarm(state=AlarmState.RETURNED_UNACK, ended=TRIP + 5, repeats=1)
    (only,) = notices_of_alarm(again, TRIP + 9, moment=True)
    assert (only.key, only.at, only.late) == ("alarma/1/17/activa/1", TRIP + 5, False)


@pytest.mark.parametrize("state", ["SHELVED", "SUPPRESSED", "OUT_OF_SERVICE"])
def test_what_people_or_the_design_keep_quiet_says_nothing(state: str) -> None:
    assert notices_of_alarm(alarm(state=AlarmState[state]), TRIP) == ()


# Properties.

spans = st.tuples(
    st.frozensets(st.integers(0, 6), min_size=1), st.integers(0, 1439), st.integers(1, 1440)
)
all_hours = spans.map(lambda each: Hours(CORDOBA, *each))
instants = st.integers(at("2020-01-01 00:00"), at("2035-01-01 00:00"))
channels = st.lists(
    st.builds(
        Channel,
        name=st.sampled_from(["a", "b", "c"]),
        hours=all_hours,
        digests=st.builds(DigestTimes, st.just(CORDOBA), st.none() | st.integers(0, 1439)),
        least=st.sampled_from(Priority),
        devices=st.frozensets(st.integers(1, 3)),
        codes=st.sampled_from([(), ("LOCKOUT_*",), ("FRECUENCIA",)]),
        critical_always=st.booleans(),
        outside=st.sampled_from(Outside),
        digest=st.frozensets(st.sampled_from(Priority)),
    ),
    max_size=3,
    unique_by=lambda each: each.name,
)


@given(channels, instants, st.sampled_from(["LOCKOUT_FALLA", "OSM_DESCONECTADO"]))
def test_every_critical_alarm_reaches_somebody(them: list[Channel], now: int, code: str) -> None:
    found = assign(them, notice(code=code), now)
    assert bool(found) is bool(them)
    names = [each.channel for each in found]
    assert len(set(names)) == len(names)
    assert all(each.due >= now for each in found)
    # Whoever is told out of turn is told at once, and only where nobody else is.
    if any(each.stopgap for each in found):
        assert all(each.stopgap and each.due == now for each in found)
        assert len(found) == len(them)


@given(channels, instants, st.sampled_from(Priority))
def test_nobody_is_told_of_what_the_rules_keep_from_them(
    them: list[Channel], now: int, priority: Priority
) -> None:
    for each in assign(them, notice(priority=priority), now):
        rules = next(one for one in them if one.name == each.channel)
        if each.stopgap:
            assert priority is Priority.CRITICAL
            continue
        assert priority <= rules.least
        assert not rules.devices or 1 in rules.devices
        if not (priority is Priority.CRITICAL and rules.critical_always):
            assert rules.hours.holds(each.due)
            if priority in rules.digest or priority is Priority.LOG:
                assert each.together


@given(all_hours, instants)
def test_the_next_begin_is_within_and_nothing_before_it_is(hours: Hours, now: int) -> None:
    begin = hours.next_begin(now)
    assert hours.holds(begin)
    if begin > now:
        assert not hours.holds(begin - 1)
        assert not hours.holds(now)


@given(all_hours, instants)
def test_hours_against_the_minutes_of_the_week(hours: Hours, now: int) -> None:
    # Independent: every minute of the week marked by hand; Córdoba's clocks do not change.
    moment = datetime.fromtimestamp(now / 1e6, CORDOBA)
    marked = set()
    length = hours.end - hours.begin if hours.end > hours.begin else hours.end + 1440 - hours.begin
    for day in hours.days:
        marked |= {(day * 1440 + hours.begin + n) % 10_080 for n in range(length)}
    minute = moment.weekday() * 1440 + moment.hour * 60 + moment.minute
    assert hours.holds(now) is (minute in marked)


def test_a_hole_in_the_week_is_found() -> None:
    office = channel(hours=OFFICE, outside=Outside.SKIP, critical_always=False)
    monday = at("2026-01-05 00:00")
    assert uncovered([office], notice(), monday) == monday
    night = channel("noche", hours=Hours(CORDOBA, EVERY_DAY, 16 * 60, 7 * 60), outside=Outside.SKIP)
    both = [office, night]
    # The night's one hears of critical alarms at any hour.
    assert uncovered(both, notice(), monday) is None


# The allowance.


@given(st.integers(1, 100), st.lists(st.integers(0, 2 * HOUR), max_size=60))
def test_never_more_than_an_hour_allows_by_much(per_hour: int, moments: list[int]) -> None:
    sent: list[int] = []
    for now in sorted(moments):
        if Allowance.after(sent, per_hour, now).for_priority(Priority.CRITICAL):
            sent.append(now)
    for begin in sent:
        # A full bucket, and what has run in during the hour.
        assert sum(begin <= each < begin + HOUR for each in sent) <= 2 * per_hour


def test_a_burst_empties_the_bucket_and_time_fills_it() -> None:
    full = Allowance.after([], 30, TRIP)
    assert full.for_priority(Priority.CRITICAL) == 30
    assert full.for_priority(Priority.HIGH) == 23  # a quarter, 7, is kept back
    empty = Allowance.after([TRIP] * 30, 30, TRIP)
    assert empty.for_priority(Priority.CRITICAL) == 0
    wait = empty.wait(Priority.CRITICAL)
    assert wait == pytest.approx(HOUR / 30, abs=2)  # one every two minutes
    later = Allowance.after([TRIP] * 30, 30, TRIP + wait)
    assert later.for_priority(Priority.CRITICAL) == 1
    assert Allowance.after([TRIP] * 30, 30, TRIP + HOUR).for_priority(Priority.CRITICAL) == 30
