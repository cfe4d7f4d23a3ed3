"""Phasors against worked cases: complex figures written first, magnitudes taken from them."""

from __future__ import annotations

import cmath
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from celador.domain.quality.unbalance import voltage_unbalance, zero_sequence
from celador.surfaces.web.parts.phasor import (
    Angles,
    components,
    current_phasor,
    voltage_phasors,
)


def _polar(magnitude: float, degrees: float) -> complex:
    return cmath.rect(magnitude, math.radians(degrees))


def _magnitudes(
    a: complex, b: complex, c: complex
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    return (abs(a), abs(b), abs(c)), (abs(a - b), abs(b - c), abs(c - a))


def _close(left: complex, right: complex) -> bool:
    return abs(left - right) < 1e-6 * max(1.0, abs(right))


def test_a_balanced_supply_of_13200_v() -> None:
    found = voltage_phasors((7621.0, 7621.0, 7621.0), (13200.0, 13200.0, 13200.0))
    assert found.angles is Angles.COMPUTED
    angles = [math.degrees(cmath.phase(each)) for each in found.values]
    assert angles == pytest.approx([0, -120, 120], abs=0.01)


def test_an_uneven_supply_is_found_again_with_its_angles() -> None:
    a, b, c = _polar(7700, 0), _polar(7400, -124), _polar(7900, 118)
    found = voltage_phasors(*_magnitudes(a, b, c))
    assert found.angles is Angles.COMPUTED
    for said, true in zip(found.values, (a, b, c), strict=True):
        assert _close(said, true)


def test_the_other_phase_sequence_turns_the_other_way() -> None:
    a, b, c = _polar(7700, 0), _polar(7400, 124), _polar(7900, -118)
    found = voltage_phasors(*_magnitudes(a, b, c), forward=False)
    assert _close(found.values[1], b)
    assert _close(found.values[2], c)


def test_an_earth_fault_on_an_isolated_neutral_moves_the_earth_and_not_the_triangle() -> None:
    # Phase A at 20 % of its voltage: the earth lies near corner A, and U0 is large.
    shift = _polar(6100, 180)
    a, b, c = (_polar(7621, angle) + shift for angle in (0, -120, 120))
    found = voltage_phasors(*_magnitudes(a, b, c))
    assert found.angles is Angles.COMPUTED
    assert components(found.values).zero == pytest.approx(6100, rel=1e-6)
    assert components(found.values).negative == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize(
    ("phase", "line"),
    [
        ((7621.0, 7621.0, 7621.0), None),
        ((7621.0, 7621.0, 0.0), (13200.0, 7621.0, 7621.0)),
        ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0)),
        ((7621.0, 7621.0, 7621.0), (13200.0, 13200.0, 100.0)),
        ((7621.0, 7621.0, 7621.0), (13200.0, 6000.0, 7000.0)),
        ((9000.0, 9000.0, 9000.0), (13200.0, 13200.0, 13200.0)),
    ],
    ids=["no line voltages", "a dead phase", "dead", "collapsed", "no triangle", "contradictory"],
)
def test_what_fixes_no_angle_is_said_to_be_assumed(
    phase: tuple[float, float, float], line: tuple[float, float, float] | None
) -> None:
    found = voltage_phasors(phase, line)
    assert found.angles is Angles.ASSUMED
    assert tuple(map(abs, found.values)) == pytest.approx(phase)


def test_components_of_fortescue_worked_by_hand() -> None:
    # V1 = 100 at 0, V2 = 10 at 90, V0 = 5 at -45 degrees, put together by hand:
    # a phase is V0 + h V1 + k V2 with h, k the turns of -120 and +120 for B, the reverse for C.
    v0, v1, v2 = _polar(5, -45), _polar(100, 0), _polar(10, 90)
    turn = _polar(1, 120)
    a, b, c = v0 + v1 + v2, v0 + turn**2 * v1 + turn * v2, v0 + turn * v1 + turn**2 * v2
    found = components((a, b, c))
    assert (found.zero, found.positive, found.negative) == pytest.approx((5, 100, 10))
    assert found.u2 == pytest.approx(10)
    assert found.u0 == pytest.approx(5)


@given(st.floats(0.85, 1.15), st.floats(0.85, 1.15), st.floats(-8, 8), st.floats(-8, 8))
def test_the_unbalance_of_the_picture_is_that_of_the_rules(
    rb: float, rc: float, tb: float, tc: float
) -> None:
    a, b, c = _polar(7621, 0), _polar(7621 * rb, -120 + tb), _polar(7621 * rc, 120 + tc)
    phase, line = _magnitudes(a, b, c)
    found = voltage_phasors(phase, line)
    assert found.angles is Angles.COMPUTED
    said = components(found.values)
    assert said.u2 == pytest.approx(voltage_unbalance(*line), abs=1e-3)
    assert said.zero == pytest.approx(zero_sequence(phase, line), abs=1.0)


def test_a_current_lags_by_the_angle_of_its_power() -> None:
    # 507 kW and 196 kvar: phi = atan(196/507) = 21.14 degrees.
    found = current_phasor(_polar(7621, -120), 70.0, 507.0, 196.0, reverse=False)
    assert found is not None
    assert abs(found) == pytest.approx(70)
    assert math.degrees(cmath.phase(found)) == pytest.approx(-141.14, abs=0.01)


def test_a_reverse_flow_turns_the_current_round() -> None:
    found = current_phasor(_polar(7621, 0), 70.0, 507.0, 0.0, reverse=True)
    assert found is not None
    assert abs(math.degrees(cmath.phase(found))) == pytest.approx(180)


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a_current_without_its_figures_has_no_angle(missing: int) -> None:
    figures: list[float | None] = [70.0, 507.0, 196.0]
    figures[missing] = None
    assert current_phasor(_polar(7621, 0), *figures, reverse=False) is None
    assert current_phasor(_polar(7621, 0), 0.0, 0.0, 0.0, reverse=False) is None
