from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from celador.cli.main import app


def as_json(*arguments: str) -> dict[str, Any]:
    result = CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False)
    assert result.exit_code == 0
    parsed: dict[str, Any] = json.loads(result.stdout)
    return parsed


def test_the_plan_of_the_rc10_is_two_reads_and_its_clock() -> None:
    blocks = as_json("plan")["blocks"]
    told = [(b["function"], b["first"], b["last"], b["count"], b["gap"]) for b in blocks]

    assert told == [(2, 0, 189, 190, 0), (4, 0, 98, 99, 0), (3, 0, 1, 2, 0)]
    assert [block["groups"] for block in blocks] == [["status"], ["analog", "counters"], ["clock"]]


# Registers 0, 1 and 5: one read of six, three of which nobody needs.
GAPPY = """\
title: A device with holes
revision: one
products: [any]
address_base: 0
tables:
  input_register:
    points:
      - {key: a, address: 0, type: uint32, group: analog, es: uno, en: one}
      - {key: b, address: 5, type: uint16, group: analog, es: dos, en: two}
"""


def test_the_gap_is_the_share_of_cells_that_nobody_needs(tmp_path: Path) -> None:
    file = tmp_path / "holes.yaml"
    file.write_text(GAPPY, encoding="utf-8")

    (block,) = as_json("plan", "--profile", str(file))["blocks"]

    assert (block["first"], block["last"], block["points"], block["gap"]) == (0, 5, 2, 0.5)


def test_the_list_of_profiles_has_the_rc10() -> None:
    assert "noja-rc10" in [profile["name"] for profile in as_json("profiles")["profiles"]]


def test_a_profile_is_shown_with_every_point() -> None:
    shown = as_json("profiles", "show", "noja-rc10")
    points = {point["reference"]: point for point in shown["points"]}

    assert points[30001]["table"] == "input_register"
    assert points[30001]["address"] == 0
    assert len([p for p in shown["points"] if p["table"] == "discrete_input"]) == 190
    assert shown["controls"]
