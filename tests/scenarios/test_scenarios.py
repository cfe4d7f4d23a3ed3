"""Every scenario over real sockets, polled at 1 s, against the table of docs/escenarios.md."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from celador.config import DeviceAlarms, DeviceConfig
from celador.loop import run
from celador.simulator.settings import ControllerSettings
from celador.surfaces.replay import line_by_line
from tests.scenarios.messages import digest_problems, message_problems, undelivered
from tests.scenarios.stage import ZERO, Played, watch
from tests.scenarios.table import Line, lines

LINES = lines()
SECONDS = {
    **dict.fromkeys((f"S{number}" for number in range(1, 23)), 80.0),
    "S6": 140.0,
    "S7": 120.0,
    "S8": 1900.0,
    "S9": 300.0,
    "S10": 160.0,
    "S11": 150.0,
    "S14": 140.0,
    "S15": 32_700.0,
    "S16": 90.0,
    "S17": 310.0,
    "S18": 220.0,
    "S19": 620.0,
    "S20": 650.0,
    "S21": 1300.0,
}
RECLOSER = DeviceConfig(
    id=1,
    name="R1",
    host="127.0.0.1",
    timeout_s=5.0,  # of real time; the scenario's stands still, so a loaded machine loses no answer
    base_current_a=200.0,
    alarms=DeviceAlarms(oc1_pickup_a=200.0, ef1_pickup_a=40.0),
)
SILENT = RECLOSER.model_copy(update={"timeout_s": 0.25})
"""Where the answers really stay away, and each is waited for."""

PLANTS = {"S15": ControllerSettings(battery_hours=1.0)}


@cache
def played(scenario: str) -> Played:
    with TemporaryDirectory(prefix="celador-escenario-") as folder:
        seconds, plant = SECONDS[scenario], PLANTS.get(scenario, ControllerSettings())
        device = SILENT if scenario == "S17" else RECLOSER
        return run(watch(scenario, seconds, Path(folder), device, plant))


def _wrong(line: Line, same: list[Line]) -> list[list[str]]:
    if line.kind == "message":
        return message_problems(same, played(line.scenario))
    if line.kind == "digest":
        return digest_problems(same, played(line.scenario))
    wanted = [each.text for each in same]
    found = played(line.scenario).found
    return line_by_line(line.kind, wanted, found, period=1.0, zero=ZERO)


@pytest.mark.parametrize("line", LINES, ids=[f"{each.scenario}-{each.number}" for each in LINES])
def test_what_is_on_record_is_what_the_table_says(line: Line) -> None:
    """Line by line; its place among the lines of its kind is its place among the records."""
    same = [each for each in LINES if (each.scenario, each.kind) == (line.scenario, line.kind)]
    assert _wrong(line, same)[same.index(line)] == []


@pytest.mark.parametrize("scenario", SECONDS)
def test_the_table_speaks_of_every_kind_and_counters_and_records_agree(scenario: str) -> None:
    kinds = {each.kind for each in LINES if each.scenario == scenario}
    assert {"operation", "outage", "alarm", "message", "digest"} <= kinds
    assert played(scenario).found.difference == 0


@pytest.mark.parametrize("scenario", SECONDS)
def test_what_the_queue_says_was_sent_the_servers_took_once(scenario: str) -> None:
    assert undelivered(played(scenario)) == []
