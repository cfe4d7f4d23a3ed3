"""Dips, swells and interruptions, with the honest limits of polling."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from celador.domain.operation import Span
from celador.domain.quality.dips import (
    Disturbance,
    DurationClass,
    EventFinder,
    VoltageEvent,
    classify,
    guaranteed,
    off_table,
)

SECOND = 1_000_000
RATED = 100.0


def found(
    timeline: Sequence[tuple[float, float | Sequence[float | None]]],
) -> tuple[list[VoltageEvent], EventFinder]:
    """Events of (seconds, volts) where one number stands for all three phases."""
    finder = EventFinder(RATED)
    events = [
        event
        for at, volts in timeline
        for event in finder.add(
            round(at * SECOND), [volts] * 3 if isinstance(volts, int | float) else volts
        )
    ]
    return events, finder


def steady(first: int, last: int, volts: float, period: float = 1.0) -> list[tuple[float, float]]:
    return [(period * number, volts) for number in range(first, last)]


def test_a_dip_is_known_to_lie_between_polls() -> None:
    events, _ = found([*steady(0, 10, 100), *steady(10, 15, 70), *steady(15, 20, 100)])
    (event,) = events
    assert event.kind is Disturbance.DIP
    assert event.magnitude == pytest.approx(0.7)
    assert event.start == Span(9 * SECOND, 10 * SECOND)
    assert event.end == Span(14 * SECOND, 15 * SECOND)
    assert (event.least(), event.most(), event.samples) == (4.0, 6.0, 5)


def test_one_phase_is_enough_to_begin_and_all_must_be_back_to_end() -> None:
    events, finder = found(
        [(0, 100), (1, (100, 89, 100)), (2, (91, 100, 100)), (3, (91.9, 100, 100)), (4, 92)]
    )
    assert [event.end for event in events] == [Span(3 * SECOND, 4 * SECOND)]
    assert not finder.disturbed


def test_a_phase_that_is_not_known_ends_nothing() -> None:
    events, finder = found([(0, 100), (1, 80), (2, (100, None, 100)), (3, (None, None, None))])
    assert events == []
    assert finder.disturbed


def test_a_phase_that_is_not_known_hides_no_event_of_another() -> None:
    _, finder = found([(0, 100), (1, (None, 50, None))])
    event = finder.under_way()
    assert event is not None
    assert (event.end, event.least(), event.most()) == (None, None, None)


def test_swells_and_interruptions_are_told_apart() -> None:
    swell, _ = found([(0, 100), (1, 112), (2, 109), (3, 107), (4, 100)])
    gone, _ = found([(0, 100), (1, 80), (2, 5), (3, 100)])
    assert [(e.kind, e.end) for e in swell] == [(Disturbance.SWELL, Span(2 * SECOND, 3 * SECOND))]
    assert swell[0].magnitude == pytest.approx(1.12)
    assert [(e.kind, e.magnitude) for e in gone] == [(Disturbance.INTERRUPTION, 0.05)]


def test_an_event_found_at_the_beginning_has_no_known_start() -> None:
    events, _ = found([(0, 80), (1, 100)])
    assert events[0].start == Span(None, 0)
    assert events[0].most() is None
    assert classify(events[0], 0.1) is None


def test_a_gap_in_the_data_widens_an_event() -> None:
    events, _ = found([(0, 100), (1, 80), (100, 100)])
    assert (events[0].least(), events[0].most()) == (0.0, 100.0)
    assert classify(events[0], 0.1) is None


def dip(shortest: float, longest: float, magnitude: float = 0.7) -> VoltageEvent:
    width = round((longest - shortest) / 2 * SECOND)
    end = width + round(shortest * SECOND)
    return VoltageEvent(Span(0, width), Span(end, end + width), Disturbance.DIP, magnitude, 2)


@pytest.mark.parametrize(
    ("event", "refresh", "expected"),
    [
        (dip(4, 6), 1.0, DurationClass.TEMPORARY),
        (dip(3.5, 5.5), 1.0, None),  # may have lasted 2.5 s
        (dip(0, 2), 1.0, None),  # one sample at a poll of 1 s: nothing can be measured
        (dip(0.8, 1.2), 0.1, DurationClass.MOMENTARY),
        (dip(0.4, 0.8), 0.1, None),
        (dip(50, 58), 1.0, DurationClass.TEMPORARY),
        (dip(55, 65), 1.0, None),
        (dip(70, 80, 0.85), 1.0, DurationClass.SUSTAINED),
        (dip(70, 80, 0.5), 1.0, None),  # the table has no such row
    ],
)
def test_only_what_surely_lies_in_one_class_is_classified(
    event: VoltageEvent, refresh: float, expected: DurationClass | None
) -> None:
    row = classify(event, refresh)
    assert (row and row.duration) == expected


@pytest.mark.parametrize(
    ("event", "off"),
    [
        (dip(70, 80, 0.5), True),  # sustained undervoltage ends at 0.8 pu
        (dip(70, 80, 0.85), False),
        (dip(55, 65, 0.5), False),  # it may have been temporary
        (dip(0, 2, 0.5), False),
    ],
)
def test_of_what_is_in_no_class_only_the_duration_may_be_known(
    event: VoltageEvent, off: bool
) -> None:
    assert off_table(event, 1.0) is off


def test_an_event_must_outlast_poll_and_refresh_to_be_seen_for_certain() -> None:
    assert guaranteed(1.0, 1.0) == 2.0


@given(
    st.floats(0.0, 1.0),
    st.floats(0.01, 100.0),
    st.floats(0.2, 5.0),
    st.floats(0.0, 1.0),
)
def test_an_event_is_seen_if_it_outlasts_the_poll_and_its_duration_is_bracketed(
    phase: float, width: float, period: float, refresh: float
) -> None:
    begin = 10 + phase * period
    end = begin + width
    polls = [number * period for number in range(int((end + 10) / period) + 2)]
    events, _ = found([(at, 70 if begin <= at < end else 100) for at in polls])
    if width > guaranteed(period, 0.0):
        assert len(events) == 1
    for event in events:
        longest = event.most()
        shortest = event.least()
        assert shortest is not None
        assert longest is not None
        assert shortest - 2e-6 <= width <= longest + 2e-6
        row = classify(event, refresh)
        assert row is None or row.shortest <= width + 2e-6
        assert row is None or width <= row.longest + 2e-6
