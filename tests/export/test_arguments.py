from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from celador.domain.errors import UsageError
from celador.surfaces.export import (
    DEFAULT_COLUMNS,
    local_timezone,
    parse_columns,
    parse_every,
    parse_instant,
    parse_timezone,
)

CORDOBA = ZoneInfo("America/Argentina/Cordoba")
MADRID = ZoneInfo("Europe/Madrid")
SECOND = 1_000_000
# 2026-11-23 00:00 UTC is 20,780 days after 1970.
MIDNIGHT_UTC = 20_780 * 86_400 * SECOND
NOW = MIDNIGHT_UTC + 12 * 3600 * SECOND


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-23", MIDNIGHT_UTC + 3 * 3600 * SECOND),
        ("2026-11-23T10:30", MIDNIGHT_UTC + 48_600 * SECOND),
        ("2026-11-23 10:30:05.5", MIDNIGHT_UTC + 48_605 * SECOND + 500_000),
        ("2026-11-23T10:30Z", MIDNIGHT_UTC + 37_800 * SECOND),
        ("2026-11-23T10:30+02:00", MIDNIGHT_UTC + 30_600 * SECOND),
        ("now", NOW),
        ("today", MIDNIGHT_UTC + 3 * 3600 * SECOND),
        ("-7d", NOW - 7 * 86_400 * SECOND),
        ("-12h", NOW - 12 * 3600 * SECOND),
        ("-30min", NOW - 1800 * SECOND),
        ("-5s", NOW - 5 * SECOND),
    ],
)
def test_an_instant_is_understood(text: str, expected: int) -> None:
    assert parse_instant(text, CORDOBA, now=NOW) == expected


@pytest.mark.parametrize(
    "text", ["", "yesterday", "23/11/2026", "2026-13-01", "10:30", "-7", "7d", "-7 months", "-d"]
)
def test_what_is_no_instant_is_refused_with_examples(text: str) -> None:
    with pytest.raises(UsageError, match="is no instant; write 2026-11-23"):
        parse_instant(text, CORDOBA, now=NOW)


@pytest.mark.parametrize("text", ["1969-12-31T00:00Z", "0001-01-01", "-999999999d"])
def test_an_instant_outside_the_store_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="a year of this century"):
        parse_instant(text, MADRID, now=NOW)


def test_a_time_that_the_clocks_skip_is_refused_with_the_next_one() -> None:
    # Madrid: 2026-03-29 02:00+01:00 became 03:00+02:00.
    with pytest.raises(UsageError) as caught:
        parse_instant("2026-03-29T02:30", MADRID, now=NOW)
    assert str(caught.value) == (
        "the clocks in Europe/Madrid never show 2026-03-29T02:30:00, they are put forward then; "
        "write 2026-03-29T03:30:00+02:00"
    )


def test_a_time_that_the_clocks_show_twice_is_refused_with_both() -> None:
    # Madrid: 2026-10-25 03:00+02:00 became 02:00+01:00.
    with pytest.raises(UsageError) as caught:
        parse_instant("2026-10-25T02:30", MADRID, now=NOW)
    assert str(caught.value) == (
        "the clocks in Europe/Madrid show 2026-10-25T02:30:00 twice; "
        "say which: 2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00"
    )


@pytest.mark.parametrize("text", ["2026-10-25T02:30+02:00", "2026-10-25T02:30+01:00"])
def test_an_offset_settles_a_time_shown_twice(text: str) -> None:
    expected = int(datetime.fromisoformat(text).timestamp()) * SECOND
    assert parse_instant(text, MADRID, now=NOW) == expected


def test_a_day_without_midnight_begins_when_it_begins() -> None:
    # Argentina, 2008-10-19: 00:00-03:00 became 01:00-02:00, which is 03:00 UTC.
    expected = int(datetime(2008, 10, 19, 3, tzinfo=UTC).timestamp()) * SECOND
    zone = ZoneInfo("America/Argentina/Buenos_Aires")
    assert parse_instant("2008-10-19", zone, now=NOW) == expected


def test_a_day_with_two_midnights_begins_at_the_first() -> None:
    # Havana, 2026-11-01: 01:00-04:00 became 00:00-05:00; the first midnight is 04:00 UTC.
    expected = int(datetime(2026, 11, 1, 4, tzinfo=UTC).timestamp()) * SECOND
    assert parse_instant("2026-11-01", ZoneInfo("America/Havana"), now=NOW) == expected


@given(
    st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001 - wall times
    st.integers(-12 * 60, 14 * 60),
)
def test_an_instant_with_offset_is_kept_to_the_microsecond(moment: datetime, minutes: int) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    since = aware - datetime(1970, 1, 1, tzinfo=UTC)
    expected = (since.days * 86_400 + since.seconds) * SECOND + since.microseconds
    assert parse_instant(aware.isoformat(), MADRID, now=NOW) == expected


@pytest.mark.parametrize(
    ("text", "seconds"), [("1s", 1), ("15min", 900), ("15 min", 900), ("1h", 3600), ("1d", 86_400)]
)
def test_a_window_is_understood(text: str, seconds: int) -> None:
    assert parse_every(text) == seconds


@pytest.mark.parametrize("text", ["", "15", "15m", "0min", "-5min", "1.5h", "1 month", "h"])
def test_what_is_no_window_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match="such as 15min"):
        parse_every(text)


def test_the_columns_of_old_are_the_default() -> None:
    assert (
        *("ia", "ib", "ic", "va", "vb", "vc", "p_act", "p_react", "fp"),
        *("estado", "calidad"),
    ) == DEFAULT_COLUMNS


def test_columns_come_in_the_order_asked() -> None:
    assert parse_columns("estado, ia,frec") == ("estado", "ia", "frec")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ia,p_acto", "'p_acto' is no column of mediciones; did you mean p_act?"),
        ("", "'' is no column of mediciones; it has ia, ib, ic, va, "),
        ("xx", "'xx' is no column of mediciones; it has ia, ib, ic, va, "),
        ("id", "'id' is no column of mediciones; it has ia, ib, ic, va, "),
        ("ia,ib,ia", "the column ia is there twice; write it once"),
    ],
)
def test_a_wrong_column_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_columns(text)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("America/Argentina/Cordova", "America/Argentina/Cordoba"),
        ("Cordoba", "America/Cordoba"),
        ("../../etc/passwd", "America/Argentina/Buenos_Aires"),
        ("", "America/Argentina/Buenos_Aires"),
    ],
)
def test_a_zone_that_does_not_exist_is_refused_with_the_nearest(text: str, near: str) -> None:
    with pytest.raises(UsageError, match=f"did you mean {near}"):
        parse_timezone(text)


def test_the_zone_of_the_machine_follows_tz(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    moment = datetime(2026, 1, 1, tzinfo=UTC).astimezone(local_timezone())
    assert moment.utcoffset() == timedelta(hours=5, minutes=45)


def test_a_tz_that_is_no_name_is_refused_rather_than_guessed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", "ART3")
    with pytest.raises(UsageError, match="no time zone 'ART3'"):
        local_timezone()
