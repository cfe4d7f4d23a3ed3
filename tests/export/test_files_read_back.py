"""Parquet and Excel files, read back with other libraries."""

from __future__ import annotations

import io
import json
import math
import os
import tracemalloc
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from celador.domain.errors import ExportError, UsageError
from celador.ports import SampleQuery, SampleRow
from celador.surfaces.export import ExportJob, FileKind, kind_of
from celador.surfaces.export.parquet_format import Column, ParquetWriter, Type
from celador.surfaces.export.xlsx_file import MAX_ROWS
from tests.export.fake_reader import FakeReader

wall = datetime.fromisoformat  # a workbook knows no zones
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CORDOBA = ZoneInfo("America/Argentina/Cordoba")
SECOND = 1_000_000
TEN_LOCAL = (20_780 * 86_400 + 13 * 3600) * SECOND  # 2026-11-23 13:00:00 UTC
NAMES = {1: "Córdoba <norte> & Cía", 2: "sur"}
COLUMNS = ("ia", "p_act", "fp", "sec_abc", "estado", "calidad")
ROWS = [
    SampleRow(1, TEN_LOCAL, (70.5, -1500.0, 0.93, 1, 1, 0), 1),
    SampleRow(1, TEN_LOCAL + 5_250_001, (None, 0.1 * 3, None, None, None, 1), 1),
    SampleRow(2, TEN_LOCAL + 60 * SECOND, (0.0, 2, 0.001, 0, 3, 16), 1),
]


def query(
    columns: tuple[str, ...] = COLUMNS, every: int | None = None, end: int = TEN_LOCAL + 90 * SECOND
) -> SampleQuery:
    return SampleQuery(TEN_LOCAL, end, columns, every=every, origin=TEN_LOCAL - 10 * 3600 * SECOND)


def export(
    kind: FileKind, rows: Iterable[SampleRow], asked: SampleQuery, zone: ZoneInfo = CORDOBA
) -> bytes:
    out = io.BytesIO()
    ExportJob(FakeReader(rows), asked, NAMES, zone, kind).write(out, lambda _: None)
    return out.getvalue()


def sheet(content: bytes) -> Worksheet:
    return openpyxl.load_workbook(io.BytesIO(content))["mediciones"]


def test_parquet_keeps_instants_numbers_and_nulls() -> None:
    table = pq.read_table(io.BytesIO(export(FileKind.PARQUET, ROWS, query())))

    assert table.column_names == ["fecha_hora", "equipo", *COLUMNS]
    assert str(table.schema.field("fecha_hora").type) == "timestamp[us, tz=UTC]"
    assert table.schema.metadata[b"zona_horaria"] == b"America/Argentina/Cordoba"
    assert json.loads(table.schema.metadata[b"unidades"]) == {"ia": "A", "p_act": "kW"}
    found = table.to_pylist()
    assert [row["fecha_hora"] - EPOCH for row in found] == [
        timedelta(microseconds=row.at) for row in ROWS
    ]
    assert [row["equipo"] for row in found] == [NAMES[row.device_id] for row in ROWS]
    assert [tuple(row[name] for name in COLUMNS) for row in found] == [row.values for row in ROWS]


def test_a_value_that_somebody_put_in_as_no_number_does_not_spoil_the_file() -> None:
    rows = [SampleRow(1, TEN_LOCAL + n, (math.nan if n % 2 else 1.0,), 1) for n in range(40)]
    table = pq.read_table(io.BytesIO(export(FileKind.PARQUET, rows, query(("ia",)))))
    found = table.column("ia").to_pylist()
    assert found[::2] == [1.0] * 20
    assert all(math.isnan(value) for value in found[1::2])


def test_parquet_windows_tell_their_samples() -> None:
    rows = [SampleRow(1, TEN_LOCAL, (22831 / 3, 0.5), 3), SampleRow(1, TEN_LOCAL, (None, None), 0)]
    content = export(FileKind.PARQUET, rows, query(("va", "sec_abc"), every=900))
    table = pq.read_table(io.BytesIO(content))
    assert table.column("muestras").to_pylist() == [3, 0]
    assert table.column("va").to_pylist() == [22831 / 3, None]
    assert table.column("sec_abc").to_pylist() == [0.5, None]


@pytest.mark.parametrize("kind", [FileKind.PARQUET, FileKind.XLSX])
def test_no_rows_make_a_sound_file_with_its_columns(kind: FileKind) -> None:
    content = export(kind, [], query(("ia",)))
    if kind is FileKind.PARQUET:
        assert pq.read_table(io.BytesIO(content)).num_rows == 0
    else:
        assert sheet(content).max_row == 1


def test_a_workbook_has_local_times_numbers_and_empty_cells() -> None:
    found = list(sheet(export(FileKind.XLSX, ROWS, query())).values)

    assert found[0] == ("fecha_hora (America/Argentina/Cordoba, -03:00)", "equipo", *COLUMNS)
    assert found[1] == (wall("2026-11-23T10:00"), NAMES[1], 70.5, -1500, 0.93, 1, 1, 0)
    assert found[2][1:] == (NAMES[1], None, 0.3, None, None, None, 1)
    late = found[2][0] - wall("2026-11-23T10:00:05.250001")
    assert abs(late) < timedelta(milliseconds=1)
    assert found[3] == (wall("2026-11-23T10:01"), "sur", 0, 2, 0.001, 0, 3, 16)


def test_a_workbook_tells_each_offset_where_the_clocks_change() -> None:
    # In Madrid the clocks went from 03:00+02:00 back to 02:00+01:00 at 2026-10-25 01:00 UTC.
    change = int(datetime(2026, 10, 25, 1, tzinfo=UTC).timestamp()) * SECOND
    half = 1800 * SECOND
    rows = [SampleRow(2, change - half, (1.0,), 9), SampleRow(2, change + half, (None,), 0)]
    asked = SampleQuery(change - half, change + 2 * half, ("va",), every=1800)
    found = list(sheet(export(FileKind.XLSX, rows, asked, ZoneInfo("Europe/Madrid"))).values)

    assert found == [
        ("fecha_hora (Europe/Madrid)", "desfase", "equipo", "va", "muestras"),
        (wall("2026-10-25T02:30"), "+02:00", "sur", 1, 9),
        (wall("2026-10-25T02:30"), "+01:00", "sur", None, 0),
    ]


def test_a_window_that_begins_before_the_range_has_the_offset_of_its_beginning() -> None:
    change = int(datetime(2026, 10, 25, 1, tzinfo=UTC).timestamp()) * SECOND
    midnight = change - 3 * 3600 * SECOND
    asked = SampleQuery(change + 1, change + 2, ("va",), every=86_400, origin=midnight)
    content = export(
        FileKind.XLSX, [SampleRow(2, midnight, (1.0,), 1)], asked, ZoneInfo("Europe/Madrid")
    )
    assert list(sheet(content).values)[1][:2] == (wall("2026-10-25"), "+02:00")


class CountedReader(FakeReader):
    def __init__(self, rows: int) -> None:
        super().__init__(())
        self._count = rows

    def count(self, query: SampleQuery) -> int:
        return self._count


@pytest.mark.parametrize(
    ("rows", "columns", "said"),
    [
        (MAX_ROWS, COLUMNS, "a sheet holds 1,048,575 rows and this would be 1,048,576; choose"),
        (MAX_ROWS - 1, COLUMNS * 10, "too much for one workbook; choose fewer columns"),
    ],
)
def test_what_does_not_fit_in_a_sheet_is_refused_before_anything_is_written(
    rows: int, columns: tuple[str, ...], said: str
) -> None:
    out = io.BytesIO()
    job = ExportJob(CountedReader(rows), query(columns), NAMES, CORDOBA, FileKind.XLSX)
    with pytest.raises(ExportError, match=said):
        job.write(out, lambda _: None)
    assert out.getvalue() == b""


def test_windows_that_do_not_fit_in_a_sheet_are_refused_without_looking_at_the_rows() -> None:
    class Long(FakeReader):
        def span(self, device_ids: Sequence[int] = ()) -> tuple[int, int]:
            return (TEN_LOCAL - 600_000 * 60 * SECOND, TEN_LOCAL)

    asked = SampleQuery(0, TEN_LOCAL, ("ia",), device_ids=(1, 2), every=60)
    job = ExportJob(Long([]), asked, NAMES, CORDOBA, FileKind.XLSX)
    with pytest.raises(ExportError, match=r"would be 1,200,\d+; .*longer windows, or CSV"):
        job.write(io.BytesIO(), lambda _: None)


def test_a_range_that_begins_long_before_the_first_sample_still_fits_in_a_sheet() -> None:
    class Short(FakeReader):
        def span(self, device_ids: Sequence[int] = ()) -> tuple[int, int]:
            return (TEN_LOCAL, TEN_LOCAL)

    asked = SampleQuery(0, TEN_LOCAL + SECOND, ("ia",), every=60)
    job = ExportJob(Short([]), asked, NAMES, CORDOBA, FileKind.XLSX)
    assert job.write(io.BytesIO(), lambda _: None) == 0


def test_the_largest_cell_is_within_what_is_reckoned_for_it() -> None:
    # 66 columns of the longest number in the last row that fits.
    worst = SampleRow(2, TEN_LOCAL + 1, (-1.23456789012345e-100,) * 66, 1)
    many = [worst] * 1000
    content = export(FileKind.XLSX, many, query(("ia",) * 66, end=TEN_LOCAL + 2))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    assert size + 3 * 67 * 1000 < 48 * 1000 * (66 + 4)  # row numbers may have three digits more


values = st.one_of(
    st.none(),
    st.integers(-(2**31), 2**31 - 1),
    st.builds(
        lambda digits, places: digits / 10**places, st.integers(-(10**9), 10**9), st.integers(0, 6)
    ),
)
SPAN = 10**12
"""µs, eleven days; the changes of the clocks are looked for in all of it."""


@settings(max_examples=40, deadline=None)
@given(
    begin=st.integers(0, 10**15),  # until 2001
    later=st.lists(st.tuples(st.integers(0, SPAN - 1), values, values), max_size=20),
)
def test_reading_either_file_back_gives_what_was_stored(
    begin: int, later: list[tuple[int, float | None, float | None]]
) -> None:
    rows = [(begin + after, first, second) for after, first, second in later]
    stored = [SampleRow(2, at, (first, second), 1) for at, first, second in rows]
    asked = query(("ia", "ib"))

    table = pq.read_table(io.BytesIO(export(FileKind.PARQUET, stored, asked)))
    assert table.column("ia").to_pylist() == [first for _, first, _ in rows]
    assert [at - EPOCH for at in table.column("fecha_hora").to_pylist()] == [
        timedelta(microseconds=at) for at, _, _ in rows
    ]

    utc = SampleQuery(begin, begin + SPAN, ("ia", "ib"))
    found = list(sheet(export(FileKind.XLSX, stored, utc, ZoneInfo("UTC"))).iter_rows())[1:]
    assert [(row[2].value, row[3].value) for row in found] == [(a, b) for _, a, b in rows]
    for row, (at, _, _) in zip(found, rows, strict=True):
        shown = row[0].value.replace(tzinfo=UTC) - EPOCH
        assert abs(shown - timedelta(microseconds=at)) < timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("kind", "rows"),
    [(FileKind.XLSX, 2_000), (FileKind.CSV_GZ, 2_000), (FileKind.PARQUET, 20_000)],
)
def test_many_rows_need_no_more_memory_than_a_few(kind: FileKind, rows: int) -> None:
    def peak(count: int) -> int:
        rows = (SampleRow(2, TEN_LOCAL + n, (n % 700 / 10, 1.0), 1) for n in range(count))
        job = ExportJob(FakeReader(rows), query(("ia", "ib")), NAMES, CORDOBA, kind)
        tracemalloc.start()
        with Path(os.devnull).open("wb") as out:
            job.write(out, lambda _: None)
        reached = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return reached

    few = peak(rows)
    assert peak(rows + 48_000) < few * 1.5 + 100_000


def test_what_parquet_tells_last_takes_less_memory_than_its_length(tmp_path: Path) -> None:
    """It grows with the file, which may be of any size."""
    columns = [Column(f"q{n}", Type.DOUBLE, True) for n in range(50)]
    tracemalloc.start()
    with (tmp_path / "a.parquet").open("wb") as out:
        writer = ParquetWriter(out, columns)
        for n in range(400):
            for column in columns:
                column.add([n / 10, None])
            writer.write_group(2)
        writer.finish({"a": "b"}, "celador")
    reached = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    content = (tmp_path / "a.parquet").read_bytes()
    assert reached < int.from_bytes(content[-8:-4], "little")
    file = pq.ParquetFile(io.BytesIO(content))
    assert (file.num_row_groups, file.metadata.metadata[b"a"]) == (400, b"b")
    found = file.read().column("q49").to_pylist()
    assert found == [value for n in range(400) for value in (n / 10, None)]


@pytest.mark.parametrize("kind", list(FileKind))
def test_the_same_samples_make_the_same_file(kind: FileKind) -> None:
    assert export(kind, ROWS, query()) == export(kind, ROWS, query())


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("-", FileKind.CSV),
        ("a.csv", FileKind.CSV),
        ("A.CSV", FileKind.CSV),
        ("x/a.b.csv.gz", FileKind.CSV_GZ),
        ("a.xlsx", FileKind.XLSX),
        ("a.parquet", FileKind.PARQUET),
    ],
)
def test_the_name_says_which_kind_of_file_it_is(name: str, kind: FileKind) -> None:
    assert kind_of(name) is kind


@pytest.mark.parametrize("name", ["a", "a.xls", "csv", "a.gz", ""])
def test_a_name_that_says_no_kind_is_wrong_use(name: str) -> None:
    with pytest.raises(UsageError, match=r"end it in one of \.csv, \.csv\.gz, \.parquet, \.xlsx"):
        kind_of(name)
