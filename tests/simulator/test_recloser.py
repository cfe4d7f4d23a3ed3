"""Sequences, orders and settings beyond the scenarios' own timelines."""

from __future__ import annotations

from typing import Any

import pytest

from celador.domain.errors import SimulatorError
from celador.simulator.contract import RefusedError
from celador.simulator.controller import SimulatedController
from celador.simulator.settings import ControllerSettings

from .support import START, bits, device, registers

TRANSIENT = {"do": "fault", "phases": "AB", "km": 3, "transient": True}
PERMANENT = {"do": "fault", "phases": "AB", "km": 3}


def command(controller: SimulatedController, coil: int, on: bool, now: float) -> int:
    """Write the coil of this reference; the exception code of the answer."""
    with pytest.raises(RefusedError) as refused:
        controller.write_coil(coil - 1, on, now)
    return refused.value.code


def test_command_is_acknowledged_and_carried_out_later() -> None:
    controller = device()
    assert command(controller, 1, True, 10) == 5
    assert 10075 in bits(controller, 10.1)
    assert {10035, 10057, 10058, 10001} <= bits(controller, 10.6)
    assert controller.read_coils(0, 2, 11) == [True, False]
    assert command(controller, 2, True, 12) == 5
    assert {10075, 10081, 10082} <= bits(controller, 12.7)
    assert controller.read_coils(0, 2, 13) == [False, True]


def test_command_in_local_mode_is_refused_and_nothing_happens() -> None:
    controller = device()
    controller.act({"do": "local", "on": True}, 5)
    assert command(controller, 1, True, 10) == 3
    assert 10075 in bits(controller, 11)
    assert controller.read_coils(0, 1, 11) == [False]


@pytest.mark.parametrize(
    ("coil", "reference", "on"),
    [(8, 10088, False), (14, 10099, False), (15, 10098, True), (23, 10100, True), (4, 10090, True)],
)
def test_function_coils_move_their_status_bits(coil: int, reference: int, on: bool) -> None:
    controller = device()
    assert (reference in bits(controller, 1)) is not on
    assert command(controller, coil, True, 2) == 5
    assert (reference in bits(controller, 3)) is on


def test_output_and_variable_coils_go_on_and_off() -> None:
    for coil, reference in ((25, 10137), (38, 10156), (72, 10190)):
        controller = device()
        assert command(controller, coil, True, 10) == 5
        assert reference in bits(controller, 11)
        assert command(controller, coil, False, 12) == 5
        assert reference not in bits(controller, 13)


def test_off_to_a_trip_coil_is_refused() -> None:
    assert command(device(), 1, False, 1) == 3


@pytest.mark.parametrize(
    ("table", "size"), [("coils", 72), ("discrete_inputs", 190), ("input_registers", 99)]
)
def test_reading_beyond_a_table_is_refused(table: str, size: int) -> None:
    controller = device()
    read = getattr(controller, f"read_{table}")
    assert len(read(0, size, 1)) == size
    for address, count in ((0, size + 1), (size, 1), (size - 1, 2), (-1, 1), (0, 0)):
        with pytest.raises(RefusedError) as refused:
            read(address, count, 1)
        assert refused.value.code == 2


def test_coil_beyond_the_table_is_refused() -> None:
    assert command(device(), 73, True, 1) == 2


def test_holding_registers_are_two() -> None:
    controller = device()
    assert len(controller.read_holding_registers(0, 2, 1)) == 2
    with pytest.raises(RefusedError):
        controller.read_holding_registers(1, 2, 1)


def test_counters_lag_behind_the_position_by_the_setting() -> None:
    controller = device(ControllerSettings(counter_delay_s=1.5, co_counts_at="open"))
    before = registers(controller, 9)
    controller.act(TRANSIENT, 10)
    assert 10035 in bits(controller, 10.09)
    late = registers(controller, 11.5)
    assert [late[at] - before[at] for at in (30072, 30075, 30076)] == [0, 0, 0]
    assert late[30083] == before[30083]
    there = registers(controller, 11.59)
    assert [there[at] - before[at] for at in (30072, 30075, 30076)] == [1, 1, 1]
    assert there[30083] == 1657


def test_opening_by_order_locks_out_only_where_it_is_set_to() -> None:
    controller = device(ControllerSettings(lockout_after_command=False))
    controller.act({"do": "order", "what": "open", "by": "hmi"}, 10)
    assert {10035, 10061} <= bits(controller, 11)
    assert 10001 not in bits(controller, 11)


def test_trip_with_reclosing_off_shows_neither_lockout_nor_dead_time() -> None:
    controller = device()
    controller.act({"do": "switch", "function": "ar", "on": False}, 5)
    controller.act(TRANSIENT, 10)
    for now in (10.1, 60):
        shown = bits(controller, now)
        assert {10035, 10036} <= shown
        assert not {10001, 10004, 10099} & shown


def test_live_line_mode_locks_out_at_the_first_trip() -> None:
    controller = device()
    controller.act({"do": "switch", "function": "ll", "on": True}, 5)
    controller.act(TRANSIENT, 10)
    assert {10001, 10035, 10036, 10098} <= bits(controller, 10.1)


@pytest.mark.parametrize(
    "interruption",
    [
        {"do": "switch", "function": "ar", "on": False},
        {"do": "order", "what": "open", "by": "hmi"},
    ],
)
def test_dead_time_interrupted_ends_in_lockout(interruption: dict[str, Any]) -> None:
    controller = device()
    controller.act(PERMANENT, 10)
    assert 10004 in bits(controller, 12)  # the second dead time, 15 s
    controller.act(interruption, 12)
    for now in (12, 40):
        shown = bits(controller, now)
        assert {10001, 10035, 10036} <= shown
        assert not {10004, 10005} & shown


def test_reclaim_time_over_starts_the_sequence_anew() -> None:
    controller = device()
    controller.act(TRANSIENT, 10)
    controller.act(TRANSIENT, 45)  # 0.65 s + 30 s after the first
    assert 10039 in bits(controller, 45.09)
    within = device()
    within.act(TRANSIENT, 10)
    within.act(TRANSIENT, 35)  # OC3+ stands back on the second trip
    assert 10075 in bits(within, 35.09)
    assert 10037 in bits(within, 35.33)


def test_auxiliary_transformer_on_the_load_side_loses_supply_when_open() -> None:
    controller = device(ControllerSettings(aux_vt_side="load"))
    controller.act({"do": "order", "what": "open", "by": "hmi"}, 10)
    assert 10120 not in bits(controller, 12)
    assert {10120, 10118} <= bits(controller, 20)
    controller.act({"do": "order", "what": "close", "by": "hmi"}, 30)
    assert 10120 not in bits(controller, 32)
    fed_from_source = device()
    fed_from_source.act({"do": "order", "what": "open", "by": "hmi"}, 10)
    assert 10120 not in bits(fed_from_source, 60)


def test_group_of_the_trip_is_shown() -> None:
    controller = device()
    controller.act({"do": "group", "number": 3}, 5)
    assert 10091 in bits(controller, 6)
    assert 10089 not in bits(controller, 6)
    controller.act(TRANSIENT, 10)
    shown = bits(controller, 10.1)
    assert 10008 in shown
    assert 10006 not in shown


def test_breaking_a_large_current_wears_the_contacts() -> None:
    controller = device()
    before = registers(controller, 1)[30074]
    for start in range(10, 4000, 60):
        controller.act({"do": "fault", "phases": "ABC", "km": 0, "transient": True}, start)
    after = registers(controller, 4100)
    # 67 breaks of 3.5 kA, each 3.5/12.5 of a hundredth of the contacts' life
    assert after[30074] - before == pytest.approx(67 * 3.5 / 12.5, abs=1.1)
    assert after[30072] == 240 + 67


def test_restart_while_open_is_found_open_by_an_unknown_hand() -> None:
    controller = device()
    controller.act({"do": "order", "what": "open", "by": "hmi"}, 10)
    controller.act({"do": "restart"}, 20)
    assert not controller.powered(21)
    shown = bits(controller, 51)
    assert {10035, 10060, 10063, 10001} <= shown
    assert not {10061, 10036} & shown


def test_dead_controller_does_not_protect() -> None:
    controller = device()
    controller.act({"do": "restart"}, 10)
    controller.act({"do": "fault", "phases": "AB", "seconds": 5}, 12)
    shown = bits(controller, 41)
    assert {10075, 10087} <= shown
    assert registers(controller, 41)[30072] == 240


def test_forced_values_hold_until_they_are_released() -> None:
    controller = device()
    controller.act({"do": "set", "bit": "rtc_fault", "on": True}, 1)
    controller.act({"do": "register", "name": "user_analog3", "value": 1234}, 1)
    assert {10111, 10101} <= bits(controller, 100)
    assert registers(controller, 100)[30090] == 1234
    controller.act({"do": "release", "bit": "rtc_fault"}, 101)
    assert not {10111, 10101} & bits(controller, 102)
    assert registers(controller, 102)[30090] == 1234
    controller.act({"do": "release"}, 103)
    assert registers(controller, 104)[30090] == 0


def test_isolated_neutral_shows_the_earth_fault_in_the_voltages() -> None:
    controller = device(ControllerSettings(isolated_neutral=True))
    before = registers(controller, 9)
    controller.act({"do": "fault", "phases": "A", "km": 0}, 10)
    values = registers(controller, 10)
    assert values[30005] == 0
    assert values[30006] == pytest.approx(before[30006] * 3**0.5, rel=0.02)
    assert values[30011] == pytest.approx(before[30011], rel=0.01)
    assert 10075 in bits(controller, 60)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"counter_delay_s": 3},
            "the simulator's setting counter_delay_s is 3; give a value from 0 to 2",
        ),
        (
            {"source_side": "left"},
            "the simulator's setting source_side is 'left'; choose abc or rst",
        ),
        (
            {"frequency_scale": 0.1},
            "the simulator's setting frequency_scale is 0.1; choose 0.01 or 0.001",
        ),
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(SimulatorError) as error:
        device(ControllerSettings(**settings))
    assert str(error.value) == message


def test_start_without_time_zone_is_refused() -> None:
    with pytest.raises(SimulatorError, match="has no time zone; add one"):
        SimulatedController("R1", seed=1, start=START.replace(tzinfo=None))
