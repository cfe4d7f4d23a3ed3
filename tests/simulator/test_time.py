"""What is read at an instant depends on the seed and on what was done, never on the reading."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from celador.simulator.settings import ControllerSettings

from .support import bits, device, registers

SCENARIOS = ["S1", "S2", "S3", "S5", "S6", "S7", "S11", "S14", "S16", "S20", "S22"]
INSTANTS = st.lists(st.floats(min_value=0, max_value=90), max_size=25)
OPEN_ORIGINS = {10036, *range(10057, 10064)}


def snapshot(reads: list[float], scenario: str, seed: int) -> tuple[set[int], dict[int, int]]:
    controller = device(ControllerSettings(counter_delay_s=0.7), seed=seed)
    played = False
    for now in sorted(reads):
        if now >= 20 and not played:
            controller.play(scenario, 20)
            played = True
        bits(controller, now)
        registers(controller, now)
        controller.describe(now)
    if not played:
        controller.play(scenario, 20)
    return bits(controller, 90), registers(controller, 90)


@settings(max_examples=60, deadline=None)
@given(reads=INSTANTS, scenario=st.sampled_from(SCENARIOS), seed=st.integers(0, 3))
def test_reading_often_or_seldom_gives_the_same_state(
    reads: list[float], scenario: str, seed: int
) -> None:
    assert snapshot(reads, scenario, seed) == snapshot([], scenario, seed)


def test_same_seed_and_name_give_the_same_images() -> None:
    one, other = device(seed=5), device(seed=5)
    for now in range(0, 300, 7):
        assert registers(one, now) == registers(other, now)


@pytest.mark.parametrize(("seed", "name"), [(6, "R1"), (5, "R2")])
def test_another_seed_or_name_gives_other_images(seed: int, name: str) -> None:
    one, other = device(seed=5), device(seed=seed, name=name)
    assert registers(one, 100) != registers(other, 100)


def test_time_does_not_go_backwards() -> None:
    controller = device()
    later = registers(controller, 500)
    assert registers(controller, 100) == later


@settings(max_examples=40, deadline=None)
@given(scenario=st.sampled_from(SCENARIOS), instants=INSTANTS)
def test_position_and_origin_always_agree(scenario: str, instants: list[float]) -> None:
    controller = device()
    controller.play(scenario, 0)
    for now in sorted(instants):
        shown = bits(controller, now)
        assert not {10035, 10075} <= shown
        assert (10035 in shown) == bool(OPEN_ORIGINS & shown)
        assert (10005 in shown) == bool({10004, 10010} & shown)
        assert (10010 in shown) == any(10011 <= reference <= 10034 for reference in shown)
        if 10035 in shown:
            assert not any(10076 <= reference <= 10087 for reference in shown)
            assert registers(controller, now)[30001] == 0


@pytest.mark.parametrize("scenario", ["S1", "S2", "S3", "S4", "S5", "S6", "S7", "S13"])
def test_pickup_is_seen_before_its_trip(scenario: str) -> None:
    controller = device()
    controller.play(scenario, 0)
    before: set[int] = set()
    trips = 0
    for step in range(4000):
        shown = bits(controller, step * 0.005)
        for reference in range(10037, 10057):
            if reference in shown - before:
                trips += 1
                assert reference - 26 in before  # Open(X) stands 26 after Pickup(X)
        before = shown
    assert trips
