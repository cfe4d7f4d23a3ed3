from __future__ import annotations

import csv
import io
import os
import tracemalloc
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from celador.ports import SampleQuery, SampleRow
from celador.surfaces.export import export_csv
from tests.export.fake_reader import FakeReader

GOLDEN = Path(__file__).parent / "golden"
CORDOBA = ZoneInfo("America/Argentina/Cordoba")
COLUMNS = ("ia", "ib", "p_act", "fp", "estado", "calidad")
NAMES = {1: "Córdoba norte", 2: 'sur, "el viejo"'}
# 2026-11-23 13:00:00 UTC, counted by hand: 20,780 days and 13 hours since 1970.
TEN_LOCAL = (20_780 * 86_400 + 13 * 3600) * 1_000_000
ROWS = [
    SampleRow(1, TEN_LOCAL, (70.5, 71.0, -1500.0, 0.93, 1, 0), 1),
    SampleRow(1, TEN_LOCAL + 5_250_001, (-0.0, None, 0.3, None, None, 1), 1),
    SampleRow(2, TEN_LOCAL + 60_000_000, (12345678.9, 1.0, 2, 0.001, 3, 16), 1),
]


def query(columns: tuple[str, ...], every: int | None = None, origin: int = 0) -> SampleQuery:
    return SampleQuery(start=0, end=2**60, columns=columns, every=every, origin=origin)


def export(
    rows: Iterable[SampleRow],
    asked: SampleQuery,
    names: dict[int, str] = NAMES,
    zone: ZoneInfo = CORDOBA,
    *,
    decimal_comma: bool = False,
) -> bytes:
    out = io.BytesIO()
    export_csv(
        FakeReader(rows),
        asked,
        names=names,
        timezone=zone,
        decimal_comma=decimal_comma,
        out=out,
        progress=lambda _: None,
    )
    return out.getvalue()


def test_rows_are_written_as_the_file_written_by_hand() -> None:
    assert export(ROWS, query(COLUMNS)) == (GOLDEN / "plain.csv").read_bytes()


def test_the_decimal_comma_brings_semicolons_and_a_mark_for_excel() -> None:
    written = export(ROWS, query(COLUMNS), decimal_comma=True)
    assert written == (GOLDEN / "decimal_comma.csv").read_bytes()


def test_windows_tell_their_samples_and_keep_the_repeated_hour_apart() -> None:
    # The clocks of Madrid went from 03:00+02:00 back to 02:00+01:00 at 2026-10-25 01:00 UTC.
    change = int(datetime(2026, 10, 25, 1, tzinfo=UTC).timestamp()) * 1_000_000
    half_hour = 1800 * 1_000_000
    rows = [
        SampleRow(1, change - 2 * half_hour, (7621.5,), 180),
        SampleRow(1, change - half_hour, (None,), 0),
        SampleRow(1, change, (22831 / 3,), 3),
    ]
    written = export(rows, query(("va",), every=1800), {1: "norte"}, ZoneInfo("Europe/Madrid"))
    assert written == (GOLDEN / "windows_over_a_clock_change.csv").read_bytes()


def test_windows_that_begin_between_seconds_keep_their_fraction() -> None:
    rows = [SampleRow(1, TEN_LOCAL + 500_000, (1.0,), 1)]
    written = export(rows, query(("va",), every=60, origin=500_000), {1: "a"})
    assert b"10:00:00.500000-03:00,a,1,1\n" in written


def test_no_rows_leave_the_heading_alone() -> None:
    assert export([], query(("ia",))) == b"fecha_hora,equipo,ia\n"


def test_progress_adds_up_to_the_stored_samples() -> None:
    rows = [SampleRow(1, TEN_LOCAL + n, (1.0,), n % 3) for n in range(2500)]
    told: list[int] = []

    written = export_csv(
        FakeReader(rows),
        query(("ia",), every=1),
        names=NAMES,
        timezone=UTC,
        decimal_comma=False,
        out=io.BytesIO(),
        progress=told.append,
    )

    assert written == 2500
    assert len(told) > 1
    assert sum(told) == sum(row.count for row in rows)


# What a device can send: whole numbers of up to 64 bits and decimals of up to 15 digits.
decimals = st.builds(
    lambda digits, places: digits / 10**places,
    st.integers(-(10**15) + 1, 10**15 - 1),
    st.integers(0, 6),
)
values = st.one_of(st.none(), st.integers(0, 2**32), decimals)
instants = st.integers(0, 253_402_300_799_999_999 - 86_400_000_000)
names = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"), min_size=1)


@given(
    rows=st.lists(st.tuples(instants, st.tuples(values, values)), max_size=30),
    name=names,
    zone=st.sampled_from(["America/Argentina/Cordoba", "Europe/Madrid", "Asia/Kathmandu", "UTC"]),
    decimal_comma=st.booleans(),
)
def test_reading_the_file_back_gives_what_was_stored(
    rows: list[tuple[int, tuple[float | None, float | None]]],
    name: str,
    zone: str,
    decimal_comma: bool,
) -> None:
    stored = [SampleRow(1, at, cells, 1) for at, cells in rows]
    written = export(
        stored, query(("ia", "ib")), {1: name}, ZoneInfo(zone), decimal_comma=decimal_comma
    )

    text = io.StringIO(written.decode("utf-8-sig"), newline="")
    found = list(csv.reader(text, delimiter=";" if decimal_comma else ","))[1:]

    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert len(found) == len(rows)
    for (at, cells), (moment, equipo, *texts) in zip(rows, found, strict=True):
        since = datetime.fromisoformat(moment) - epoch
        assert (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds == at
        assert equipo == name
        read = [float(cell.replace(",", ".")) if cell else None for cell in texts]
        assert read == list(cells)


def test_many_rows_need_no_more_memory_than_a_few() -> None:
    def peak(count: int) -> int:
        rows = (SampleRow(1, TEN_LOCAL + n, (n % 700 / 10, 1.0), 1) for n in range(count))
        tracemalloc.start()
        with Path(os.devnull).open("wb") as out:
            export_csv(
                FakeReader(rows),
                query(("ia", "ib")),
                names=NAMES,
                timezone=UTC,
                decimal_comma=False,
                out=out,
                progress=lambda _: None,
            )
        reached = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return reached

    few = peak(2_000)
    assert peak(100_000) < few * 1.5 + 100_000


def cell_of(value: float, every: int | None = None) -> str:
    written = export([SampleRow(1, 0, (value,), 1)], query(("ia",), every), {1: "a"}).decode()
    return written.splitlines()[1].split(",")[2]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_stored_number_is_written_whole_whatever_it_is(value: float) -> None:
    assert float(cell_of(value)) == value


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (50.01, "50.01"),
        (5001 / 100, "50.01"),
        (0.1 + 0.2, "0.30000000000000004"),
        (7620.0, "7620"),
        (123456789012345.0, "123456789012345"),
        (1e15, "1e+15"),
        (1234567890123456.5, "1.2345678901234565e+15"),
        (1e-4, "0.0001"),
        (1e-5, "1e-05"),
        (-0.0, "0"),
    ],
)
def test_a_stored_number_has_the_digits_that_tell_it_from_every_other(
    value: float, cell: str
) -> None:
    assert cell_of(value) == cell


@pytest.mark.parametrize("value", [0.1 + 0.2, 1.1 * 3, 230 * 0.1, 4.35 * 100])
def test_the_error_of_a_sum_does_not_show_in_a_mean(value: float) -> None:
    cell = cell_of(value, every=60)
    assert len(cell) <= 5
    assert float(cell) == pytest.approx(value, rel=1e-15)
