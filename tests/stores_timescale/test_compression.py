"""How much of the disk a row takes once it is compressed."""

from __future__ import annotations

import sys
from contextlib import closing

import psycopg
import pytest

from celador.ports import Channel, Parcel, SampleQuery
from celador.stores.timescale import TimescaleHistorian, TimescaleReader
from tests.support.clock import MIDNIGHT
from tests.support.postgres import HistorianDatabase
from tests.support.simulated_rows import COLUMNS, simulated_rows

LIMIT = 40.0  # bytes


@pytest.mark.parametrize(("period", "devices", "count"), [(5.0, 6, 17_280), (1.0, 2, 43_200)])
def test_a_compressed_row_of_simulated_reclosers_takes_few_bytes(
    timescale_database: HistorianDatabase,
    capsys: pytest.CaptureFixture[str],
    period: float,
    devices: int,
    count: int,
) -> None:
    with closing(TimescaleHistorian(timescale_database.ingest)) as historian:
        for device in range(devices, 0, -1):
            rows = list(simulated_rows(device, MIDNIGHT, period, count))
            historian.deliver(Parcel(Channel.SAMPLES, "campo", COLUMNS, range(len(rows)), rows))
    with psycopg.connect(timescale_database.owner, autocommit=True) as owner:
        owner.execute("SELECT compress_chunk(c) FROM show_chunks('mediciones') AS c")
        sizes = owner.execute(
            "SELECT sum(before_compression_total_bytes), sum(after_compression_total_bytes)"
            " FROM hypertable_compression_stats('mediciones')"
        ).fetchone()
    assert sizes is not None
    before, after = (float(size) / (devices * count) for size in sizes)
    with capsys.disabled():
        sys.stdout.write(f"\n{period:g} s: {after:.1f} bytes per row, {before:.0f} before\n")
    assert after <= LIMIT
    with closing(TimescaleReader(timescale_database.read)) as reader:
        query = SampleQuery(MIDNIGHT, MIDNIGHT + 10**12, COLUMNS[3:], device_ids=(1,))
        found = [(row.at, *row.values) for row in reader.samples(query)]
    assert found == [(row[0], *row[3:]) for row in rows]
