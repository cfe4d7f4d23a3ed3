"""Fault levels, fault voltages and load against the specification's figures."""

from __future__ import annotations

import cmath
import math
from typing import Literal

import pytest

from celador.simulator import load
from celador.simulator.network import ROTATION, Fault, Network, PhaseSet
from celador.simulator.settings import ControllerSettings

from .support import device, energy, registers

TABLE = """
km Ik3  Ik2  Ief0 Ief20 Ief100 Ief1000
0  3499 3030 3499 372   76     7.6
3  1913 1657 1521 335   74     7.6
8  1026 888  764  284   72     7.6
"""


@pytest.mark.parametrize("row", TABLE.split("\n")[2:5])
def test_fault_levels_of_the_13_2_kv_feeder(row: str) -> None:
    km, ik3, ik2, *earth = (float(word) for word in row.split())
    network = Network()
    assert network.three_phase_amps(km) == pytest.approx(ik3, abs=0.6)
    assert network.two_phase_amps(km) == pytest.approx(ik2, abs=0.6)
    for ohms, amps in zip((0, 20, 100, 1000), earth, strict=True):
        assert network.earth_amps(km, ohms) == pytest.approx(amps, abs=0.6 if amps > 10 else 0.05)


def test_source_short_circuit_power_is_80_mva() -> None:
    amps = Network().three_phase_amps(0)
    assert math.sqrt(3) * 13_200 * amps == pytest.approx(80e6)


@pytest.mark.parametrize(("km", "retained"), [(0, 0.0), (3, 0.5431), (8, 0.7764)])
def test_voltage_left_on_the_faulted_phases(km: float, retained: float) -> None:
    # |Zl km| / |Zs + Zl km| with Zs = 0.358 + j2.148 and Zl = 0.6 + j0.4 ohm/km
    assert Network().retained(Fault("ABC", km=km)) == pytest.approx(retained, abs=2e-4)


def test_earth_fault_lifts_the_healthy_phases_by_at_most_ten_percent_when_earthed() -> None:
    for km in (0, 1, 3, 8):
        a, b, c = map(abs, Network().faulted_shape(ROTATION, Fault("A", km=km)))
        assert a < 0.8
        assert 1 < b <= 1.1
        assert 1 < c <= 1.1


def test_earth_fault_with_isolated_neutral_shifts_the_triangle() -> None:
    a, b, c = Network(isolated=True).faulted_shape(ROTATION, Fault("A", km=0))
    assert abs(a) == pytest.approx(0)
    assert abs(b) == pytest.approx(math.sqrt(3))
    assert abs(c) == pytest.approx(math.sqrt(3))
    for one, other in ((a, b), (b, c), (c, a)):
        assert abs(one - other) == pytest.approx(math.sqrt(3))


def test_two_phase_fault_leaves_the_third_phase_alone() -> None:
    phases: PhaseSet = "BC"
    a, b, c = Network().faulted_shape(ROTATION, Fault(phases, km=3))
    assert abs(a) == pytest.approx(1)
    assert abs(b) == abs(c) == pytest.approx(0.5431, abs=2e-4)
    assert cmath.phase(a) == pytest.approx(0)


def test_load_curve_has_the_night_share_and_load_factor_of_its_source() -> None:
    week = [load.WEEKDAY] * 5 + [load.WEEKEND] * 2
    total = sum(sum(day) for day in week)
    night = sum(day[hour] for day in week for hour in (23, 0, 1, 2, 3, 4))
    assert night / total == pytest.approx(0.1665, abs=5e-4)
    assert total / 168 == pytest.approx(1.0, abs=0.005)
    assert total / 168 / max(load.WEEKDAY) == pytest.approx(0.65, abs=0.005)


def test_demand_meets_the_table_at_the_middle_of_its_hours() -> None:
    wednesday = 1_772_582_400  # 2026-03-04 00:00 local
    saturday = wednesday + 3 * 86_400
    assert load.demand(wednesday + 11.5 * 3600) == pytest.approx(1.55)
    assert load.demand(saturday + 19.5 * 3600) == pytest.approx(0.88)
    assert load.demand(wednesday + 12 * 3600) == pytest.approx((1.55 + 1.47) / 2)


@pytest.mark.parametrize(("mw", "amps"), [(1.5, 70.5), (2.5, 117.6)])
def test_steady_load_draws_the_current_of_its_power(mw: float, amps: float) -> None:
    controller = device()
    controller.act({"do": "load", "mw": mw, "steady": True}, 1)
    values = registers(controller, 300)
    mean = (values[30001] + values[30002] + values[30003]) / 3
    # The worked figures are for 13.2 kV and a power factor of 0.93; the regulator holds 1.02.
    volts = (values[30011] + values[30012] + values[30013]) / 3
    assert mean == pytest.approx(amps * 13_200 / volts * 0.93 / (values[30068] / 1000), abs=1)
    assert values[30001] / mean == pytest.approx(1.00, abs=0.015)
    assert values[30002] / mean == pytest.approx(0.97, abs=0.015)
    assert values[30003] / mean == pytest.approx(1.03, abs=0.015)


def test_a_day_of_readings_stays_in_the_ranges_of_the_specification() -> None:
    controller = device(seed=3)
    unbalances = []
    for now in range(0, 86_400, 97):
        values = registers(controller, now)
        assert 4980 <= values[30061] <= 5020
        assert 860 <= values[30068] <= 950
        assert 0 <= values[30004] <= 2
        lines = [values[reference] for reference in (30011, 30012, 30013)]
        assert 0.97 * 13_464 < sum(lines) / 3 < 1.03 * 13_464
        beta = sum(u**4 for u in lines) / sum(u**2 for u in lines) ** 2
        root = math.sqrt(3 - 6 * beta)
        unbalances.append(100 * math.sqrt((1 - root) / (1 + root)))
    assert min(unbalances) > 0.25
    assert max(unbalances) < 0.85


def test_regulator_brings_the_voltage_back_after_the_load_grew() -> None:
    controller = device()
    registers(controller, 600)
    controller.act({"do": "load", "mw": 6, "steady": True}, 600)
    low = registers(controller, 601)[30011]
    settled = registers(controller, 1500)[30011]
    assert low < 0.985 * 13_464
    assert settled == pytest.approx(13_464, rel=0.015)


def test_energy_is_the_integral_of_the_power_registers() -> None:
    controller = device(ControllerSettings(mean_mw=4))
    first = registers(controller, 0)
    kva = kvar = 0.0
    for now in range(3600):
        values = registers(controller, now)
        kva += values[30026] / 3600
        kvar += values[30027] / 3600
    last = registers(controller, 3600)
    assert energy(last, 30041) - energy(first, 30041) == pytest.approx(kva, abs=2)
    assert energy(last, 30043) - energy(first, 30043) == pytest.approx(kvar, abs=2)
    phases = sum(energy(last, at) - energy(first, at) for at in (30029, 30031, 30033))
    assert phases == pytest.approx(kva, abs=4)
    assert all(last[reference] == 0 for reference in range(30045, 30061))


def test_reverse_flow_fills_the_reverse_block_only() -> None:
    controller = device()
    controller.act({"do": "generation", "mw": 6}, 100)
    first = registers(controller, 100)
    last = registers(controller, 1900)
    assert energy(last, 30041) == energy(first, 30041)
    assert energy(last, 30057) - energy(first, 30057) > 1000
    assert energy(last, 30059) - energy(first, 30059) > 100


@pytest.mark.parametrize("scenario", ["S1", "S3", "S9", "S19", "S22"])
def test_powers_belong_to_their_voltages_and_currents(scenario: str) -> None:
    controller = device()
    controller.play(scenario, 10)
    for now in (9, 10, 10.05, 11, 20):
        values = registers(controller, now)
        for phase in range(3):
            volts, amps = values[30005 + phase], values[30001 + phase]
            s, p, q = (values[reference + phase] for reference in (30017, 30020, 30023))
            assert s == pytest.approx(volts * amps / 1000, abs=0.51 * (volts + amps) / 1000 + 1)
            assert s == pytest.approx(math.hypot(p, q), abs=1.5)
        assert values[30026] == pytest.approx(math.hypot(values[30027], values[30028]), abs=1.5)


@pytest.mark.parametrize(("source", "live", "dead"), [("abc", 30005, 30008), ("rst", 30008, 30005)])
def test_open_recloser_is_live_on_the_source_side_only(
    source: Literal["abc", "rst"], live: int, dead: int
) -> None:
    controller = device(ControllerSettings(source_side=source))
    before = registers(controller, 9)
    assert before[30005] == before[30008]
    controller.act({"do": "order", "what": "open", "by": "hmi"}, 10)
    values = registers(controller, 11)
    assert values[live] > 7000
    assert values[dead] == 0
    frequencies = {30005: 30061, 30008: 30062}
    assert values[frequencies[dead]] == 0x7FFF
    assert 4980 <= values[frequencies[live]] <= 5020


def test_33_kv_feeder_has_19053_v_to_earth() -> None:
    assert Network(33_000).phase_volts == pytest.approx(19_053, abs=1)
    values = registers(device(ControllerSettings(voltage_kv=33)), 1)
    assert values[30005] == pytest.approx(1.02 * 19_053, rel=0.015)
    assert values[30011] == pytest.approx(1.02 * 33_000, rel=0.015)


def test_single_phase_branches_carry_a_residual_current_without_tripping_sef() -> None:
    controller = device(ControllerSettings(single_phase_branches=True))
    residuals = [registers(controller, now)[30004] for now in range(0, 3600, 10)]
    assert min(residuals) >= 3
    assert max(residuals) <= 8
    assert controller.describe(3600)["position"] == "closed"
