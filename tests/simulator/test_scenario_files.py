"""Wrong scenario files: the message each must give stands in its first line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from celador.domain.errors import ScenarioError
from celador.simulator import scenarios
from celador.simulator.language import ACTIONS, LINK

from .support import bits, device

SHORTEST: dict[str, dict[str, Any]] = {
    "fault": {"phases": "A"},
    "frequency": {"to": 50, "rate": 1},
    "generation": {"mw": 0},
    "inrush": {"a": 1, "seconds": 1},
    "order": {"what": "open", "by": "pc"},
    "ring": {"out": False},
    "switch": {"function": "abr", "on": True},
    "group": {"number": 2},
    "local": {"on": True},
    "ac": {"on": False},
    "battery": {"on": False},
    "clock": {"behind": 60},
    "fail": {"operation": "open"},
    "counter": {"name": "ef_trips", "value": 1},
    "set": {"bit": "var1", "on": True},
    "register": {"name": "user_analog1", "value": 1},
    "play": {"scenario": "S22"},
    "link": {"kind": "silent"},
}
BAD = sorted((Path(__file__).parent / "bad_scenarios").glob("*.yaml"))


@pytest.mark.parametrize("path", BAD, ids=[path.stem for path in BAD])
def test_wrong_file_is_refused_with_its_message(path: Path) -> None:
    expected = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# expect: ")
    with pytest.raises(ScenarioError) as error:
        scenarios.load(str(path))
    assert str(error.value) == f"{path}{expected}"


def test_unknown_scenario_is_refused_with_a_suggestion() -> None:
    with pytest.raises(ScenarioError) as error:
        scenarios.load("undervoltage-trips")
    assert str(error.value) == (
        "there is no scenario 'undervoltage-trips'; did you mean 'undervoltage-trip'?"
        " (or S1 to S22, or the path of a YAML file)"
    )


def test_scenario_that_plays_itself_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "loop.yaml"
    path.write_text(f"steps:\n  - {{at: 0, do: play, scenario: {path}}}\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"line 2: loop\.yaml plays itself"):
        scenarios.load(str(path))


@pytest.mark.parametrize("name", sorted({*ACTIONS, LINK}))
def test_every_action_can_be_carried_out(name: str) -> None:
    controller = device()
    controller.act({"do": name, **SHORTEST.get(name, {})}, 10)
    controller.powered(100)


@pytest.mark.parametrize(
    ("action", "message"),
    [
        ({}, "a step needs `do`, the name of an action"),
        ({"do": "falt"}, "there is no action 'falt'; did you mean 'fault'?"),
        (
            {"do": "fault", "phases": "AB", "kms": 3},
            "the action 'fault' has no parameter 'kms'; did you mean 'km'?",
        ),
    ],
)
def test_wrong_action_changes_nothing(action: dict[str, Any], message: str) -> None:
    controller = device()
    with pytest.raises(ScenarioError) as error:
        controller.act(action, 10)
    assert str(error.value) == message
    assert bits(controller, 11) == bits(device(), 11)


@pytest.mark.parametrize("name", scenarios.names())
def test_a_copy_of_a_library_file_says_the_same_as_the_library(name: str, tmp_path: Path) -> None:
    # What comes with Celador is parsed by libyaml where there is one, a file of one's own is not.
    copy = tmp_path / f"{name}.yaml"
    copy.write_bytes((scenarios.LIBRARY / copy.name).read_bytes())
    own, packaged = scenarios.load(str(copy)), scenarios.load(name)
    assert (own.description, own.expected, own.steps) == (
        packaged.description,
        packaged.expected,
        packaged.steps,
    )
