"""A recloser under test, and timelines that an engineer can read.

A timeline line is a time in seconds from the start of the scenario and what must hold then:

    10035            the discrete input is set            -10035           it is clear
    30083=1657       the register holds this              30083~1657       within 2 % or 2 units
    30075+1          grown by this since the start        30001<0.6b30001  compared with a factor
                                                                           times the value before
    off              the controller has no supply

`settings: name=value` in the first lines changes how the controller is built.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import yaml

from celador.simulator.controller import SimulatedController
from celador.simulator.settings import ControllerSettings

TIMELINES = Path(__file__).parent / "timelines"
START = datetime(2026, 3, 4, 14, 0, tzinfo=timezone(timedelta(hours=-3)))
BEGIN = 100.0

_TOKEN = re.compile(r"(?P<ref>3\d{4})(?P<sign>[=~+<>])(?P<factor>[\dxA-F.]*)(?:b(?P<base>3\d{4}))?")


def device(
    settings: ControllerSettings | None = None, *, seed: int = 7, name: str = "R1"
) -> SimulatedController:
    """A controller whose load starts on a Wednesday at 14:00."""
    return SimulatedController(name, seed=seed, settings=settings, start=START)


def bits(controller: SimulatedController, now: float) -> set[int]:
    """References of the discrete inputs that are set."""
    read = controller.read_discrete_inputs(0, 190, now)
    return {10001 + address for address, on in enumerate(read) if on}


def registers(controller: SimulatedController, now: float) -> dict[int, int]:
    """Input registers by reference."""
    read = controller.read_input_registers(0, 99, now)
    return {30001 + address: value for address, value in enumerate(read)}


def energy(values: Mapping[int, int], reference: int) -> int:
    """A 32-bit total whose high word stands at `reference`."""
    return values[reference] * 65536 + values[reference + 1]


@dataclass(frozen=True)
class Timeline:
    """What a scenario must show."""

    scenario: str
    settings: Mapping[str, Any]
    lines: tuple[tuple[float, tuple[str, ...]], ...]


def read_timeline(path: Path) -> Timeline:
    """Parse a timeline file; its name begins with the scenario's."""
    settings: dict[str, Any] = {}
    lines = []
    for text in path.read_text(encoding="utf-8").splitlines():
        words = text.partition("#")[0].split()
        if not words:
            continue
        if words[0] == "settings:":
            for pair in words[1:]:
                key, _, value = pair.partition("=")
                settings[key] = yaml.safe_load(value)
        else:
            lines.append((float(words[0]), tuple(words[1:])))
    return Timeline(path.stem[:3], settings, tuple(lines))


def mismatch(
    token: str, set_bits: set[int], values: Mapping[int, int], before: Mapping[int, int]
) -> str | None:
    """Why a token does not hold, or None when it does."""
    if re.fullmatch(r"-?1\d{4}", token):
        reference = int(token.lstrip("-"))
        wanted = not token.startswith("-")
        return None if (reference in set_bits) == wanted else f"{reference} is {not wanted}"
    found = _TOKEN.fullmatch(token)
    assert found, f"cannot read {token!r}"
    reference, sign = int(found["ref"]), found["sign"]
    text = found["factor"]
    wanted_value = float(int(text, 16) if text.startswith("0x") else float(text or 1))
    if found["base"]:
        wanted_value *= before[int(found["base"])]
    value = values[reference]
    if sign == "+":
        value -= before[reference]
    holds = {
        "=": value == wanted_value,
        "+": value == wanted_value,
        "~": abs(value - wanted_value) <= max(2, 0.02 * wanted_value),
        "<": value < wanted_value,
        ">": value > wanted_value,
    }[sign]
    return None if holds else f"{reference} is {value}"
