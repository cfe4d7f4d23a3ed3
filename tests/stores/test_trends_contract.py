"""What curves of any length ask of every store."""

from __future__ import annotations

from contextlib import closing

import pytest

from celador.domain.envelope import Band
from celador.domain.errors import StoreError
from tests.stores.support import DAY, SECOND, Harness, sample, write
from tests.support.clock import MIDNIGHT

HOUR = 3600 * SECOND


async def test_an_envelope_keeps_edges_and_holes(harness: Harness) -> None:
    rows = [(0, 10.0), (1, 30.0), (2, None), (3600, 5.0), (3601, 7.0)]
    await write(harness, [sample(at * SECOND, {"ia": value}) for at, value in rows])
    with closing(harness.reader()) as reader:
        wide = reader.envelope(1, ("ia",), MIDNIGHT, MIDNIGHT + 3 * HOUR, 2)
        near = reader.envelope(1, ("ia",), MIDNIGHT, MIDNIGHT + 3 * HOUR, 50)
    assert wide.width == 2 * HOUR
    assert [(row.at, row.count) for row in wide.rows] == [(MIDNIGHT, 5)]
    band = wide.rows[0].bands[0]
    assert band is not None
    assert (band.low, band.high, band.count) == (5.0, 30.0, 4)
    assert band.mean == pytest.approx(13.0)
    assert near.width == 0
    assert [row.bands[0] for row in near.rows][1:3] == [Band(30.0, 30.0, 30.0, 1), None]


async def test_a_curve_of_few_samples_is_the_samples(harness: Harness) -> None:
    await write(harness, [sample(at * SECOND, {"ia": float(at)}) for at in range(5)])
    with closing(harness.reader()) as reader:
        curve = reader.envelope(1, ("ia", "vr"), MIDNIGHT + SECOND, MIDNIGHT + 4 * SECOND, 100)
        with pytest.raises(StoreError, match="has no mean"):
            reader.envelope(1, ("dir_oc",), MIDNIGHT, MIDNIGHT + DAY, 100)
    assert curve.width == 0
    assert [(row.at, row.count, row.bands) for row in curve.rows] == [
        (MIDNIGHT + n * SECOND, 1, (Band(n, n, n, 1), None)) for n in (1, 2, 3)
    ]


async def test_a_curve_of_many_samples_keeps_the_extremes_of_each_stretch(
    harness: Harness,
) -> None:
    rows = [sample(at * SECOND, {"ia": float(at % 60), "vr": 7000.0}) for at in range(600)]
    rows[250] = sample(250 * SECOND, {"ia": 1657.0, "vr": None})
    await write(harness, [*rows])
    with closing(harness.reader()) as reader:
        curve = reader.envelope(1, ("ia", "vr"), MIDNIGHT, MIDNIGHT + 600 * SECOND, 10)
    assert curve.width == 60 * SECOND
    assert [(row.at - MIDNIGHT) // SECOND for row in curve.rows] == list(range(0, 600, 60))
    assert {row.count for row in curve.rows} == {60}
    assert curve.rows[0].bands == (Band(0, 29.5, 59, 60), Band(7000, 7000, 7000, 60))
    current, voltage = curve.rows[4].bands
    assert current is not None
    assert (current.low, current.high, current.count) == (0, 1657, 60)
    assert voltage == Band(7000, 7000, 7000, 59)
