"""Months, semesters and years in local time."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from celador.domain.errors import UsageError
from celador.domain.periods import Period, months_of, parse_period, week_of

CORDOBA = ZoneInfo("America/Argentina/Cordoba")
ENRE = (3, 9)


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp()) * 1_000_000


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026-07", "2026-07-01T00:00-03:00", "2026-08-01T00:00-03:00"),
        ("2026-12", "2026-12-01T00:00-03:00", "2027-01-01T00:00-03:00"),
        ("2026", "2026-01-01T00:00-03:00", "2027-01-01T00:00-03:00"),
        ("2026-S1", "2026-03-01T00:00-03:00", "2026-09-01T00:00-03:00"),
        ("2026-S2", "2026-09-01T00:00-03:00", "2027-03-01T00:00-03:00"),
    ],
)
def test_periods_are_local(text: str, start: str, end: str) -> None:
    assert parse_period(text, CORDOBA, ENRE, now=0) == Period(at(start), at(end), text)


@pytest.mark.parametrize(
    ("now", "month", "semester", "year"),
    [
        ("2026-02-28T23:59-03:00", "2026-02", "2025-S2", "2026"),
        ("2026-03-01T00:00-03:00", "2026-03", "2026-S1", "2026"),
        ("2027-01-01T01:00+00:00", "2026-12", "2026-S2", "2026"),
    ],
)
def test_the_running_periods(now: str, month: str, semester: str, year: str) -> None:
    words = [
        parse_period(word, CORDOBA, ENRE, now=at(now)) for word in ("month", "semester", "year")
    ]
    assert [period.name for period in words] == [month, semester, year]


def test_the_semesters_of_a_calendar_year() -> None:
    assert parse_period("2026-S2", UTC, (1, 7), now=0).end == at("2027-01-01T00:00+00:00")


@pytest.mark.parametrize("text", ["2026-13", "2026-S3", "July", "26-07", "2026-7", "1969"])
def test_what_is_no_period(text: str) -> None:
    with pytest.raises(UsageError, match="is no period; write 2026-07"):
        parse_period(text, CORDOBA, ENRE, now=0)


def test_the_months_of_a_semester_make_it_up() -> None:
    semester = parse_period("2026-S2", CORDOBA, ENRE, now=0)
    months = months_of(semester, CORDOBA)
    assert [month.name for month in months][::5] == ["2026-09", "2027-02"]
    assert sum(month.seconds for month in months) == semester.seconds


def test_months_are_cut_to_the_period() -> None:
    period = Period(at("2026-07-18T00:00-03:00"), at("2026-08-02T00:00-03:00"), "")
    first, last = months_of(period, CORDOBA)
    assert (first.start, last.end) == (period.start, period.end)


def test_a_week_begins_on_monday_at_the_local_midnight() -> None:
    monday = at("2026-07-13T00:00-03:00")
    assert week_of(at("2026-07-19T23:59-03:00"), CORDOBA) == monday
    assert week_of(monday, CORDOBA) == monday
    assert week_of(monday - 1, CORDOBA) == at("2026-07-06T00:00-03:00")
