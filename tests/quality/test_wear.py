"""The trend of the contact wear: worked by hand, and against the statistics of the library."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

import pytest

from celador.domain.operation import Extremes, Operation, OperationKind, RecordQuality, Span
from celador.domain.wear import Opening, WearMeter, WearTrend

MONTH = round(365.25 / 12 * 86_400 * 1_000_000)  # µs


def trend(
    readings: Sequence[tuple[float, float]], openings: Sequence[tuple[float, float | None]]
) -> WearTrend:
    """Of readings as (months, %) and openings as (months, A)."""
    meter = WearMeter([Opening(round(at * MONTH), amps) for at, amps in openings])
    for at, percent in readings:
        meter.add(round(at * MONTH), percent)
    found = meter.trend()
    assert found is not None
    return found


def worked(operations: int) -> WearTrend:
    """From 60 % on, 1 % with each operation of 1000 A, of which there is one in 1.2 months."""
    return trend(
        [(1.2 * each, 60.0 + each) for each in range(operations + 1)],
        [(1.2 * each - 0.1, 1000.0) for each in range(1, operations + 1)],
    )


def test_ten_operations_at_an_even_pace_are_eighteen_months_from_their_limit() -> None:
    """70 % now, 15 % to go: 15 operations more, each after 1.2 months."""
    found = worked(10)
    assert (found.first, found.last, found.operations) == (60.0, 70.0, 10)
    assert found.by_time == pytest.approx(18.0)
    assert found.by_current == pytest.approx(18.0)


def test_nine_operations_are_no_trend() -> None:
    found = worked(9)
    assert (found.last, found.operations) == (69.0, 9)
    assert (found.by_time, found.by_current) == (None, None)


def test_faults_in_a_burst_are_told_by_their_currents_too() -> None:
    """A year, with 12 operations in its sixth month: the two lines differ, as they should."""
    amps = [400.0, 900.0, 2600.0, 300.0, 800.0, 1200.0, 700.0, 500.0, 3000.0, 650.0, 450.0, 1100.0]
    openings = [(5.0 + each / 12, current) for each, current in enumerate(amps)]
    readings, points = [], []
    for number in range(121):
        at = number / 10
        total = sum(current for when, current in openings if when <= at)
        readings.append((at, 20.0 + total // 1000))
        points.append((at, total))
    found = trend(readings, openings)
    percents = [percent for _, percent in readings]
    by_time = statistics.linear_regression([at for at, _ in points], percents).slope
    by_amps = statistics.linear_regression([total for _, total in points], percents).slope
    left = 85.0 - percents[-1]
    assert found.by_time == pytest.approx(left / by_time)
    assert found.by_current == pytest.approx(left / (by_amps * sum(amps) / 12.0))
    assert found.by_time != pytest.approx(found.by_current, rel=0.02)


def test_new_contacts_begin_a_new_line() -> None:
    before = [(each, 50.0 + each) for each in range(13)]
    after = [(13.0 + each, float(each)) for each in range(5)]
    found = trend([*before, *after], [(each + 0.5, 1000.0) for each in range(16)])
    assert (found.first, found.last, found.operations) == (0.0, 4.0, 3)
    assert found.by_time is None


def test_currents_that_few_know_give_no_line_against_them() -> None:
    readings = [(each, 10.0 + each) for each in range(11)]
    found = trend(readings, [(each + 0.5, None if each % 2 else 900.0) for each in range(10)])
    assert found.currents.share == 0.5
    assert found.by_time == pytest.approx(65.0)  # 1 % a month, from 20 % to 85 %
    assert found.by_current is None


def test_wear_that_does_not_rise_reaches_nothing() -> None:
    found = trend([(each, 10.0) for each in range(12)], [(each + 0.5, 900.0) for each in range(11)])
    assert (found.by_time, found.by_current) == (None, None)


def test_what_is_past_the_limit_has_no_months_left() -> None:
    found = trend(
        [(each, 80.0 + each) for each in range(12)], [(each + 0.5, 900.0) for each in range(11)]
    )
    assert (found.by_time, found.by_current) == (0.0, 0.0)


def operation(**others: object) -> Operation:
    given: dict[str, object] = {"trips": 3, "own_extremes": True}
    given["extremes"] = Extremes(ia=800.0, ib=0.0, ic=1840.0, residual=2500.0)
    return Operation(
        1, 1, Span(1, 2), OperationKind.SEQUENCE, None, RecordQuality.OBSERVED,
        **given | others,  # type: ignore[arg-type]  # the fields' own types differ
    )  # fmt: skip


def test_the_largest_phase_current_counts_once_for_each_trip() -> None:
    assert Opening.of(operation()) == Opening(2, 3 * 1840.0)
    assert Opening.of(operation(own_extremes=False)) == Opening(2, None)
    assert Opening.of(operation(own_extremes=None)) == Opening(2, None)
    assert Opening.of(operation(extremes=Extremes())) == Opening(2, None)
    assert Opening.of(operation(trips=0)) is None
