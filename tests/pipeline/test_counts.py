from __future__ import annotations

import math

import pytest

from celador.pipeline.counts import PollCounts, total


def begun(*late: float) -> PollCounts:
    counts = PollCounts()
    for seconds in late:
        counts.late_by(seconds)
    return counts


@pytest.mark.parametrize(
    ("late", "share", "expected"),
    [
        ((), 0.99, None),
        ((0.0004,), 0.99, 0.001),
        ((0.0004,), 0.0, 0.001),
        ((0.02,), 0.99, 0.02),  # a bound belongs to the class below it
        ((*[0.0004] * 99, 0.03), 0.99, 0.001),
        ((*[0.0004] * 98, 0.03, 0.03), 0.99, 0.05),
        ((0.0004, 7.0), 0.99, math.inf),
    ],
)
def test_the_share_of_cycles_that_began_so_late_at_most(
    late: tuple[float, ...], share: float, expected: float | None
) -> None:
    assert begun(*late).late_within(share) == expected


def test_several_devices_together() -> None:
    one, two = begun(0.0004, 0.3), begun(0.04)
    one.cycles, one.skipped, one.failures, one.retries, one.refusals = 1, 2, 3, 4, 5
    two.cycles, two.skipped, two.failures, two.retries, two.refusals = 10, 20, 30, 40, 50

    both = total([one, two])

    assert (both.cycles, both.skipped, both.failures, both.retries, both.refusals) == (
        *(11, 22, 33, 44, 55),
    )
    assert both.lateness == begun(0.0004, 0.3, 0.04).lateness
    assert both.latest == 0.3
    assert total([]) == PollCounts()


def test_what_was_counted_after_a_look() -> None:
    counts = begun(0.0004)
    counts.cycles = 5
    earlier = total([counts])
    counts.late_by(0.3)
    counts.cycles = 7
    counts.retries = 1

    later = counts.since(earlier)

    assert (later.cycles, later.retries, later.skipped) == (2, 1, 0)
    assert later.lateness == begun(0.3).lateness
