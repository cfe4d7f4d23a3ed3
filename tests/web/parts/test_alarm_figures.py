"""Figures of the alarms against days that were written out by hand."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from celador.domain.alarm import Alarm, AlarmState, Priority
from celador.domain.request import RequestKind
from celador.surfaces.web.access.roles import LOCAL, Identity, Role, Via
from celador.surfaces.web.pages.alarm_actions import RefusedError, requests_for
from celador.surfaces.web.parts.alarm_figures import (
    announced,
    chattering,
    floods,
    mix,
    per_day,
    stale,
)
from celador.surfaces.web.parts.alarm_view import Target, day_chart, possible
from celador.surfaces.web.viewer import Viewer

_HOME = ZoneInfo("America/Argentina/Buenos_Aires")
_NOW = 1_800_000_000_000_000


def _at(text: str) -> int:
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    return round(moment.timestamp() * 1_000_000)


def _alarm(
    began: str,
    key: int = 1,
    priority: Priority = Priority.MEDIUM,
    state: AlarmState = AlarmState.UNACK,
    code: str = "AC_OFF",
) -> Alarm:
    return Alarm(1, key, code, priority, state, _at(began), "es", "en")


def test_a_day_is_a_day_of_the_viewers_calendar() -> None:
    # 02:30 UTC is 23:30 of the day before in Buenos Aires.
    alarms = [_alarm("2026-11-25 02:30:00"), _alarm("2026-11-25 03:30:00", 2, Priority.HIGH)]
    days = per_day(alarms, _HOME, date(2026, 11, 25), 3)
    assert [(each.day.day, each.total) for each in days] == [(23, 0), (24, 1), (25, 1)]
    assert days[2].counts == {Priority.HIGH: 1}


def test_the_days_are_drawn_for_a_desk_and_for_a_phone_with_todays_date_in_sight() -> None:
    """Three alarms on the 25th: a square on a triangle on a diamond, and the number above."""
    alarms = [
        _alarm("2026-11-25 13:00:00", n, priority)
        for n, priority in enumerate((Priority.MEDIUM, Priority.HIGH, Priority.CRITICAL))
    ]
    drawn = day_chart(per_day(alarms, _HOME, date(2026, 11, 25), 14), Viewer().view)
    desk, phone = re.findall(r"<svg.*?</svg>", drawn, flags=re.DOTALL)
    assert len(re.findall(r">\d\d/11<", desk)) == 14
    assert re.findall(r">(\d\d)/11<", phone) == ["13", "15", "17", "19", "21", "23", "25"]
    for picture, css, width in ((desk, "at-desk", 620), (phone, "on-phone", 330)):
        assert css in picture
        assert re.findall(r'class="prio prio-(\d)"', picture) == ["3", "2", "1"]
        assert ">3</text>" in picture
        (x,) = re.findall(r'x="([\d.]+)"[^>]*>25/11<', picture)
        assert float(x) + 17 <= width  # half of "25/11" at 11 px


def test_what_is_only_logged_or_follows_from_another_is_not_counted() -> None:
    alarms = [
        _alarm("2026-11-25 10:00:02", 1),
        _alarm("2026-11-25 10:00:00", 2, Priority.LOG),
        _alarm("2026-11-25 10:00:01", 3, state=AlarmState.SUPPRESSED),
    ]
    assert [each.key for each in announced(alarms)] == [1]


def test_ten_alarms_in_ten_minutes_are_a_flood_and_nine_are_none() -> None:
    ten = [_alarm(f"2026-11-25 10:0{n}:00", n) for n in range(10)]
    assert floods(ten[:9]) == []
    (found,) = floods(ten)
    assert (found.count, found.end - found.start) == (10, 540_000_000)
    slow = [_alarm(f"2026-11-25 {10 + n // 30}:{n % 30 * 2:02}:00", n) for n in range(20)]
    assert floods(slow) == []


def test_a_flood_that_goes_on_is_one_flood() -> None:
    alarms = [_alarm(f"2026-11-25 10:{n // 2:02}:{n % 2 * 30:02}", n) for n in range(30)]
    (found,) = floods(alarms)
    assert found.count == 30


def test_three_times_within_a_minute_is_chattering() -> None:
    alarms = [_alarm(f"2026-11-25 10:00:{s:02}", s) for s in (0, 30, 60 - 1)]
    assert chattering(alarms) == [(1, "AC_OFF", 3)]
    assert chattering([*alarms[:2], _alarm("2026-11-25 10:01:01", 9)]) == []


def test_only_what_still_holds_is_standing() -> None:
    now = _at("2026-11-26 10:00:01")
    old, gone = _alarm("2026-11-25 10:00:00"), _alarm("2026-11-25 10:00:00", 2)
    gone = Alarm(**{**{f: getattr(gone, f) for f in gone.__slots__}, "ended": now - 1})
    assert stale([old, gone, _alarm("2026-11-25 10:00:02", 3)], now) == [old]


def test_the_mix_of_nothing_is_not_known() -> None:
    assert mix([]) is None
    shares = mix(
        [_alarm("2026-11-25 10:00:00")] * 3 + [_alarm("2026-11-25 10:00:00", 2, Priority.HIGH)]
    )
    assert shares == {Priority.MEDIUM: 75, Priority.HIGH: 25, Priority.CRITICAL: 0}


@pytest.mark.parametrize(
    ("state", "first"),
    [
        (AlarmState.UNACK, RequestKind.ACKNOWLEDGE),
        (AlarmState.RETURNED_UNACK, RequestKind.ACKNOWLEDGE),
        (AlarmState.LATCHED_UNACK, RequestKind.ACKNOWLEDGE),
        (AlarmState.LATCHED_ACK, RequestKind.RESET),
        (AlarmState.ACK, RequestKind.SHELVE),
        (AlarmState.SHELVED, RequestKind.UNSHELVE),
        (AlarmState.OUT_OF_SERVICE, RequestKind.IN_SERVICE),
        (AlarmState.SUPPRESSED, None),
    ],
)
def test_what_may_be_asked_in_each_state(state: AlarmState, first: RequestKind | None) -> None:
    found = possible(_alarm("2026-11-25 10:00:00", state=state))
    assert (found[0] if found else None) is first


def _viewer(role: Role) -> Viewer:
    return Viewer(language="es", zone_name="UTC", who=Identity("ana", role, Via.SESSION))


def test_who_only_looks_may_ask_for_nothing() -> None:
    with pytest.raises(RefusedError, match="operadores"):
        requests_for(RequestKind.ACKNOWLEDGE, [Target(1, 1)], _viewer(Role.VIEWER), _NOW)


@pytest.mark.parametrize(("hours", "reason"), [(12.1, "x"), (0.0, "x"), (None, "x"), (1.0, "  ")])
def test_a_shelf_has_a_reason_and_an_end_within_twelve_hours(
    hours: float | None, reason: str
) -> None:
    viewer = _viewer(Role.OPERATOR)
    with pytest.raises(RefusedError):
        requests_for(RequestKind.SHELVE, [Target(1, 1)], viewer, _NOW, reason=reason, hours=hours)


def test_a_request_names_its_author_and_its_end() -> None:
    viewer = _viewer(Role.OPERATOR)
    targets = [Target.read("3/7"), Target.read("-/8")]
    made = requests_for(RequestKind.SHELVE, targets, viewer, _NOW, reason=" obra ", hours=2)
    assert [(each.device_id, each.key, each.by, each.reason) for each in made] == [
        (3, 7, "ana", "obra"),
        (None, 8, "ana", "obra"),
    ]
    assert {each.until for each in made} == {_NOW + 7_200_000_000}
    assert LOCAL.role >= Role.OPERATOR
