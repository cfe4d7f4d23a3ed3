"""The catalogue against the sheet of condition indicators, copied by hand into sheet.csv."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from celador.domain.alarms.catalogue import Latch, catalogue

SHEET = Path(__file__).parent / "sheet.csv"
OWN = {"SIN_TENSION_ALIMENTADOR", "AVALANCHA", "RELOJ"}
"""Alarms of the whole fleet and of the device's clock, which the sheet's table does not have."""

with SHEET.open(encoding="utf-8", newline="") as lines:
    ROWS = list(csv.DictReader(lines))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["code"])
def test_priority_delays_limit_deadband_and_latch_are_those_of_the_sheet(
    row: dict[str, str],
) -> None:
    kind = catalogue()[row["code"]]
    assert kind.row == row["row"]
    assert int(kind.priority) == int(row["priority"])
    assert (kind.on_delay_s, kind.off_delay_s) == (float(row["on_s"]), float(row["off_s"]))
    assert kind.limit == (float(row["limit"]) if row["limit"] else None)
    assert kind.deadband == float(row["deadband"])
    assert kind.latch is (Latch.ACK if row["latch"] == "yes" else Latch.NO)


def test_every_alarm_is_in_the_sheet_and_every_row_of_the_sheet_has_one() -> None:
    assert {row["code"] for row in ROWS} == set(catalogue()) - OWN


def test_readings_in_a_row_and_windows() -> None:
    """AR_OFF after 2 polls, wear after 2 reads, 2 good polls, 2 blocks; means of 1, 10, 15 min."""
    kinds = catalogue()
    twice = {code for code, kind in kinds.items() if kind.reads == 2}
    assert twice >= {
        "APERTURA_SIN_RECIERRE", "COMUNICACION", "FP_BAJO",
        *(f"DESGASTE_{which}_{step}" for which in ("CONTACTO", "MEC") for step in (1, 2, 3)),
    }  # fmt: skip
    means = {"TENSION_ALTA": 60, "TENSION_BAJA": 60, "DESBALANCE_U": 600, "DESBALANCE_I": 600}
    means |= {"FP_BAJO": 900}
    assert {code: kinds[code].window_s for code in means} == means
    assert kinds["FALLA_RECURRENTE"].weekly_limit == 5
