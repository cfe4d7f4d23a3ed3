"""Curves and elements against IEC 60255-151 and sums done by hand."""

from __future__ import annotations

import math

import pytest

from celador.simulator.agenda import NEVER, SECOND
from celador.simulator.curves import definite, iec
from celador.simulator.feeder import Measurement
from celador.simulator.protection import Element

from .support import bits, device


@pytest.mark.parametrize(("name", "seconds"), [("SI", 4.280), ("VI", 3.375), ("EI", 3.333)])
def test_iec_curves_at_five_times_the_setting(name: str, seconds: float) -> None:
    assert iec(name, 1)(5) == pytest.approx(seconds, abs=5e-4)


def test_iec_long_time_inverse_at_five_times_the_setting() -> None:
    assert iec("LTI", 1)(5) == pytest.approx(30)


def test_curves_scale_with_their_multiplier_and_never_operate_at_the_setting() -> None:
    assert iec("VI", 0.15)(8.285) == pytest.approx(0.278, abs=5e-4)
    assert iec("SI", 0.2)(8.4) == pytest.approx(0.644, abs=5e-4)
    for curve in (iec("SI", 1), definite(0.05)):
        assert curve(1.0) == math.inf
        assert curve(0.5) == math.inf


def element() -> Element:
    def multiple(seen: Measurement, _: float) -> float:
        return max(seen.amps) / 200

    return Element("oc1+", "oc", iec("VI", 1), "RRL", multiple)


def test_element_integrates_a_varying_current() -> None:
    # VI, TMS 1: 13.5/(M-1); at M=2.35 t=10 s, at M=5 t=3.375 s.
    # 4 s at M=2.35 is 0.4 of the way; the rest takes 0.6 * 3.375 = 2.025 s.
    under_test = element()
    under_test.see(2.35, 0)
    assert under_test.due == 10 * SECOND
    under_test.see(5.0, 4 * SECOND)
    assert under_test.due == pytest.approx(6.025 * SECOND, abs=1)


def test_element_holds_between_reset_and_setting_and_forgets_below() -> None:
    under_test = element()
    under_test.see(2.35, 0)
    under_test.see(0.97, 4 * SECOND)
    assert under_test.picked_up
    assert under_test.due == NEVER
    under_test.see(2.35, 9 * SECOND)
    assert under_test.due == 15 * SECOND
    under_test.see(0.94, 10 * SECOND)
    assert not under_test.picked_up
    under_test.see(2.35, 11 * SECOND)
    assert under_test.due == 21 * SECOND


def test_element_does_not_pick_up_between_reset_and_setting() -> None:
    under_test = element()
    under_test.see(0.97, 0)
    assert not under_test.picked_up


def test_plan_gives_the_letter_of_each_trip_and_repeats_the_last() -> None:
    under_test = element()
    assert [under_test.letter(trip) for trip in (1, 2, 3, 4)] == ["R", "R", "L", "L"]


@pytest.mark.parametrize(("function", "pickup"), [("prot", 10010), ("ef", 10018), ("sef", 10025)])
def test_function_out_of_service_does_not_pick_up(function: str, pickup: int) -> None:
    ohms = 1000 if function == "sef" else 20
    fault = {"do": "fault", "phases": "A", "ohms": ohms}
    in_service = device()
    in_service.act(fault, 10)
    assert pickup in bits(in_service, 10)
    out_of_service = device()
    out_of_service.act({"do": "switch", "function": function, "on": False}, 5)
    out_of_service.act(fault, 10)
    assert pickup not in bits(out_of_service, 10)


def test_cold_load_function_doubles_the_settings_after_a_long_outage() -> None:
    controller = device()
    controller.act({"do": "load", "mw": 1.8, "steady": True}, 0)
    controller.act({"do": "source", "pu": 0}, 1)
    controller.act({"do": "source", "pu": 1}, 1201)
    assert 10010 not in bits(controller, 1201)  # the same load picks up in S21, with CLP off
