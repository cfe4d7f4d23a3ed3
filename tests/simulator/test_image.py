"""The register image against the guide's tables."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from celador.simulator import image

TABLES = {
    "discrete_input": (image.DISCRETE_INPUTS, 10001),
    "input_register": (image.INPUT_REGISTERS, 30001),
    "holding_register": (image.HOLDING_REGISTERS, 40001),
    "coil": (image.COILS, 1),
}


def test_every_point_of_the_guide_stands_at_its_address() -> None:
    path = Path(__file__).parent / "guide_points.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 363
    for row in rows:
        keys, base = TABLES[row["table"]]
        address = int(row["pdu_address"])
        assert int(row["reference"]) == base + address
        assert keys[address] == row["key"]
    assert {name: len(keys) for name, (keys, _) in TABLES.items()} == {
        "discrete_input": 190,
        "input_register": 99,
        "holding_register": 2,
        "coil": 72,
    }


@pytest.mark.parametrize(
    ("value", "limit", "expected"),
    [
        (-3, 0xFFFF, 0),
        (0.4, 0xFFFF, 0),
        (7620.6, 22000, 7621),
        (25_000, 22_000, 22_000),
        (1e9, 65535, 65535),
    ],
)
def test_a_word_is_rounded_and_held_in_its_range(value: float, limit: int, expected: int) -> None:
    assert image.word(value, limit) == expected


@pytest.mark.parametrize(
    ("total", "pair"),
    [
        (0, (0, 0)),
        (65_535.9, (0, 65535)),
        (65_536, (1, 0)),
        (999_999_999, (0x3B9A, 0xC9FF)),
        (1_000_000_000, (0, 0)),
    ],
)
def test_energy_splits_into_words_and_rolls_over(total: float, pair: tuple[int, int]) -> None:
    assert image.high_low(total) == pair


@given(st.floats(min_value=0, max_value=999_999_999))
def test_energy_words_put_together_are_the_whole_units(total: float) -> None:
    high, low = image.high_low(total)
    assert high * 65536 + low == int(total)
