"""Windows, frequency, demand and energy: missing values never count as good ones."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from celador.domain.quality import catalogue
from celador.domain.quality.demand import (
    DemandMeter,
    apparent_demand,
    coincidence,
    load_factor,
)
from celador.domain.quality.energy import CounterStep, Energy, EnergyMeter
from celador.domain.quality.frequency import FrequencyJudge, millihertz
from celador.domain.quality.tariff import power_factor_agrees
from celador.domain.quality.voltage import VoltageJudge
from celador.domain.quality.windows import Tally, Window, join

SECOND = 1_000_000
LINE = ("vab", "vbc", "vca")
VALUES = st.lists(st.none() | st.floats(0, 20_000), max_size=60)


def window(values: Sequence[float | None], expected: float = 120, **others: bool) -> Window:
    return Window(0, 600, expected, {"vab": Tally.of(values)}, **others)


def test_the_mean_of_a_voltage_is_that_of_its_squares() -> None:
    assert window([3.0] * 60 + [4.0] * 60).rms("vab") == pytest.approx(math.sqrt(12.5))
    assert window([3.0] * 60 + [4.0] * 60).mean("vab") == pytest.approx(3.5)


@pytest.mark.parametrize(("good", "valid"), [(96, True), (95, False), (0, False)])
def test_a_window_needs_eighty_percent_of_its_samples(good: int, valid: bool) -> None:
    made = window([13_200.0] * good + [None] * (120 - good))
    assert made.valid("vab") is valid
    assert (made.rms("vab") is not None) is valid


def test_a_quantity_that_never_came_is_not_valid() -> None:
    assert not window([1.0] * 120).valid("vbc")
    assert window([1.0] * 120, expected=0).mean("vbc") is None


@given(st.lists(VALUES, min_size=1, max_size=5))
def test_cells_joined_say_what_all_samples_together_say(cells: list[list[float | None]]) -> None:
    joined = join([window(values, 60) for values in cells], 0, 3000)
    together = Tally.of(value for values in cells for value in values)
    found = joined.tally("vab")
    assert (found.count, found.low, found.high) == (together.count, together.low, together.high)
    assert found.total == pytest.approx(together.total)
    assert found.squares == pytest.approx(together.squares)
    assert joined.expected == 300


def test_one_flagged_cell_flags_its_window() -> None:
    assert join([window([1.0]), window([1.0], flagged=True)], 0, 1200).flagged
    assert not join([window([1.0]), window([1.0])], 0, 1200).flagged


def test_a_cell_that_is_missing_makes_its_window_invalid() -> None:
    full = window([1.0] * 120)
    assert join([full, full], 0, 1200).valid("vab")
    assert not join([full, full], 0, 1800).valid("vab")


def _judge(windows: int, volts: float) -> VoltageJudge:
    judge = VoltageJudge(catalogue.voltage_profiles()["EN50160_MV_2010"], 13_200, LINE)
    for _ in range(windows):
        judge.add(Window(0, 600, 120, {name: Tally.of([volts] * 120) for name in LINE}))
    return judge


def test_too_few_windows_never_conform_but_may_well_not() -> None:
    assert _judge(80, 13_200).verdict(100).conforms is True
    assert _judge(79, 13_200).verdict(100).conforms is None
    assert _judge(0, 13_200).verdict(100).conforms is None
    assert _judge(0, 13_200).verdict(0).conforms is None
    assert _judge(10, 16_000).verdict(100).conforms is False


def test_a_window_with_one_phase_missing_is_not_judged() -> None:
    judge = _judge(0, 0)
    good = Tally.of([13_200.0] * 120)
    judge.add(Window(0, 600, 120, {"vab": good, "vbc": good, "vca": Tally.of([13_200.0] * 90)}))
    assert judge.verdict(1).coverage.valid == 0


def _frequency(samples: Sequence[float | None], period_s: float = 1.0) -> FrequencyJudge:
    judge = FrequencyJudge(catalogue.frequency_limits()["EN50160"], period_s)
    for number, hertz in enumerate(samples):
        if hertz is not None:
            judge.add(round(number * period_s * SECOND), hertz)
    return judge


def test_frequency_is_judged_by_means_of_ten_seconds() -> None:
    # One second at 52 Hz is lost in its mean of 50.2; ten seconds at 51 are 2 % off.
    result = _frequency([50.0] * 9 + [52.0] + [50.0] * 1970 + [51.0] * 10 + [50.0] * 10).result(
        2000
    )
    assert (result.coverage.valid, result.within, result.beyond) == (200, 199, 0)
    assert (result.low, result.high) == (50.0, 51.0)
    assert result.within_percent == 99.5
    assert result.conforms is True


@pytest.mark.parametrize("hertz", [46.9, 52.1])
def test_one_mean_beyond_the_hard_limits_fails(hertz: float) -> None:
    assert _frequency([50.0] * 9990 + [hertz] * 10).result(10_000).conforms is False


def test_a_dead_line_gives_no_frequency_and_no_verdict() -> None:
    result = _frequency([None] * 100).result(100)
    assert (result.coverage.share, result.low, result.conforms) == (0.0, None, None)


def test_a_poll_slower_than_the_window_leaves_windows_out() -> None:
    result = _frequency([50.0] * 100, period_s=60.0).result(6000)
    assert result.coverage.share == pytest.approx(1 / 6)
    assert result.conforms is None


def test_millihertz() -> None:
    assert millihertz(49.75) == pytest.approx(-250.0)


def block(kw: float, number: int, good: int = 180) -> Window:
    return Window(number * 900 * SECOND, 900, 180, {"p_act": Tally.of([kw] * good)})


def test_the_largest_demand_by_band_and_its_time() -> None:
    meter = DemandMeter(catalogue.hour_bands()["EPEC"])
    demands = {4: 400.0, 5: 900.0, 17: 800.0, 18: 700.0, 22: 650.0, 23: 500.0}
    for hour, kw in demands.items():
        meter.add(block(kw, hour), datetime(2026, 7, 18, hour, tzinfo=UTC))
    assert meter.peak is not None
    assert (meter.peak.kw, meter.peak.at) == (900.0, 5 * 900 * SECOND)
    peaks = {name: peak and peak.kw for name, peak in meter.by_band.items()}
    assert peaks == {"pico": 700.0, "valle": 500.0, "resto": 900.0}


def test_a_block_with_too_few_samples_is_no_demand() -> None:
    meter = DemandMeter(())
    assert meter.add(block(900.0, 0, good=143), datetime(2026, 7, 18, tzinfo=UTC)) is None
    assert (meter.peak, meter.mean, meter.blocks) == (None, None, 0)


def test_load_factor_and_coincidence() -> None:
    assert load_factor(1200.0, 100.0, 24.0) == 0.5
    assert load_factor(0.0, 0.0, 24.0) is None
    assert coincidence(150.0, [100.0, 100.0]) == 0.75
    assert coincidence(0.0, []) is None


def test_demand_in_kva_from_the_counter() -> None:
    quarter = 900 * SECOND
    assert apparent_demand((0, 1000.0), (quarter, 1250.0), math.inf) == 1000.0
    assert apparent_demand((0, 1000.0), (quarter, 10.0), math.inf) is None
    assert apparent_demand((0, 0.0), (quarter, 65_536.0), 5000.0) is None


def _meter(samples: Sequence[tuple[float, float | None]], period_s: float = 5.0) -> EnergyMeter:
    meter = EnergyMeter(period_s)
    for seconds, kw in samples:
        meter.add(round(seconds * SECOND), kw)
    return meter


def test_energy_is_the_area_under_the_power() -> None:
    meter = _meter([(second, second) for second in range(0, 3601, 5)])
    assert meter.forward == pytest.approx(1800.0)
    assert meter.covered_s == pytest.approx(3600.0)


def test_a_gap_is_left_out_and_not_bridged() -> None:
    meter = _meter([(0, 100.0), (5, 100.0), (20.001, 100.0), (25, 100.0)])
    assert meter.covered_s == pytest.approx(9.999)
    assert meter.forward == pytest.approx(100 * 9.999 / 3600)
    assert _meter([(0, 100.0), (15, 100.0)]).covered_s == pytest.approx(15.0)


def test_a_value_that_is_missing_makes_a_gap() -> None:
    assert _meter([(0, 100.0), (5, None), (10, 100.0)]).total == 0.0


def test_reverse_flow_is_told_apart_also_within_a_step() -> None:
    meter = _meter([(0, 300.0), (4, -100.0)])
    assert meter.forward == pytest.approx(300 * 3 / 2 / 3600)
    assert meter.reverse == pytest.approx(100 * 1 / 2 / 3600)
    both = _meter([(0, -50.0), (4, -50.0)])
    assert [both.forward, both.reverse] == pytest.approx([0.0, 200 / 3600])


def test_energy_of_unknown_direction_is_kept_apart() -> None:
    meter = EnergyMeter(5.0)
    meter.add(0, 3600.0)
    meter.add(SECOND, 3600.0, directed=False)
    meter.add(2 * SECOND, 3600.0)
    meter.add(3 * SECOND, 3600.0)
    assert [meter.forward, meter.undirected] == pytest.approx([1.0, 2.0])


POWERS = st.lists(st.tuples(st.floats(0, 2000), st.floats(0, 2000)), min_size=2, max_size=50)


@given(POWERS)
def test_integrated_energy_never_exceeds_the_bound_of_true_counters(
    powers: list[tuple[float, float]],
) -> None:
    # Minkowski: counters of the same load can only show more apparent energy than the vector sum.
    meter = _meter([(index, kw) for index, (kw, _) in enumerate(powers)])
    pairs = list(itertools.pairwise(powers))
    kvarh = sum((first[1] + last[1]) / 2 for first, last in pairs) / 3600
    kvah = (
        sum(math.hypot((one[0] + two[0]) / 2, (one[1] + two[1]) / 2) for one, two in pairs) / 3600
    )
    step = CounterStep(kvah, kvarh)
    assert meter.total <= step.bound + 1e-9
    assert step.estimate <= step.bound + 1e-9


def test_the_estimate_is_exact_at_a_constant_power_factor() -> None:
    assert CounterStep(100.0, 60.0).estimate == pytest.approx(80.0)


def test_an_energy_beyond_the_bound_is_not_plausible_and_without_counters_nobody_knows() -> None:
    step = CounterStep(100.0, 60.0)
    assert Energy(80.0, 0.0, 0.0, 0.0, step).plausible is True
    assert Energy(90.0, 0.0, 0.0, 0.0, step).plausible is False
    assert Energy(90.0, 0.0, 0.0, 0.0, None).plausible is None


def test_what_a_gap_lost_is_estimated_and_marked() -> None:
    energy = Energy(80.0, 5.0, 1.0, 20.0, None)
    assert (energy.measured, energy.total, energy.is_estimate) == (86.0, 106.0, True)
    assert not Energy(80.0, 0.0, 0.0, 0.0, None).is_estimate


@pytest.mark.parametrize(
    ("register", "agrees"), [(0.80, True), (0.82, True), (0.83, False), (0.77, False)]
)
def test_the_power_factor_is_checked_against_the_powers(register: float, agrees: bool) -> None:
    assert power_factor_agrees(-80.0, 100.0, register, 1000.0) is agrees
    assert power_factor_agrees(40.0, 50.0, register, 1000.0) is None
    assert power_factor_agrees(0.0, 0.0, register, None) is None


def test_a_power_factor_of_few_kva_is_not_checked_where_the_rated_power_is_not_known() -> None:
    """2 kW of 3 kVA may be 2.4 of 2.6: the steps of 1 kW and 1 kVA make more than the tolerance."""
    assert power_factor_agrees(2.0, 3.0, 0.92, None) is None
    assert power_factor_agrees(49.0, 49.9, 0.90, None) is None
    assert power_factor_agrees(45.0, 50.0, 0.90, None) is True
    assert power_factor_agrees(45.0, 50.0, 0.80, None) is False
