"""`celador read` beside mbpoll, a Modbus master that shares no line of code with it."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from celador.cli.main import run_command

POINTS = Path(__file__).parent.parent / "profiles" / "rc10_points.csv"
# How mbpoll calls the tables (-t), how many cells it takes at once, and how many there are.
TABLES = {
    "discrete_input": ("1", 125, 190),
    "input_register": ("3", 99, 99),
    "holding_register": ("4", 2, 2),
}


@contextmanager
def still_simulator(*options: str) -> Iterator[int]:
    """A simulator whose time all but stands still, so that two readers see the same."""
    command = [sys.executable, "-m", "celador", "simulate", "--json", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(json.loads(process.stdout.readline())["devices"]["sim-001"]["port"])
        finally:
            process.terminate()


def mbpoll(port: int, table: str) -> list[int]:
    kind, most, count = TABLES[table]
    cells: list[int] = []
    while len(cells) < count:
        size = min(most, count - len(cells))
        done = subprocess.run(
            [
                "mbpoll",
                "-m",
                "tcp",
                "-p",
                str(port),
                "-0",
                "-1",
                "-q",
                "-a",
                "1",
                "-t",
                kind,
                "-r",
                str(len(cells)),
                "-c",
                str(size),
                "127.0.0.1",
            ],
            capture_output=True,
            text=True,
            check=True,
        )
        found = re.findall(r"^\[\d+\]:\s+(\d+)", done.stdout, flags=re.MULTILINE)
        assert len(found) == size, done.stdout
        cells += [int(value) for value in found]
    return cells


def celador_read(port: int, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    assert run_command(["read", "127.0.0.1", "--port", str(port), "--json"]) == 0
    points: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["points"]
    return points


def expected_value(row: dict[str, str], raw: list[int]) -> float | None:
    """The figure of the guide's table for what mbpoll read; None where it is not a figure."""
    number = raw[0] * 65536 + raw[1] if row["key"].endswith("_hi") else raw[0]
    if number == 0x7FFF and ("0x7FFF" in row["note"] or row["key"].startswith(("f_", "pf"))):
        return None
    if row["range"] == "0,1,2" and number == 2:
        return None
    if row["key"] == "uf_min_trip" and number == 0:
        return None
    if "or" in row["scale"]:
        return number * (0.01 if number < 10_000 else 0.001)
    return number * float(row["scale"] or 1)


@pytest.mark.mbpoll
@pytest.mark.skipif(shutil.which("mbpoll") is None, reason="mbpoll is not installed")
@pytest.mark.parametrize("scenario", [(), ("--scenario", "S2"), ("--scenario", "S8")])
def test_every_register_reads_as_mbpoll_reads_it(
    scenario: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with still_simulator("--speed", "0.001", "--seed", "3", *scenario) as port:
        cells = {table: mbpoll(port, table) for table in TABLES}
        points = {(p["table"], p["address"]): p for p in celador_read(port, capsys)}
    compared = 0
    for row in csv.DictReader(POINTS.read_text(encoding="utf-8").splitlines()):
        if row["table"] == "coil" or row["key"].endswith("_lo"):
            continue
        address = int(row["pdu_address"])
        point = points[row["table"], address]
        raw = cells[row["table"]][address : address + len(point["raw"])]
        assert point["raw"] == raw, row
        wanted = expected_value(row, raw)
        assert point["value"] == (None if wanted is None else pytest.approx(wanted)), row
        compared += len(raw)
    assert compared == 190 + 99 + 2
