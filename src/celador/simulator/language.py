"""The words of the scenario language: every action, its parameters and their ranges."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from celador.domain.errors import ScenarioError

from .counters import COUNTED, KEPT
from .faults import fault_from_mapping
from .image import BIT, REGISTER


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a parameter may be.

    Attributes:
        kind: float, bool or str; a whole number counts as a float.
        required: whether the action means nothing without it.
        low: smallest number.
        high: largest number.
        choices: the words known, empty for any.
    """

    kind: type[float | bool | str]
    required: bool = False
    low: float = 0.0
    high: float = 1e9
    choices: tuple[str, ...] = ()


def _number(low: float = 0.0, high: float = 1e9, *, required: bool = False) -> Parameter:
    return Parameter(float, required, low, high)


def _words(*choices: str, required: bool = True) -> Parameter:
    return Parameter(str, required, choices=choices)


_FLAG = Parameter(bool)
_ON = Parameter(bool, required=True)
_SECONDS = _number(0.001, 86_400)
_PU = _number(0, 1.5)
_AMPS = _number(0, 16_000)

ACTIONS: Mapping[str, Mapping[str, Parameter]] = {
    "fault": {
        "phases": _words("A", "B", "C", "AB", "BC", "CA", "ABC"),
        "km": _number(0, 200),
        "ohms": _number(0, 100_000),
        "earth": _FLAG,
        "transient": _FLAG,
        "seconds": _SECONDS,
        "amps": _AMPS,
        "earth_amps": _AMPS,
    },
    "clear": {},
    "source": {"pu": _PU, "a": _PU, "b": _PU, "c": _PU, "seconds": _SECONDS},
    "frequency": {
        "to": _number(45, 65, required=True),
        "rate": _number(0.001, 10, required=True),
    },
    "load": {"mw": _number(0, 20), "steady": _FLAG},
    "generation": {"mw": _number(0, 20, required=True)},
    "inrush": {
        "a": _AMPS,
        "b": _AMPS,
        "c": _AMPS,
        "seconds": Parameter(float, required=True, low=0.001, high=60),
    },
    "order": {
        "what": _words("open", "close"),
        "by": _words("scada", "io", "hmi", "pc", "manual"),
    },
    "ring": {"out": _ON},
    "switch": {
        "function": _words("prot", "ef", "sef", "ar", "ll", "clp", "uv", "uf", "abr"),
        "on": _ON,
    },
    "group": {"number": _number(1, 4, required=True)},
    "times": {
        "first": _number(0.1, 180),
        "second": _number(1, 180),
        "third": _number(1, 180),
        "reclaim": _number(1, 180),
    },
    "local": {"on": _ON},
    "ac": {"on": _ON},
    "battery": {"on": _ON},
    "restart": {},
    "clock": {"behind": _number(-1e9, 1e9, required=True)},
    "fail": {"operation": _words("open", "close")},
    "repair": {},
    "counter": {"name": _words(*COUNTED, *KEPT), "value": _number(0, 65535, required=True)},
    "erase": {},
    "replace": {},
    "set": {"bit": _words(*BIT), "on": _ON},
    "register": {"name": _words(*REGISTER), "value": _number(0, 65535, required=True)},
    "release": {"bit": _words(*BIT, required=False), "name": _words(*REGISTER, required=False)},
    "play": {"scenario": Parameter(str, required=True)},
}
"""Actions of the plant and the device; `link` takes the communication faults of faults.py."""

LINK = "link"


def suggestion(word: str, known: Iterable[str]) -> str:
    """What to write instead of an unknown word."""
    words = list(known)
    close = difflib.get_close_matches(word, words, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    if not words:
        return "leave it out"
    listed = ", ".join(words[:30])
    return f"use one of {listed}{', ...' if len(words) > 30 else ''}"


def check_action(action: Mapping[str, Any]) -> None:
    """Refuse what the scenario language does not know.

    Raises:
        ScenarioError: one sentence about the first thing wrong.
    """
    name = action.get("do")
    if name is None:
        raise ScenarioError("a step needs `do`, the name of an action")
    if name == LINK:
        fault_from_mapping({key: value for key, value in action.items() if key != "do"})
        return
    if name not in ACTIONS:
        known = suggestion(str(name), [*ACTIONS, LINK])
        raise ScenarioError(f"there is no action {name!r}; {known}")
    parameters = ACTIONS[name]
    for key, value in action.items():
        if key == "do":
            continue
        if key not in parameters:
            raise ScenarioError(
                f"the action {name!r} has no parameter {key!r}; {suggestion(key, parameters)}"
            )
        _check_value(name, key, value, parameters[key])
    for key, parameter in parameters.items():
        if parameter.required and key not in action:
            raise ScenarioError(f"the action {name!r} needs the parameter {key!r}; add it")


def _check_value(action: str, key: str, value: object, parameter: Parameter) -> None:
    what = f"{key!r} of the action {action!r}"
    if parameter.kind is float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ScenarioError(f"{what} is {value!r}; write a number")
        if not parameter.low <= value <= parameter.high:
            raise ScenarioError(f"{what} is {value:g}; use {parameter.low:g} to {parameter.high:g}")
    elif not isinstance(value, parameter.kind):
        needed = "true or false" if parameter.kind is bool else "a word"
        raise ScenarioError(f"{what} is {value!r}; write {needed}")
    elif parameter.choices and value not in parameter.choices:
        known = suggestion(str(value), parameter.choices)
        raise ScenarioError(f"{what} is {value!r}; {known}")
