"""The axis of a chart is true time, with the reader's clock beside it; the days of two hours twice.

In Madrid the clocks went from 03:00 +02 back to 02:00 +01 on 25 October 2026 at 01:00 UTC, and from
02:00 +01 forward to 03:00 +02 on 29 March 2026 at 01:00 UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from celador.domain.envelope import Band, Envelope, EnvelopeRow
from celador.surfaces.web.parts.ranges import PRESETS, asked_range
from celador.surfaces.web.parts.ticks import clock, ticks
from celador.surfaces.web.parts.timeline import Line, Mark, Timeline, timeline
from celador.surfaces.web.parts.trend import Curve, Happening, points_of, trend_chart
from celador.surfaces.web.viewer import View

MADRID = View("es", "Europe/Madrid")
HOUR = 3_600_000_000


def utc(text: str) -> int:
    """An instant as these tests write it."""
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    return round(moment.timestamp()) * 1_000_000


BACK = utc("2026-10-25T01:00")


def told(view: View, start: str, end: str) -> list[str]:
    """Marks as `when in UTC = what is beside them`."""
    found = ticks(view, utc(start), utc(end))
    said = (datetime.fromtimestamp(each.at / 1e6, tz=UTC) for each in found)
    return [f"{at:%dT%H:%M:%S}={each.text}" for at, each in zip(said, found, strict=True)]


def test_the_hour_that_comes_twice_has_two_marks_that_differ() -> None:
    assert told(MADRID, "2026-10-24T22:00", "2026-10-25T06:00") == [
        "24T22:00:00=25 oct",
        "24T23:00:00=01:00 +02",
        "25T00:00:00=02:00 +02",
        "25T01:00:00=02:00 +01",
        "25T02:00:00=03:00 +01",
        "25T03:00:00=04:00 +01",
        "25T04:00:00=05:00 +01",
        "25T05:00:00=06:00 +01",
        "25T06:00:00=07:00 +01",
    ]


def test_the_hour_that_never_comes_has_no_mark() -> None:
    assert told(MADRID, "2026-03-28T23:00", "2026-03-29T03:00") == [
        "28T23:00:00=29 mar",
        "28T23:30:00=00:30 +01",
        "29T00:00:00=01:00 +01",
        "29T00:30:00=01:30 +01",
        "29T01:00:00=03:00 +02",
        "29T01:30:00=03:30 +02",
        "29T02:00:00=04:00 +02",
        "29T02:30:00=04:30 +02",
        "29T03:00:00=05:00 +02",
    ]


@pytest.mark.parametrize(
    ("view", "start", "end", "marks"),
    [
        # A day is marked where it begins on the reader's clock, on the days of 25 hours too.
        (
            MADRID,
            "2026-10-22T12:00",
            "2026-10-28T13:00",
            (
                "22T22:00:00=23 oct, 23T22:00:00=24 oct, 24T22:00:00=25 oct, "
                "25T23:00:00=26 oct, 26T23:00:00=27 oct, 27T23:00:00=28 oct"
            ),
        ),
        # In Santiago 6 September 2026 began at 01:00: there was no midnight.
        (
            View("en", "America/Santiago"),
            "2026-09-06T02:00",
            "2026-09-06T06:00",
            (
                "06T02:00:00=22:00 -04, 06T02:30:00=22:30 -04, 06T03:00:00=23:00 -04, "
                "06T03:30:00=23:30 -04, 06T04:00:00=6 Sep, 06T04:30:00=01:30 -03, "
                "06T05:00:00=02:00 -03, 06T05:30:00=02:30 -03, 06T06:00:00=03:00 -03"
            ),
        ),
        (
            View("es", "Asia/Kolkata"),
            "2026-07-17T18:00",
            "2026-07-17T20:00",
            (
                "17T18:00:00=23:30, 17T18:10:00=23:40, 17T18:20:00=23:50, 17T18:30:00=18 jul, "
                "17T18:40:00=00:10, 17T18:50:00=00:20, 17T19:00:00=00:30, 17T19:10:00=00:40, "
                "17T19:20:00=00:50, 17T19:30:00=01:00, 17T19:40:00=01:10, 17T19:50:00=01:20, "
                "17T20:00:00=01:30"
            ),
        ),
        (
            View("es", "America/Argentina/Buenos_Aires"),
            "2026-07-17T12:00:00",
            "2026-07-17T12:00:03",
            (
                "17T12:00:00=09:00:00, 17T12:00:01=09:00:01, 17T12:00:02=09:00:02, "
                "17T12:00:03=09:00:03"
            ),
        ),
        (
            MADRID,
            "2025-11-30T23:00",
            "2026-02-28T23:00",
            (
                "30T23:00:00=1 dic, 14T23:00:00=15 dic, 31T23:00:00=1 ene, 14T23:00:00=15 ene, "
                "31T23:00:00=1 feb, 14T23:00:00=15 feb, 28T23:00:00=1 mar"
            ),
        ),
    ],
)
def test_marks_stand_at_round_times_of_the_readers_clock(
    view: View, start: str, end: str, marks: str
) -> None:
    assert ", ".join(told(view, start, end)).replace("\N{MINUS SIGN}", "-") == marks


@pytest.mark.parametrize("span", [each for each, _ in PRESETS.values()])
def test_every_range_has_marks_enough_and_not_too_many(span: int) -> None:
    end = utc("2026-07-17T12:34:56")
    assert 4 <= len(ticks(MADRID, end - span, end)) <= 13


def test_who_looks_closely_gets_finer_marks_on_both_sides_of_what_is_seen() -> None:
    start, end = utc("2026-01-01T00:00"), utc("2026-12-31T00:00")
    seen = (utc("2026-06-01T10:00"), utc("2026-06-01T11:00"))
    found = ticks(MADRID, start, end, seen)
    assert found[0].at == utc("2026-06-01T09:00")
    assert found[-1].at == utc("2026-06-01T12:00")
    assert {later.at - one.at for one, later in pairwise(found)} == {HOUR // 12}


def chart(rows: list[int]) -> tuple[dict[str, Any], list[float]]:
    """A chart of samples at these instants in the night of the change, and where they stand."""
    envelope = Envelope(0, tuple(EnvelopeRow(at, 1, (Band(5.0, 5.0, 5.0, 1),)) for at in rows))
    points = points_of(envelope, 0, 2 * 3600.0)
    shown = asked_range({"desde": "2026-10-25T00:00", "hasta": "2026-10-25T06:00"}, MADRID, 0, "1h")
    marks = [Happening(BACK // 1000, "trip", operation=True)]
    options, _ = trend_chart(MADRID, [Curve("", "ia", 0, points)], shown, marks)
    return options, [float(point[0] or 0) for point in points]


def test_two_hours_of_one_name_do_not_fall_upon_one_another() -> None:
    rows = [BACK + quarter * HOUR // 4 for quarter in range(-6, 7)]
    options, at = chart(rows)
    assert at == [row / 1000 for row in rows]
    for axis in options["xAxis"]:
        assert (axis["min"], axis["max"]) == (
            utc("2026-10-24T22:00") / 1e3,
            (BACK + 4 * HOUR) / 1e3,
        )
    lines = options["series"][-1]["markLine"]["data"]
    assert [each["xAxis"] for each in lines] == [BACK / 1000]


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        # A calendar field cannot say which of the two it means: the range holds both.
        (
            {"desde": "2026-10-25T02:30:00", "hasta": "2026-10-25T02:30:00"},
            "2026-10-25T00:30",
            "2026-10-25T01:30",
        ),
        (
            {"desde": "2026-10-25T02:30:00+01:00", "hasta": "2026-10-25T02:45:00+01:00"},
            "2026-10-25T01:30",
            "2026-10-25T01:45",
        ),
        ({"desde": "2026-10-25", "hasta": "2026-10-26"}, "2026-10-24T22:00", "2026-10-25T23:00"),
    ],
)
def test_a_range_in_that_night_is_what_was_meant(
    asked: Mapping[str, str], start: str, end: str
) -> None:
    found = asked_range(asked, MADRID, BACK, "1h")
    assert (found.start, found.end, found.trouble) == (utc(start), utc(end), "")
    again = asked_range(dict(found.fields(MADRID)), MADRID, BACK + HOUR, "1h")
    assert (again.start, again.end) == (found.start, found.end)  # as a link, it stays the same


def test_a_day_of_which_the_clocks_skip_the_end_or_the_beginning_is_whole() -> None:
    """In Santiago 6 September 2026 began at 04:00 UTC, at 01:00: nobody's clock showed 00:00."""
    view = View("es", "America/Santiago")
    days = ["2026-09-05T00:00", "2026-09-06T00:00", "2026-09-07T00:00"]
    found = [
        asked_range({"desde": one, "hasta": other}, view, BACK, "1h")
        for one, other in pairwise(days)
    ]
    assert [(each.start, each.end) for each in found] == [
        (utc("2026-09-05T04:00"), utc("2026-09-06T04:00")),
        (utc("2026-09-06T04:00"), utc("2026-09-07T03:00")),
    ]


def test_an_operation_of_that_night_says_which_hour_it_is() -> None:
    model = Timeline(
        BACK - 1800 * 1_000_000,
        BACK + 1800 * 1_000_000,
        (),
        (),
        [Mark(BACK - 1_000_000, BACK, "1")],
    )
    drawn = timeline(MADRID, model, "")
    assert "1: entre 02:59:59 +02 y 02:00:00 +01" in drawn
    assert ">02:50:00 +02<" in drawn
    assert drawn.count(">02:10:00 +01<") == 1
    graphs = [("A", [Line("ia", [(BACK, 5.0)])])]  # which have the time below them too
    assert timeline(MADRID, replace(model, graphs=graphs), "").count(">02:10:00 +01<") == 2


def test_times_of_a_day_like_any_other_are_short() -> None:
    assert clock(MADRID, BACK, (BACK, BACK + HOUR)) == "02:00"
    assert clock(MADRID, BACK, (BACK - HOUR, BACK + HOUR)) == "02:00 +01"
