"""When cycles fall due, against instants written by hand."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from celador.pipeline.schedule import Agenda, Burst, Group, spread
from tests.support.clock import MIDNIGHT

PERIODS: dict[Group, float] = {"status": 1.0, "analog": 5.0, "counters": 60.0}
SECOND = 1_000_000


def agenda(
    wall: int, monotonic: float, *, offset: float = 0.0, burst: Burst | None = None
) -> Agenda:
    made = Agenda(PERIODS, offset, burst or Burst())
    made.start(wall, monotonic)
    return made


def prompt_cycles(
    made: Agenda, wall: int, monotonic: float, seconds: float
) -> list[tuple[float, set[Group]]]:
    """Run the agenda with cycles that take no time; instants are seconds after the start."""
    start = monotonic
    cycles: list[tuple[float, set[Group]]] = []
    while (due := made.next()).at <= start + seconds:
        wall += round((due.at - monotonic) * SECOND)
        monotonic = due.at
        cycles.append((round(due.at - start, 3), set(due.groups)))
        assert made.done(due, wall, monotonic) == 0
    return cycles


def test_cycles_fall_on_the_wall_clocks_round_instants() -> None:
    # Started at 00:00:57.300: the next whole second is 0.7 s away, the minute 2.7 s.
    wall = MIDNIGHT + 57_300_000
    cycles = prompt_cycles(agenda(wall, 10.0), wall, 10.0, 3.0)
    assert cycles == [
        (0.7, {"status"}),
        (1.7, {"status"}),
        (2.7, {"status", "analog", "counters"}),
    ]


def test_a_device_keeps_its_offset_from_the_round_instants() -> None:
    cycles = prompt_cycles(agenda(MIDNIGHT, 0.0, offset=0.25), MIDNIGHT, 0.0, 6.0)
    assert [at for at, _ in cycles] == [0.25, 1.25, 2.25, 3.25, 4.25, 5.25]
    assert [at for at, groups in cycles if "analog" in groups] == [0.25, 5.25]


def test_offsets_of_a_fleet_are_spread_evenly_and_the_first_has_none() -> None:
    offsets = sorted(spread(index, 1.0) for index in range(1000))
    gaps = [b - a for a, b in zip(offsets, [*offsets[1:], 1.0], strict=True)]
    assert offsets[0] == 0.0
    assert max(gaps) < 0.003


def test_a_timer_that_fires_early_does_not_make_a_second_cycle() -> None:
    made = agenda(MIDNIGHT + 300_000, 0.0)
    due = made.next()
    # The timer came 3 ms early and the cycle took 2 ms: it is still before the round second.
    made.done(due, MIDNIGHT + 999_000, due.at - 0.001)
    assert made.next().at == pytest.approx(due.at + 1.0)


def test_instants_that_a_long_cycle_ran_over_are_counted_and_not_made_up_for() -> None:
    made = agenda(MIDNIGHT + 500_000, 0.0)
    due = made.next()
    # Due at 0.5; the cycle ended 2.7 s later, over the instants 1.5 and 2.5.
    assert made.done(due, MIDNIGHT + 3_700_000, 3.2) == 2
    assert made.next().at == pytest.approx(3.5)


@pytest.mark.parametrize("step", [-3600.0, -1.3, 0.4, 3600.0])
def test_a_step_of_the_wall_clock_neither_stops_nor_storms(step: float) -> None:
    made = Agenda({"status": 1.0}, 0.0, Burst())
    made.start(MIDNIGHT, 0.0)
    wall, monotonic, times = MIDNIGHT, 0.0, []
    for cycle in range(6):
        due = made.next()
        wall += round((due.at - monotonic) * SECOND)
        monotonic = due.at
        if cycle == 2:
            wall += round(step * SECOND)
        made.done(due, wall, monotonic)
        times.append(monotonic)
    gaps = [b - a for a, b in pairwise(times)]
    assert all(0.0 < gap <= 1.06 for gap in gaps)
    assert (wall / SECOND) % 1.0 == pytest.approx(0.0, abs=1e-3)


def test_a_change_starts_a_burst_and_reads_the_counters_again() -> None:
    made = agenda(MIDNIGHT, 0.0, burst=Burst(0.2, 1.0, (0.0, 0.5)))
    due = made.next()
    made.done(due, MIDNIGHT + 1_000_000, 1.0)
    made.change(1.0)
    cycles = prompt_cycles(made, MIDNIGHT + 1_000_000, 1.0, 2.1)
    # Counters at once and after 0.5 s, status each 0.2 s for 1 s, then each second again.
    assert cycles[0] == (0.0, {"counters"})
    assert [at for at, groups in cycles if "status" in groups] == [0.2, 0.4, 0.6, 0.8, 1.0, 2.0]
    assert [at for at, groups in cycles if "counters" in groups] == [0.0, 0.5]


def test_a_further_change_prolongs_the_burst() -> None:
    made = agenda(MIDNIGHT, 0.0, burst=Burst(0.2, 1.0, ()))
    made.change(0.0)
    made.change(0.9)
    status = [at for at, _ in prompt_cycles(made, MIDNIGHT, 0.0, 2.0)]
    assert max(at for at in status if at != 2.0) > 1.5


def test_a_dead_device_is_left_alone_for_the_delay_and_then_aligned() -> None:
    made = agenda(MIDNIGHT, 0.0)
    made.change(0.0)
    made.postpone(MIDNIGHT, 0.0, 7.3)
    assert made.next().at == pytest.approx(8.0)


def test_a_delay_with_a_part_of_a_microsecond_does_not_shift_the_instants() -> None:
    """Or every poll after it would fall beside the second, and what takes 30 s would take 31."""
    made = agenda(MIDNIGHT, 0.0)
    made.postpone(MIDNIGHT, 0.0, 7.3000009)
    assert made.next().at == pytest.approx(8.0, abs=4e-7)


@given(st.floats(0.1, 3600), st.integers(0, 10**9), st.floats(0, 0.99), st.floats(0.001, 30))
def test_the_next_instant_is_always_ahead_and_at_most_a_period_away(
    period: float, wall: int, share: float, took: float
) -> None:
    made = Agenda({"status": period}, share * period, Burst(duration=0.0))
    made.start(wall, 0.0)
    due = made.next()
    assert 0 < due.at <= period * 1.25 + 0.05
    ended = due.at + took
    made.done(due, wall + round(ended * SECOND), ended)
    assert ended < made.next().at <= ended + period * 1.25 + 0.05
