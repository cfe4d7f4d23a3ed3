"""S1 to S22 against timelines written from the specification."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from celador.simulator import scenarios
from celador.simulator.contract import RefusedError
from celador.simulator.settings import ControllerSettings

from .support import BEGIN, TIMELINES, bits, device, mismatch, read_timeline, registers

FILES = sorted(TIMELINES.glob("*.txt"))


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_scenario_shows_what_its_timeline_says(path: Path) -> None:
    timeline = read_timeline(path)
    controller = device(ControllerSettings(**timeline.settings))
    before = registers(controller, BEGIN)
    controller.play(timeline.scenario, BEGIN)
    wrong = []
    for at, tokens in timeline.lines:
        now = BEGIN + at
        if tokens == ("off",):
            if controller.powered(now):
                wrong.append(f"{at}: it has supply")
            continue
        set_bits, values = bits(controller, now), registers(controller, now)
        found = (mismatch(token, set_bits, values, before) for token in tokens)
        wrong += [f"{at}: {text}" for text in found if text]
    assert not wrong


def test_every_scenario_of_the_library_has_a_timeline_and_both_languages() -> None:
    loaded = [scenarios.load(name) for name in scenarios.names()]
    assert [scenario.name for scenario in loaded] == [f"S{number:02}" for number in range(1, 23)]
    assert {path.stem[:3] for path in FILES} == {scenario.name for scenario in loaded}
    for scenario in loaded:
        assert set(scenario.description) == {"es", "en"}
        assert scenario.expected


@pytest.mark.parametrize("name", ["S1", "s1", "S01", "s01", "transient-phase-fault"])
def test_scenario_is_found_by_number_or_slug(name: str) -> None:
    assert scenarios.load(name).slug == "transient-phase-fault"


def test_communication_faults_are_passed_on_with_their_times() -> None:
    controller = device()
    heard: list[Mapping[str, Any]] = []
    controller.on_link = heard.append
    controller.play("S17", BEGIN)
    controller.powered(BEGIN + 65)
    assert [fault["kind"] for fault in heard] == ["silent", "reset", "exception"]
    assert heard[2] == {"kind": "exception", "code": 4, "duration": 20, "at": BEGIN + 59}


def test_clock_is_behind_by_the_time_without_supply() -> None:
    controller = device(ControllerSettings(battery_hours=0.5))

    def clock(now: float) -> int:
        high, low = controller.read_holding_registers(0, 2, now)
        return high * 65536 + low

    at_start = clock(0)
    assert at_start == 1772643600  # 2026-03-04 17:00:00 UTC
    controller.act({"do": "ac", "on": False}, 10)
    assert not controller.powered(1900)
    with pytest.raises(RefusedError) as refused:
        controller.read_discrete_inputs(0, 190, 1900)
    assert refused.value.code == 4
    controller.act({"do": "ac", "on": True}, 5000)
    assert controller.powered(5100)
    # It ran 10 s, noticed the loss after 5 s, lived on its battery for 1800 s, and then stood still
    # until 1 s of mains and 30 s of start-up had passed.
    assert clock(5100) == at_start + 1815 + (5100 - 5031)


def test_a_scenario_file_of_the_user_is_played(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("steps:\n  - {at: 2, do: set, bit: io1_input3, on: true}\n", encoding="utf-8")
    controller = device()
    controller.play(str(path), 10)
    assert 10127 not in bits(controller, 11.9)
    assert controller.describe(11.9)["scenarios"] == ["mine"]
    assert 10127 in bits(controller, 12)
