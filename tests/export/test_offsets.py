from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from celador.surfaces.export.offsets import offsets

SECOND = 1_000_000


def at(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp()) * SECOND  # type: ignore[arg-type,misc]


def test_a_year_in_madrid_has_three_stretches() -> None:
    # The clocks changed at 01:00 UTC on 2026-03-29 and on 2026-10-25.
    found = list(offsets(ZoneInfo("Europe/Madrid"), at(2026, 1, 1), at(2027, 1, 1)))
    assert [(each.start, each.end, each.text) for each in found] == [
        (at(2026, 1, 1), at(2026, 3, 29, 1), "+01:00"),
        (at(2026, 3, 29, 1), at(2026, 10, 25, 1), "+02:00"),
        (at(2026, 10, 25, 1), at(2027, 1, 1), "+01:00"),
    ]
    assert [each.seconds for each in found] == [3600, 7200, 3600]


def test_a_zone_without_changes_has_one_stretch() -> None:
    (only,) = offsets(ZoneInfo("America/Argentina/Cordoba"), at(2026, 1, 1) + 7, at(2027, 1, 1))
    assert (only.start, only.end) == (at(2026, 1, 1) + 7, at(2027, 1, 1))
    assert (only.seconds, only.text) == (-10_800, "-03:00")


@given(
    zone=st.sampled_from(
        ["Europe/Madrid", "America/Santiago", "Australia/Lord_Howe", "Africa/Casablanca", "UTC"]
    ),
    start=st.integers(0, 60 * 365 * 86_400 * SECOND),
    length=st.integers(1, 2 * 365 * 86_400 * SECOND),
    share=st.floats(0, 1),
)
def test_every_instant_has_the_offset_that_the_zone_gives_it(
    zone: str, start: int, length: int, share: float
) -> None:
    found = list(offsets(ZoneInfo(zone), start, start + length))
    assert found[0].start == start
    assert found[-1].end == start + length
    assert all(a.end == b.start for a, b in itertools.pairwise(found))
    instant = start + int(share * (length - 1))
    (shift,) = (each for each in found if each.start <= instant < each.end)
    local = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant)).astimezone(
        ZoneInfo(zone)
    )
    assert local.utcoffset() == timedelta(seconds=shift.seconds)
    assert local.isoformat().endswith(shift.text)


@pytest.mark.parametrize("length", [1, SECOND, 3601 * SECOND])
def test_short_ranges_end_where_they_should(length: int) -> None:
    begin = at(2026, 10, 25, 1) - SECOND
    found = list(offsets(ZoneInfo("Europe/Madrid"), begin, begin + length))
    assert found[-1].end == begin + length
    assert len(found) == (2 if length > SECOND else 1)
